/** The bricks of a layer's levels, and which of them cover which cell of the finest grid. */

import type { Layer, Triple } from "../protocol/document";
import { type Affine, type Bounds, each, type Space } from "./geometry";

/** More levels than any pyramid down from 2^17 voxels has; coarser ones than these are never asked for. */
export const MAX_LEVELS = 12;

const CLOSE = 1e-6;

/** First and last brick along an axis, per cell. */
type Cover = { first: Int32Array; last: Int32Array };

export class Grid {
  readonly edge: number;
  /** Bricks per level, z, y, x. */
  readonly counts: Triple[];
  /** From edge coordinates of the frame to those of a level. */
  readonly maps: Affine[];
  readonly shapes: Triple[];
  /** Where a level's grid begins along z in the page table. */
  readonly starts: number[];
  /** Size of the page table, z, y, x. */
  readonly size: Triple;
  /** Per level, whether each cell lies in one brick only. */
  readonly alone: boolean[];
  private readonly covers: Cover[][];

  constructor(space: Space, layer: Layer) {
    const levels = layer.levels.slice(0, MAX_LEVELS);
    this.edge = layer.brick;
    this.shapes = levels.map((level) => level.shape);
    this.counts = this.shapes.map((shape) => each((a) => Math.ceil(shape[a] / this.edge)));
    this.maps = levels.map((level) => space.toLevel(level));
    let depth = 0;
    this.starts = this.counts.map((count) => {
      depth += count[0];
      return depth - count[0];
    });
    const widest = (a: number) => Math.max(...this.counts.map((count) => count[a]));
    this.size = [depth, widest(1), widest(2)];
    this.covers = levels.map((_, level) => [0, 1, 2].map((axis) => this.cover(level, axis)));
    const single = ({ first, last }: Cover) => first.every((brick, cell) => brick === last[cell]);
    this.alone = this.covers.map((axes) => axes.every(single));
  }

  get levels(): number {
    return this.counts.length;
  }

  get coarsest(): number {
    return this.counts.length - 1;
  }

  /** Number of a brick in the page table. */
  index(level: number, [z, y, x]: Triple): number {
    return ((this.starts[level] + z) * this.size[1] + y) * this.size[2] + x;
  }

  /** Bricks of one level. */
  total(level: number): number {
    const [z, y, x] = this.counts[level];
    return z * y * x;
  }

  /** The bricks of a level that cover a cell: first and last, both included. */
  covering(level: number, cell: Triple): { first: Triple; last: Triple } {
    const cover = this.covers[level];
    return {
      first: each((a) => cover[a].first[cell[a]]),
      last: each((a) => cover[a].last[cell[a]]),
    };
  }

  /** The cells of the finest grid that a brick touches: first and last, both included. */
  cells(level: number, brick: Triple): { first: Triple; last: Triple } {
    const ends = [0, 1, 2].map((a) => {
      const cover = this.covers[level][a];
      const count = this.counts[0][a];
      let first = this.guess(level, a, brick[a]);
      while (first > 0 && cover.last[first - 1] >= brick[a]) first--;
      while (first < count - 1 && cover.last[first] < brick[a]) first++;
      let last = first;
      while (last < count - 1 && cover.first[last + 1] <= brick[a]) last++;
      return [first, last];
    });
    return { first: each((a) => ends[a][0]), last: each((a) => ends[a][1]) };
  }

  /** The bricks of a level that a box of the frame touches, or null when none: first and last, both included. */
  within(level: number, bounds: Bounds): { first: Triple; last: Triple } | null {
    const { mul, add } = this.maps[level];
    const at = (edge: Triple, a: number) => edge[a] * mul[a] + add[a];
    const last = each((a) => Math.ceil((at(bounds.end, a) - CLOSE) / this.edge) - 1);
    const first = each((a) => Math.floor((at(bounds.start, a) + CLOSE) / this.edge));
    const beside = (a: number) =>
      at(bounds.end, a) <= CLOSE || at(bounds.start, a) >= this.shapes[level][a] - CLOSE;
    // A coarser level may be a voxel short of the volume; its border voxels then stand for the rest.
    if (level === 0 && [0, 1, 2].some(beside)) return null;
    const inside = (v: number, a: number) => Math.min(Math.max(v, 0), this.counts[level][a] - 1);
    return { first: each((a) => inside(first[a], a)), last: each((a) => inside(last[a], a)) };
  }

  private guess(level: number, axis: number, brick: number): number {
    const at = (brick * this.edge - this.maps[level].add[axis]) / this.maps[level].mul[axis];
    const cell = (at * this.maps[0].mul[axis] + this.maps[0].add[axis]) / this.edge;
    return Math.min(Math.max(Math.floor(cell), 0), this.counts[0][axis] - 1);
  }

  private cover(level: number, axis: number): Cover {
    const cells = this.counts[0][axis];
    const first = new Int32Array(cells);
    const last = new Int32Array(cells);
    const most = this.counts[level][axis] - 1;
    const brick = (v: number) => Math.min(Math.max(v, 0), most);
    for (let cell = 0; cell < cells; cell++) {
      const end = Math.min((cell + 1) * this.edge, this.shapes[0][axis]);
      first[cell] = brick(
        Math.floor((this.along(level, axis, cell * this.edge) + CLOSE) / this.edge),
      );
      last[cell] = brick(Math.ceil((this.along(level, axis, end) - CLOSE) / this.edge) - 1);
    }
    return { first, last };
  }

  /** From edge coordinates of level 0 to those of another. */
  private along(level: number, axis: number, edge: number): number {
    const frame = (edge - this.maps[0].add[axis]) / this.maps[0].mul[axis];
    return frame * this.maps[level].mul[axis] + this.maps[level].add[axis];
  }
}

/** All bricks from first to last, both included. */
export function* bricksOf(range: { first: Triple; last: Triple }): Generator<Triple> {
  for (let z = range.first[0]; z <= range.last[0]; z++)
    for (let y = range.first[1]; y <= range.last[1]; y++)
      for (let x = range.first[2]; x <= range.last[2]; x++) yield [z, y, x];
}

export function countOf(range: { first: Triple; last: Triple }): number {
  return [0, 1, 2].reduce((n, a) => n * (range.last[a] - range.first[a] + 1), 1);
}
