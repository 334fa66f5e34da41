/** The pointer over the views: crosshair, panning, wheel, handles of the ROI in slices and in 3D, orbiting. */

import type { Page } from "playwright-core";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { Lab } from "./chromium";
import type { Stage } from "./page/page";

declare global {
  interface Window {
    now: Stage;
  }
}

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

/** A volume of 40 x 60 x 80 with two pixels per voxel in the slice z, and looking along z in 3D. */
beforeEach(async () => {
  await page.evaluate(async () => {
    const { stage, scene, phantom, front } = window.vx;
    window.now?.engine.dispose();
    window.now?.box.remove();
    document.body.style.height = "3000px";
    window.scrollTo(0, 0);
    const volume = phantom({
      shape: [40, 60, 80],
      stored: "u8",
      levels: 2,
      value: (z, y, x) => (z + y * 3 + x * 7) & 255,
    });
    window.now = stage([volume]);
    const half = { left: 0, top: 0, width: 128, height: 192 };
    const { engine } = window.now;
    engine.setPanes({ z: { ...half, width: 128 }, volume: { ...half, left: 128 } }, 1);
    const roi = { start: [4, 10, 20], end: [36, 50, 60] } as never;
    engine.setScene(
      scene([volume.layer], {
        crop: true,
        roi,
        view: {
          zoom: 2,
          slice: [20, 30, 40],
          center: [20, 30, 40],
          camera: front([40, 60, 80], 1.5),
        },
      }),
    );
    await engine.settled();
    window.now.events.length = 0;
  });
});

/** Events of a kind, each as its arguments. */
function heard(name: string): Promise<unknown[][]> {
  return page.evaluate(
    (name) => window.now.events.filter(([kind]) => kind === name).map(([, ...args]) => args),
    name,
  );
}

async function drag(
  from: [number, number],
  to: [number, number],
  button: "left" | "right" = "left",
): Promise<void> {
  await page.mouse.move(...from);
  await page.mouse.down({ button });
  await page.mouse.move((from[0] + to[0]) / 2, (from[1] + to[1]) / 2);
  await page.mouse.move(...to);
  await page.mouse.up({ button });
}

test("dragging in a slice moves the crosshair to the voxel under the pointer", async () => {
  await drag([70, 80], [75, 100]);
  const slices = await heard("slice");
  expect(slices[0]).toEqual([[20, 22, 43], false]);
  // 75 is 11 pixels right of the middle: 5.5 voxels; 100 is 4 below: 2 voxels.
  expect(slices.at(-1)).toEqual([[20, 32, 45], true]);
});

test("the right button moves the picture, and the voxel stays under the pointer", async () => {
  await drag([60, 60], [80, 90], "right");
  expect((await heard("center")).at(-1)).toEqual([[20, 15, 30], 2]);
  expect(await heard("slice")).toEqual([]);
});

test("the wheel scrolls the page until the viewer has the focus, then steps through slices", async () => {
  await page.mouse.move(70, 80);
  await page.mouse.wheel(0, 120);
  await expect.poll(() => page.evaluate(() => window.scrollY)).toBeGreaterThan(0);
  expect(await heard("slice")).toEqual([]);
  await page.evaluate(() => {
    window.scrollTo(0, 0);
    window.now.engine.setFocus(true);
  });
  await page.waitForTimeout(100);
  await page.mouse.wheel(0, 120);
  await expect.poll(async () => (await heard("slice")).length).toBeGreaterThan(0);
  expect((await heard("slice")).at(-1)).toEqual([[23, 30, 40], true]);
  expect(await page.evaluate(() => window.scrollY)).toBe(0);
});

test("with Ctrl the wheel zooms at the pointer", async () => {
  await page.evaluate(() => window.now.engine.setFocus(true));
  await page.mouse.move(84, 116);
  await page.keyboard.down("Control");
  await page.mouse.wheel(0, -200);
  await page.keyboard.up("Control");
  await expect.poll(async () => (await heard("center")).length).toBeGreaterThan(0);
  const [center, zoom] = (await heard("center")).at(-1) as [number[], number];
  expect(zoom).toBeGreaterThan(2.5);
  // The voxel under the pointer, x = 40 + 20 / 2 and y = 30 + 20 / 2, has not moved.
  expect(center[2] + 20 / zoom).toBeCloseTo(50, 6);
  expect(center[1] + 20 / zoom).toBeCloseTo(40, 6);
});

test("a face of the ROI follows the pointer in a slice, on whole voxels and within the frame", async () => {
  // The right face lies at x = 60: pixel 64 + (60 - 40) * 2 = 104, in the middle of y 10 to 50: pixel 96.
  await drag([104, 96], [87, 96]);
  const rois = await heard("roi");
  // Pixel 87 is 11.5 voxels right of 40.
  expect(rois.at(-1)).toEqual([{ start: [4, 10, 20], end: [36, 50, 52] }, true]);
  expect(rois[0][1]).toBe(false);
  expect(await heard("slice")).toEqual([]);
  await page.evaluate(() => {
    window.now.events.length = 0;
  });
  await drag([88, 96], [10, 96]);
  expect((await heard("roi")).at(-1)).toEqual([{ start: [4, 10, 20], end: [36, 50, 21] }, true]);
});

test("a corner of the ROI moves two faces in a slice", async () => {
  await drag([24, 56], [10, 30]);
  expect((await heard("roi")).at(-1)).toEqual([{ start: [4, 0, 13], end: [36, 50, 60] }, true]);
});

test("a face of the ROI follows the pointer in 3D while the camera stays", async () => {
  // Looking along z with 1.5 pixels per voxel: the left face, x = 20, is 30 pixels left of the middle of the view.
  await drag([192 - 30, 96], [192 - 48, 96]);
  expect((await heard("roi")).at(-1)).toEqual([{ start: [4, 10, 8], end: [36, 50, 60] }, true]);
  expect(await heard("camera")).toEqual([]);
});

test("dragging beside the handles turns the camera", async () => {
  const before = await heard("camera");
  await drag([192, 150], [212, 160]);
  const cameras = await heard("camera");
  expect(before).toEqual([]);
  expect(cameras.at(-1)?.[1]).toBe(true);
  const { position, target, orthographic } = cameras[cameras.length - 1][0] as {
    position: number[];
    target: number[];
    orthographic: boolean;
  };
  expect(orthographic).toBe(true);
  expect(position[2]).not.toBeCloseTo(39.5, 1);
  target.forEach((v, a) => expect(v).toBeCloseTo([19.5, 29.5, 39.5][a], 6));
  expect(await heard("roi")).toEqual([]);
});

test("hovering says which voxel is under the pointer, and that none is", async () => {
  await page.mouse.move(70, 80);
  await page.mouse.move(200, 80);
  expect(await heard("hover")).toContainEqual([[20, 22, 43]]);
  expect((await heard("hover")).at(-1)).toEqual([null]);
});

test("looking along an axis and fitting everything", async () => {
  await page.evaluate(() => {
    window.now.engine.lookAlong("x");
    window.now.engine.fit();
  });
  const cameras = await heard("camera");
  const { position, target, up } = cameras[0][0] as {
    position: number[];
    target: number[];
    up: number[];
  };
  expect(up[0]).toBeCloseTo(-1);
  expect(position[2]).toBeLessThan(target[2]);
  expect(position[0]).toBeCloseTo(target[0], 6);
  const [center, zoom] = (await heard("center")).at(-1) as [number[], number];
  expect(center).toEqual([20, 30, 40]);
  expect(zoom).toBeCloseTo((128 / 80) * 0.94, 6);
  const perPixel = await page.evaluate(() => window.now.engine.unitsPerPixel("z"));
  expect(perPixel).toBeCloseTo(1 / zoom, 9);
});

test("what the document sets is no act of the user", async () => {
  const names = await page.evaluate(async () => {
    const { stage, scene, phantom, front, QUAD } = window.vx;
    const volume = phantom({
      shape: [40, 60, 80],
      stored: "u8",
      value: (z, y, x) => (z + y * 3 + x * 7) & 255,
    });
    const { engine, box, events } = stage([volume]);
    engine.setScene(scene([volume.layer], { view: { zoom: null } }));
    engine.setPanes(QUAD, 1);
    await engine.settled();
    const camera = front([60, 80, 100], 1);
    engine.setScene(scene([volume.layer], { view: { zoom: 2, slice: [1, 2, 3], camera } }));
    await engine.settled();
    engine.setPanes({ volume: QUAD.volume }, 2);
    engine.setScene(scene([volume.layer]));
    await engine.settled();
    engine.dispose();
    box.remove();
    return [...new Set(events.map(([name]) => name))].sort();
  });
  expect(names).toEqual(["drawn", "residency"]);
});
