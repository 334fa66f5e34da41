/** Volumes of known voxels, cut into bricks as the server cuts them. */

import type { Brick, Encoding, Layer, Role, Stored, Triple } from "../../../src/protocol/document";

export type Voxels = Uint8Array | Uint16Array | Uint32Array;

export interface VolumeLevel {
  shape: Triple;
  spacing: Triple;
  origin: Triple;
  data: Voxels;
}

export interface PhantomOptions {
  id?: string;
  shape: Triple;
  stored: Stored;
  role?: Role;
  spacing?: Triple;
  origin?: Triple;
  levels?: number;
  brick?: number;
  window?: [number, number];
  encoding?: Encoding;
  version?: number;
  /** Value of a voxel; `half` makes coarser levels: mean of eight, or the first. */
  value(z: number, y: number, x: number): number;
}

export interface Phantom {
  layer: Layer;
  levels: VolumeLevel[];
}

const ARRAYS = { u8: Uint8Array, u16: Uint16Array, u32: Uint32Array };

export function phantom(options: PhantomOptions): Phantom {
  const { shape, stored } = options;
  const spacing = options.spacing ?? [1, 1, 1];
  const origin = options.origin ?? [0, 0, 0];
  const levels: VolumeLevel[] = [{ shape, spacing, origin, data: fill(options) }];
  while (levels.length < (options.levels ?? 1)) {
    levels.push(coarser(levels[levels.length - 1], stored, options.role ?? "image"));
  }
  const top = { u8: 255, u16: 65535, u32: 2 ** 32 - 1 }[stored];
  return { levels, layer: describe(options, levels, options.window ?? [0, top]) };
}

function fill({ shape: [nz, ny, nx], stored, value }: PhantomOptions): Voxels {
  const data = new ARRAYS[stored](nz * ny * nx);
  let i = 0;
  for (let z = 0; z < nz; z++)
    for (let y = 0; y < ny; y++) for (let x = 0; x < nx; x++) data[i++] = value(z, y, x);
  return data;
}

function describe(options: PhantomOptions, levels: VolumeLevel[], window: [number, number]): Layer {
  const first = levels[0];
  return {
    id: options.id ?? "image",
    name: options.id ?? "image",
    role: options.role ?? "image",
    version: options.version ?? 1,
    source: "phantom",
    path: "phantom",
    dtype: options.stored,
    stored: options.stored,
    encoding: options.encoding ?? { scale: 1, offset: 0 },
    range: window,
    window,
    brick: options.brick ?? 32,
    levels: levels.map((level) => ({
      shape: level.shape,
      spacing: level.spacing,
      origin: level.origin,
      factor: level.spacing.map((s, a) => s / first.spacing[a]) as Triple,
      approximate: false,
    })),
    status: "ready",
    note: null,
    region: null,
    job: null,
  };
}

function coarser(fine: VolumeLevel, stored: Stored, role: Role): VolumeLevel {
  const shape = fine.shape.map((n) => Math.max(1, Math.ceil(n / 2))) as Triple;
  const spacing = fine.spacing.map((s) => 2 * s) as Triple;
  const origin = fine.origin.map((o, a) => o + fine.spacing[a] / 2) as Triple;
  const data = new ARRAYS[stored](shape[0] * shape[1] * shape[2]);
  let i = 0;
  for (let z = 0; z < shape[0]; z++)
    for (let y = 0; y < shape[1]; y++)
      for (let x = 0; x < shape[2]; x++)
        data[i++] = role === "labels" ? voxel(fine, 2 * z, 2 * y, 2 * x) : mean(fine, z, y, x);
  return { shape, spacing, origin, data };
}

function mean(fine: VolumeLevel, z: number, y: number, x: number): number {
  let sum = 0;
  for (let i = 0; i < 8; i++)
    sum += voxel(fine, 2 * z + (i >> 2), 2 * y + ((i >> 1) & 1), 2 * x + (i & 1));
  return Math.round(sum / 8);
}

/** A voxel; beyond the border the nearest one. */
export function voxel({ shape, data }: VolumeLevel, z: number, y: number, x: number): number {
  const at = [z, y, x].map((v, a) => Math.min(Math.max(v, 0), shape[a] - 1));
  return data[(at[0] * shape[1] + at[1]) * shape[2] + at[2]];
}

/** The brick as it would come over the wire. */
export function cut(phantom: Phantom, level: number, position: Triple): Brick {
  const { brick: edge, stored } = phantom.layer;
  const from = phantom.levels[level];
  const side = edge + 2;
  const data = new ARRAYS[stored](side ** 3);
  let i = 0;
  for (let z = -1; z <= edge; z++)
    for (let y = -1; y <= edge; y++)
      for (let x = -1; x <= edge; x++)
        data[i++] = voxel(
          from,
          position[0] * edge + z,
          position[1] * edge + y,
          position[2] * edge + x,
        );
  let [min, max] = [data[0], data[0]];
  for (const value of data) {
    min = Math.min(min, value);
    max = Math.max(max, value);
  }
  const common = { level, position, kind: stored, min, max, message: null };
  return min === max
    ? { ...common, status: "constant", data: null }
    : { ...common, status: "data", data };
}
