/** Lines, dots and letters over the views, gathered on the way and drawn at once. Pixels are CSS pixels of the canvas. */

import type { Gpu, PixelRect } from "./gpu";
import { SHAPE_FRAGMENT, SHAPE_VERTEX } from "./shaders/overlay";

/** Red, green, blue, opacity; 0 to 1. */
export type Tone = readonly [number, number, number, number];

export type Point = readonly [number, number];

/** Two triangles of a quad by its corners. */
const CORNERS: readonly Point[] = [
  [-1, -1],
  [1, -1],
  [1, 1],
  [-1, -1],
  [1, 1],
  [-1, 1],
];

const LETTERS: Record<string, readonly (readonly [number, number, number, number])[]> = {
  x: [
    [-1, -1, 1, 1],
    [-1, 1, 1, -1],
  ],
  y: [
    [-1, -1, 0, 0],
    [1, -1, 0, 0],
    [0, 0, 0, 1],
  ],
  z: [
    [-1, -1, 1, -1],
    [1, -1, -1, 1],
    [-1, 1, 1, 1],
  ],
};

export class Overlay {
  private positions: number[] = [];
  private tones: number[] = [];
  private sides: number[] = [];

  line(from: Point, to: Point, width: number, tone: Tone): void {
    const [dx, dy] = [to[0] - from[0], to[1] - from[1]];
    const length = Math.hypot(dx, dy);
    if (length === 0) return;
    const reach = width / 2 + 1;
    const [nx, ny] = [(-dy / length) * reach, (dx / length) * reach];
    for (const [along, across] of CORNERS) {
      const end = along < 0 ? from : to;
      this.corner([end[0] + nx * across, end[1] + ny * across], tone, [
        across * reach,
        0,
        width / 2,
      ]);
    }
  }

  disc(at: Point, radius: number, tone: Tone): void {
    const reach = radius + 1;
    for (const [x, y] of CORNERS)
      this.corner([at[0] + x * reach, at[1] + y * reach], tone, [x * reach, y * reach, radius]);
  }

  /** A dot with a rim, to be grabbed. */
  handle(at: Point, tone: Tone): void {
    this.disc(at, 5.5, [0, 0, 0, 0.65]);
    this.disc(at, 4, tone);
  }

  letter(name: string, at: Point, size: number, tone: Tone): void {
    for (const [x0, y0, x1, y1] of LETTERS[name])
      this.line(
        [at[0] + x0 * size, at[1] + y0 * size],
        [at[0] + x1 * size, at[1] + y1 * size],
        1.5,
        tone,
      );
  }

  /** A rectangle without filling. */
  frame(from: Point, to: Point, width: number, tone: Tone): void {
    const corners: Point[] = [from, [to[0], from[1]], to, [from[0], to[1]]];
    corners.forEach((corner, i) => {
      this.line(corner, corners[(i + 1) % 4], width, tone);
    });
  }

  /** Draws what was gathered within a rectangle and forgets it. */
  flush(gpu: Gpu, rect: PixelRect, ratio: number): void {
    if (this.positions.length > 0) {
      const { height } = gpu.size;
      // Clip space is that of the viewport, so the canvas is laid out around it.
      const left = rect.x;
      const top = height - rect.y - rect.height;
      const position = Float32Array.from(
        this.positions,
        (v, i) => v * ratio - (i % 2 === 0 ? left : top),
      );
      const uniforms = { canvas: [rect.width, rect.height] };
      gpu.drawTriangles(
        SHAPE_VERTEX,
        { fragment: SHAPE_FRAGMENT, uniforms, rect, target: null, blend: true },
        {
          position: [position, 2],
          tone: [Float32Array.from(this.tones), 4],
          side: [Float32Array.from(this.sides, (v) => v * ratio), 3],
        },
      );
    }
    this.positions = [];
    this.tones = [];
    this.sides = [];
  }

  private corner(at: Point, tone: Tone, side: readonly [number, number, number]): void {
    this.positions.push(at[0], at[1]);
    this.tones.push(...tone);
    this.sides.push(...side);
  }
}
