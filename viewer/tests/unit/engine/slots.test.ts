import { describe, expect, test } from "vitest";
import { atlasShape, Slots } from "../../../src/engine/atlas";
import { shares } from "../../../src/engine/pool";

describe("slots", () => {
  test("the least recently used brick makes room", () => {
    const slots = new Slots(3);
    const first = [1, 2, 3].map((key) => slots.acquire(key)?.slot);
    expect(new Set(first).size).toBe(3);
    slots.touch(1);
    expect(slots.acquire(4)).toEqual({ slot: first[1], evicted: 2 });
    expect(slots.acquire(1)).toEqual({ slot: first[0], evicted: null });
    expect(slots.acquire(5)?.evicted).toBe(3);
  });

  test("protected bricks stay, and no room is said", () => {
    const slots = new Slots(2);
    slots.acquire(1);
    slots.acquire(2);
    slots.protect(new Set([1]));
    expect(slots.acquire(3)?.evicted).toBe(2);
    slots.protect(new Set([1, 3]));
    expect(slots.acquire(4)).toBe(null);
    slots.protect(new Set());
    expect(slots.acquire(4)?.evicted).toBe(1);
  });

  test("a released slot is used again", () => {
    const slots = new Slots(1);
    slots.acquire(1);
    slots.release(1);
    expect(slots.size).toBe(0);
    expect(slots.acquire(2)).toEqual({ slot: 0, evicted: null });
  });

  test("fewer slots lose the bricks beyond, more keep all where they are", () => {
    const slots = new Slots(4);
    for (const key of [10, 11, 12, 13]) slots.acquire(key);
    expect(slots.resize(2)).toEqual([12, 13]);
    expect(slots.resize(5)).toEqual([]);
    expect([slots.slot(10), slots.slot(11)]).toEqual([0, 1]);
    const more = [20, 21, 22].map((key) => slots.acquire(key));
    expect(more.every((placed) => placed?.evicted === null)).toBe(true);
    expect(slots.acquire(23)?.evicted).toBe(10);
  });
});

describe("atlas", () => {
  test.each([[1], [7], [73], [584], [6500]])(
    "%i bricks fit, or when strict no more than they",
    (wanted) => {
      const size = ([z, y, x]: number[]) => z * y * x;
      expect(size(atlasShape({ bricks: wanted, strict: false }, 60))).toBeGreaterThanOrEqual(
        wanted,
      );
      const strict = size(atlasShape({ bricks: wanted, strict: true }, 60));
      expect(strict).toBeLessThanOrEqual(wanted);
      expect(strict).toBeGreaterThan(0.6 * wanted);
    },
  );

  test("no axis is longer than the graphics card allows", () => {
    expect(Math.max(...atlasShape({ bricks: 1e6, strict: false }, 60))).toBeLessThanOrEqual(60);
  });
});

describe("shares of the budget", () => {
  test("who needs less than an equal part gets it all, and the rest is shared", () => {
    expect(shares([10, 20], 100)).toEqual([10, 20]);
    expect(shares([10, 200, 300], 100)).toEqual([10, 45, 45]);
    expect(shares([40, 10, 300], 100)).toEqual([40, 10, 50]);
    expect(shares([], 100)).toEqual([]);
    expect(shares([0, 500], 100)).toEqual([0, 100]);
  });
});
