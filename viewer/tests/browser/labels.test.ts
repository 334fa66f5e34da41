/** Labels: whole numbers that are never mixed. */

import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Lab } from "./chromium";

let lab: Lab;
let page: Page & { errors: string[] };

beforeAll(async () => {
  lab = await Lab.start();
  page = await lab.page();
});
afterAll(async () => {
  await lab.stop();
  expect(page.errors).toEqual([]);
});

test("ids far above 65535 keep their colour, also enlarged and interpolated", async () => {
  const result = await page.evaluate(async () => {
    const { stage, scene, phantom, voxel, compareSlice, labelColor, FULL } = window.vx;
    const ids = [0, 1, 65536, 65537, 16777217, 4000000001, 4294967295];
    const value = (z: number, y: number, x: number) =>
      ids[(z + (y >> 1) * 3 + (x >> 1) * 5) % ids.length];
    const labels = phantom({
      id: "labels",
      role: "labels",
      shape: [9, 45, 61],
      stored: "u32",
      levels: 2,
      value,
    });
    const { engine, box } = stage([labels]);
    engine.setPanes({ z: FULL }, 1);
    const shown = scene([labels.layer], { view: { zoom: 3.3, interpolate: true } });
    engine.setScene(shown);
    await engine.settled();
    const color = (at: number[]) => {
      if (at.some((v, a) => v < 0 || v >= [9, 45, 61][a])) return null;
      const id = voxel(labels.levels[0], at[0], at[1], at[2]);
      if (id === 0) return null;
      const text = labelColor(id, {});
      return [1, 3, 5].map((i) => Number.parseInt(text.slice(i, i + 2), 16));
    };
    const pixels = await engine.pixels(FULL);
    const result = compareSlice(pixels, shown, { axis: "z", rect: FULL }, color);
    engine.dispose();
    box.remove();
    return result;
  });
  expect(result.first).toBe(null);
  expect(result.good).toBeGreaterThan(5000);
});

test("one label alone, and its opacity over the image", async () => {
  const seen = await page.evaluate(async () => {
    const { stage, scene, phantom, FULL } = window.vx;
    const image = phantom({ shape: [4, 96, 128], stored: "u8", value: () => 100 });
    const labels = phantom({
      id: "labels",
      role: "labels",
      shape: [4, 96, 128],
      stored: "u32",
      value: (_z, _y, x) => (x < 40 ? 70001 : x < 80 ? 70002 : 0),
    });
    const { engine, box } = stage([image, labels]);
    engine.setPanes({ z: FULL }, 1);
    const shown = scene([image.layer, labels.layer], { view: { slice: [2, 95, 127], zoom: 1 } });
    Object.assign(shown.display.labels, {
      isolate: 70002,
      opacity: 0.5,
      colors: { "70002": "#00c800" },
    });
    engine.setScene(shown);
    await engine.settled();
    const pixels = await engine.pixels(FULL);
    const at = (x: number) => [...pixels.subarray(4 * (70 * 256 + x), 4 * (70 * 256 + x) + 3)];
    engine.dispose();
    box.remove();
    return { hidden: at(80), shown: at(120), none: at(160) };
  });
  expect(seen.hidden).toEqual([100, 100, 100]);
  expect(seen.none).toEqual([100, 100, 100]);
  expect(seen.shown).toEqual([50, 150, 50]);
});

test("a layer with another grid stands where its origin and spacing put it", async () => {
  const seen = await page.evaluate(async () => {
    const { stage, scene, phantom, FULL } = window.vx;
    const image = phantom({ shape: [8, 96, 128], stored: "u8", value: () => 60 });
    // Voxels of 4 from world 20: its voxel i covers the frame's edges 18.5 + 4 i to 22.5 + 4 i.
    const labels = phantom({
      id: "labels",
      role: "labels",
      shape: [2, 10, 12],
      spacing: [4, 4, 4],
      origin: [1.5, 20, 20],
      stored: "u32",
      value: (_z, y, x) => (y === 0 && x === 0 ? 0 : 1 + ((x + y) & 1)),
    });
    const { engine, box } = stage([image, labels]);
    engine.setPanes({ z: FULL }, 1);
    const shown = scene([image.layer, labels.layer], { view: { slice: [2, 95, 127], zoom: 1 } });
    shown.display.labels.colors = { "1": "#ff0000", "2": "#0000ff" };
    engine.setScene(shown);
    await engine.settled();
    const pixels = await engine.pixels(FULL);
    const row: string[] = [];
    for (let x = 0; x < 128; x++) {
      const i = 4 * ((48 + 25) * 256 + 64 + x);
      row.push(pixels[i] > 200 ? "1" : pixels[i + 2] > 200 ? "2" : "-");
    }
    engine.dispose();
    box.remove();
    return row.join("");
  });
  // Row 25 is in label row 1; pixel middles x + 0.5 from 18.5 on.
  expect(seen.slice(5, 18)).toBe("-".repeat(13));
  expect(seen.slice(18, 66)).toBe("222211112222111122221111222211112222111122221111");
  expect(seen.slice(66, 120)).toBe("-".repeat(54));
});
