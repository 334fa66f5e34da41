/** Colour maps as tables of 256 colours, and the colours of labels. */

/** Colours at equal distances, linear between them. Viridis and magma (Smith, van der Walt, Firing) are CC0, cividis' colours (Nuñez, Anderton, Renslow) are published data. */
const ANCHORS: Record<string, string> = {
  viridis:
    "44015446085c471063481769481d6f482475472a7a46307e453781433d844142873f48893d4e8a3a538b38598c355e8d" +
    "33638d31688e2e6d8e2c718e2a768e297b8e27808e25848e23898e218e8d20928c1f978b1e9c891fa18821a58524aa83" +
    "28ae802eb37c35b7793dbc7446c06f50c46a5ac86465cb5e70cf577cd25089d54895d840a2da37b0dd2fbddf26cae11f" +
    "d8e219e5e419f1e51dfde725",
  magma:
    "0000040b092420114b3b0f7057157e721f818c2981a8327dc43c75de4968f1605dfa7f5efe9f6dfebf84fddea0fcfdbf",
  cividis:
    "00224e002656002a5f002d68003070083370163770203a6f273e6e2e416d34456c3a486c3f4c6c444f6c49536c4e566c" +
    "535a6d575d6d5c616e60646f656870696b716d6f727272747676767a7a787e7d788381798885788d8878928c78969077" +
    "9b9476a09875a59c74aaa073afa471b5a86fbaac6dbfb06bc4b468c9b965cfbd62d4c15fdac65bdfca57e5cf52ead34c" +
    "f0d846f6dd3ffce236fee838",
};

/** The names that `colormap` of a display may have. */
export const COLORMAPS = ["gray", "viridis", "magma", "cividis", "bone"] as const;

/** Position and value of the corners of piecewise linear red, green and blue. */
const BONE: [number, number][][] = [
  [
    [0, 0],
    [0.746032, 0.652778],
    [1, 1],
  ],
  [
    [0, 0],
    [0.365079, 0.319444],
    [0.746032, 0.777778],
    [1, 1],
  ],
  [
    [0, 0],
    [0.365079, 0.444444],
    [1, 1],
  ],
];

function along(corners: [number, number][], t: number): number {
  const next = Math.max(
    1,
    corners.findIndex(([at]) => t <= at),
  );
  const [[x0, y0], [x1, y1]] = [corners[next - 1], corners[next]];
  return y0 + ((y1 - y0) * (t - x0)) / (x1 - x0);
}

function anchored(hex: string): [number, number][][] {
  const count = hex.length / 6;
  const channel = (c: number) =>
    Array.from({ length: count }, (_, i): [number, number] => [
      i / (count - 1),
      Number.parseInt(hex.slice(6 * i + 2 * c, 6 * i + 2 * c + 2), 16) / 255,
    ]);
  return [channel(0), channel(1), channel(2)];
}

/** 256 colours, RGBA bytes as they go to the screen. An unknown name gives gray, which is exact: entry i is i. */
export function colormap(name: string, inverted: boolean): Uint8Array {
  const table = new Uint8Array(4 * 256);
  const channels = name === "bone" ? BONE : name in ANCHORS ? anchored(ANCHORS[name]) : null;
  for (let i = 0; i < 256; i++) {
    const at = 4 * (inverted ? 255 - i : i);
    for (let c = 0; c < 3; c++)
      table[at + c] = channels === null ? i : Math.round(255 * along(channels[c], i / 255));
    table[at + 3] = 255;
  }
  return table;
}

/** From blue through white to orange, for differences. */
export function diverging(): Uint8Array {
  const table = new Uint8Array(4 * 256);
  const [low, middle, high] = [
    [33, 102, 172],
    [247, 247, 247],
    [179, 88, 6],
  ];
  for (let i = 0; i < 256; i++) {
    const t = Math.abs(i - 127.5) / 127.5;
    const end = i < 127.5 ? low : high;
    for (let c = 0; c < 3; c++) table[4 * i + c] = Math.round(middle[c] + (end[c] - middle[c]) * t);
    table[4 * i + 3] = 255;
  }
  return table;
}
