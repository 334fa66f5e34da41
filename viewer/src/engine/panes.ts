/** Where a slice view shows what: between pixels of the canvas and voxels of the frame. */

import type { Triple } from "../protocol/document";
import { type Bounds, each, type Space } from "./geometry";
import type { PixelRect } from "./gpu";
import type { Axis, Panes, Rect } from "./types";

/** Axis numbers (z 0, y 1, x 2): along the view, to the right, and down. */
const VIEWS: Record<Axis, { along: number; right: number; down: number }> = {
  z: { along: 0, right: 2, down: 1 },
  y: { along: 1, right: 2, down: 0 },
  x: { along: 2, right: 1, down: 0 },
};

export const SLICE_AXES: readonly Axis[] = ["z", "y", "x"];

/** What all slice views share. */
export interface Look {
  space: Space;
  /** Middle of the views, in the frame's edges. */
  center: Triple;
  /** CSS pixels per frame voxel of the finest spacing. */
  zoom: number;
  slice: Triple;
}

/** A slice view at a moment. Pixels are CSS pixels of the canvas. */
export class SlicePane {
  readonly along: number;
  readonly right: number;
  readonly down: number;
  readonly space: Space;
  readonly center: Triple;
  readonly zoom: number;
  readonly slice: Triple;
  /** CSS pixels per frame voxel, per axis. */
  readonly scale: Triple;

  constructor(
    readonly axis: Axis,
    readonly rect: Rect,
    look: Look,
  ) {
    ({ space: this.space, center: this.center, zoom: this.zoom, slice: this.slice } = look);
    ({ along: this.along, right: this.right, down: this.down } = VIEWS[axis]);
    const finest = Math.min(...this.space.spacing);
    this.scale = each((a) => (this.zoom * this.space.spacing[a]) / finest);
  }

  private get middle(): [number, number] {
    return [this.rect.left + this.rect.width / 2, this.rect.top + this.rect.height / 2];
  }

  /** Place in the frame (edges) under a pixel; along the view the middle of the slice's voxel. */
  toFrame(x: number, y: number): Triple {
    const at: Triple = [this.slice[0] + 0.5, this.slice[1] + 0.5, this.slice[2] + 0.5];
    const [mx, my] = this.middle;
    at[this.right] = this.center[this.right] + (x - mx) / this.scale[this.right];
    at[this.down] = this.center[this.down] + (y - my) / this.scale[this.down];
    return at;
  }

  toPixel(at: Triple): [number, number] {
    const [mx, my] = this.middle;
    return [
      mx + (at[this.right] - this.center[this.right]) * this.scale[this.right],
      my + (at[this.down] - this.center[this.down]) * this.scale[this.down],
    ];
  }

  /** What is seen of the frame: one voxel thick. */
  get seen(): Bounds {
    const { left, top, width, height } = this.rect;
    const start = this.toFrame(left, top);
    const end = this.toFrame(left + width, top + height);
    start[this.along] = this.slice[this.along];
    end[this.along] = this.slice[this.along] + 1;
    return { start, end };
  }
}

/** The largest zoom at which the whole frame is in all slice views. */
export function fitZoom(space: Space, panes: Panes): number {
  const finest = Math.min(...space.spacing);
  const size = each((a) => (space.shape[a] * space.spacing[a]) / finest);
  let zoom = Number.POSITIVE_INFINITY;
  for (const axis of SLICE_AXES) {
    const rect = panes[axis];
    if (rect === undefined || rect.width <= 0 || rect.height <= 0) continue;
    const { right, down } = VIEWS[axis];
    zoom = Math.min(zoom, rect.width / size[right], rect.height / size[down]);
  }
  return Number.isFinite(zoom) ? zoom * 0.94 : 1;
}

/** A rectangle in device pixels from the lower left corner of a canvas that is so many pixels high. */
export function pixelRect(rect: Rect, ratio: number, height: number): PixelRect {
  const left = Math.round(rect.left * ratio);
  const top = Math.round(rect.top * ratio);
  const right = Math.round((rect.left + rect.width) * ratio);
  const bottom = Math.round((rect.top + rect.height) * ratio);
  return { x: left, y: height - bottom, width: right - left, height: bottom - top };
}

export function contains(rect: Rect | undefined, x: number, y: number): boolean {
  if (rect === undefined) return false;
  const { left, top, width, height } = rect;
  return x >= left && x < left + width && y >= top && y < top + height;
}

/** Half of a rectangle, for views side by side. */
export function half(rect: Rect, which: 0 | 1): Rect {
  const width = rect.width / 2;
  return { ...rect, left: rect.left + which * width, width };
}
