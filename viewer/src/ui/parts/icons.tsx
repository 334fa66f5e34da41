/** Icons, drawn on 16 by 16. */

const PATHS = {
  quad: "M2.5 2.5h11v11h-11zM8 2.5v11M2.5 8h11",
  xy: "M3 3h10v10H3z",
  xz: "M2.5 10.5 6 5.5h7.5l-3.5 5z",
  yz: "M5.5 13.5v-8l5-3v8z",
  volume: "M8 1.8 13.5 5v6L8 14.2 2.5 11V5zM2.5 5 8 8.2 13.5 5M8 8.2v6",
  eye: "M1.5 8S4 3.8 8 3.8 14.5 8 14.5 8 12 12.2 8 12.2 1.5 8 1.5 8zM8 9.9a1.9 1.9 0 1 0 0-3.8 1.9 1.9 0 0 0 0 3.8z",
  closed: "M2 6.2S4.3 9.8 8 9.8s6-3.6 6-3.6M4 8.6l-1.2 1.6M12 8.6l1.2 1.6M8 9.8v2",
  crop: "M4.5 1.5v10h10M1.5 4.5h10v10",
  fit: "M2.5 6V2.5H6M10 2.5h3.5V6M13.5 10v3.5H10M6 13.5H2.5V10M6 6h4v4H6z",
  ruler: "M1.8 10.6 10.6 1.8l3.6 3.6-8.8 8.8zM4.2 8.2l1.6 1.6M6.6 5.8l1.2 1.2M9 3.4l1.6 1.6",
  compare: "M8 1.5v13M6 4H2.5v8H6M10 4h3.5v8H10",
  camera: "M2 5h2.6l1-1.6h4.8l1 1.6H14v7.6H2zM8 11a2.3 2.3 0 1 0 0-4.6A2.3 2.3 0 0 0 8 11z",
  full: "M9.5 2.5h4v4M13.5 2.5l-4.6 4.6M6.5 13.5h-4v-4M2.5 13.5l4.6-4.6",
  help: "M8 14a6 6 0 1 0 0-12 6 6 0 0 0 0 12zM6.3 6.3A1.7 1.7 0 0 1 8 4.9c1 0 1.7.7 1.7 1.5C9.7 7.6 8 7.7 8 9.1M8 11.2v.1",
  sun: "M8 10.8a2.8 2.8 0 1 0 0-5.6 2.8 2.8 0 0 0 0 5.6zM8 1.5v1.3M8 13.2v1.3M1.5 8h1.3M13.2 8h1.3M3.4 3.4l.9.9M11.7 11.7l.9.9M12.6 3.4l-.9.9M4.3 11.7l-.9.9",
  moon: "M13.5 9.3A5.8 5.8 0 0 1 6.7 2.5a5.8 5.8 0 1 0 6.8 6.8z",
  plus: "M8 3v10M3 8h10",
  minus: "M3 8h10",
  cross: "M4 4l8 8M12 4l-8 8",
  chevron: "M6 3.5 10.5 8 6 12.5",
  up: "M4 9.5 8 5.5l4 4",
  down: "M4 6.5l4 4 4-4",
  grip: "M6 4v.1M6 8v.1M6 12v.1M10 4v.1M10 8v.1M10 12v.1",
  info: "M8 14a6 6 0 1 0 0-12 6 6 0 0 0 0 12zM8 7.3v3.7M8 5v.1",
  warn: "M8 2.3 14.5 13.5h-13zM8 6.5v3.3M8 11.6v.1",
  search: "M7 11.5a4.5 4.5 0 1 0 0-9 4.5 4.5 0 0 0 0 9zM10.3 10.3 14 14",
  copy: "M5.5 5.5h8v8h-8zM3.5 10.5h-1v-8h8v1",
  reset: "M3 8a5 5 0 1 0 1.6-3.7M3 2.5V5.5h3",
  play: "M5 3.2v9.6L12.5 8z",
  stop: "M4 4h8v8H4z",
  check: "M3 8.5l3.5 3.5L13 4.5",
  target: "M8 13a5 5 0 1 0 0-10 5 5 0 0 0 0 10zM8 1v4M8 11v4M1 8h4M11 8h4",
  smooth: "M2 11c2.5 0 2.5-6 6-6s3.5 6 6 6",
  invert: "M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12zM8 2v12M8 5l4.5-.5M8 8h6M8 11l4.5.5",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name }: { name: IconName }) {
  return (
    <svg class="icon" viewBox="0 0 16 16" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} />
    </svg>
  );
}

/** Voxels that fall through a sieve. */
export function Mark() {
  return (
    <svg class="mark" viewBox="0 0 18 18" aria-hidden="true" focusable="false" fill="currentColor">
      <rect x="1" y="1" width="4.6" height="4.6" rx="1" />
      <rect x="6.7" y="1" width="4.6" height="4.6" rx="1" opacity=".75" />
      <rect x="12.4" y="1" width="4.6" height="4.6" rx="1" opacity=".5" />
      <rect x="1" y="6.7" width="4.6" height="4.6" rx="1" opacity=".75" />
      <rect x="6.7" y="6.7" width="4.6" height="4.6" rx="1" opacity=".5" />
      <rect x="1" y="12.4" width="4.6" height="4.6" rx="1" opacity=".5" />
      <rect x="12.4" y="12.4" width="4.6" height="4.6" rx="1" />
    </svg>
  );
}
