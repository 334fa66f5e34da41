import { expect, test } from "vitest";
import type { Frame, Triple } from "../../../src/protocol/document";
import { lineText, middleOf } from "../../../src/ui/logic/ruler";

const LINE = { from: [1, 2, 3] as Triple, to: [4, 6, 3] as Triple };

function frame(spacing: Triple | null, unit: string | null): Frame {
  return { shape: [10, 10, 10], spacing, origin: [0, 0, 0], unit };
}

test.each([
  [[1, 1, 1], "micrometer", "5 µm"],
  [[2, 2, 2], "um", "10 µm"],
  [[100, 300, 1], "micrometer", "1.237 mm"],
  [[0.001, 0.001, 0.001], "millimeter", "5 µm"],
  // Without a unit lengths count voxels, of the finest spacing.
  [[2, 2, 1], null, "10 voxels"],
  [null, null, "5 voxels"],
] as [Triple | null, string | null, string][])("spacing %j in %s: %s", (spacing, unit, text) => {
  expect(lineText(LINE, frame(spacing, unit))).toBe(text);
});

test("a voxel's middle is half a voxel from its edge", () => {
  expect(middleOf([0, 1, 2])).toEqual([0.5, 1.5, 2.5]);
});
