import { describe, expect, test } from "vitest";
import { apply, Space } from "../../../src/engine/geometry";
import { bricksOf, countOf, Grid } from "../../../src/engine/grid";
import { PageTable, State, slotWord } from "../../../src/engine/pages";
import { shownLevel } from "../../../src/engine/residency";
import type { Triple } from "../../../src/protocol/document";
import { bricks, layer, pyramid, type Sizes, space } from "./volumes";

const here = { state: State.data, word: 0, least: 0, most: 255 };

function table(levels: Sizes[]): { grid: Grid; pages: PageTable } {
  const one = layer(levels);
  const grid = new Grid(space(one), one);
  return { grid, pages: new PageTable(grid) };
}

function all(count: Triple): Triple[] {
  return [...bricksOf({ first: [0, 0, 0], last: count.map((n) => n - 1) as Triple })];
}

const VOLUMES: [string, Sizes[]][] = [
  ["halves", pyramid([37, 50, 70], 4)],
  [
    "odd sizes rounded down",
    [{ shape: [33, 33, 33] }, { shape: [16, 16, 16], spacing: [2, 2, 2] }],
  ],
  [
    "z not reduced",
    [
      { shape: [20, 40, 40] },
      { shape: [20, 20, 20], spacing: [1, 2, 2] },
      { shape: [20, 10, 10], spacing: [1, 4, 4] },
    ],
  ],
  [
    "factor 3 and 2.5",
    [{ shape: [24, 48, 60] }, { shape: [24, 20, 20], spacing: [1, 2.5, 3], origin: [0, 0.75, 1] }],
  ],
];

describe("the grid", () => {
  test.each(VOLUMES)("bricks and cells agree on who covers whom: %s", (_, levels) => {
    const { grid } = table(levels);
    for (let level = 0; level < grid.levels; level++) {
      const cover = new Map<string, string[]>();
      for (const cell of all(grid.counts[0]))
        for (const brick of bricksOf(grid.covering(level, cell)))
          cover.set(brick.join(), [...(cover.get(brick.join()) ?? []), cell.join()]);
      for (const brick of all(grid.counts[level])) {
        const { first, last } = grid.cells(level, brick);
        const cells = cover.get(brick.join());
        if (cells === undefined) continue;
        expect([...bricksOf({ first, last })].map(String).sort()).toEqual(cells.sort());
      }
    }
  });

  test.each(VOLUMES)(
    "each voxel of the frame lies in a brick that covers its cell: %s",
    (_, levels) => {
      const { grid } = table(levels);
      for (let level = 0; level < grid.levels; level++)
        for (let i = 0; i < 500; i++) {
          const at = grid.shapes[0].map((n, a) => ((i * [7, 13, 29][a]) % n) + 0.5) as Triple;
          const cell = at.map((v) => Math.floor(v / grid.edge)) as Triple;
          const place = apply(grid.maps[level], at);
          const inside = place.map((v, a) => Math.min(Math.max(v, 0), grid.shapes[level][a] - 0.5));
          const brick = inside.map((v) => Math.floor(v / grid.edge));
          const { first, last } = grid.covering(level, cell);
          brick.forEach((b, a) => {
            expect(b).toBeGreaterThanOrEqual(first[a]);
            expect(b).toBeLessThanOrEqual(last[a]);
          });
        }
    },
  );

  test("a brick's number is its own, over all levels", () => {
    const { grid } = table(pyramid([37, 50, 70], 4));
    const seen = new Set<number>();
    for (let level = 0; level < grid.levels; level++)
      for (const brick of all(grid.counts[level])) seen.add(grid.index(level, brick));
    expect(seen.size).toBe(grid.counts.reduce((n, _, l) => n + grid.total(l), 0));
    expect(Math.max(...seen)).toBeLessThan(grid.size[0] * grid.size[1] * grid.size[2]);
  });

  test("the bricks of a box are those that it touches", () => {
    const { grid } = table(pyramid([64, 64, 64], 2));
    const box = { start: [8, 0, 15] as Triple, end: [16, 1, 17] as Triple };
    expect(grid.within(0, box)).toEqual({ first: [1, 0, 1], last: [1, 0, 2] });
    expect(grid.within(1, box)).toEqual({ first: [0, 0, 0], last: [0, 0, 1] });
    expect(grid.within(0, { start: [64, 0, 0], end: [70, 64, 64] })).toBe(null);
    expect(countOf({ first: [0, 0, 1], last: [1, 2, 3] })).toBe(18);
  });
});

describe("the page table", () => {
  test.each(VOLUMES)(
    "a cell shows the finest level whose bricks all are here, whatever comes and goes: %s",
    (_, levels) => {
      const { grid, pages } = table(levels);
      const keys: [number, Triple][] = grid.counts.flatMap((count, level) =>
        all(count).map((b): [number, Triple] => [level, b]),
      );
      const present = new Set<string>();
      const best = (cell: Triple) => {
        for (let level = 0; level < grid.levels; level++)
          if ([...bricksOf(grid.covering(level, cell))].every((b) => present.has(`${level}:${b}`)))
            return level;
        return -1;
      };
      let random = 12345;
      for (let step = 0; step < 400; step++) {
        random = (random * 1103515245 + 12345) % 2 ** 31;
        const [level, brick] = keys[random % keys.length];
        const name = `${level}:${brick}`;
        if (present.has(name)) {
          present.delete(name);
          pages.clear(level, brick);
        } else {
          present.add(name);
          pages.set(level, brick, here);
        }
        if (step % 20 === 0)
          for (const cell of all(grid.counts[0])) expect(pages.best(cell)).toBe(best(cell));
      }
      expect(pages.resident).toBe(present.size);
    },
  );

  test("holds slot, range and state in its two words", () => {
    const { grid, pages } = table(pyramid([16, 16, 16], 2));
    pages.set(0, [1, 0, 1], { state: State.constant, word: 4_000_000_000, least: 3, most: 250 });
    const at = 2 * grid.index(0, [1, 0, 1]);
    expect(pages.data[at]).toBe(4_000_000_000);
    expect(pages.data[at + 1]).toBe((3 | (250 << 8) | (State.constant << 16) | (1 << 24)) >>> 0);
    expect(slotWord(1023, 512, 1000)).toBe(1023 + 512 * 1024 + 1000 * 1048576);
  });

  test("says once which slices changed", () => {
    const { pages } = table(pyramid([32, 16, 16], 2));
    expect(pages.takeChanged()).toBe(null);
    pages.set(0, [2, 0, 0], here);
    expect(pages.takeChanged()).toEqual([2, 3]);
    expect(pages.takeChanged()).toBe(null);
    pages.set(1, [1, 0, 0], here);
    // The brick's own slice behind the four of level 0, and the cells that it now covers.
    expect(pages.takeChanged()).toEqual([2, 6]);
  });

  test("the level of the ROI is that of its worst cell, and falls as bricks come", () => {
    const one = layer(pyramid([32, 32, 32], 3));
    const held = bricks(one, 100);
    const roi = { start: [0, 0, 0] as Triple, end: [16, 16, 16] as Triple };
    const level = () => shownLevel(held, roi, space(one).bounds(one));
    const seen = [level()];
    for (let l = 2; l >= 0; l--)
      for (const brick of bricksOf(held.grid.within(l, roi) as { first: Triple; last: Triple })) {
        held.pages.set(l, brick, here);
        seen.push(level());
      }
    expect(seen.every((v, i) => i === 0 || v <= seen[i - 1])).toBe(true);
    expect([seen[0], seen.at(-1)]).toEqual([2, 0]);
  });
});

describe("the frame in the world", () => {
  test("voxel middles and edges, there and back", () => {
    const frame = new Space({
      shape: [10, 20, 30],
      spacing: [2, 3, 4],
      origin: [100, -7, 0.5],
      unit: "micrometer",
    });
    expect(frame.toWorld([0.5, 0.5, 0.5])).toEqual([100, -7, 0.5]);
    expect(frame.toWorld([1.5, 2.5, 3.5])).toEqual([102, -1, 12.5]);
    const at: Triple = [3.25, 0, 29];
    frame.toFrame(frame.toWorld(at)).forEach((v, a) => expect(v).toBeCloseTo(at[a], 12));
    frame.fromScene(...frame.toScene(at)).forEach((v, a) => expect(v).toBeCloseTo(at[a], 12));
    expect(frame.toScene([5, 10, 15])).toEqual([0, 0, 0]);
  });

  test("a layer that is cut to a region has its bounds", () => {
    const one = layer(pyramid([40, 40, 40], 1), {
      region: [
        [4, 20],
        [0, 40],
        [8, 9],
      ],
    });
    expect(space(one).bounds(one)).toEqual({ start: [4, 0, 8], end: [20, 40, 9] });
  });
});
