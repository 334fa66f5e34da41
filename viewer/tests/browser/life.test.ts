/** A long life: no growth, lost contexts, many viewers, and an end that frees everything. */

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
  // Chromium says so when a context is lost, which these tests do on purpose.
  expect(page.errors.filter((text) => !/context lost|CONTEXT_LOST/i.test(text))).toEqual([]);
});

test("1,000 previews and 2,000 bricks leave the textures as they were", async () => {
  const result = await page.evaluate(async () => {
    const { stage, scene, phantom, FULL } = window.vx;
    const shape = [64, 64, 64] as [number, number, number];
    const make = (version: number) =>
      phantom({
        id: "filtered",
        shape,
        stored: "u8",
        levels: 2,
        brick: 16,
        version,
        value: (z, y, x) => (x + y + z + version) & 255,
      });
    const one = make(1);
    const { engine, source, box } = stage([one]);
    engine.setPanes({ z: FULL }, 1);
    engine.setScene(scene([one.layer]));
    await engine.settled();
    const plane = (seq: number) => ({
      axis: "z",
      index: 32,
      start: [32, 0, 0],
      shape: [1, 64, 64],
      data: new Uint8Array(4096).fill(seq & 255),
    });
    const preview = (seq: number) =>
      ({
        seq,
        stored: "u8",
        encoding: { scale: 1, offset: 0 },
        role: "image",
        approximate: false,
        roi_only: false,
        milliseconds: 1,
        planes: [plane(seq)],
      }) as never;
    engine.showPreview(preview(1), 0);
    await engine.pixels(FULL);
    const before = engine.report();
    for (let seq = 2; seq <= 1000; seq++) {
      engine.showPreview(preview(seq), 0);
      if (seq % 50 === 0) await engine.pixels(FULL);
    }
    const shown = (await engine.pixels(FULL))[4 * (80 * 256 + 110)];
    const middle = engine.report();
    let version = 1;
    const start = source.served;
    while (source.served - start < 2000) {
      version++;
      engine.setScene(scene([{ ...one.layer, version }]));
      await engine.settled();
    }
    const after = engine.report();
    engine.dispose();
    box.remove();
    return { before, middle, after, shown, versions: version };
  });
  expect(result.shown).toBe(1000 & 255);
  expect(result.middle.textureBytes).toBe(result.before.textureBytes);
  // The planes went when newer bricks were there.
  expect(result.after.textureBytes).toBe(result.before.textureBytes - 4096);
  expect(result.after.bricks).toBe(result.before.bricks);
});

test("a lost context is said, and its return gives the same picture", async () => {
  const result = await page.evaluate(async () => {
    const { stage, scene, phantom, QUAD } = window.vx;
    const all = { left: 0, top: 0, width: 256, height: 192 };
    const image = phantom({
      shape: [60, 80, 90],
      stored: "u16",
      levels: 2,
      value: (z, y, x) => (z * 500 + y * 300 + x * 70) & 65535,
    });
    const labels = phantom({
      id: "labels",
      role: "labels",
      shape: [60, 80, 90],
      stored: "u32",
      levels: 2,
      value: (z, y, x) => (Math.hypot(z - 30, y - 40, x - 45) < 20 ? 70001 : 0),
    });
    const { engine, canvas, box, events } = stage([image, labels]);
    engine.setPanes(QUAD, 1);
    engine.setScene(scene([image.layer, labels.layer], { crop: true, view: { mode: "dvr" } }));
    await engine.settled();
    const before = await engine.pixels(all);
    const extension = canvas.getContext("webgl2")?.getExtension("WEBGL_lose_context");
    const pause = (milliseconds: number) =>
      new Promise((resolve) => setTimeout(resolve, milliseconds));
    extension?.loseContext();
    await pause(100);
    const empty = engine.report().requests;
    extension?.restoreContext();
    await pause(50);
    await engine.settled();
    const after = await engine.pixels(all);
    const differ = before.reduce((n, v, i) => n + (v === after[i] ? 0 : 1), 0);
    const said = events.filter(([name]) => name === "context").map(([, lost]) => lost);
    const { contextsLost } = engine.report();
    engine.dispose();
    box.remove();
    return { differ, said, contextsLost, empty, different: new Set(before).size };
  });
  expect(result.said).toEqual([true, false]);
  expect(result.contextsLost).toBe(1);
  expect(result.empty).toBe(0);
  expect(result.different).toBeGreaterThan(50);
  expect(result.differ).toBe(0);
});

test("40 viewers come and go beside one that stays", async () => {
  const result = await page.evaluate(async () => {
    const { stage, scene, phantom, FULL } = window.vx;
    const volume = phantom({
      shape: [20, 64, 64],
      stored: "u8",
      value: (z, y, x) => (z + y * 3 + x * 7) & 255,
    });
    const survivor = stage([volume]);
    survivor.engine.setPanes({ z: FULL }, 1);
    survivor.engine.setScene(scene([volume.layer]));
    await survivor.engine.settled();
    const before = await survivor.engine.pixels(FULL);
    const left: number[] = [];
    for (let round = 0; round < 40; round++) {
      const { engine, box } = stage([volume]);
      engine.setPanes({ z: FULL }, 1);
      engine.setScene(scene([volume.layer]));
      if (round % 10 === 0) await engine.settled();
      engine.dispose();
      left.push(engine.report().textureBytes);
      box.remove();
    }
    survivor.engine.setScene(scene([volume.layer], { theme: "dark" }));
    const after = await survivor.engine.pixels(FULL);
    const differ = before.reduce((n, v, i) => n + (v === after[i] ? 0 : 1), 0);
    const lost = survivor.engine.report().contextsLost;
    survivor.engine.dispose();
    survivor.box.remove();
    return { differ, lost, left: Math.max(...left) };
  });
  expect(result).toEqual({ differ: 0, lost: 0, left: 0 });
});

test("of 20 viewers four are awake; the others show a picture and wake when they are used", async () => {
  const fresh = await lab.page();
  const result = await fresh.evaluate(async () => {
    const { stage, scene, phantom, FULL } = window.vx;
    const volume = phantom({
      shape: [20, 64, 64],
      stored: "u8",
      value: (z, y, x) => (z + y * 3 + x * 7) & 255,
    });
    const stages: ReturnType<typeof stage>[] = [];
    const pictures: Uint8Array[] = [];
    for (let i = 0; i < 20; i++) {
      const one = stage([volume]);
      one.engine.setPanes({ z: FULL }, 1);
      one.engine.setScene(scene([volume.layer], { view: { slice: [i, 32, 32] } }));
      await one.engine.settled();
      pictures.push(await one.engine.pixels(FULL));
      stages.push(one);
    }
    const awake = () =>
      stages.map(
        ({ canvas }) => !(canvas.getContext("webgl2") as WebGL2RenderingContext).isContextLost(),
      );
    const pictured = () =>
      stages.map(({ surface }) => surface.style.backgroundImage.startsWith("url("));
    const start = { awake: awake(), pictured: pictured() };
    // What the first one shows in place of its canvas.
    const image = new Image();
    image.src = stages[0].surface.style.backgroundImage.slice(5, -2);
    await image.decode();
    const copy = new OffscreenCanvas(256, 192).getContext(
      "2d",
    ) as OffscreenCanvasRenderingContext2D;
    copy.drawImage(image, 0, 0);
    const painted = copy.getImageData(0, 0, 256, 192).data;
    const unlike = pictures[0].reduce((n, v, i) => n + (v === painted[i] ? 0 : 1), 0);
    const [first] = stages;
    first.surface.dispatchEvent(
      new PointerEvent("pointerdown", { pointerId: 1, clientX: 3, clientY: 3, bubbles: true }),
    );
    first.surface.dispatchEvent(
      new PointerEvent("pointerup", { pointerId: 1, clientX: 3, clientY: 3, bubbles: true }),
    );
    first.engine.setScene(scene([volume.layer], { view: { slice: [0, 32, 32] } }));
    await first.engine.settled();
    const again = await first.engine.pixels(FULL);
    return {
      start,
      unlike,
      woke: awake(),
      pictured: pictured(),
      differ: again.reduce((n, v, i) => n + (v === pictures[0][i] ? 0 : 1), 0),
      events: first.events.filter(([name]) => name === "context").length,
    };
  });
  await fresh.close();
  const count = (flags: boolean[]) => flags.filter(Boolean).length;
  expect(count(result.start.awake)).toBe(4);
  expect(result.start.pictured).toEqual(result.start.awake.map((awake) => !awake));
  expect(result.unlike).toBe(0);
  expect(count(result.woke)).toBe(4);
  expect(result.woke[0]).toBe(true);
  expect(result.pictured[0]).toBe(false);
  expect(result.differ).toBe(0);
  expect(result.events).toBe(0);
});

test("a picture of the whole is a PNG of its size", async () => {
  const size = await page.evaluate(async () => {
    const { stage, scene, phantom, FULL } = window.vx;
    const volume = phantom({
      shape: [20, 64, 64],
      stored: "u8",
      value: (z, y, x) => (z + y * 3 + x * 7) & 255,
    });
    const { engine, box } = stage([volume]);
    engine.setPanes({ z: FULL }, 2);
    engine.setScene(scene([volume.layer]));
    await engine.settled();
    const blob = await engine.screenshot();
    const bitmap = await createImageBitmap(blob);
    const size = [blob.type, bitmap.width, bitmap.height];
    engine.dispose();
    box.remove();
    return size;
  });
  expect(size).toEqual(["image/png", 512, 384]);
});
