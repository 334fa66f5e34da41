/** Colours, sizes and type. Text on its ground has at least 4.5 : 1 in both themes. */

export const TOKENS = `
:host {
  --s1: 4px; --s2: 8px; --s3: 12px; --s4: 16px;
  --r1: 3px; --r2: 5px; --r3: 8px;
  --row: 26px;
  --font: Inter, ui-sans-serif, system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif;
  --mono: ui-monospace, "SF Mono", "Cascadia Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace;
  display: block; contain: content; height: 100%; min-height: 0;
}
.voxsieve {
  --well: #07090b; --ground: #101317; --panel: #15191e; --raised: #1d2228; --hover: #262c34; --field: #0e1114;
  --line: #262d35; --edge: #39424d;
  --text: #e5e9ee; --dim: #a3adb8; --faint: #87929f;
  --accent: #4fc7b3; --accent-strong: #5fd6c2; --on-accent: #05211d; --accent-soft: #4fc7b326;
  --warn: #e9b45c; --warn-soft: #e9b45c1f; --bad: #ff8f83; --bad-soft: #ff8f831f; --good: #63cf8e;
  --axis-z: #6ea6ff; --axis-y: #7fdc7f; --axis-x: #ff8f75;
  --glass: #0d1013d9; --shade: 0 8px 32px #0009; --tint: #ea9459; --track: #333c46; --knob: #e5e9ee;
  color-scheme: dark;
}
.voxsieve[data-theme="light"] {
  --well: #e6e9ec; --ground: #eef0f3; --panel: #fafbfc; --raised: #ffffff; --hover: #e8ecf0; --field: #ffffff;
  --line: #dde2e7; --edge: #bcc5ce;
  --text: #171c22; --dim: #4a5561; --faint: #5c6773;
  --accent: #07695d; --accent-strong: #05574d; --on-accent: #ffffff; --accent-soft: #07695d17;
  --warn: #855400; --warn-soft: #b777001f; --bad: #b3261e; --bad-soft: #b3261e14; --good: #14743d;
  --axis-z: #1f5fc4; --axis-y: #257a2b; --axis-x: #b8452a;
  --glass: #fcfdfde6; --shade: 0 8px 32px #1a242e33; --tint: #c05a18; --track: #cbd2da; --knob: #ffffff;
  color-scheme: light;
}
.voxsieve {
  font: 400 12px/1.45 var(--font); font-variant-numeric: tabular-nums; letter-spacing: .003em;
  color: var(--text); background: var(--ground);
  -webkit-font-smoothing: antialiased; text-align: left;
}
`;
