/** What lies over the views besides the box: crosshair, the line of a wipe, and the small cube of axes. */

import { Vector3 } from "three";
import type { Triple } from "../protocol/document";
import type { Cameras } from "./cameras";
import { each } from "./geometry";
import type { Overlay, Tone } from "./overlay";
import { contains, type SlicePane } from "./panes";
import type { Rect } from "./types";

/** Colours of z, y and x; they differ in lightness too. */
const TONES: readonly Tone[] = [
  [0.35, 0.6, 1, 0.85],
  [0.45, 0.85, 0.45, 0.85],
  [1, 0.5, 0.4, 0.85],
];

const NAMES = ["z", "y", "x"];

/** The other two slices as lines, each in the colour of its axis, open around the crossing. */
export function drawCrosshair(overlay: Overlay, pane: SlicePane, slice: Triple): void {
  const [x, y] = pane.toPixel(each((a) => slice[a] + 0.5));
  const { left, top, width, height } = pane.rect;
  const open = 8;
  const faint = (tone: Tone): Tone => [tone[0], tone[1], tone[2], 0.55];
  const vertical = faint(TONES[pane.right]);
  const horizontal = faint(TONES[pane.down]);
  if (x >= left && x <= left + width) {
    overlay.line([x, top], [x, Math.max(top, y - open)], 1, vertical);
    overlay.line([x, Math.min(top + height, y + open)], [x, top + height], 1, vertical);
  }
  if (y >= top && y <= top + height) {
    overlay.line([left, y], [Math.max(left, x - open), y], 1, horizontal);
    overlay.line([Math.min(left + width, x + open), y], [left + width, y], 1, horizontal);
  }
}

/** Where one side of a wipe ends and the other begins. */
export function drawWipe(overlay: Overlay, rect: Rect, position: number): void {
  const x = rect.left + position * rect.width;
  overlay.line([x, rect.top], [x, rect.top + rect.height], 2, [1, 1, 1, 0.8]);
}

/** The directions of x, y and z in the upper right corner of the 3D view, those that point away first. */
export function drawAxes(overlay: Overlay, cameras: Cameras, rect: Rect): void {
  const size = Math.min(26, rect.width / 8);
  const [cx, cy] = [rect.left + rect.width - size * 1.7, rect.top + size * 1.7];
  if (!contains(rect, cx, cy)) return;
  const turned = cameras.turn();
  const axes = [0, 1, 2].map((axis) => {
    const unit = new Vector3(axis === 2 ? 1 : 0, axis === 1 ? 1 : 0, axis === 0 ? 1 : 0);
    return { axis, to: unit.applyMatrix4(turned) };
  });
  axes.sort((a, b) => a.to.z - b.to.z);
  for (const { axis, to } of axes) {
    const end: [number, number] = [cx + to.x * size, cy - to.y * size];
    overlay.line([cx, cy], end, 2, TONES[axis]);
    overlay.letter(
      NAMES[axis],
      [cx + to.x * size * 1.35, cy - to.y * size * 1.35],
      3.5,
      TONES[axis],
    );
  }
}
