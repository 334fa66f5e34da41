import { describe, expect, test } from "vitest";
import { COLORMAPS, colormap, diverging } from "../../../src/engine/colormaps";
import { colorTable, hash, labelColor, PALETTE, PROBES } from "../../../src/engine/palette";

const at = (table: Uint8Array, i: number) => [...table.subarray(4 * i, 4 * i + 3)];
const light = ([r, g, b]: number[]) => 0.2126 * r + 0.7152 * g + 0.0722 * b;

describe("colour maps", () => {
  test("gray is exact", () => {
    const table = colormap("gray", false);
    for (let i = 0; i < 256; i++) expect(at(table, i)).toEqual([i, i, i]);
  });

  test("known colours at the ends and in the middle", () => {
    expect(at(colormap("viridis", false), 0)).toEqual([0x44, 0x01, 0x54]);
    expect(at(colormap("viridis", false), 255)).toEqual([0xfd, 0xe7, 0x25]);
    expect(at(colormap("magma", false), 255)).toEqual([0xfc, 0xfd, 0xbf]);
    expect(at(colormap("cividis", false), 255)).toEqual([0xfe, 0xe8, 0x38]);
    expect(at(colormap("bone", false), 255)).toEqual([255, 255, 255]);
    const middle = at(colormap("viridis", false), 128);
    [33, 145, 140].forEach((v, c) => expect(Math.abs(middle[c] - v)).toBeLessThanOrEqual(2));
  });

  test.each(COLORMAPS)("%s grows lighter from end to end, and inverted is its mirror", (name) => {
    const table = colormap(name, false);
    const lights = Array.from({ length: 256 }, (_, i) => light(at(table, i)));
    expect(lights.every((v, i) => i === 0 || v >= lights[i - 1] - 1.5)).toBe(true);
    expect(lights[255] - lights[0]).toBeGreaterThan(150);
    const mirror = colormap(name, true);
    for (let i = 0; i < 256; i++) expect(at(mirror, i)).toEqual(at(table, 255 - i));
  });

  test("differences are white in the middle and differ at the ends", () => {
    const table = diverging();
    expect(Math.min(...at(table, 127), ...at(table, 128))).toBeGreaterThan(240);
    expect(at(table, 0)[2]).toBeGreaterThan(at(table, 0)[0] + 100);
    expect(at(table, 255)[0]).toBeGreaterThan(at(table, 255)[2] + 100);
  });
});

describe("colours of labels", () => {
  test("are #rrggbb, the user's own first", () => {
    expect(labelColor(5, {})).toMatch(/^#[0-9a-f]{6}$/);
    expect(labelColor(5, { "5": "#123456" })).toBe("#123456");
  });

  test("spread over the palette, also for neighbouring and large numbers", () => {
    const used = new Set(Array.from({ length: 200 }, (_, i) => labelColor(4_000_000_000 + i, {})));
    expect(used.size).toBe(PALETTE.length);
    expect(new Set(PALETTE.map(String)).size).toBe(PALETTE.length);
  });

  test("any number of the user's colours is found within the probes", () => {
    const colors = Object.fromEntries(
      Array.from({ length: 3000 }, (_, i) => [String(i * 7919), "#0000ff"]),
    );
    const table = colorTable({ ...colors, broken: "#12", "9": "blue" });
    const size = table.length / 2;
    expect(Math.log2(size) % 1).toBe(0);
    const find = (id: number) => {
      for (let probe = 0; probe < PROBES; probe++) {
        const slot = 2 * ((hash(id) + probe) & (size - 1));
        if (table[slot + 1] === 0) return null;
        if (table[slot] === id) return table[slot + 1];
      }
      return null;
    };
    for (let i = 0; i < 3000; i++) expect(find(i * 7919)).toBe(0x10000ff);
    expect(find(9)).toBe(null);
  });
});
