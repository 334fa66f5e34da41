/** What the rest of the viewer sees of the engine. Triples are z, y, x. */

import type {
  Brick,
  Camera,
  Compare,
  Display,
  Frame,
  Layer,
  Preview,
  Roi,
  Triple,
  View,
} from "../protocol/document";

/** Where bricks come from. `onBrick` is called as they arrive; aborting the signal ends it. */
export interface BrickSource {
  bricks(
    layer: string,
    version: number,
    level: number,
    positions: Triple[],
    signal: AbortSignal,
    onBrick: (brick: Brick) => void,
  ): Promise<void>;
}

export type Axis = "z" | "y" | "x";

/** A rectangle of the canvas in CSS pixels, from the upper left corner. */
export interface Rect {
  left: number;
  top: number;
  width: number;
  height: number;
}

/** What is shown where; rectangles of views that are not shown are missing. */
export interface Panes {
  z?: Rect;
  y?: Rect;
  x?: Rect;
  volume?: Rect;
}

/** Everything that is drawn; the engine compares it with what it has. */
export interface Scene {
  frame: Frame | null;
  layers: Layer[];
  display: Record<string, Display>;
  active: string | null;
  view: View;
  roi: Roi;
  crop: boolean;
  threshold: [number, number | null] | null;
  compare: Compare | null;
  /** While true the compared layer `a` alone is shown (the space bar is held). */
  holding: boolean;
  theme: "dark" | "light";
}

export interface Residency {
  /** Coarsest level that is still shown in the ROI. */
  level: number;
  /** Part of the wanted bricks that are here, 0 to 1. */
  loaded: number;
  resident_bytes: number;
  budget_bytes: number;
}

export interface EngineEvents {
  /** The user moved something; the document follows. Called while dragging (`final` false) and at its end. */
  slice(slice: Triple, final: boolean): void;
  center(center: Triple, zoom: number): void;
  camera(camera: Camera, final: boolean): void;
  roi(roi: Roi, final: boolean): void;
  /** Pointer over a frame voxel, or null. */
  hover(voxel: Triple | null): void;
  residency(residency: Residency): void;
  /** For people: what is wrong, or null when it is well again. */
  trouble(sentence: string | null): void;
  /** The graphics context is gone, or back. */
  context(lost: boolean): void;
  /** A frame was drawn. */
  drawn(): void;
}

export interface Engine {
  on<K extends keyof EngineEvents>(event: K, listener: EngineEvents[K]): () => void;
  setScene(scene: Scene): void;
  setPanes(panes: Panes, pixelRatio: number): void;
  /** Planes of a not yet computed result, drawn over the slices of layer `filtered` until its bricks are there. */
  showPreview(preview: Preview, level: number): void;
  clearPreview(): void;
  /** Wheel and keys act only while the viewer has the focus. */
  setFocus(focused: boolean): void;
  /** Steps the camera or the middle of the views back to showing everything. */
  fit(): void;
  /** Turns the camera to look along an axis. */
  lookAlong(axis: Axis): void;
  /** World units along one CSS pixel, for the scale bar: of a slice view, or at the middle of the 3D view. */
  unitsPerPixel(view: Axis | "volume"): number;
  screenshot(): Promise<Blob>;
  /** Reads drawn pixels (RGBA, from the upper left) of a rectangle after drawing all that is due. For tests and pictures. */
  pixels(rect: Rect): Promise<Uint8Array>;
  /** Draws what is due and resolves when nothing is under way any more: no request, no upload, no refinement. Waits for the first scene with a frame, and panes. */
  settled(): Promise<void>;
  /** For the state of the engine in reports and tests. */
  report(): {
    textureBytes: number;
    bricks: number;
    requests: number;
    frames: number;
    contextsLost: number;
    renderer: string;
    maxTexture3D: number;
  };
  dispose(): void;
}

export interface EngineOptions {
  canvas: HTMLCanvasElement;
  /** Takes pointer events; lies over the canvas. */
  surface: HTMLElement;
  source: BrickSource;
  /** Bytes of all textures together. */
  budgetBytes: number;
  /** Called when a context is lost and cannot come back by itself. */
  reducedMotion: boolean;
}
