/** The bricks of one layer: its page table, here and on the graphics card, and the atlas that they lie in. */

import { Box3, type Data3DTexture, Vector3 } from "three";
import type { Brick, Layer, Level, Triple } from "../protocol/document";
import type { Gpu } from "./gpu";
import type { Grid } from "./grid";
import { type Page, PageTable, State } from "./pages";
import type { Pool } from "./pool";
import { type Elements, type Texel, volumeTexture } from "./textures";

/** Keys of bricks are serial * KEYS + index in the page table: no two layers or versions share one. */
const KEYS = 2 ** 28;

/** A layer whose bricks are kept. */
export class LayerBricks {
  readonly pages: PageTable;
  readonly texture: Data3DTexture;
  private readonly mirror: Data3DTexture;

  constructor(
    private readonly gpu: Gpu,
    /** As of the last scene. */
    public layer: Layer,
    readonly grid: Grid,
    readonly pool: Pool,
    readonly serial: number,
  ) {
    this.pages = new PageTable(grid);
    this.texture = gpu.createVolume("page", grid.size, this.pages.data);
    this.mirror = volumeTexture("page", grid.size, this.pages.data);
  }

  key(level: number, brick: Triple): number {
    return this.serial * KEYS + this.grid.index(level, brick);
  }

  /** Sends what changed of the page table. */
  flush(): void {
    const changed = this.pages.takeChanged();
    if (changed === null) return;
    const [, y, x] = this.grid.size;
    const region = new Box3(new Vector3(0, 0, changed[0]), new Vector3(x, y, changed[1]));
    this.gpu.write(this.texture, this.mirror, region, [changed[0], 0, 0]);
  }

  free(): void {
    this.gpu.release(this.texture);
  }
}

/** Whether two states of a layer hold the same voxels, apart from levels that have come or gone. */
export function sameVoxels(one: Layer, other: Layer): boolean {
  const facts = ({ version, stored, role, brick, levels }: Layer) =>
    JSON.stringify([version, stored, role, brick, geometry(levels[0])]);
  return facts(one) === facts(other);
}

/** For each level of one layer its number in the other, or -1. */
export function matchLevels(from: Layer, to: Layer): number[] {
  const known = to.levels.map((level) => JSON.stringify(geometry(level)));
  return from.levels.map((level) => known.indexOf(JSON.stringify(geometry(level))));
}

function geometry({ shape, spacing, origin }: Level): unknown {
  return [shape, spacing, origin];
}

/** The page of a brick without voxels of its own, or null when it needs a slot. */
export function plainPage(texel: Texel, brick: Brick): Page | null {
  if (brick.status === "outside") return { state: State.outside, word: 0, least: 0, most: 0 };
  if (brick.data !== null) return null;
  return { state: State.constant, word: brick.min, ...bounded(texel, brick.min, brick.min) };
}

/** The page of a brick in a slot. */
export function dataPage(texel: Texel, data: Elements, word: number): Page {
  return { state: State.data, word, ...bounded(texel, ...range(data)) };
}

/** Least and greatest value, apron included: what linear interpolation in the brick can reach. */
function range(data: Elements): [number, number] {
  let [least, most] = [data[0], data[0]];
  for (const value of data) {
    if (value < least) least = value;
    else if (value > most) most = value;
  }
  return [least, most];
}

/** A range of 255, rounded outwards. */
function bounded(texel: Texel, least: number, most: number): { least: number; most: number } {
  const unit = texel === "u16" ? 257 : 1;
  return {
    least: Math.min(255, Math.floor(least / unit)),
    most: Math.min(255, Math.ceil(most / unit)),
  };
}
