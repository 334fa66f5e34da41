import { describe, expect, test } from "vitest";
import { type Handle, handleAt, moved, sliceHandles } from "../../../src/engine/cropbox";
import { Space } from "../../../src/engine/geometry";
import { centered, crossing, panned } from "../../../src/engine/navigation";
import { fitZoom, pixelRect, SlicePane } from "../../../src/engine/panes";
import { scaleBar } from "../../../src/engine/scalebar";
import { State } from "../../../src/engine/state";
import type { Scene } from "../../../src/engine/types";
import type { Roi, Triple } from "../../../src/protocol/document";

const SPACE = new Space({
  shape: [20, 60, 80],
  spacing: [5, 2, 2.5],
  origin: [0, 0, 0],
  unit: "micrometer",
});
const RECT = { left: 10, top: 20, width: 200, height: 100 };

function look(center: Triple, zoom: number) {
  return { space: SPACE, center, zoom, slice: [5, 6, 7] as Triple };
}

function pane(axis: "z" | "y" | "x", zoom = 2): SlicePane {
  return new SlicePane(axis, RECT, look([10, 30, 40], zoom));
}

describe("slice views", () => {
  test.each(["z", "y", "x"] as const)("pixels and places go there and back: %s", (axis) => {
    const view = pane(axis);
    const place = view.toFrame(33, 44);
    const [x, y] = view.toPixel(place);
    expect([x, y].map((v) => Number(v.toFixed(9)))).toEqual([33, 44]);
    expect(view.toPixel([10, 30, 40])).toEqual([110, 70]);
    expect(place[view.along]).toBe([5, 6, 7][view.along] + 0.5);
  });

  test("voxels are as large as their spacing", () => {
    expect(pane("z").scale).toEqual([5, 2, 2.5]);
  });

  test("fit shows the whole frame in all views", () => {
    const zoom = fitZoom(SPACE, { z: { ...RECT }, x: { ...RECT, width: 90, height: 300 } });
    // In x the view is 60 * 1 to the right in voxels of the finest spacing, in z 80 * 1.25 and 60.
    expect(zoom).toBeCloseTo(0.94 * Math.min(200 / 100, 100 / 60, 90 / 60, 300 / 50));
  });

  test("rectangles in device pixels meet without gap", () => {
    const left = pixelRect({ left: 0, top: 0, width: 33.3, height: 50 }, 1.5, 100);
    const right = pixelRect({ left: 33.3, top: 0, width: 33.3, height: 50 }, 1.5, 100);
    expect(left.x + left.width).toBe(right.x);
    expect(left).toEqual({ x: 0, y: 25, width: 50, height: 75 });
  });

  test("panning and zooming keep the place under the pointer", () => {
    const view = pane("y");
    const under = view.toFrame(50, 60);
    const after = new SlicePane("y", RECT, look(panned(view, [50, 60], [70, 90]), 2));
    after.toFrame(70, 90).forEach((v, a) => expect(v).toBeCloseTo(under[a], 9));
    const zoomed = new SlicePane("y", RECT, look(centered(view, under, [50, 60], 5), 5));
    zoomed.toFrame(50, 60).forEach((v, a) => expect(v).toBeCloseTo(under[a], 9));
  });

  test("the crosshair stays in the frame", () => {
    expect(crossing(pane("z"), [5, 6, 7], [-500, 9999])).toEqual([5, 59, 0]);
  });
});

describe("the box of the ROI", () => {
  const roi: Roi = { start: [2, 10, 20], end: [18, 50, 60] };
  const shape: Triple = [20, 60, 80];

  test("faces snap to whole voxels, stay in the frame, and leave one voxel", () => {
    expect(moved(roi, { axis: 2, end: "end" }, 43.4, shape).end).toEqual([18, 50, 43]);
    expect(moved(roi, { axis: 2, end: "end" }, 43.6, shape).end[2]).toBe(44);
    expect(moved(roi, { axis: 2, end: "end" }, -9, shape).end[2]).toBe(21);
    expect(moved(roi, { axis: 0, end: "end" }, 1e9, shape).end[0]).toBe(20);
    expect(moved(roi, { axis: 1, end: "start" }, -3, shape).start[1]).toBe(0);
    expect(moved(roi, { axis: 1, end: "start" }, 300, shape).start[1]).toBe(49);
    expect(roi.start).toEqual([2, 10, 20]);
  });

  test("a slice has a handle on each side and corner", () => {
    const handles = sliceHandles(roi, pane("z"));
    expect(handles.length).toBe(8);
    expect(handles.filter((h) => h.sides.length === 2).length).toBe(4);
    const right = handles.find(
      (h) => h.sides.length === 1 && h.sides[0].axis === 2 && h.sides[0].end === "end",
    ) as Handle;
    expect(right.at).toEqual([110 + (60 - 40) * 2.5, 70 + (30 - 30) * 2]);
    expect(handleAt(handles, right.at[0] + 5, right.at[1] - 5)).toBe(right);
    expect(handleAt(handles, right.at[0] + 20, right.at[1])).toBe(null);
  });
});

describe("the scale bar", () => {
  test.each([
    [1, 100, 100, 100],
    [0.65, 120, 50, 50 / 0.65],
    [2.5, 100, 200, 80],
    [0.0013, 80, 0.1, 0.1 / 0.0013],
  ])("%f per pixel, at most %i pixels: %f long", (unitsPerPixel, most, length, pixels) => {
    const bar = scaleBar(unitsPerPixel, most);
    expect(bar?.length).toBeCloseTo(length, 12);
    expect(bar?.pixels).toBeCloseTo(pixels, 9);
  });

  test("nothing without a size", () => {
    expect(scaleBar(0, 100)).toBe(null);
    expect(scaleBar(Number.NaN, 100)).toBe(null);
  });
});

describe("the state", () => {
  const scene = (slice: Triple, roi: Roi): Scene =>
    ({
      frame: { shape: [20, 60, 80], spacing: null, origin: [0, 0, 0], unit: null },
      layers: [],
      display: {},
      active: null,
      roi,
      crop: true,
      threshold: null,
      compare: null,
      holding: false,
      theme: "dark",
      view: {
        layout: "quad",
        slice,
        center: [10, 30, 40],
        zoom: null,
        camera: null,
        mode: "dvr",
        iso: null,
        interpolate: false,
      },
    }) as Scene;
  const roi: Roi = { start: [0, 0, 0], end: [20, 60, 80] };

  test("a scene that does not change a value leaves what the user did to it", () => {
    const state = new State();
    expect(state.take(scene([1, 2, 3], roi), false)).toBe(true);
    state.slice = [4, 5, 6];
    expect(state.take(scene([1, 2, 3], roi), false)).toBe(false);
    expect(state.slice).toEqual([4, 5, 6]);
    state.take(scene([7, 8, 9], roi), false);
    expect(state.slice).toEqual([7, 8, 9]);
  });

  test("while the user drags, a scene does not move things under the pointer", () => {
    const state = new State();
    state.take(scene([1, 2, 3], roi), false);
    state.roi = { start: [5, 5, 5], end: [9, 9, 9] };
    state.take(scene([1, 2, 3], { start: [1, 1, 1], end: [2, 2, 2] }), true);
    expect(state.roi.start).toEqual([5, 5, 5]);
  });
});
