/** What the rest of the viewer imports from the engine. */

import { ViewerEngine } from "./engine";
import { TUNING, type Tuning } from "./streaming";
import type { Engine, EngineOptions } from "./types";

export { COLORMAPS, colormap } from "./colormaps";
export { labelColor } from "./palette";
export { type ScaleBar, scaleBar } from "./scalebar";
export type * from "./types";

/** Starts drawing on a canvas. Throws a sentence for people where the browser has no WebGL 2. */
export function createEngine(options: EngineOptions, tuning: Partial<Tuning> = {}): Engine {
  try {
    return new ViewerEngine(options, { ...TUNING, ...tuning });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(`This browser cannot draw the volume: it needs WebGL 2 (${why}).`);
  }
}
