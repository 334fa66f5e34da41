/**
 * The page table of one layer: for each brick of each level whether it is here and in which slot, and for each cell of
 * the finest grid the best level whose bricks cover it completely. Two words a brick:
 * word 0: slot x | y << 10 | z << 20, or the value of a constant brick;
 * word 1: least | greatest << 8 (both of 255, rounded outwards) | state << 16 | (best level + 1) << 24.
 */

import type { Triple } from "../protocol/document";
import { bricksOf, type Grid } from "./grid";

/** What a page says of its brick; the shaders know the same numbers. */
export const State = { missing: 0, data: 1, constant: 2, outside: 3 } as const;

export interface Page {
  state: number;
  /** Slot word or constant value. */
  word: number;
  /** Range of what is stored, apron included, of 255. */
  least: number;
  most: number;
}

/** The word for a slot. */
export function slotWord(x: number, y: number, z: number): number {
  return (x | (y << 10) | (z << 20)) >>> 0;
}

export class PageTable {
  readonly data: Uint32Array;
  /** Slices of the table that changed since the last flush: from (included) to (excluded). */
  private changed: [number, number] = [Number.POSITIVE_INFINITY, 0];
  private here = 0;

  constructor(readonly grid: Grid) {
    const [z, y, x] = grid.size;
    this.data = new Uint32Array(2 * z * y * x);
  }

  /** Bricks that are here. */
  get resident(): number {
    return this.here;
  }

  state(level: number, brick: Triple): number {
    return (this.data[2 * this.grid.index(level, brick) + 1] >> 16) & 3;
  }

  page(level: number, brick: Triple): Page {
    const at = 2 * this.grid.index(level, brick);
    const [word, facts] = [this.data[at], this.data[at + 1]];
    return { word, state: (facts >> 16) & 3, least: facts & 255, most: (facts >> 8) & 255 };
  }

  /** Best level that covers a cell completely, or -1. */
  best(cell: Triple): number {
    return (this.data[2 * this.grid.index(0, cell) + 1] >>> 24) - 1;
  }

  set(level: number, brick: Triple, page: Page): void {
    if (this.state(level, brick) === State.missing) this.here++;
    this.write(level, brick, page);
    // Where levels lie brick on brick, as most do, the brick itself covers each of its cells.
    const alone = this.grid.alone[level];
    this.eachCell(level, brick, (at, z, y, x) => {
      const best = (this.data[at] >>> 24) - 1;
      if (best >= 0 && level >= best) return;
      if (alone || this.complete(level, [z, y, x])) this.setBest(at, z, level);
    });
  }

  clear(level: number, brick: Triple): void {
    if (this.state(level, brick) === State.missing) return;
    this.here--;
    this.write(level, brick, { state: State.missing, word: 0, least: 0, most: 0 });
    this.eachCell(level, brick, (at, z, y, x) => {
      if ((this.data[at] >>> 24) - 1 === level) this.setBest(at, z, this.search([z, y, x]));
    });
  }

  /** Coarsest best level of the cells from first to last, both included; -1 when one shows nothing. */
  worst({ first, last }: { first: Triple; last: Triple }): number {
    let worst = 0;
    for (let z = first[0]; z <= last[0]; z++)
      for (let y = first[1]; y <= last[1]; y++) {
        const row = 2 * this.grid.index(0, [z, y, 0]) + 1;
        for (let x = first[2]; x <= last[2]; x++) {
          const best = this.data[row + 2 * x] >>> 24;
          if (best === 0) return -1;
          if (best > worst) worst = best;
        }
      }
    return worst - 1;
  }

  clearAll(): void {
    this.data.fill(0);
    this.here = 0;
    this.changed = [0, this.grid.size[0]];
  }

  /** The slices that must go to the graphics card, or null; asking forgets them. */
  takeChanged(): [number, number] | null {
    const [from, to] = this.changed;
    this.changed = [Number.POSITIVE_INFINITY, 0];
    return from < to ? [from, to] : null;
  }

  private complete(level: number, cell: Triple): boolean {
    for (const brick of bricksOf(this.grid.covering(level, cell)))
      if (this.state(level, brick) === State.missing) return false;
    return true;
  }

  private search(cell: Triple): number {
    for (let level = 0; level < this.grid.levels; level++)
      if (this.complete(level, cell)) return level;
    return -1;
  }

  private write(level: number, brick: Triple, page: Page): void {
    const at = 2 * this.grid.index(level, brick);
    const best = this.data[at + 1] & 0xff000000;
    this.data[at] = page.word;
    this.data[at + 1] = (best | page.least | (page.most << 8) | (page.state << 16)) >>> 0;
    this.touch(this.grid.starts[level] + brick[0]);
  }

  private setBest(at: number, slice: number, level: number): void {
    this.data[at] = ((this.data[at] & 0x00ffffff) | ((level + 1) << 24)) >>> 0;
    this.touch(slice);
  }

  /** Visits the cells of a brick with the place of their second word. A coarse brick has hundreds of thousands of them. */
  private eachCell(
    level: number,
    brick: Triple,
    visit: (at: number, z: number, y: number, x: number) => void,
  ): void {
    const { first, last } = this.grid.cells(level, brick);
    for (let z = first[0]; z <= last[0]; z++)
      for (let y = first[1]; y <= last[1]; y++) {
        const row = 2 * this.grid.index(0, [z, y, 0]) + 1;
        for (let x = first[2]; x <= last[2]; x++) visit(row + 2 * x, z, y, x);
      }
  }

  private touch(slice: number): void {
    this.changed = [Math.min(this.changed[0], slice), Math.max(this.changed[1], slice + 1)];
  }
}
