/** The scale bar: a round length that fits. */

/** A bar of so many CSS pixels that stands for a length. */
export interface ScaleBar {
  pixels: number;
  length: number;
}

/** The longest of 1, 2 and 5 times a power of ten whose bar is at most `most` pixels long. */
export function scaleBar(unitsPerPixel: number, most: number): ScaleBar | null {
  const reach = unitsPerPixel * most;
  if (!(reach > 0) || !Number.isFinite(reach)) return null;
  const power = 10 ** Math.floor(Math.log10(reach));
  const factor = [5, 2, 1].find((f) => f * power <= reach * (1 + 1e-9)) ?? 1;
  return { pixels: (factor * power) / unitsPerPixel, length: factor * power };
}
