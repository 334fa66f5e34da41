/** Layers without voxels, for tests of what is wanted and where it lies. */

import { Space } from "../../../src/engine/geometry";
import { Grid } from "../../../src/engine/grid";
import type { LayerBricks } from "../../../src/engine/layerbricks";
import { PageTable } from "../../../src/engine/pages";
import type { Layer, Triple } from "../../../src/protocol/document";

export interface Sizes {
  shape: Triple;
  spacing?: Triple;
  origin?: Triple;
}

/** A layer with these levels; brick edge 8 unless said otherwise. */
export function layer(levels: Sizes[], changes: Partial<Layer> = {}): Layer {
  const first = levels[0];
  return {
    id: "image",
    name: "Image",
    role: "image",
    version: 1,
    source: "",
    path: "",
    dtype: "u8",
    stored: "u8",
    encoding: { scale: 1, offset: 0 },
    range: [0, 255],
    window: [0, 255],
    brick: 8,
    levels: levels.map(({ shape, spacing = [1, 1, 1], origin = [0, 0, 0] }) => ({
      shape,
      spacing,
      origin,
      approximate: false,
      factor: spacing.map((s, a) => s / (first.spacing ?? [1, 1, 1])[a]) as Triple,
    })),
    status: "ready",
    note: null,
    region: null,
    job: null,
    ...changes,
  };
}

/** Levels of halves, as our own pyramids have them: odd sizes rounded up, origins in the middle of eight voxels. */
export function pyramid(shape: Triple, count: number): Sizes[] {
  const levels: Sizes[] = [];
  for (let l = 0; l < count; l++) {
    const f = 2 ** l;
    const all = (v: number): Triple => [v, v, v];
    levels.push({
      shape: shape.map((n) => Math.ceil(n / f)) as Triple,
      spacing: all(f),
      origin: all((f - 1) / 2),
    });
  }
  return levels;
}

export function space(of: Layer): Space {
  const { shape, spacing, origin } = of.levels[0];
  return new Space({ shape, spacing, origin, unit: null });
}

/** A layer's bricks with an atlas of so many slots, without a graphics card. */
export function bricks(
  of: Layer,
  capacity: number,
  serial = 1,
  pool: object = { capacity },
): LayerBricks {
  const grid = new Grid(space(of), of);
  const key = (level: number, at: Triple) => serial * 2 ** 28 + grid.index(level, at);
  return {
    layer: of,
    grid,
    pool,
    serial,
    key,
    pages: new PageTable(grid),
  } as unknown as LayerBricks;
}
