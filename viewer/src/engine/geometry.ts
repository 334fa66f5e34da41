/** Where things are: frame voxels, world units, voxels of a level. Triples are z, y, x; `xyz` turns them for the graphics card. */

import type { Box, Frame, Layer, Level, Triple } from "../protocol/document";

export const AXES = ["z", "y", "x"] as const;

/** Per axis: what = mul * from + add. */
export interface Affine {
  mul: Triple;
  add: Triple;
}

/** A box in voxel edges of the frame. */
export interface Bounds {
  start: Triple;
  end: Triple;
}

/** A triple from a function of the axis number. */
export function each(of: (axis: number) => number): Triple {
  return [of(0), of(1), of(2)];
}

/** A triple in the order x, y, z. */
export function xyz(triple: Triple): [number, number, number] {
  return [triple[2], triple[1], triple[0]];
}

/** The frame in the world. Edge coordinates: voxel i covers i to i + 1, and the frame's origin is the middle of voxel 0. */
export class Space {
  readonly shape: Triple;
  readonly spacing: Triple;
  readonly origin: Triple;
  /** Middle of the frame in world units. */
  readonly middle: Triple;
  /** Longest side in world units: the unit of the scene that is drawn, so that its numbers stay near 1. */
  readonly size: number;

  constructor(frame: Frame) {
    this.shape = frame.shape;
    this.spacing = frame.spacing ?? [1, 1, 1];
    this.origin = frame.origin;
    this.middle = this.toWorld(each((a) => frame.shape[a] / 2));
    this.size = Math.max(...each((a) => frame.shape[a] * this.spacing[a]));
  }

  toWorld(edge: Triple): Triple {
    return each((a) => this.origin[a] + (edge[a] - 0.5) * this.spacing[a]);
  }

  toFrame(world: Triple): Triple {
    return each((a) => (world[a] - this.origin[a]) / this.spacing[a] + 0.5);
  }

  /** Edge coordinates to the scene (x, y, z; the frame's middle is 0 and its longest side 1). */
  toScene(edge: Triple): [number, number, number] {
    const world = this.toWorld(edge);
    return xyz(each((a) => (world[a] - this.middle[a]) / this.size));
  }

  fromScene(x: number, y: number, z: number): Triple {
    const scene: Triple = [z, y, x];
    return this.toFrame(each((a) => this.middle[a] + scene[a] * this.size));
  }

  /** From edge coordinates of the frame to those of a level. */
  toLevel(level: Level): Affine {
    const mul = each((a) => this.spacing[a] / level.spacing[a]);
    const shift = (a: number) => (this.origin[a] - level.origin[a]) / level.spacing[a];
    return { mul, add: each((a) => shift(a) + 0.5 - 0.5 * mul[a]) };
  }

  /** The box of a layer in the frame's edge coordinates, cut to its region. */
  bounds(layer: Layer): Bounds {
    const { mul, add } = this.toLevel(layer.levels[0]);
    const shape = layer.levels[0].shape;
    const whole = {
      start: each((a) => -add[a] / mul[a]),
      end: each((a) => (shape[a] - add[a]) / mul[a]),
    };
    return layer.region === null ? whole : intersect(whole, fromBox(layer.region));
  }

  /** Whether another frame puts voxels at the same places. */
  equals(other: Space): boolean {
    const same = (a: Triple, b: Triple) => a.every((v, i) => v === b[i]);
    return (
      same(this.shape, other.shape) &&
      same(this.spacing, other.spacing) &&
      same(this.origin, other.origin)
    );
  }
}

export function apply(map: Affine, at: Triple): Triple {
  return each((a) => map.mul[a] * at[a] + map.add[a]);
}

export function invert(map: Affine, at: Triple): Triple {
  return each((a) => (at[a] - map.add[a]) / map.mul[a]);
}

export function fromBox(box: Box): Bounds {
  return { start: each((a) => box[a][0]), end: each((a) => box[a][1]) };
}

export function intersect(one: Bounds, other: Bounds): Bounds {
  return {
    start: each((a) => Math.max(one.start[a], other.start[a])),
    end: each((a) => Math.min(one.end[a], other.end[a])),
  };
}

/** The smallest box around both. */
export function join(one: Bounds, other: Bounds): Bounds {
  return {
    start: each((a) => Math.min(one.start[a], other.start[a])),
    end: each((a) => Math.max(one.end[a], other.end[a])),
  };
}

export function isEmpty(bounds: Bounds): boolean {
  return bounds.start.some((v, a) => !(v < bounds.end[a]));
}

export function clamp(value: number, low: number, high: number): number {
  return Math.min(Math.max(value, low), high);
}
