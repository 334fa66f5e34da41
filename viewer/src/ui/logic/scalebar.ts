/** How long a scale bar is and what stands beside it. */

import { bestUnit, figure } from "./units";

export interface ScaleBar {
  pixels: number;
  label: string;
}

/** The greatest of 1, 2, 5 times a power of ten that is not above the limit. */
export function niceBelow(limit: number): number {
  const power = 10 ** Math.floor(Math.log10(limit));
  const lead = limit / power;
  return (lead >= 5 ? 5 : lead >= 2 ? 2 : 1) * power;
}

/**
 * A bar of at most `room` pixels. `pixelsPerMeter` is null when the voxel size is unknown; the bar then counts voxels.
 */
export function scaleBar(
  room: number,
  pixelsPerVoxel: number,
  pixelsPerMeter: number | null,
): ScaleBar | null {
  if (!(room > 0) || !(pixelsPerVoxel > 0)) return null;
  if (pixelsPerMeter === null) {
    const count = niceBelow(room / pixelsPerVoxel);
    if (count < 1) return null;
    return { pixels: count * pixelsPerVoxel, label: `${figure(count)} voxels` };
  }
  const most = room / pixelsPerMeter;
  const unit = bestUnit(most);
  const length = niceBelow(most / unit.meters);
  return {
    pixels: length * unit.meters * pixelsPerMeter,
    label: `${figure(length)} ${unit.symbol}`,
  };
}
