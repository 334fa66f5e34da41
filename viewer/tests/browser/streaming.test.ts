/** Bricks as they come: sharper step by step, dropped when no longer wanted, asked for again when something fails. */

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

test("a slow source sharpens the picture level by level, and the end equals a fast one", async () => {
  const result = await page.evaluate(async () => {
    const { stage, scene, phantom, QUAD } = window.vx;
    const value = (z: number, y: number, x: number) =>
      (z * 5 + y * 3 + x * 7 + ((x * y * z) >> 6)) & 255;
    const volume = phantom({ shape: [90, 110, 120], stored: "u8", levels: 3, value });
    const pictures: Uint8Array[] = [];
    const levels: number[] = [];
    const loaded: number[] = [];
    let first = 0;
    for (const delay of [8, 0]) {
      const { engine, source, box, events } = stage([volume]);
      source.delay = delay;
      engine.setPanes(QUAD, 1);
      const start = performance.now();
      engine.setScene(
        scene([volume.layer], { view: { mode: "dvr", zoom: 1, center: [45, 55, 60] } }),
      );
      if (delay > 0) {
        while (engine.report().bricks === 0) await new Promise((resolve) => setTimeout(resolve, 5));
        first = performance.now() - start;
      }
      await engine.settled();
      pictures.push(await engine.pixels({ left: 0, top: 0, width: 256, height: 192 }));
      if (delay > 0)
        for (const [name, residency] of events as [string, { level: number; loaded: number }][])
          if (name === "residency") {
            levels.push(residency.level);
            loaded.push(residency.loaded);
          }
      engine.dispose();
      box.remove();
    }
    const differ = pictures[0].reduce((n, v, i) => n + (v === pictures[1][i] ? 0 : 1), 0);
    return { levels, loaded, differ, first };
  });
  const falling = (values: number[]) => values.every((v, i) => i === 0 || v <= values[i - 1]);
  expect(result.levels[0]).toBe(2);
  expect(new Set(result.levels)).toEqual(new Set([2, 1, 0]));
  expect(falling(result.levels)).toBe(true);
  expect(falling(result.loaded.map((v) => -v))).toBe(true);
  expect(result.loaded.at(-1)).toBe(1);
  expect(result.differ).toBe(0);
  expect(result.first).toBeLessThan(1000);
});

test("the level is limited by the budget, and the textures stay within it", async () => {
  const result = await page.evaluate(async () => {
    const { stage, scene, phantom, QUAD } = window.vx;
    const value = (z: number, y: number, x: number) => (z * 5 + y * 3 + x * 7) & 255;
    const volume = phantom({ shape: [128, 128, 128], stored: "u8", levels: 4, brick: 16, value });
    const budget = 1_200_000;
    const { engine, source, box, events } = stage([volume], { budgetBytes: budget });
    engine.setPanes(QUAD, 1);
    let worst = 0;
    engine.on("drawn", () => {
      worst = Math.max(worst, engine.report().textureBytes);
    });
    const small = { start: [40, 40, 40], end: [70, 70, 70] } as const;
    const rois = [{ start: [0, 0, 0], end: [128, 128, 128] }, small];
    const levels: number[] = [];
    for (const roi of rois) {
      engine.setScene(scene([volume.layer], { roi: roi as never }));
      await engine.settled();
      const last = events.filter(([name]) => name === "residency").at(-1) as unknown as [
        string,
        { level: number },
      ];
      levels.push(last[1].level);
    }
    // Slices move through everything while the ROI stays: its level must not rise, not even for a moment.
    events.length = 0;
    for (let z = 0; z < 128; z += 4) {
      engine.setScene(
        scene([volume.layer], {
          roi: small as never,
          view: { slice: [z, z, z], center: [z, z, z], zoom: 4 },
        }),
      );
      await engine.settled();
    }
    for (const [name, residency] of events as unknown as [string, { level: number }][])
      if (name === "residency") levels.push(residency.level);
    // What the ROI shows was never given away and asked for again.
    const inside = [0, 1, 2, 3].flatMap((level) => {
      const bricks: number[] = [];
      const [first, last] = [40, 69].map((v) => Math.floor(v / 2 ** level / 16));
      for (let z = first; z <= last; z++)
        for (let y = first; y <= last; y++)
          for (let x = first; x <= last; x++)
            bricks.push(source.times.get(`image/${level}/${[z, y, x]}`) ?? 0);
      return bricks;
    });
    engine.dispose();
    box.remove();
    return { levels, worst, budget, inside };
  });
  expect(result.levels[0]).toBe(1);
  expect(new Set(result.inside)).toEqual(new Set([1]));
  expect(result.levels.length).toBeGreaterThan(20);
  expect(result.levels.slice(1)).toEqual(result.levels.slice(1).map(() => 0));
  expect(result.worst).toBeLessThanOrEqual(result.budget);
});

test("what is no longer wanted is dropped when the camera or the ROI moves", async () => {
  const result = await page.evaluate(async () => {
    const { stage, scene, phantom, FULL } = window.vx;
    const value = (z: number, y: number, x: number) => (z * 5 + y * 3 + x * 7) & 255;
    const volume = phantom({ shape: [64, 64, 512], stored: "u8", levels: 2, brick: 16, value });
    const { engine, source, box } = stage([volume], { tuning: { limit: 1, batch: 16 } });
    source.delay = 4;
    engine.setPanes({ volume: FULL }, 1);
    const camera = (x: number) => ({
      position: [32, 32, x],
      target: [32, 32, x < 256 ? x + 90 : x - 90],
      up: [0, -1, 0],
      zoom: 1,
      orthographic: false,
    });
    engine.setScene(scene([volume.layer], { view: { camera: camera(-60) as never } }));
    // Past the coarsest level, into the finest.
    while (!source.log.some((entry) => entry.level === 0))
      await new Promise((resolve) => setTimeout(resolve, 10));
    const before = source.aborted;
    engine.setScene(scene([volume.layer], { view: { camera: camera(570) as never } }));
    await new Promise((resolve) => setTimeout(resolve, 400));
    const moved = source.aborted;
    engine.setScene(
      scene([volume.layer], {
        roi: { start: [0, 0, 0], end: [16, 16, 16] },
        view: { camera: camera(570) as never },
      }),
    );
    await engine.settled();
    const served = source.served;
    engine.dispose();
    box.remove();
    return { before, moved, aborted: source.aborted, served };
  });
  expect(result.before).toBe(0);
  expect(result.moved).toBeGreaterThanOrEqual(1);
  expect(result.aborted).toBeGreaterThan(result.moved);
  expect(result.served).toBeLessThan(512);
});

test.each(["reject", "truncate", "failed", "hang"] as const)(
  "a source that does this is said and asked again: %s",
  async (failure) => {
    const result = await page.evaluate(async (failure) => {
      const { stage, scene, phantom, compareSlice, grey, FULL } = window.vx;
      const volume = phantom({
        shape: [40, 64, 64],
        stored: "u8",
        levels: 2,
        value: (z, y, x) => (z + y * 3 + x * 7) & 255,
      });
      const { engine, source, box, events } = stage([volume], { tuning: { patience: 300 } });
      source.failures = [failure, failure];
      engine.setPanes({ z: FULL }, 1);
      const shown = scene([volume.layer], {});
      engine.setScene(shown);
      const said = () => events.filter(([name]) => name === "trouble").map(([, text]) => text);
      const end = performance.now() + 9000;
      while (!(said().length > 0 && said().at(-1) === null) && performance.now() < end)
        await new Promise((resolve) => setTimeout(resolve, 20));
      await engine.settled();
      const pixels = await engine.pixels(FULL);
      const compared = compareSlice(
        pixels,
        shown,
        { axis: "z", rect: FULL },
        grey(volume, [0, 255]),
      );
      engine.dispose();
      box.remove();
      return { said: said(), bad: compared.bad, good: compared.good };
    }, failure);
    const words = {
      reject: "The server could not be reached. Trying again.",
      truncate: "The answer ended before all bricks were in it. Trying again.",
      failed: "The file is damaged.",
      hang: "The server sent no brick for 0.3 s. Trying again.",
    };
    expect(result.said[0]).toBe(words[failure]);
    expect(result.said.at(-1)).toBe(null);
    expect(result.bad).toBe(0);
    expect(result.good).toBeGreaterThan(1000);
  },
);

test("bricks that the server still makes are asked for again, without a word", async () => {
  const result = await page.evaluate(async () => {
    const { stage, scene, phantom, FULL } = window.vx;
    const volume = phantom({
      shape: [40, 64, 64],
      stored: "u8",
      levels: 2,
      value: (z, y, x) => (z + y * 3 + x * 7) & 255,
    });
    const { engine, source, box, events } = stage([volume]);
    source.failures = ["waiting", "waiting", "waiting"];
    engine.setPanes({ z: FULL }, 1);
    engine.setScene(scene([volume.layer]));
    await engine.settled();
    const { bricks } = engine.report();
    engine.dispose();
    box.remove();
    return { bricks, troubles: events.filter(([name]) => name === "trouble").length };
  });
  expect(result.bricks).toBe(9);
  expect(result.troubles).toBe(0);
});

test("a new version of `filtered` drops the old bricks at once; the image shows beneath, then the preview, then the bricks", async () => {
  const result = await page.evaluate(async () => {
    const { stage, scene, phantom, FULL } = window.vx;
    const shape = [8, 64, 64] as [number, number, number];
    const image = phantom({ shape, stored: "u8", value: () => 50 });
    const make = (version: number, grey: number) =>
      phantom({
        id: "filtered",
        shape,
        stored: "u8",
        version,
        value: (_z, y, x) => grey + ((x + y) & 1),
      });
    const { engine, source, box } = stage([image, make(1, 100)]);
    engine.setPanes({ z: FULL }, 1);
    const view = { slice: [4, 63, 63] as [number, number, number], zoom: 1 };
    const at = async () => (await engine.pixels(FULL))[4 * (90 * 256 + 120)];
    engine.setScene(scene([image.layer, make(1, 100).layer], { view }));
    await engine.settled();
    const seen = [await at()];
    const data = new Uint8Array(64 * 64).fill(140);
    const plane = { axis: "z", index: 4, start: [4, 0, 0], shape: [1, 64, 64], data };
    const preview = {
      seq: 1,
      stored: "u8",
      encoding: { scale: 1, offset: 0 },
      role: "image",
      approximate: false,
      roi_only: false,
      milliseconds: 1,
      planes: [plane],
    };
    engine.showPreview(preview as never, 0);
    seen.push(await at());
    // An answer to an older question comes late.
    engine.showPreview(
      { ...preview, seq: 0, planes: [{ ...plane, data: data.map(() => 9) }] } as never,
      0,
    );
    seen.push(await at());
    engine.clearPreview();
    source.delay = 150;
    source.add(make(2, 200));
    engine.setScene(scene([image.layer, make(2, 200).layer], { view }));
    seen.push(await at());
    engine.showPreview({ ...preview, seq: 2 } as never, 0);
    seen.push(await at());
    await engine.settled();
    engine.clearPreview();
    seen.push(await at());
    source.delay = 0;
    engine.showPreview({ ...preview, seq: 3 } as never, 0);
    source.add(make(3, 220));
    engine.setScene(scene([image.layer, make(3, 220).layer], { view }));
    await engine.settled();
    seen.push(await at());
    engine.dispose();
    box.remove();
    return seen;
  });
  // Old bricks, preview, the same again, image beneath, preview, new bricks, and newest bricks without asking.
  expect(result.map((v) => v & ~1)).toEqual([100, 140, 140, 50, 140, 200, 220]);
});

test("a layer more, or a level more, keeps what is here: the atlas grows around it", async () => {
  const result = await page.evaluate(async () => {
    const { stage, scene, phantom, QUAD } = window.vx;
    const all = { left: 0, top: 0, width: 256, height: 192 };
    const value = (z: number, y: number, x: number) => (z * 5 + y * 3 + x * 7) & 255;
    const volume = phantom({ shape: [70, 80, 90], stored: "u8", levels: 3, brick: 16, value });
    const labels = (id: string) =>
      phantom({
        id,
        role: "labels",
        shape: [70, 80, 90],
        stored: "u32",
        brick: 16,
        levels: 2,
        value: (z, y, x) => (((z >> 3) + (y >> 3) + (x >> 3)) % 3) * 70001,
      });
    const [one, two, third] = [
      labels("one"),
      labels("two"),
      {
        ...phantom({ id: "other", shape: [70, 80, 90], stored: "u8", levels: 3, brick: 16, value }),
      },
    ];
    const { engine, source, box } = stage([volume, one, two, third]);
    const short = { ...volume.layer, levels: volume.layer.levels.slice(0, 2) };
    engine.setPanes(QUAD, 1);
    engine.setScene(scene([short, one.layer]));
    await engine.settled();
    const before = await engine.pixels(all);
    const served = source.served;
    const bricks = engine.report().bricks;
    // From now on nothing comes: what is seen next was here before.
    source.delay = 1e9;
    const next = scene([volume.layer, one.layer, two.layer, third.layer]);
    // Too faint to see, yet wanted.
    next.display.two.opacity = 1e-9;
    next.display.other.opacity = 1e-9;
    engine.setScene(next);
    next.display.two.isolate = 5;
    const after = await engine.pixels({ left: 0, top: 0, width: 128, height: 96 });
    const differ = after.reduce((n, v, i) => {
      const [row, column] = [Math.floor(i / 4 / 128), Math.floor(i / 4) % 128];
      return n + (v === before[4 * (row * 256 + column) + (i % 4)] ? 0 : 1);
    }, 0);
    const kept = engine.report().bricks;
    engine.dispose();
    box.remove();
    return { differ, bricks, kept, more: source.served - served };
  });
  expect(result.kept).toBe(result.bricks);
  expect(result.more).toBe(0);
  expect(result.differ).toBe(0);
});

test("an image that begins anew leaves no black picture in between", async () => {
  const result = await page.evaluate(async () => {
    const { stage, scene, phantom, FULL } = window.vx;
    const make = (version: number) =>
      phantom({
        shape: [8, 96, 128],
        stored: "u8",
        version,
        value: (_z, _y, x) => 100 + 20 * version + (x & 1),
      });
    const { engine, source, canvas, box } = stage([make(1)]);
    engine.setPanes({ z: FULL }, 1);
    const view = { slice: [4, 95, 127] as [number, number, number], zoom: 1 };
    engine.setScene(scene([make(1).layer], { view }));
    await engine.settled();
    // What a viewer sees at each drawn frame.
    const seen: number[] = [];
    engine.on("drawn", () => {
      const copy = document.createElement("canvas").getContext("2d") as CanvasRenderingContext2D;
      copy.drawImage(canvas, 100, 80, 1, 1, 0, 0, 1, 1);
      seen.push(copy.getImageData(0, 0, 1, 1).data[0] & ~1);
    });
    for (let version = 2; version <= 4; version++) {
      source.delay = 15;
      source.add(make(version));
      engine.setScene(scene([make(version).layer], { view }));
      await new Promise((resolve) => setTimeout(resolve, 400));
    }
    engine.dispose();
    box.remove();
    return [...new Set(seen)];
  });
  expect(result).toEqual([140, 160, 180]);
});

test("once settled, a scene that shows the same leaves the fine picture as it is", async () => {
  const result = await page.evaluate(async () => {
    const { stage, scene, phantom, QUAD } = window.vx;
    const value = (z: number, y: number, x: number) =>
      (Math.hypot(z - 32, y - 32, x - 32) < 25 ? 200 : 10) + ((x * y) & 7);
    const volume = phantom({ shape: [64, 64, 64], stored: "u8", levels: 2, value });
    const { engine, canvas, box } = stage([volume]);
    const settled = engine.settled();
    engine.setPanes(QUAD, 1);
    engine.setScene(scene([volume.layer], { view: { mode: "dvr" } }));
    await settled;
    const { left, top, width, height } = QUAD.volume as {
      left: number;
      top: number;
      width: number;
      height: number;
    };
    const fine = await engine.pixels({ left, top, width, height });
    const copy = document
      .createElement("canvas")
      .getContext("2d", { willReadFrequently: true }) as CanvasRenderingContext2D;
    const unlike: number[] = [];
    engine.on("drawn", () => {
      copy.drawImage(canvas, left, top, width, height, 0, 0, width, height);
      const now = copy.getImageData(0, 0, width, height).data;
      unlike.push(fine.reduce((n, v, i) => n + (v === now[i] ? 0 : 1), 0));
    });
    const pause = () => new Promise((resolve) => setTimeout(resolve, 60));
    for (const slice of [32, 32, 20, 10]) {
      engine.setPanes({ ...QUAD }, 1);
      engine.setScene(
        scene([{ ...volume.layer, status: "computing" }], {
          view: { mode: "dvr", slice: [slice, 32, 32] },
        }),
      );
      await pause();
    }
    const same = [...unlike];
    unlike.length = 0;
    // Another mode is another picture: the detector works.
    engine.setScene(scene([volume.layer], { view: { mode: "mip" } }));
    await pause();
    engine.dispose();
    box.remove();
    return { same, other: Math.max(...unlike) };
  });
  expect(result.same.length).toBeGreaterThan(2);
  expect(new Set(result.same)).toEqual(new Set([0]));
  expect(result.other).toBeGreaterThan(100);
});
