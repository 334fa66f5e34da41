/** The 3D view against the processor: projections, the box, and seams. */

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

test.each([
  { mode: "mip", stored: "u8" },
  { mode: "mip", stored: "u16" },
  { mode: "minip", stored: "u8" },
  { mode: "average", stored: "u16" },
] as const)("$mode of $stored equals the processor's", async (one) => {
  const result = await page.evaluate(async ({ mode, stored }) => {
    const { stage, scene, phantom, voxel, front, FULL } = window.vx;
    const top = stored === "u8" ? 255 : 65535;
    const noise = (z: number, y: number, x: number) =>
      ((z * 7919 + y * 104729 + x * 1299709 + z * y * x) >>> 0) % 1009;
    const volume = phantom({
      shape: [40, 90, 120],
      stored,
      levels: 2,
      value: (z, y, x) => Math.floor((noise(z, y, x) / 1009) * top),
    });
    const { engine, box } = stage([volume]);
    engine.setPanes({ volume: FULL }, 1);
    engine.setScene(scene([volume.layer], { view: { mode, camera: front([40, 90, 120], 1) } }));
    await engine.settled();
    const pixels = await engine.pixels(FULL);
    /** What a ray meets: steps of half a voxel, the first half a step behind the face, linear along z. */
    const ray = (y: number, x: number) => {
      const values: number[] = [];
      for (let at = 0.25; at < 40; at += 0.5) {
        const z = Math.floor(at - 0.5);
        const part = at - 0.5 - z;
        values.push(
          (1 - part) * voxel(volume.levels[0], z, y, x) +
            part * voxel(volume.levels[0], z + 1, y, x),
        );
      }
      const sum = values.reduce((a, b) => a + b, 0) / values.length;
      return (
        { mip: Math.max(...values), minip: Math.min(...values), average: sum } as Record<
          string,
          number
        >
      )[mode];
    };
    let worst = 0;
    for (let y = 0; y < 90; y++)
      for (let x = 0; x < 100; x++) {
        const got = pixels[4 * ((51 + y) * 256 + 68 + x)];
        worst = Math.max(worst, Math.abs(got - (ray(y, x) / top) * 255));
      }
    engine.dispose();
    box.remove();
    return worst;
  }, one);
  // A grey level for the rounding, and what the hardware's weights of eight bits are off.
  expect(result).toBeLessThan(2);
});

test("the box hides exactly what is outside", async () => {
  const result = await page.evaluate(async () => {
    const { stage, scene, phantom, front, FULL } = window.vx;
    // A bright plane before the box and one behind it: neither may shine through.
    const value = (z: number, y: number, x: number) =>
      z < 9 || z >= 31 ? 250 : 100 + ((x + y + z) & 1);
    const volume = phantom({ shape: [40, 22, 30], stored: "u8", levels: 2, value });
    const { engine, box } = stage([volume]);
    engine.setPanes({ volume: FULL }, 1);
    const roi = { start: [10, 6, 7], end: [30, 17, 23] } as {
      start: [number, number, number];
      end: [number, number, number];
    };
    engine.setScene(
      scene([volume.layer], {
        crop: true,
        roi,
        view: { mode: "mip", camera: front([40, 22, 30], 8) },
      }),
    );
    await engine.settled();
    const pixels = await engine.pixels(FULL);
    const edge = (v: number, middle: number, size: number) => (v - middle) * 8 + size / 2;
    const [left, right] = [edge(7, 15, 256), edge(23, 15, 256)];
    const [upper, lower] = [edge(6, 11, 192), edge(17, 11, 192)];
    const near = (v: number, lines: number[], by: number) =>
      lines.some((line) => Math.abs(v - line) < by);
    const columns = [left, right, (left + right) / 2];
    const rows = [upper, lower, (upper + lower) / 2];
    const bad: unknown[] = [];
    let seen = 0;
    for (let v = 0; v < 192; v++)
      for (let u = 0; u < 200; u++) {
        const [x, y] = [u + 0.5, v + 0.5];
        if (near(x, [left, right], 2) || near(y, [upper, lower], 2)) continue;
        if (near(x, columns, 9) && near(y, rows, 9)) continue;
        const inside = x > left && x < right && y > upper && y < lower;
        const got = pixels[4 * (v * 256 + u)];
        if (inside ? got < 98 || got > 103 : got > 20) bad.push({ u, v, got });
        if (inside) seen++;
      }
    engine.dispose();
    box.remove();
    return { bad: bad.slice(0, 5), seen };
  });
  expect(result.bad).toEqual([]);
  expect(result.seen).toBeGreaterThan(5000);
});

test.each(["slice", "volume"] as const)(
  "no seam between bricks and between levels: %s",
  async (kind) => {
    const result = await page.evaluate(async (kind) => {
      const { stage, scene, phantom, front, FULL } = window.vx;
      // Linear in all directions, so that every level is exact between its voxels.
      const value = (z: number, y: number, x: number) => 2000 + 240 * x + 120 * y + 80 * z;
      const volume = phantom({
        shape: [64, 96, 128],
        stored: "u16",
        levels: 3,
        brick: 16,
        window: [0, 52000],
        value,
      });
      const { engine, source, box, events } = stage([volume], { tuning: { batch: 64, limit: 4 } });
      // A chequerboard of bricks is there at full resolution, some of the rest only at the coarsest.
      source.broken = (_layer, level, [z, y, x]) =>
        (level === 0 && (x + y + z) % 2 === 1) || (level === 1 && (x + y) % 3 === 1);
      const view = {
        interpolate: true,
        mode: "average",
        zoom: 1.5,
        slice: [31, 95, 127],
        camera: front([64, 96, 128], 1.5),
      } as const;
      engine.setPanes(kind === "slice" ? { z: FULL } : { volume: FULL }, 1);
      engine.setScene(scene([volume.layer], { view: { ...view, slice: [31, 95, 127] } }));
      await engine.settled();
      await new Promise((resolve) => setTimeout(resolve, 300));
      const pixels = await engine.pixels(FULL);
      let worst = 0;
      let count = 0;
      for (let v = 36; v < 150; v++)
        for (let u = 44; u < 190; u++) {
          const x = 64 + (u + 0.5 - 128) / 1.5;
          const y = 48 + (v + 0.5 - 96) / 1.5;
          const z = kind === "slice" ? 31.5 : 32;
          const want = (value(z - 0.5, y - 0.5, x - 0.5) / 52000) * 255;
          const off = Math.abs(pixels[4 * (v * 256 + u)] - want);
          // Lines and handles of the box's middle.
          if (kind === "slice" || Math.hypot(u - 128, v - 96) > 10) worst = Math.max(worst, off);
          count++;
        }
      const bricks = engine.report().bricks;
      const said = events.some(
        ([name, text]) => name === "trouble" && text === "The file is damaged.",
      );
      engine.dispose();
      box.remove();
      return { worst, count, bricks, said };
    }, kind);
    expect(result.worst).toBeLessThan(1);
    expect(result.said).toBe(true);
  },
);

test.each(["slice", "volume"] as const)(
  "levels whose factor is not 2, and shifted origins, stand where they belong: %s",
  async (kind) => {
    const worst = await page.evaluate(async (kind) => {
      const { stage, scene, phantom, front, FULL } = window.vx;
      const world = (z: number, y: number, x: number) => 1000 + 90 * x + 50 * y + 700 * z;
      const make = (shape: [number, number, number], factor: [number, number, number]) => {
        // The first voxel lies in the middle of what it covers.
        const origin = factor.map((f) => (f - 1) / 2) as [number, number, number];
        const value = (z: number, y: number, x: number) =>
          Math.round(
            world(origin[0] + factor[0] * z, origin[1] + factor[1] * y, origin[2] + factor[2] * x),
          );
        return phantom({
          shape,
          spacing: factor,
          origin,
          stored: "u16",
          brick: 16,
          window: [0, 60000],
          value,
        });
      };
      const volume = make([60, 96, 128], [1, 1, 1]);
      for (const [shape, factor] of [
        [
          [24, 38, 42],
          [2.5, 2.5, 3],
        ],
        [
          [12, 19, 21],
          [5, 5, 6],
        ],
      ] as const) {
        const coarse = make([...shape], [...factor]);
        volume.levels.push(coarse.levels[0]);
        volume.layer.levels.push({ ...coarse.layer.levels[0], factor: [...factor] });
      }
      const { engine, source, box } = stage([volume]);
      // Cells lie across bricks of the next level; where one of these is missing, the third must show.
      source.broken = (_layer, level, [, y, x]) =>
        (level === 0 && (x + y) % 2 === 0) || (level === 1 && (x + y) % 3 === 1);
      engine.setPanes(kind === "slice" ? { z: FULL } : { volume: FULL }, 1);
      const camera = front([60, 96, 128], 1.5);
      engine.setScene(
        scene([volume.layer], {
          view: { mode: "average", camera, interpolate: true, zoom: 1.5, slice: [29, 95, 127] },
        }),
      );
      await engine.settled();
      const pixels = await engine.pixels(FULL);
      let worst = 0;
      for (let v = 34; v < 158; v++)
        for (let u = 42; u < (kind === "slice" ? 214 : 190); u++) {
          const x = 64 + (u + 0.5 - 128) / 1.5 - 0.5;
          const y = 48 + (v + 0.5 - 96) / 1.5 - 0.5;
          const off = Math.abs(
            pixels[4 * (v * 256 + u)] -
              (world(29 + (kind === "slice" ? 0 : 0.5), y, x) / 60000) * 255,
          );
          worst = Math.max(worst, off);
        }
      engine.dispose();
      box.remove();
      return worst;
    }, kind);
    expect(worst).toBeLessThan(0.8);
  },
);

test("iso, lit rendering and labels in 3D show what lies in front", async () => {
  const seen = await page.evaluate(async () => {
    const { stage, scene, phantom, front, FULL } = window.vx;
    const ball = (z: number, y: number, x: number) => Math.hypot(z - 32, y - 32, x - 32);
    const image = phantom({
      shape: [64, 64, 64],
      stored: "u8",
      levels: 2,
      window: [40, 255],
      value: (z, y, x) => (ball(z, y, x) < 24 ? 220 : 10),
    });
    const labels = phantom({
      id: "labels",
      role: "labels",
      shape: [64, 64, 64],
      stored: "u32",
      levels: 2,
      value: (z, y, x) => (ball(z, y, x) < 26 && x > 34 ? 3_000_000_000 : 0),
    });
    const { engine, box } = stage([image, labels]);
    engine.setPanes({ volume: FULL }, 1);
    const at = (pixels: Uint8Array, x: number) => [
      ...pixels.subarray(4 * (96 * 256 + x), 4 * (96 * 256 + x) + 3),
    ];
    const result: Record<string, number[][]> = {};
    for (const mode of ["dvr", "iso"] as const) {
      const shown = scene([image.layer, labels.layer], {
        view: { mode, camera: front([64, 64, 64], 2) },
      });
      shown.display.labels.colors = { "3000000000": "#0000ff" };
      engine.setScene(shown);
      await engine.settled();
      const pixels = await engine.pixels(FULL);
      result[mode] = [at(pixels, 100), at(pixels, 156), at(pixels, 20)];
    }
    engine.dispose();
    box.remove();
    return result;
  });
  for (const mode of ["dvr", "iso"]) {
    const [image, labels, nothing] = seen[mode];
    expect(image[0]).toBeGreaterThan(90);
    expect(Math.abs(image[0] - image[2])).toBeLessThan(3);
    expect(labels[2]).toBeGreaterThan(100);
    expect(labels[0]).toBe(0);
    expect(nothing).toEqual([14, 15, 18]);
  }
});

test("compared layers: wipe, held, difference, side by side", async () => {
  const seen = await page.evaluate(async () => {
    const { stage, scene, phantom, FULL } = window.vx;
    const shape = [4, 96, 128] as [number, number, number];
    const a = phantom({ shape, stored: "u8", value: () => 100 });
    const b = phantom({
      id: "filtered",
      shape,
      stored: "u16",
      encoding: { scale: 0.01, offset: 0 },
      window: [0, 255],
      value: (_z, y) => (y < 48 ? 10000 : 16375),
    });
    const { engine, box } = stage([a, b]);
    engine.setPanes({ z: FULL }, 1);
    const show = async (compare: object, holding = false) => {
      const all = { a: "image", b: "filtered", position: 0.5, ...compare };
      engine.setScene(
        scene([a.layer, b.layer], {
          holding,
          compare: all as never,
          view: { slice: [2, 95, 127], zoom: 1 },
        }),
      );
      await engine.settled();
      const pixels = await engine.pixels(FULL);
      return (x: number, y: number) => [
        ...pixels.subarray(4 * (y * 256 + x), 4 * (y * 256 + x) + 3),
      ];
    };
    const wipe = await show({ mode: "wipe", position: 0.5 });
    const result: Record<string, number[][]> = { wipe: [wipe(100, 120), wipe(160, 120)] };
    const hold = await show({ mode: "hold" });
    result.hold = [hold(100, 120), hold(160, 120)];
    const held = await show({ mode: "hold" }, true);
    result.held = [held(100, 120), held(160, 120)];
    const difference = await show({ mode: "difference" });
    result.difference = [difference(100, 70), difference(100, 120)];
    const beside = await show({ mode: "side-by-side" });
    result.beside = [beside(40, 120), beside(200, 120)];
    engine.dispose();
    box.remove();
    return result;
  });
  const grey = (v: number) => [v, v, v];
  expect(seen.wipe).toEqual([grey(100), grey(164)]);
  expect(seen.hold).toEqual([grey(164), grey(164)]);
  expect(seen.held).toEqual([grey(100), grey(100)]);
  expect(seen.beside).toEqual([grey(100), grey(164)]);
  // Equal is nearly white; more in b is orange.
  expect(Math.min(...seen.difference[0])).toBeGreaterThan(235);
  expect(seen.difference[1][0] - seen.difference[1][2]).toBeGreaterThan(30);
});
