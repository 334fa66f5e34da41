import { beforeEach, describe, expect, test } from "vitest";
import { PATIENCE, Previews, REST } from "../../../src/ui/logic/previews";

interface Wish {
  radius: number;
}

/** A clock, and answers that come when told to. */
class Bench {
  time = 0;
  asked: { radius: number; seq: number; aborted(): boolean }[] = [];
  shown: string[] = [];
  rests = 0;
  failures: unknown[] = [];
  private answers: { resolve(text: string): void; reject(error: unknown): void }[] = [];
  private timers: { at: number; run(): void }[] = [];
  readonly previews = new Previews<Wish, string>({
    ask: (wish, signal) => {
      this.asked.push({ ...wish, aborted: () => signal.aborted });
      return new Promise((resolve, reject) => this.answers.push({ resolve, reject }));
    },
    show: (answer) => void this.shown.push(answer),
    rest: () => {
      this.rests += 1;
    },
    failed: (error) => void this.failures.push(error),
    now: () => this.time,
    later: (run, milliseconds) => {
      const timer = { at: this.time + milliseconds, run };
      this.timers.push(timer);
      return () => {
        this.timers = this.timers.filter((other) => other !== timer);
      };
    },
  });

  pass(milliseconds: number): void {
    this.time += milliseconds;
    const due = this.timers.filter(({ at }) => at <= this.time);
    this.timers = this.timers.filter(({ at }) => at > this.time);
    for (const { run } of due) run();
  }

  async answer(index: number): Promise<void> {
    this.answers[index].resolve(`picture ${this.asked[index].radius}`);
    await new Promise((done) => setTimeout(done));
  }

  async fail(index: number): Promise<void> {
    this.answers[index].reject(new Error("no"));
    await new Promise((done) => setTimeout(done));
  }
}

let bench: Bench;
beforeEach(() => {
  bench = new Bench();
});

describe("a slider that moves", () => {
  test("asks at once, and meanwhile only for the newest", async () => {
    for (const radius of [1, 2, 3, 4]) bench.previews.move({ radius });
    expect(bench.asked.map(({ radius }) => radius)).toEqual([1]);
    await bench.answer(0);
    expect(bench.asked.map(({ radius }) => radius)).toEqual([1, 4]);
    await bench.answer(1);
    expect(bench.shown).toEqual(["picture 1", "picture 4"]);
  });

  test("does not wait for a slow answer, which is never shown", async () => {
    bench.previews.move({ radius: 1 });
    bench.pass(PATIENCE + 1);
    bench.previews.move({ radius: 2 });
    expect(bench.asked[0].aborted()).toBe(true);
    await bench.answer(1);
    await bench.answer(0);
    expect(bench.shown).toEqual(["picture 2"]);
  });

  test("numbers its wishes upwards", async () => {
    bench.previews.move({ radius: 1 });
    await bench.answer(0);
    bench.previews.move({ radius: 2 });
    expect(bench.asked.map(({ seq }) => seq)).toEqual([1, 2]);
  });

  test("sets the filter after a rest, once", () => {
    for (let i = 0; i < 6; i++) {
      bench.previews.move({ radius: i });
      bench.pass(REST - 1);
    }
    expect(bench.rests).toBe(0);
    bench.pass(1);
    expect(bench.rests).toBe(1);
    bench.pass(10 * REST);
    expect(bench.rests).toBe(1);
  });

  test("goes on after a failure", async () => {
    bench.previews.move({ radius: 99 });
    bench.previews.move({ radius: 2 });
    await bench.fail(0);
    expect(bench.failures).toHaveLength(1);
    await bench.answer(1);
    expect(bench.shown).toEqual(["picture 2"]);
  });

  test("shows and sets nothing after it was cancelled", async () => {
    bench.previews.move({ radius: 1 });
    bench.previews.cancel();
    await bench.answer(0);
    bench.pass(10 * REST);
    expect(bench.shown).toEqual([]);
    expect(bench.rests).toBe(0);
  });
});
