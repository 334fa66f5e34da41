import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Loader, type Request } from "../../../src/engine/loader";
import type { BrickSource } from "../../../src/engine/types";
import type { Brick, Triple } from "../../../src/protocol/document";

interface Call {
  level: number;
  positions: Triple[];
  signal: AbortSignal;
  give(index: number, status?: Brick["status"]): void;
  end(): void;
  fail(error: unknown): void;
}

function lab(changes: { limit?: number; batch?: number } = {}) {
  const calls: Call[] = [];
  const here = new Set<number>();
  const troubles: (string | null)[] = [];
  const source: BrickSource = {
    bricks: (_layer, _version, level, positions, signal, onBrick) =>
      new Promise((resolve, reject) => {
        signal.addEventListener("abort", () => reject(new DOMException("aborted", "AbortError")));
        const give = (index: number, status: Brick["status"] = "constant") =>
          onBrick({
            level,
            position: positions[index],
            status,
            kind: "u8",
            min: 0,
            max: 0,
            data: null,
            message: status === "failed" ? "Damaged." : null,
          });
        calls.push({ level, positions, signal, give, end: resolve, fail: reject });
      }),
  };
  const loader = new Loader({
    source,
    limit: 2,
    batch: 4,
    patience: 1000,
    ...changes,
    has: (key) => here.has(key),
    onBrick: (_serial, brick) => here.add(brick.level * 1000 + brick.position[2]),
    onTrouble: (sentence) => troubles.push(sentence),
    onChange: () => {},
  });
  return { loader, calls, here, troubles };
}

function wants(level: number, from: number, to: number, serial = 1): Request[] {
  return Array.from({ length: to - from }, (_, i) => {
    const x = from + i;
    return {
      key: level * 1000 + x,
      layer: "image",
      version: serial,
      serial,
      level,
      brick: [0, 0, x],
    };
  });
}

const tick = () => vi.advanceTimersByTimeAsync(0);

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe("the loader", () => {
  test("asks in batches of one level, in the order of need, and only a few at a time", async () => {
    const { loader, calls } = lab();
    loader.setWants([...wants(2, 0, 1), ...wants(1, 0, 6), ...wants(0, 0, 9)]);
    expect(calls.map((c) => [c.level, c.positions.length])).toEqual([
      [2, 1],
      [1, 4],
    ]);
    expect(loader.requests).toBe(2);
    calls[0].give(0);
    calls[0].end();
    await tick();
    expect([calls[2].level, calls[2].positions.length]).toEqual([1, 2]);
    expect(loader.requests).toBe(2);
  });

  test("asks for nothing twice, and is idle when all is here", async () => {
    const { loader, calls, here } = lab({ batch: 64 });
    loader.setWants(wants(0, 0, 5));
    loader.setWants(wants(0, 0, 5));
    expect(calls.length).toBe(1);
    expect(loader.idle).toBe(false);
    for (let i = 0; i < 5; i++) calls[0].give(i);
    calls[0].end();
    await tick();
    expect(here.size).toBe(5);
    expect(loader.idle).toBe(true);
  });

  test("drops a request whose bricks are no longer wanted, and starts what is", async () => {
    const { loader, calls } = lab({ limit: 1 });
    loader.setWants(wants(0, 0, 4));
    loader.setWants(wants(0, 50, 54, 2));
    expect(calls[0].signal.aborted).toBe(true);
    expect(calls[1].positions[0]).toEqual([0, 0, 50]);
    calls[0].give(0);
    await tick();
    expect(loader.requests).toBe(1);
  });

  test("keeps a request that is still useful", () => {
    const { loader, calls } = lab({ limit: 1 });
    loader.setWants(wants(0, 0, 4));
    loader.setWants(wants(0, 1, 8));
    expect(calls[0].signal.aborted).toBe(false);
    expect(calls.length).toBe(1);
  });

  test("a failure is said; one request finds out when it is well, then all go on", async () => {
    const { loader, calls, troubles } = lab();
    loader.setWants(wants(0, 0, 20));
    calls[0].fail(new Error("Connection refused"));
    calls[1].fail(new Error("Connection refused"));
    await tick();
    expect(troubles.at(-1)).toBe("Connection refused. Trying again.");
    expect(calls.length).toBe(2);
    await vi.advanceTimersByTimeAsync(1100);
    expect(calls.length).toBe(3);
    for (let i = 0; i < 4; i++) calls[2].give(i);
    calls[2].end();
    await tick();
    expect(troubles.at(-1)).toBe(null);
    expect(loader.requests).toBe(2);
  });

  test("waits longer after each failure in a row", async () => {
    const { loader, calls } = lab({ limit: 1 });
    loader.setWants(wants(0, 0, 1));
    const waits: number[] = [];
    for (let i = 0; i < 4; i++) {
      calls[i].fail(new Error("Down"));
      await tick();
      const start = Date.now();
      while (calls.length === i + 1) await vi.advanceTimersByTimeAsync(50);
      waits.push(Date.now() - start);
    }
    expect(waits).toEqual([500, 1000, 2000, 4000]);
  });

  test("a failed brick is asked for again while the others go on", async () => {
    const { loader, calls, troubles, here } = lab({ batch: 64 });
    loader.setWants(wants(0, 0, 3));
    calls[0].give(0);
    calls[0].give(1, "failed");
    calls[0].give(2);
    calls[0].end();
    await tick();
    expect(here.size).toBe(2);
    expect(troubles).toEqual(["Damaged."]);
    await vi.advanceTimersByTimeAsync(600);
    expect(calls[1].positions).toEqual([[0, 0, 1]]);
    calls[1].give(0);
    calls[1].end();
    await tick();
    expect(troubles.at(-1)).toBe(null);
  });

  test("a brick that is not there yet is asked for again without a word, and keeps the loader busy", async () => {
    const { loader, calls, troubles } = lab();
    loader.setWants(wants(0, 0, 1));
    calls[0].give(0, "waiting");
    calls[0].end();
    await tick();
    expect(loader.idle).toBe(false);
    await vi.advanceTimersByTimeAsync(200);
    expect(calls.length).toBe(2);
    calls[1].give(0);
    calls[1].end();
    await tick();
    expect(loader.idle).toBe(true);
    expect(troubles).toEqual([]);
  });

  test("a cut answer and a silent server are said", async () => {
    const { loader, calls, troubles } = lab({ limit: 1 });
    loader.setWants(wants(0, 0, 4));
    calls[0].give(0);
    calls[0].end();
    await tick();
    expect(troubles.at(-1)).toBe("The answer ended before all bricks were in it. Trying again.");
    await vi.advanceTimersByTimeAsync(600);
    await vi.advanceTimersByTimeAsync(1000);
    expect(troubles.at(-1)).toBe("The server sent no brick for 1 s. Trying again.");
    expect(calls[1].signal.aborted).toBe(true);
  });

  test("a superseded version is no trouble", async () => {
    const { loader, calls, troubles } = lab({ limit: 1 });
    loader.setWants(wants(0, 0, 4));
    calls[0].fail(Object.assign(new Error("The layer has changed."), { kind: "superseded" }));
    await tick();
    expect(troubles).toEqual([]);
  });

  test("while it pauses nothing is asked for, and what was under way is dropped", async () => {
    const { loader, calls } = lab();
    loader.setWants(wants(0, 0, 20));
    loader.pause();
    expect(calls.every((call) => call.signal.aborted)).toBe(true);
    loader.setWants(wants(0, 0, 20));
    await vi.advanceTimersByTimeAsync(5000);
    expect(calls.length).toBe(2);
    loader.resume();
    expect(calls.length).toBe(4);
  });
});
