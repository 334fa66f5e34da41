/** Colours of labels: by a hash of the number from a palette that colour-blind people can tell apart, or as the user chose. */

/** Okabe and Ito's colours without black and grey, which voxels have, each also lighter and darker: 21 that differ in hue or lightness. */
const HUES = ["e69f00", "56b4e9", "009e73", "f0e442", "0072b2", "d55e00", "cc79a7"];
const SHADES = [1, 1.25, 0.72];

/** Slots that a look-up tries before it gives up; the table is made so that none needs more. */
export const PROBES = 8;

/** Colours of the palette. */
export const PALETTE: readonly (readonly [number, number, number])[] = SHADES.flatMap((shade) =>
  HUES.map((hue) => {
    const channel = (c: number) => Number.parseInt(hue.slice(2 * c, 2 * c + 2), 16);
    const shaded = (v: number) =>
      Math.round(shade > 1 ? 255 - (255 - v) / (2 * shade - 1) : v * shade);
    return [shaded(channel(0)), shaded(channel(1)), shaded(channel(2))] as const;
  }),
);

/** The palette as RGBA bytes. */
export function paletteTable(): Uint8Array {
  const table = new Uint8Array(4 * 256);
  PALETTE.forEach((color, i) => {
    table.set([...color, 255], 4 * i);
  });
  return table;
}

/** The hash that the shaders know too. */
export function hash(id: number): number {
  let h = id >>> 0;
  h = Math.imul(h ^ (h >>> 16), 0x45d9f3b) >>> 0;
  h = Math.imul(h ^ (h >>> 16), 0x45d9f3b) >>> 0;
  return (h ^ (h >>> 16)) >>> 0;
}

/** What a label looks like, as #rrggbb. */
export function labelColor(id: number, colors: Record<string, string>): string {
  const own = colors[String(id)];
  if (own !== undefined) return own;
  const [r, g, b] = PALETTE[hash(id) % PALETTE.length];
  return `#${[r, g, b].map((v) => v.toString(16).padStart(2, "0")).join("")}`;
}

/** A colour as 0xRRGGBB, or null when it is not #rrggbb. */
export function parseColor(text: string): number | null {
  return /^#[0-9a-f]{6}$/i.test(text) ? Number.parseInt(text.slice(1), 16) : null;
}

/**
 * The user's colours as a hash table of pairs (number, 0x1RRGGBB), 0 where empty; its length is a power of two.
 * A number is found within PROBES places behind its hash.
 */
export function colorTable(colors: Record<string, string>): Uint32Array {
  const entries = Object.entries(colors)
    .map(([id, color]) => [Number(id), parseColor(color)] as const)
    .filter((e): e is readonly [number, number] => Number.isInteger(e[0]) && e[1] !== null);
  for (let size = 16; ; size *= 2) {
    const table = new Uint32Array(2 * size);
    if (size >= 2 * entries.length && entries.every(([id, color]) => put(table, id, color)))
      return table;
  }
}

function put(table: Uint32Array, id: number, color: number): boolean {
  const size = table.length / 2;
  for (let probe = 0; probe < PROBES; probe++) {
    const at = 2 * ((hash(id) + probe) & (size - 1));
    if (table[at + 1] !== 0) continue;
    table[at] = id;
    table[at + 1] = 0x1000000 | color;
    return true;
  }
  return false;
}
