import { describe, expect, test } from "vitest";
import { type Demand, wanted } from "../../../src/engine/wanted";
import type { Triple } from "../../../src/protocol/document";
import { bricks, layer, pyramid, space } from "./volumes";

const CUBE = layer(pyramid([64, 64, 64], 4));
const WHOLE = { start: [0, 0, 0] as Triple, end: [64, 64, 64] as Triple };

function demand(capacity: number, changes: Partial<Demand> = {}): Demand {
  return {
    space: space(CUBE),
    layers: [bricks(CUBE, capacity)],
    roi: WHOLE,
    slices: [],
    distance: null,
    ...changes,
  };
}

/** A slice z = 32 at one pixel per voxel. */
const SLICE = {
  bounds: { start: [32, 0, 0] as Triple, end: [33, 64, 64] as Triple },
  middle: [32, 32, 32] as Triple,
  scale: 1,
};

describe("what is wanted", () => {
  test("everything, when everything fits, each brick once", () => {
    const { wants, targets } = wanted(demand(1000, { slices: [SLICE] }));
    expect(wants.length).toBe(512 + 64 + 8 + 1);
    expect(new Set(wants.map((w) => w.key)).size).toBe(wants.length);
    expect(targets.get("image")).toBe(0);
  });

  test("first the coarsest level, then the slices, then the ROI from coarse to fine", () => {
    const { wants } = wanted(demand(1000, { slices: [SLICE] }));
    expect(wants[0].level).toBe(3);
    const slices = wants.slice(1, 65);
    expect(slices.every((w) => w.level === 0 && w.brick[0] === 4)).toBe(true);
    expect(wants.slice(65).map((w) => w.level)).toEqual([
      ...Array(8).fill(2),
      ...Array(64).fill(1),
      ...Array(448).fill(0),
    ]);
  });

  test("in a slice the middle comes first", () => {
    const { wants } = wanted(demand(1000, { slices: [SLICE] }));
    const off = wants.slice(1, 65).map(({ brick: [, y, x] }) => Math.hypot(y - 3.5, x - 3.5));
    expect(off.every((v, i) => i === 0 || v >= off[i - 1] - 1e-9)).toBe(true);
  });

  test("in the ROI what is near the eye comes first", () => {
    const eye = (at: Triple) => Math.hypot(at[0] + 50, at[1] - 32, at[2] - 32);
    const { wants } = wanted(demand(1000, { distance: eye }));
    const fine = wants.filter((w) => w.level === 0).map((w) => w.brick[0]);
    expect(fine[0]).toBe(0);
    expect(fine.at(-1)).toBe(7);
  });

  test.each([
    [600, 0],
    [200, 1],
    [64, 2],
    [12, 2],
    [9, 3],
    [2, 3],
  ])("%i slots: the finest level of the ROI that fits is %i", (capacity, target) => {
    const { wants, targets } = wanted(demand(capacity));
    expect(targets.get("image")).toBe(target);
    expect(Math.min(...wants.map((w) => w.level))).toBe(target);
    expect(wants.length).toBeLessThanOrEqual(capacity);
  });

  test("a smaller ROI is finer", () => {
    const roi = { start: [0, 0, 0] as Triple, end: [16, 16, 16] as Triple };
    const { wants, targets } = wanted(demand(64, { roi }));
    expect(targets.get("image")).toBe(0);
    expect(wants.filter((w) => w.level === 0).length).toBe(8);
  });

  test("zoomed out, slices want no voxels that are smaller than a pixel", () => {
    const { wants } = wanted(demand(90, { slices: [{ ...SLICE, scale: 0.26 }] }));
    expect(Math.min(...wants.filter((w) => w.stage === 1).map((w) => w.level))).toBe(1);
    const near = wanted(demand(1000, { slices: [{ ...SLICE, scale: 4 }] }));
    expect(Math.min(...near.wants.filter((w) => w.stage === 1).map((w) => w.level))).toBe(0);
  });

  test("slices outside the ROI do not make the ROI coarser", () => {
    const roi = { start: [0, 0, 0] as Triple, end: [16, 16, 16] as Triple };
    const slices = [
      SLICE,
      { ...SLICE, bounds: { start: [0, 32, 0] as Triple, end: [64, 33, 64] as Triple } },
    ];
    const { wants } = wanted(demand(64, { roi, slices }));
    expect(wants.filter((w) => w.level === 0 && w.brick.every((v) => v < 2)).length).toBe(8);
    expect(wants.length).toBeLessThanOrEqual(64);
  });

  test("layers of one atlas share it", () => {
    const pool = { capacity: 300 };
    const other = { ...CUBE, id: "filtered" };
    const layers = [bricks(CUBE, 0, 1, pool), bricks(other, 0, 2, pool)];
    const { wants, targets } = wanted(demand(0, { layers }));
    expect([...targets.values()]).toEqual([1, 1]);
    expect(wants.length).toBe(2 * (64 + 8 + 1));
  });

  test("a single level that does not fit is taken as far as it does, the ROI first", () => {
    const flat = layer([{ shape: [64, 64, 64] }]);
    const roi = { start: [0, 0, 0] as Triple, end: [8, 8, 8] as Triple };
    const { wants } = wanted({ ...demand(0), layers: [bricks(flat, 40)], roi });
    expect(wants.length).toBe(32);
    expect(wants[0].brick).toEqual([0, 0, 0]);
  });
});
