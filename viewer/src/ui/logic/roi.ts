/** Figures of the region of interest. */

import type { Frame, Layer, Roi, Triple } from "../../protocol/document";
import { bestUnit, figure, voxelMeters } from "./units";

const BYTES: Record<string, number> = { "8": 1, "16": 2, "32": 4, "64": 8 };

/** Bytes of one voxel of a type such as u16 or f32. */
export const bytesOf = (dtype: string): number => BYTES[dtype.slice(1)] ?? 1;

/** Voxels of the ROI at each level: the coarser ROI covers the finer. */
export function roiAt(roi: Roi, factor: Triple, shape: Triple): Triple {
  return factor.map((f, axis) => {
    const start = Math.floor(roi.start[axis] / f + 1e-9);
    const end = Math.ceil(roi.end[axis] / f - 1e-9);
    return Math.max(1, Math.min(end, shape[axis]) - Math.max(0, start));
  }) as Triple;
}

export interface RoiLevel {
  level: number;
  shape: Triple;
  bytes: number;
}

/** The ROI at every level of a layer. */
export function roiLevels(roi: Roi, layer: Layer): RoiLevel[] {
  return layer.levels.map(({ factor, shape: whole }, level) => {
    const shape = roiAt(roi, factor, whole);
    return { level, shape, bytes: shape[0] * shape[1] * shape[2] * bytesOf(layer.dtype) };
  });
}

/** The whole frame as a ROI. */
export const wholeRoi = (frame: Frame): Roi => ({ start: [0, 0, 0], end: [...frame.shape] });

/** A ROI within the frame with at least one voxel along each axis; `moved` is the edge that gives way last. */
export function clampRoi(roi: Roi, frame: Frame, moved: "start" | "end"): Roi {
  const start = [...roi.start] as Triple;
  const end = [...roi.end] as Triple;
  for (const axis of [0, 1, 2]) {
    const most = frame.shape[axis];
    start[axis] = Math.round(Math.max(0, Math.min(start[axis], most - 1)));
    end[axis] = Math.round(Math.max(1, Math.min(end[axis], most)));
    if (start[axis] < end[axis]) continue;
    if (moved === "start") start[axis] = end[axis] - 1;
    else end[axis] = start[axis] + 1;
  }
  return { start, end };
}

/** Size of the ROI in physical units, x × y × z; null when the voxel size is unknown. */
export function roiSize(roi: Roi, frame: Frame): string | null {
  const edges = voxelMeters(frame);
  if (!edges) return null;
  const meters = [2, 1, 0].map((axis) => (roi.end[axis] - roi.start[axis]) * edges[axis]);
  const unit = bestUnit(Math.max(...meters));
  return `${meters.map((length) => figure(length / unit.meters)).join(" × ")} ${unit.symbol}`;
}

/** Python that opens just the ROI of a file. */
export function roiPython(roi: Roi, layer: Layer): string {
  const part = [0, 1, 2].map((axis) => `${roi.start[axis]}:${roi.end[axis]}`).join(", ");
  return `import voxsieve as vx\n\npart = vx.open(${JSON.stringify(layer.path)})[${part}]  # z, y, x\n`;
}
