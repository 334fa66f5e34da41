/** The page over the real command, on a real scan. */

import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { labelColor } from "../../src/engine";
import { launch } from "../browser/launch";
import { api, open, pixels, ready, settled, state } from "./page";
import { relay } from "./relay";
import { folder, missing, type Running, view, volume, voxels, voxsieve } from "./server";

const absent = missing();
const EDGE = 128;
const scratch = folder();
const scan = `${scratch.path}/bone.ome.zarr`;
const labels = `${scratch.path}/cells.ome.zarr`;

let chrome: Browser;
let bone: Buffer;

beforeAll(async () => {
  if (absent) return;
  voxsieve(
    "convert",
    volume("tiff/bone_128x128x128.tif"),
    scan,
    "--chunk",
    "32",
    "--spacing",
    "2,2,2",
    "--unit",
    "um",
  );
  voxsieve("run", scan, labels, "median", "--radius", "1", "then", "otsu", "then", "label");
  bone = voxels(scan, scratch.path);
  chrome = await launch();
});

afterAll(async () => {
  await chrome?.close();
  scratch.remove();
});

type Rect = { left: number; top: number; width: number; height: number };

/** Where a view stands, as soon as it does. */
async function pane(page: Page, name: string): Promise<Rect> {
  const find = (name: string) =>
    (document.querySelector("#viewer") as any).voxsieve.store.panes.value[name];
  const found = await page.waitForFunction(find, name);
  await settled(page);
  return found.jsonValue();
}

const change = (server: Running, patch: unknown) =>
  api(server, "PATCH", "state?client=test", patch);

/** Waits until the page shows the revision that the server has. */
async function followed(page: Page, server: Running): Promise<void> {
  const { revision } = await state(server);
  await page.waitForFunction(
    (revision) =>
      (document.querySelector("#viewer") as any).voxsieve.store.document.value?.revision >=
      revision,
    revision,
  );
  await settled(page);
}

const SLICE = [60, 50, 40];
const PLANES = {
  xy: { pane: "z", across: 2, down: 1, through: 0 },
  xz: { pane: "y", across: 2, down: 0, through: 1 },
  yz: { pane: "x", across: 1, down: 0, through: 2 },
} as const;

/** Calls `see` with each pixel of a slice view and the voxel that it shows; pixels near voxel edges and marks are left out. */
async function eachPixel(
  page: Page,
  layout: keyof typeof PLANES,
  zoom: number,
  see: (rgb: number[], voxel: number) => void,
): Promise<number> {
  const plane = PLANES[layout];
  const rect = await pane(page, plane.pane);
  const drawn = await pixels(page, rect);
  let seen = 0;
  for (let y = 0; y < Math.floor(rect.height); y++) {
    for (let x = 0; x < Math.floor(rect.width); x++) {
      const at = [...SLICE].map((n) => n + 0.5);
      at[plane.across] = EDGE / 2 + (x + 0.5 - rect.width / 2) / zoom;
      at[plane.down] = EDGE / 2 + (y + 0.5 - rect.height / 2) / zoom;
      // The handles of the ROI stand on the border.
      const inside = at.every((n) => n > 4 && n < EDGE - 4);
      const clear = [plane.across, plane.down].every((axis) => {
        const near = Math.abs(at[axis] - Math.round(at[axis])) * zoom;
        return near > 0.6 && Math.abs(at[axis] - SLICE[axis] - 0.5) * zoom > 4;
      });
      if (!inside || !clear) continue;
      const [z, v, u] = at.map(Math.floor);
      const offset = (y * Math.floor(rect.width) + x) * 4;
      see([...drawn.slice(offset, offset + 3)], (z * EDGE + v) * EDGE + u);
      seen += 1;
    }
  }
  return seen;
}

const showing = (layout: string, zoom: number) => ({
  view: { layout, zoom, slice: SLICE, center: [EDGE / 2, EDGE / 2, EDGE / 2], interpolate: false },
});

describe.skipIf(absent)(`the page of voxsieve view${absent ? ` (${absent})` : ""}`, () => {
  test("slices show the voxels through the window, and nothing else is asked for", async () => {
    const server = await view(scan);
    const { page, foreign, errors } = await open(chrome, server);
    await change(server, { display: { image: { window: [20, 200] } } });
    for (const layout of ["xy", "xz", "yz"] as const) {
      await change(server, showing(layout, 3));
      await followed(page, server);
      let wrong = 0;
      const seen = await eachPixel(page, layout, 3, ([red], voxel) => {
        const part = Math.min(1, Math.max(0, (bone[voxel] - 20) / 180));
        wrong += Math.abs(red - Math.floor(part * 255 + 0.5)) > 1 ? 1 : 0;
      });
      expect(seen, layout).toBeGreaterThan(10_000);
      expect(wrong, `${wrong} of ${seen} pixels of ${layout}`).toBe(0);
    }
    expect(foreign).toEqual([]);
    expect(errors).toEqual([]);
    await page.close();
    await server.stop();
  });

  test("labels are never mixed", async () => {
    const server = await view(scan, "--labels", labels);
    const { page } = await open(chrome, server);
    const document = await state(server);
    const layer = document.layers.find((one) => one.role === "labels");
    expect(layer).toBeDefined();
    const ids = voxels(labels, scratch.path);
    const at = (voxel: number) => ids.readUInt32LE(voxel * 4);
    await change(server, {
      display: { image: { visible: false }, [layer!.id]: { opacity: 1 } },
      ...showing("xy", 3),
    });
    await followed(page, server);
    const found = new Set<number>();
    await eachPixel(page, "xy", 3, (rgb, voxel) => {
      const id = at(voxel);
      if (id > 0) {
        found.add(id);
        const hex = labelColor(id, {});
        expect(rgb, `label ${id}`).toEqual(
          [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16)),
        );
      }
    });
    expect(found.size).toBeGreaterThan(0);
    await page.close();
    await server.stop();
  });

  test("the ROI hides exactly what is outside of it", async () => {
    const server = await view(scan);
    const { page } = await open(chrome, server);
    const look = {
      camera: {
        position: [-600, 127, 127],
        target: [127, 127, 127],
        up: [0, -1, 0],
        zoom: 1,
        orthographic: true,
      },
      layout: "volume",
      mode: "average",
    };
    await change(server, { view: look, display: { image: { window: [0, 1] } }, crop: true });
    await followed(page, server);
    const rect = await pane(page, "volume");
    const whole = extent(await pixels(page, rect), rect);
    await change(server, { roi: { start: [0, 0, 0], end: [128, 128, 64] } });
    await followed(page, server);
    const half = extent(await pixels(page, rect), rect);
    expect(Math.abs(half.width - whole.width / 2)).toBeLessThanOrEqual(2);
    expect(Math.abs(half.height - whole.height)).toBeLessThanOrEqual(1);
    await page.close();
    await server.stop();
  });

  test("bricks that come late sharpen the picture, and the level that is told only falls", async () => {
    const server = await view(scan);
    const slow = await relay(server.port);
    slow.delay = 120;
    const { page } = await open(chrome, server, { port: slow.port });
    const levels = await page.evaluate(async () => {
      const { engine } = (document.querySelector("#viewer") as any).voxsieve;
      const seen: number[] = [];
      engine.on("residency", ({ level }: { level: number }) => seen.push(level));
      await engine.settled();
      return seen;
    });
    expect(levels.length).toBeGreaterThan(1);
    expect([...levels].sort((a, b) => b - a)).toEqual(levels);
    expect(levels.at(-1)).toBe(0);
    const late = await pixels(page, await pane(page, "z"));
    slow.delay = 0;
    await page.reload();
    await ready(page);
    await settled(page);
    expect(Buffer.compare(await pixels(page, await pane(page, "z")), late)).toBe(0);
    await page.close();
    await slow.close();
    await server.stop();
  });

  test("a server that is gone is said in words, and the page goes on when it is back", async () => {
    const server = await view(scan);
    const cable = await relay(server.port);
    const { page } = await open(chrome, server, { port: cable.port });
    await settled(page);
    const before = await pixels(page, await pane(page, "z"));
    cable.cut = true;
    await change(server, { crop: false });
    await page
      .getByText(/disconnected/i)
      .first()
      .waitFor({ timeout: 60_000 });
    expect(Buffer.compare(await pixels(page, await pane(page, "z")), before)).toBe(0);
    cable.cut = false;
    await page
      .getByText(/disconnected/i)
      .first()
      .waitFor({ state: "hidden", timeout: 60_000 });
    await followed(page, server);
    await page.close();
    await cable.close();
    await server.stop();
  });

  test("a lost graphics context is said in words and comes back with the same picture", async () => {
    const server = await view(scan);
    const { page } = await open(chrome, server);
    await settled(page);
    const before = await pixels(page, await pane(page, "z"));
    await page.evaluate(() => {
      const root = (document.querySelector("#viewer") as HTMLElement).shadowRoot!;
      const canvas = root.querySelector("canvas") as HTMLCanvasElement;
      const lose = canvas.getContext("webgl2")!.getExtension("WEBGL_lose_context")!;
      (globalThis as any).lose = lose;
      lose.loseContext();
    });
    await page
      .getByText(/graphics/i)
      .first()
      .waitFor();
    await page.evaluate(() => (globalThis as any).lose.restoreContext());
    await page
      .getByText(/graphics/i)
      .first()
      .waitFor({ state: "hidden" });
    await settled(page);
    expect(Buffer.compare(await pixels(page, await pane(page, "z")), before)).toBe(0);
    await page.close();
    await server.stop();
  });

  test("the address of a layer is copied, and other programs read it", async () => {
    const server = await view(scan);
    const { page } = await open(chrome, server);
    await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
    await page.getByRole("button", { name: "Copy Zarr address" }).click();
    await page.getByRole("button", { name: "Copied" }).waitFor();
    const address = await page.evaluate(() => navigator.clipboard.readText());
    const group = await (await fetch(`${address}/zarr.json`)).json();
    expect(group.attributes.ome.multiscales[0].datasets.length).toBe(
      (await state(server)).layers[0].levels.length,
    );
    await page.close();
    await server.stop();
  });

  test("a thousand previews leave nothing behind, neither on the graphics card nor in the page", async () => {
    const server = await view(scan);
    const { page } = await open(chrome, server, { width: 640, height: 480 });
    await settled(page);
    const run = (count: number, seq: number) =>
      page.evaluate(
        async ({ count, seq }) => {
          const { engine, client } = (document.querySelector("#viewer") as any).voxsieve;
          for (let i = 0; i < count; i++) {
            const answer = await client.preview({
              seq: seq + i,
              layer: "image",
              level: 0,
              steps: [
                { filter: "binary-threshold", params: { lower: 60 + (i % 100) }, enabled: true },
              ],
              region: [
                [32, 96],
                [32, 96],
                [32, 96],
              ],
              slice: [60, 50, 40],
              axes: ["z", "y", "x"],
            });
            engine.showPreview(answer, 0);
          }
          return engine.report().textureBytes;
        },
        { count, seq },
      );
    const devtools = await page.context().newCDPSession(page);
    const heap = async () => {
      await devtools.send("HeapProfiler.collectGarbage");
      const { usedSize, backingStorageSize } = await devtools.send("Runtime.getHeapUsage");
      return usedSize + backingStorageSize;
    };
    const before = await run(100, 1);
    const small = await heap();
    expect(await run(1000, 200)).toBe(before);
    // A preview is three planes of 4 KiB: a thousand that were kept would be 12 MiB.
    expect((await heap()) - small).toBeLessThan(1 << 20);
    await page.close();
    await server.stop();
  });
});

/** The box of pixels that differ from the corner of a picture. */
function extent(rgba: Uint8Array, rect: Rect): { width: number; height: number } {
  const width = Math.floor(rect.width);
  let [left, right, top, bottom] = [Number.MAX_SAFE_INTEGER, -1, Number.MAX_SAFE_INTEGER, -1];
  // The corner that no mark of the orientation stands in.
  const corner = [0, 1, 2].map(
    (channel) => rgba[(Math.floor(rect.height / 2) * width + 2) * 4 + channel],
  );
  for (let at = 0; at < rgba.length; at += 4) {
    // Lines of the box are coloured; what is averaged is grey, and bright in a window this narrow.
    if (rgba[at] > corner[0] + 120 && rgba[at] === rgba[at + 1] && rgba[at] === rgba[at + 2]) {
      const [x, y] = [(at / 4) % width, Math.floor(at / 4 / width)];
      [left, right] = [Math.min(left, x), Math.max(right, x)];
      [top, bottom] = [Math.min(top, y), Math.max(bottom, y)];
    }
  }
  return { width: right - left + 1, height: bottom - top + 1 };
}
