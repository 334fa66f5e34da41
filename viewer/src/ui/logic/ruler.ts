/** The line of the ruler and its length. */

import type { Frame, Triple } from "../../protocol/document";
import { bestUnit, figure, voxelMeters } from "./units";

/** Ends in edges of the frame, z, y, x. */
export interface Line {
  from: Triple;
  to: Triple;
}

/** The middle of a voxel in edges of the frame. */
export function middleOf(voxel: Triple): Triple {
  return voxel.map((v) => v + 0.5) as Triple;
}

/** A line's length as people read it; in voxels of the finest spacing where the unit is unknown. */
export function lineText({ from, to }: Line, frame: Frame): string {
  const along = (edges: Triple) => Math.hypot(...edges.map((edge, a) => (to[a] - from[a]) * edge));
  const meters = voxelMeters(frame);
  if (meters) {
    const unit = bestUnit(along(meters));
    return `${figure(along(meters) / unit.meters, 4)} ${unit.symbol}`;
  }
  const spacing = frame.spacing ?? [1, 1, 1];
  return `${figure(along(spacing) / Math.min(...spacing), 4)} voxels`;
}
