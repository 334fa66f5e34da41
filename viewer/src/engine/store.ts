/** The bricks that are here: per layer its page table, per kind its atlas, and the queue of what has arrived. */

import type { Brick, Layer, Triple } from "../protocol/document";
import type { Space } from "./geometry";
import type { Gpu } from "./gpu";
import { Grid } from "./grid";
import { dataPage, LayerBricks, matchLevels, plainPage, sameVoxels } from "./layerbricks";
import type { Page } from "./pages";
import { Pool, shares } from "./pool";
import type { Texel } from "./textures";

/** Bytes of colour maps, palettes and planes. */
const SMALL = 128 * 1024;

/** Part of the budget that is left for pictures: usual canvases fit, so another size moves no brick. */
const PICTURES = 1 / 32;

/** Part of the budget that an atlas begins with: a large one takes a graphics card a while, and the first picture waits. */
const BEGIN = 1 / 16;

interface Arrived {
  bricks: LayerBricks;
  brick: Brick;
}

export class Store {
  private readonly layers = new Map<string, LayerBricks>();
  private readonly pools = new Map<string, Pool>();
  private readonly places = new Map<
    number,
    { bricks: LayerBricks; level: number; brick: Triple }
  >();
  private readonly arrived = new Map<number, Arrived>();
  /** Bricks for which there was no slot; asked for again when other bricks are protected. */
  private readonly refused = new Set<number>();
  private serial = 0;

  constructor(
    private readonly gpu: Gpu,
    private readonly budget: number,
  ) {}

  get(id: string): LayerBricks | undefined {
    return this.layers.get(id);
  }

  /** Bricks that are here, constant ones included. */
  get count(): number {
    let sum = 0;
    for (const bricks of this.layers.values()) sum += bricks.pages.resident;
    return sum;
  }

  get waiting(): number {
    return this.arrived.size;
  }

  /** Why there is less room than planned: for people. */
  get trouble(): string | null {
    return [...this.pools.values()].find((pool) => pool.trouble !== null)?.trouble ?? null;
  }

  /** Keeps the bricks of these layers. A layer of another version or geometry begins anew; these are given back. */
  setLayers(space: Space, layers: Layer[], moved: boolean): string[] {
    const anew: string[] = [];
    for (const [id, bricks] of [...this.layers]) {
      const next = layers.find((layer) => layer.id === id);
      if (next === undefined || moved || !sameVoxels(bricks.layer, next)) {
        this.remove(id);
        if (next !== undefined) anew.push(id);
      } else if (matchLevels(bricks.layer, next).join() === next.levels.map((_, i) => i).join())
        bricks.layer = next;
      else this.regrow(space, bricks, next);
    }
    for (const layer of layers) {
      if (!this.layers.has(layer.id)) this.add(space, layer);
    }
    this.budgetPools();
    for (const bricks of this.layers.values()) bricks.flush();
    return anew;
  }

  /** Whether a brick is drawn. */
  shows(key: number): boolean {
    return this.places.has(key);
  }

  /** Whether there is no need to ask for a brick. */
  has(key: number): boolean {
    return this.places.has(key) || this.arrived.has(key) || this.refused.has(key);
  }

  /** Takes a brick that has arrived; it is seen after the next flush. */
  offer(serial: number, brick: Brick): void {
    const bricks = [...this.layers.values()].find((b) => b.serial === serial);
    if (bricks !== undefined)
      this.arrived.set(bricks.key(brick.level, brick.position), { bricks, brick });
  }

  /** Puts arrived bricks on the graphics card for about so many milliseconds; true when something changed. */
  flush(milliseconds: number): boolean {
    const end = performance.now() + milliseconds;
    const before = this.arrived.size;
    for (const [key, { bricks, brick }] of this.arrived) {
      this.arrived.delete(key);
      this.place(key, bricks, brick);
      if (performance.now() > end) break;
    }
    if (before > 0) for (const bricks of this.layers.values()) bricks.flush();
    return before > 0;
  }

  /** These bricks stay; the order is that of their worth, the least worth last. */
  protect(keys: ReadonlySet<number>): void {
    this.refused.clear();
    for (const pool of this.pools.values()) {
      pool.slots.protect(keys);
    }
  }

  /** After a lost context: nothing is here any more. */
  forget(): void {
    this.arrived.clear();
    this.refused.clear();
    this.places.clear();
    for (const pool of this.pools.values()) {
      const { capacity } = pool.slots;
      pool.slots.resize(0);
      pool.slots.resize(capacity);
    }
    for (const bricks of this.layers.values()) {
      bricks.pages.clearAll();
      bricks.texture.needsUpdate = true;
      bricks.pages.takeChanged();
    }
  }

  private add(space: Space, layer: Layer): void {
    const name = `${layer.role === "labels" ? "u32" : layer.stored}/${layer.brick}`;
    let pool = this.pools.get(name);
    if (pool === undefined) {
      pool = new Pool(this.gpu, name.split("/")[0] as Texel, layer.brick);
      this.pools.set(name, pool);
    }
    const grid = new Grid(space, layer);
    this.layers.set(layer.id, new LayerBricks(this.gpu, layer, grid, pool, ++this.serial));
  }

  private remove(id: string): void {
    const bricks = this.layers.get(id);
    if (bricks === undefined) return;
    for (const [key, place] of this.places) {
      if (place.bricks !== bricks) continue;
      bricks.pool.slots.release(key);
      this.places.delete(key);
    }
    for (const [key, arrived] of this.arrived)
      if (arrived.bricks === bricks) this.arrived.delete(key);
    bricks.free();
    this.layers.delete(id);
  }

  /** Shares the budget among the atlases by what all bricks of their layers need. */
  private budgetPools(): void {
    const pools = [...this.pools.entries()];
    const layers = [...this.layers.values()];
    const needs = pools.map(([, pool]) => sum(layers.filter((l) => l.pool === pool).map(bricksOf)));
    const tables = sum(layers.map((l) => l.pages.data.byteLength));
    const { width, height } = this.gpu.size;
    const pictures = Math.max(PICTURES * this.budget, 4 * width * height);
    const begin = BEGIN * this.budget;
    const bytes = pools.map(([, pool], i) => needs[i] * pool.brickBytes);
    // While an atlas grows, what it was is there too.
    shares(bytes, Math.max(0, this.budget - tables - SMALL - pictures - begin)).forEach(
      (share, i) => {
        const [name, pool] = pools[i];
        if (needs[i] > 0) {
          const strict = share < bytes[i];
          const room = strict ? Math.max(1, Math.floor(share / pool.brickBytes)) : needs[i];
          for (const key of pool.reserve({ bricks: room, strict }, begin)) this.forgetBrick(key);
          return;
        }
        pool.free();
        this.pools.delete(name);
      },
    );
  }

  private forgetBrick(key: number): void {
    const place = this.places.get(key);
    this.places.delete(key);
    place?.bricks.pages.clear(place.level, place.brick);
  }

  private place(key: number, bricks: LayerBricks, brick: Brick): void {
    const { texel } = bricks.pool;
    const page = plainPage(texel, brick) ?? this.upload(key, bricks, brick);
    if (page === null) {
      this.refused.add(key);
      return;
    }
    bricks.pages.set(brick.level, brick.position, page);
    this.places.set(key, { bricks, level: brick.level, brick: brick.position });
  }

  private upload(key: number, { pool }: LayerBricks, brick: Brick): Page | null {
    const placed = pool.acquire(key);
    if (placed === null || brick.data === null) return null;
    if (placed.evicted !== null) this.forgetBrick(placed.evicted);
    const data = pool.texel === "u32" ? Uint32Array.from(brick.data) : brick.data;
    return dataPage(pool.texel, data, pool.upload(placed.slot, data));
  }

  /** A layer whose pyramid has grown: the bricks that are here stay, under their new numbers. */
  private regrow(space: Space, old: LayerBricks, layer: Layer): void {
    const next = new LayerBricks(this.gpu, layer, new Grid(space, layer), old.pool, ++this.serial);
    const match = matchLevels(old.layer, layer);
    for (const [key, { bricks, level, brick }] of [...this.places]) {
      if (bricks !== old || match[level] < 0) continue;
      const to = next.key(match[level], brick);
      old.pool.slots.rename(key, to);
      next.pages.set(match[level], brick, old.pages.page(level, brick));
      this.places.delete(key);
      this.places.set(to, { bricks: next, level: match[level], brick });
    }
    this.remove(layer.id);
    this.layers.set(layer.id, next);
  }
}

function sum(values: number[]): number {
  return values.reduce((a, b) => a + b, 0);
}

/** Bricks of all levels. */
function bricksOf(bricks: LayerBricks): number {
  return sum(bricks.grid.counts.map((_, level) => bricks.grid.total(level)));
}
