/** What a preview is asked for: the level that the screen can show, and the part that is seen. */

import type { Axis, Panes } from "../../engine/types";
import type { Box, Layer, Roi, Triple, View } from "../../protocol/document";
import { PLANE } from "./panes";

/** A plane of more voxels than this comes from a coarser level. */
const MOST_VOXELS = 768 * 768;

export interface Seen {
  /** CSS pixels per frame voxel of each axis. */
  scale: Triple;
  panes: Panes;
  view: View;
  roi: Roi;
}

/** The part of the ROI that the slice views show, in frame voxels; null when they show none of it. */
export function seenBox({ scale, panes, view, roi }: Seen): Box | null {
  const spans = [0, 1, 2].map((axis) => seenAlong(axis, scale, panes, view));
  const box = spans.map(([low, high], axis) => [
    Math.max(low, roi.start[axis]),
    Math.min(high, roi.end[axis]),
  ]) as Box;
  return box.every(([low, high]) => low < high) ? box : null;
}

function seenAlong(axis: number, scale: Triple, panes: Panes, view: View): [number, number] {
  let [low, high] = [view.slice[axis], view.slice[axis] + 1];
  for (const name of ["z", "y", "x"] as Axis[]) {
    const rect = panes[name];
    if (!rect || PLANE[name].through === axis) continue;
    const half = (PLANE[name].across === axis ? rect.width : rect.height) / 2 / scale[axis];
    low = Math.min(low, view.center[axis] - half);
    high = Math.max(high, view.center[axis] + half);
  }
  return [low, high];
}

/** The coarsest level with a voxel for every pixel, or one whose planes are small enough. */
export function previewLevel(layer: Layer, seen: Seen, box: Box, pixelRatio: number): number {
  const last = layer.levels.length - 1;
  let level = 0;
  while (level < last && sharper(layer.levels[level + 1].factor, seen.scale, pixelRatio)) level++;
  while (level < last && largestPlane(toLevel(box, layer, level)) > MOST_VOXELS) level++;
  return level;
}

/** Whether voxels of this factor are at most a pixel. */
function sharper(factor: Triple, scale: Triple, pixelRatio: number): boolean {
  return factor.every((f, axis) => f * scale[axis] * pixelRatio <= 1.5);
}

/** A box of the frame in whole voxels of a level. */
export function toLevel(box: Box, layer: Layer, level: number): Box {
  const { factor, shape } = layer.levels[level];
  return box.map(([low, high], axis) => {
    const start = Math.max(0, Math.min(Math.floor(low / factor[axis]), shape[axis] - 1));
    const end = Math.min(shape[axis], Math.ceil(high / factor[axis]));
    return [start, Math.max(start + 1, end)];
  }) as Box;
}

/** A frame voxel in voxels of a level. */
export function voxelAt(voxel: Triple, layer: Layer, level: number): Triple {
  const { factor, shape } = layer.levels[level];
  return voxel.map((v, axis) =>
    Math.max(0, Math.min(shape[axis] - 1, Math.floor((v + 0.5) / factor[axis]))),
  ) as Triple;
}

function largestPlane(box: Box): number {
  const [z, y, x] = box.map(([low, high]) => high - low);
  return Math.max(y * x, z * x, z * y);
}
