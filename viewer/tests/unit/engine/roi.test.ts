/** The cases that Rust, Python and the page share: the same ROI is the same place everywhere. */

import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { Space } from "../../../src/engine/geometry";
import { Grid } from "../../../src/engine/grid";
import type { Roi, Triple } from "../../../src/protocol/document";
import { layer, type Sizes } from "./volumes";

interface Corners {
  lower: Triple;
  upper: Triple;
}

interface Case {
  frame: { shape: Triple; spacing: Triple | null; origin: Triple };
  levels: Required<Sizes>[];
  roi: Roi;
  slices: [number, number][][];
  region: Corners;
  centers: Corners;
}

const file = new URL("../../fixtures/roi.json", import.meta.url);
const { cases } = JSON.parse(readFileSync(file, "utf8")) as { cases: Case[] };

const close = (got: readonly number[], want: readonly number[]) =>
  got.forEach((v, a) => {
    expect(v).toBeCloseTo(want[a], 6);
  });

describe.each(cases.map((one, i) => [i, one] as const))("case %i", (_, one) => {
  const space = new Space({ ...one.frame, unit: null });

  test("edges and middles lie in the world where the server says", () => {
    close(space.toWorld(one.roi.start), one.region.lower);
    close(space.toWorld(one.roi.end), one.region.upper);
    close(space.toWorld(one.roi.start.map((v) => v + 0.5) as Triple), one.centers.lower);
    close(space.toWorld(one.roi.end.map((v) => v - 0.5) as Triple), one.centers.upper);
  });

  test("the bricks that are wanted for the ROI hold every voxel of its slices, at every level", () => {
    for (const edge of [1, 8]) {
      const grid = new Grid(space, layer(one.levels, { brick: edge }));
      one.slices.forEach((slices, level) => {
        const range = grid.within(level, one.roi);
        expect(range).not.toBe(null);
        slices.forEach(([start, end], a) => {
          // A level may begin between voxels of the frame: half a voxel of it at most is not seen.
          expect((range?.first[a] ?? 0) * edge).toBeLessThanOrEqual(start + 1);
          expect(((range?.last[a] ?? 0) + 1) * edge).toBeGreaterThanOrEqual(end - 1);
        });
      });
    }
  });
});
