import { describe, expect, test } from "vitest";
import { keyOf } from "../../../src/host/key";
import type { Camera, Layer, Roi, View } from "../../../src/protocol/document";
import { barsOf, spanOf } from "../../../src/ui/logic/bins";
import { commandFor } from "../../../src/ui/logic/keymap";
import { orbit } from "../../../src/ui/logic/orbit";
import { paneAt, panesFor } from "../../../src/ui/logic/panes";
import { previewLevel, seenBox, toLevel, voxelAt } from "../../../src/ui/logic/region";
import { clampRoi, roiLevels, roiPython, roiSize } from "../../../src/ui/logic/roi";

const frame = {
  shape: [100, 200, 301] as [number, number, number],
  spacing: [5, 2.5, 2.5] as [number, number, number],
  origin: [0, 0, 0] as [number, number, number],
  unit: "micrometer",
};
const level = (n: number) => ({
  shape: frame.shape.map((s) => Math.ceil(s / n)),
  factor: [n, n, n],
  spacing: frame.spacing.map((s) => s * n),
  origin: [0, 0, 0],
  approximate: false,
});
const layer = {
  path: "scan.tif",
  dtype: "u16",
  levels: [level(1), level(2), level(4)],
} as unknown as Layer;
const whole: Roi = { start: [0, 0, 0], end: [100, 200, 301] };

describe("keys", () => {
  const press = (key: string, more = {}) =>
    commandFor({ key, shift: false, alt: false, ctrl: false, meta: false, ...more });
  test("do what the help says", () => {
    expect(press("1")).toEqual({ do: "layout", layout: "quad" });
    expect(press("5")).toEqual({ do: "layout", layout: "volume" });
    expect(press("PageUp")).toEqual({ do: "slice", by: 1 });
    expect(press("PageDown", { shift: true })).toEqual({ do: "slice", by: -10 });
    expect(press("ArrowLeft", { shift: true })).toEqual({ do: "move", right: -10, down: 0 });
    expect(press("ArrowDown", { alt: true })).toEqual({ do: "pan", right: 0, down: 1 });
    expect(press("X", { shift: true })).toEqual({ do: "look", axis: "x" });
    expect(press("?", { shift: true })).toEqual({ do: "help" });
    expect(press(" ")).toEqual({ do: "hold" });
  });
  test("that belong to the browser stay with it", () => {
    for (const key of ["c", "r", "s", "f", "1", "ArrowLeft"]) {
      expect(press(key, { ctrl: true })).toBeNull();
      expect(press(key, { meta: true })).toBeNull();
    }
    for (const key of ["Tab", "Enter", "6", "0", "q", "F5", "Shift"]) expect(press(key)).toBeNull();
    expect(press("s", { alt: true })).toBeNull();
  });
});

describe("panes", () => {
  test("fill the area without overlap, and each point is in one", () => {
    const panes = panesFor("quad", 801, 600);
    for (const [x, y, name] of [
      [0, 0, "z"],
      [800, 0, "volume"],
      [0, 599, "y"],
      [800, 599, "x"],
    ] as const)
      expect(paneAt(panes, x, y)).toBe(name);
    const areas = Object.values(panes).map((r) => (r ? r.width * r.height : 0));
    expect(areas.reduce((a, b) => a + b, 0)).toBe(800 * 599);
    expect(panesFor("xz", 300, 200)).toEqual({ y: { left: 0, top: 0, width: 300, height: 200 } });
    expect(panesFor("quad", 0, 0)).toEqual({});
  });
});

describe("the ROI in numbers", () => {
  test("keeps at least a voxel and stays inside", () => {
    const moved = (start: number, end: number, which: "start" | "end") =>
      clampRoi({ start: [start, 0, 0], end: [end, 9, 9] }, frame, which);
    expect(moved(-5, 900, "end")).toMatchObject({ start: [0, 0, 0], end: [100, 9, 9] });
    expect(moved(60, 40, "start")).toMatchObject({ start: [39, 0, 0], end: [40, 9, 9] });
    expect(moved(60, 40, "end")).toMatchObject({ start: [60, 0, 0], end: [61, 9, 9] });
    expect(moved(100, 100, "start").start[0]).toBe(99);
  });
  test("covers at coarser levels all that it covers at finer ones", () => {
    const roi: Roi = { start: [1, 3, 5], end: [6, 10, 301] };
    const [fine, half, quarter] = roiLevels(roi, layer);
    expect(fine).toEqual({ level: 0, shape: [5, 7, 296], bytes: 5 * 7 * 296 * 2 });
    expect(half.shape).toEqual([3, 4, 149]);
    expect(quarter.shape).toEqual([2, 3, 75]);
  });
  test("has a size in units, and is Python that opens it", () => {
    expect(roiSize(whole, frame)).toBe("753 × 500 × 500 µm");
    expect(roiSize(whole, { ...frame, unit: null })).toBeNull();
    expect(roiPython({ start: [1, 2, 3], end: [4, 5, 6] }, layer)).toContain(
      'vx.open("scan.tif")[1:4, 2:5, 3:6]',
    );
  });
});

describe("what a preview is asked for", () => {
  const view = { slice: [50, 100, 150], center: [50, 100, 150.5], zoom: 1 } as unknown as View;
  const panes = panesFor("quad", 401, 301);
  test("is what is seen of the ROI, with every slice in it", () => {
    const box = seenBox({ scale: [8, 4, 4], panes, view, roi: whole });
    expect(box?.[2]).toEqual([125.5, 175.5]);
    for (const axis of [0, 1, 2]) {
      expect(box?.[axis][0]).toBeLessThanOrEqual(view.slice[axis]);
      expect(box?.[axis][1]).toBeGreaterThan(view.slice[axis]);
    }
    expect(
      seenBox({ scale: [8, 4, 4], panes, view, roi: { start: [0, 0, 0], end: [2, 2, 2] } }),
    ).toBeNull();
  });
  test("comes from the level that the screen can show", () => {
    const seen = (s: number) => ({
      scale: [2 * s, s, s] as [number, number, number],
      panes,
      view,
      roi: whole,
    });
    const box = seenBox(seen(4)) as never;
    expect(previewLevel(layer, seen(4), box, 1)).toBe(0);
    expect(previewLevel(layer, seen(0.15), box, 1)).toBe(2);
    expect(previewLevel(layer, seen(0.15), box, 4)).toBe(0);
  });
  test("is in voxels of its level, never empty and never outside", () => {
    expect(
      toLevel(
        [
          [3, 4],
          [0, 200],
          [299, 301],
        ],
        layer,
        2,
      ),
    ).toEqual([
      [0, 1],
      [0, 50],
      [74, 76],
    ]);
    expect(voxelAt([99, 199, 300], layer, 2)).toEqual([24, 49, 75]);
  });
});

describe("turning the camera", () => {
  const camera: Camera = {
    position: [0, 0, 10],
    target: [0, 0, 0],
    up: [1, 0, 0],
    zoom: 1,
    orthographic: false,
  };
  test("keeps its distance, and a full turn ends where it began", () => {
    let now = camera;
    for (let i = 0; i < 72; i++) {
      now = orbit(now, (5 * Math.PI) / 180, 0);
      expect(Math.hypot(...now.position)).toBeCloseTo(10, 9);
    }
    now.position.forEach((p, axis) => expect(p).toBeCloseTo(camera.position[axis], 9));
  });
  test("stops before the pole", () => {
    let now = camera;
    for (let i = 0; i < 60; i++) now = orbit(now, 0, 0.1);
    expect(Math.abs(now.position[0]) / 10).toBeLessThanOrEqual(0.999);
  });
});

describe("the key of the page", () => {
  const storage = () => {
    const held = new Map<string, string>();
    return {
      getItem: (name: string) => held.get(name) ?? null,
      setItem: (name: string, text: string) => void held.set(name, text),
    };
  };
  test("comes from the fragment once and stays with the tab, for its own place only", () => {
    const kept = storage();
    const key = { session: "3f9c", token: "00ff" };
    expect(keyOf({ hash: "#session=3f9c&token=00ff", pathname: "/p/" }, kept)).toEqual(key);
    expect(keyOf({ hash: "", pathname: "/p/" }, kept)).toEqual(key);
    expect(keyOf({ hash: "", pathname: "/q/" }, kept)).toBeNull();
  });
  test("is refused when it is no key", () => {
    for (const hash of [
      "#session=../x&token=00ff",
      "#session=3f9c",
      "#token=00ff",
      "#session=3f9c&token=zz",
    ])
      expect(keyOf({ hash, pathname: "/" }, storage())).toBeNull();
  });
});

describe("bars of a histogram", () => {
  const counts = Array.from({ length: 1024 }, (_, i) => i);
  const histogram = {
    level: 0,
    voxels: 1,
    nan: 0,
    edges: [0, 2048] as [number, number],
    counts,
    percentiles: {},
    approximate: false,
  };
  test("keep every voxel, and are few", () => {
    const bars = barsOf(histogram, [0, 2048]);
    expect(bars.counts).toHaveLength(256);
    expect(bars.counts.reduce((a, b) => a + b, 0)).toBe(counts.reduce((a, b) => a + b, 0));
    expect(bars.edges).toHaveLength(257);
    expect([bars.edges[0], bars.edges[1], bars.edges[256]]).toEqual([0, 8, 2048]);
  });
  test("of a part are the bins of that part", () => {
    const bars = barsOf(histogram, [100, 120]);
    expect(bars.counts).toEqual([50, 51, 52, 53, 54, 55, 56, 57, 58, 59]);
    expect([bars.edges[0], bars.edges.at(-1)]).toEqual([100, 120]);
  });
  test("have some width where all voxels are the same, and outside of everything", () => {
    expect(spanOf([7, 7], [7, 7], false)).toEqual([6.5, 7.5]);
    expect(spanOf([0, 100], [20, 40], true)).toEqual([18, 42]);
    expect(spanOf([0, 100], [200, 300], true)).toEqual([0, 100]);
    expect(barsOf({ ...histogram, edges: [7, 7], counts: [5] }, [6.5, 7.5]).counts).toEqual([5]);
  });
});
