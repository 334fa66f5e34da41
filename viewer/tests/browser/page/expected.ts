/** What a slice view ought to show, worked out on the processor, and the pixels that lines and handles cover. */

import type { Scene } from "../../../src/engine";
import type { Axis, Rect } from "../../../src/engine/types";
import type { Triple } from "../../../src/protocol/document";
import { type Phantom, voxel } from "./phantom";

const VIEWS = { z: [0, 2, 1], y: [1, 2, 0], x: [2, 1, 0] } as const;

export interface Compared {
  good: number;
  bad: number;
  /** Greatest difference of a channel. */
  worst: number;
  first: unknown;
}

/** Frame voxel under the middle of each pixel; null where lines and handles lie. */
function places(scene: Scene, axis: Axis, rect: Rect): (Triple | null)[] {
  const [, right, down] = VIEWS[axis];
  const { spacing } = scene.frame as { spacing: Triple };
  const { center, slice, zoom } = scene.view;
  const finest = Math.min(...spacing);
  const scale = spacing.map((s) => ((zoom as number) * s) / finest);
  const pixel = (v: number, a: number, size: number) => (v - center[a]) * scale[a] + size / 2;
  const lines = (a: number, size: number) =>
    [scene.roi.start[a], scene.roi.end[a]].map((v) => pixel(v, a, size));
  const [vertical, horizontal] = [lines(right, rect.width), lines(down, rect.height)];
  const middles = (edges: number[]) => [...edges, (edges[0] + edges[1]) / 2];
  const covered = (x: number, y: number) =>
    Math.abs(x - pixel(slice[right] + 0.5, right, rect.width)) < 2 ||
    Math.abs(y - pixel(slice[down] + 0.5, down, rect.height)) < 2 ||
    vertical.some((v) => Math.abs(x - v) < 3) ||
    horizontal.some((v) => Math.abs(y - v) < 3) ||
    middles(vertical).some((u) => middles(horizontal).some((v) => Math.hypot(x - u, y - v) < 9));
  const result: (Triple | null)[] = [];
  for (let v = 0; v < rect.height; v++)
    for (let u = 0; u < rect.width; u++) {
      const at: Triple = [...slice];
      at[right] = Math.floor(center[right] + (u + 0.5 - rect.width / 2) / scale[right] + 1 / 1024);
      at[down] = Math.floor(center[down] + (v + 0.5 - rect.height / 2) / scale[down] + 1 / 1024);
      result.push(covered(u + 0.5, v + 0.5) ? null : at);
    }
  return result;
}

/** Compares a drawn view with `color` of each frame voxel. */
export function compareSlice(
  pixels: Uint8Array,
  scene: Scene,
  view: { axis: Axis; rect: Rect },
  color: (at: Triple) => readonly number[] | null,
): Compared {
  const result: Compared = { good: 0, bad: 0, worst: 0, first: null };
  places(scene, view.axis, view.rect).forEach((at, i) => {
    const want = at === null ? null : color(at);
    if (want === null) return;
    const got = [...pixels.subarray(4 * i, 4 * i + 3)];
    const off = Math.max(...got.map((v, c) => Math.abs(v - want[c])));
    result.worst = Math.max(result.worst, off);
    if (off === 0) result.good++;
    else result.bad++;
    if (off > 0) result.first ??= { at, got, want };
  });
  return result;
}

/** Grey of a voxel through a window: rounded to the nearest of 256; null outside. */
export function grey(phantom: Phantom, window: readonly [number, number], level = 0) {
  const [lo, hi] = window;
  const { scale, offset } = phantom.layer.encoding;
  return (at: Triple): number[] | null => {
    const { shape } = phantom.levels[level];
    if (at.some((v, a) => v < 0 || v >= shape[a])) return null;
    const value = offset + scale * voxel(phantom.levels[level], at[0], at[1], at[2]);
    const part = Math.min(1, Math.max(0, (value - lo) / (hi - lo)));
    const byte = Math.floor(part * 255 + 0.5);
    return [byte, byte, byte];
  };
}
