/** Slices against the array that they show. */

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

interface Case {
  name: string;
  stored: "u8" | "u16";
  shape: [number, number, number];
  spacing: [number, number, number];
  zoom: number;
  brick: number;
  window: [number, number];
  encoding: { scale: number; offset: number };
}

const PLAIN = {
  spacing: [1, 1, 1],
  zoom: 1,
  brick: 32,
  encoding: { scale: 1, offset: 0 },
} as const;
const CASES: Case[] = [
  { ...PLAIN, name: "u8", stored: "u8", shape: [61, 75, 93], window: [0, 255], spacing: [1, 1, 1] },
  {
    ...PLAIN,
    name: "u8 enlarged",
    stored: "u8",
    shape: [33, 64, 65],
    zoom: 3.7,
    window: [0, 255],
    spacing: [1, 1, 1],
  },
  {
    ...PLAIN,
    name: "u16",
    stored: "u16",
    shape: [40, 67, 90],
    window: [0, 65535],
    spacing: [1, 1, 1],
  },
  {
    ...PLAIN,
    name: "u16 in units",
    stored: "u16",
    shape: [40, 50, 70],
    window: [-100, 555.35],
    spacing: [1, 1, 1],
    encoding: { scale: 0.01, offset: -100 },
  },
  {
    ...PLAIN,
    name: "anisotropic",
    stored: "u16",
    shape: [21, 50, 70],
    window: [0, 65535],
    spacing: [5, 2, 2.5],
    zoom: 2,
  },
  {
    ...PLAIN,
    name: "bricks of 64",
    stored: "u8",
    shape: [70, 131, 129],
    window: [0, 255],
    spacing: [1, 1, 1],
    brick: 64,
  },
];

test.each(CASES)("voxels are exact on all axes: $name", async (one) => {
  const results = await page.evaluate(async (one) => {
    const { stage, scene, phantom, compareSlice, grey, QUAD } = window.vx;
    const value = (z: number, y: number, x: number) =>
      one.stored === "u8"
        ? (z * 37 + y * 11 + x * 5 + ((x * y) >> 3)) & 255
        : (z * 3701 + y * 1117 + x * 523 + x * y) & 65535;
    const volume = phantom({ ...one, levels: 3, value });
    const { engine, box } = stage([volume]);
    engine.setPanes(QUAD, 1);
    const slice = one.shape.map((n) => n >> 2) as [number, number, number];
    const shown = scene([volume.layer], { view: { slice, zoom: one.zoom } });
    engine.setScene(shown);
    await engine.settled();
    const results = [];
    for (const axis of ["z", "y", "x"] as const) {
      const rect = QUAD[axis] as { left: number; top: number; width: number; height: number };
      const pixels = await engine.pixels(rect);
      results.push(compareSlice(pixels, shown, { axis, rect }, grey(volume, one.window)));
    }
    engine.dispose();
    box.remove();
    return results;
  }, one);
  for (const result of results) {
    expect(result.first).toBe(null);
    expect(result.bad).toBe(0);
    expect(result.good).toBeGreaterThan(500);
  }
});

test("an atlas begins small, and what it held is there when it has grown", async () => {
  const result = await page.evaluate(async () => {
    const { stage, scene, phantom, compareSlice, grey, QUAD } = window.vx;
    const value = (z: number, y: number, x: number) => (z * 37 + y * 11 + x * 3) & 255;
    const volume = phantom({ shape: [61, 75, 93], stored: "u8", brick: 16, value });
    const { engine, box } = stage([volume], {
      budgetBytes: 2 << 20,
      tuning: { limit: 1, batch: 8 },
    });
    const sizes: number[] = [];
    engine.on("drawn", () => sizes.push(engine.report().textureBytes));
    engine.setPanes(QUAD, 1);
    const shown = scene([volume.layer], { view: { slice: [31, 40, 47], zoom: 1 } });
    engine.setScene(shown);
    await engine.settled();
    const bad = [];
    for (const axis of ["z", "y", "x"] as const) {
      const rect = QUAD[axis] as { left: number; top: number; width: number; height: number };
      const seen = compareSlice(
        await engine.pixels(rect),
        shown,
        { axis, rect },
        grey(volume, [0, 255]),
      );
      bad.push(seen.bad, seen.good > 500 ? 0 : 1);
    }
    engine.dispose();
    box.remove();
    return { bad, least: Math.min(...sizes), most: Math.max(...sizes) };
  });
  expect(result.bad).toEqual([0, 0, 0, 0, 0, 0]);
  expect(result.least).toBeLessThan(result.most - 300_000);
  expect(result.most).toBeLessThan(2 << 20);
});

test("an atlas that the graphics card has no memory for stays small, and shows a coarser level", async () => {
  const result = await page.evaluate(async () => {
    const { stage, scene, phantom, QUAD } = window.vx;
    const volume = phantom({
      shape: [64, 80, 96],
      stored: "u8",
      brick: 16,
      levels: 3,
      value: (z, y, x) => (z + y + x) & 255,
    });
    const { engine, box, events } = stage([volume], { budgetBytes: 2 << 20 });
    const { gpu } = engine as unknown as { gpu: { createAtlas(...args: unknown[]): unknown } };
    const create = gpu.createAtlas.bind(gpu);
    let atlases = 0;
    gpu.createAtlas = (...args) => {
      if (atlases++ > 0) throw new Error("No memory.");
      return create(...args);
    };
    engine.setPanes(QUAD, 1);
    engine.setScene(scene([volume.layer], { view: { zoom: 0.4 } }));
    await engine.settled();
    await new Promise((resolve) => setTimeout(resolve, 100));
    await engine.settled();
    engine.dispose();
    box.remove();
    const last = (name: string) => events.filter(([event]) => event === name).at(-1);
    return { atlases, trouble: last("trouble"), residency: last("residency")?.[1] };
  });
  expect(result.atlases).toBe(2);
  expect(result.trouble).toEqual(["trouble", "No memory."]);
  expect(result.residency).toMatchObject({ level: 1, loaded: 1 });
});

test("zoomed out, a slice shows the coarser level", async () => {
  const result = await page.evaluate(async () => {
    const { stage, scene, phantom, compareSlice, FULL } = window.vx;
    const value = (z: number, y: number, x: number) => (z * 3 + y * 5 + x * 2) & 127;
    const volume = phantom({ shape: [64, 380, 500], stored: "u8", levels: 3, value });
    // Too little for the finest level, so that only what the view needs is loaded.
    const { engine, source, box } = stage([volume], { budgetBytes: 4 << 20 });
    engine.setPanes({ z: FULL }, 1);
    const shown = scene([volume.layer], { view: { slice: [32, 190, 250], zoom: 0.5 } });
    engine.setScene(shown);
    await engine.settled();
    const levels = [...new Set(source.log.map((entry) => entry.level))].sort();
    const pixels = await engine.pixels(FULL);
    const seen = compareSlice(pixels, shown, { axis: "z", rect: FULL }, () => null);
    const { bricks, textureBytes } = engine.report();
    engine.dispose();
    box.remove();
    return { levels, seen, bricks, textureBytes };
  });
  expect(result.levels).toEqual([1, 2]);
  expect(result.textureBytes).toBeLessThan((4 << 20) + 256 * 192 * 4);
});

test("interpolated slices are linear between voxels, u16 within one grey level", async () => {
  const worst = await page.evaluate(async () => {
    const { stage, scene, phantom, FULL } = window.vx;
    // A ramp whose low byte wraps often.
    const volume = phantom({
      shape: [8, 40, 70],
      stored: "u16",
      window: [30000, 33500],
      value: (_z, _y, x) => 30000 + 50 * x,
    });
    const { engine, box } = stage([volume]);
    engine.setPanes({ z: FULL }, 1);
    const shown = scene([volume.layer], {
      view: { slice: [4, 38, 69], center: [4, 20, 35], zoom: 3.3, interpolate: true },
    });
    engine.setScene(shown);
    await engine.settled();
    const pixels = await engine.pixels(FULL);
    let worst = 0;
    for (let u = 20; u < 236; u++) {
      const x = 35 + (u + 0.5 - 128) / 3.3 - 0.5 + 1 / 1024;
      const want = ((30000 + 50 * x - 30000) / 3500) * 255;
      worst = Math.max(worst, Math.abs(pixels[4 * (80 * 256 + u)] - want));
    }
    engine.dispose();
    box.remove();
    return worst;
  });
  expect(worst).toBeLessThan(1);
});

test("colours reach the screen as they are", async () => {
  const seen = await page.evaluate(async () => {
    const { stage, scene, phantom, colormap, labelColor, FULL } = window.vx;
    const image = phantom({
      shape: [4, 96, 128],
      stored: "u8",
      value: (_z, y) => (y < 48 ? 100 : 200),
    });
    const labels = phantom({
      id: "labels",
      role: "labels",
      shape: [4, 96, 128],
      stored: "u32",
      value: (_z, _y, x) => (x < 40 ? 7 : x < 80 ? 9 : 0),
    });
    const { engine, box } = stage([image, labels]);
    engine.setPanes({ z: FULL }, 1);
    const shown = scene([image.layer, labels.layer], { view: { slice: [2, 95, 127], zoom: 1 } });
    shown.display.image.colormap = "viridis";
    shown.display.labels.colors = { "7": "#336699" };
    engine.setScene(shown);
    await engine.settled();
    const pixels = await engine.pixels(FULL);
    const at = (x: number, y: number) => [
      ...pixels.subarray(4 * (y * 256 + x), 4 * (y * 256 + x) + 3),
    ];
    const table = colormap("viridis", false);
    const color = (text: string) => [1, 3, 5].map((i) => Number.parseInt(text.slice(i, i + 2), 16));
    const result = {
      own: at(80, 70),
      hashed: at(120, 70),
      hashedWant: color(labelColor(9, {})),
      low: at(160, 70),
      lowWant: [...table.subarray(400, 403)],
      high: at(160, 120),
      highWant: [...table.subarray(800, 803)],
    };
    engine.dispose();
    box.remove();
    return result;
  });
  expect(seen.own).toEqual([0x33, 0x66, 0x99]);
  expect(seen.hashed).toEqual(seen.hashedWant);
  expect(seen.low).toEqual(seen.lowWant);
  expect(seen.high).toEqual(seen.highWant);
});

test("a threshold tints what lies in it, and only that", async () => {
  const seen = await page.evaluate(async () => {
    const { stage, scene, phantom, FULL } = window.vx;
    const image = phantom({ shape: [4, 96, 128], stored: "u8", value: (_z, _y, x) => x });
    const { engine, box } = stage([image]);
    engine.setPanes({ z: FULL }, 1);
    engine.setScene(
      scene([image.layer], { threshold: [40, 60], view: { slice: [2, 95, 127], zoom: 1 } }),
    );
    await engine.settled();
    const pixels = await engine.pixels(FULL);
    const tinted = [];
    for (let x = 0; x < 128; x++) {
      const i = 4 * (80 * 256 + 64 + x);
      if (pixels[i] !== pixels[i + 2]) tinted.push(x);
    }
    engine.dispose();
    box.remove();
    return tinted.filter((x) => x > 4 && x < 120);
  });
  expect(seen[0]).toBe(40);
  expect(seen.at(-1)).toBe(60);
  expect(seen.length).toBe(21);
});
