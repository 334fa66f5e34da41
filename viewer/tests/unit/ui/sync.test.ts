import { beforeEach, describe, expect, test } from "vitest";
import type { Document, Patch } from "../../../src/protocol/document";
import { applyPatch, joinPatches, partOf, share } from "../../../src/ui/logic/merge";
import { type Accepted, Sync } from "../../../src/ui/logic/sync";

const start = {
  session: "s",
  revision: 10,
  crop: true,
  active: "image",
  roi: { start: [0, 0, 0], end: [9, 9, 9] },
  view: { layout: "quad", slice: [4, 4, 4], zoom: null },
} as unknown as Document;

/** A server that answers when told to, and frames that pass when told to. */
class Bench {
  sent: Patch[] = [];
  shown: Document = start;
  refusals: unknown[] = [];
  server: Document = start;
  private answers: { accept(value: Accepted): void; reject(error: unknown): void }[] = [];
  private frames: (() => void)[] = [];
  readonly sync = new Sync({
    send: (patch) => {
      this.sent.push(patch);
      return new Promise((accept, reject) => this.answers.push({ accept, reject }));
    },
    schedule: (run) => void this.frames.push(run),
    publish: (document) => {
      this.shown = document;
    },
    refused: (error) => void this.refusals.push(error),
    isUnreachable: (error) => error instanceof TypeError,
  });

  frame(): void {
    for (const run of this.frames.splice(0)) run();
  }

  /** The server takes the oldest patch. */
  async accept(decided: Partial<Document> = {}): Promise<void> {
    const patch = this.sent[this.sent.length - this.answers.length];
    const revision = this.server.revision + 1;
    this.server = { ...applyPatch(applyPatch(this.server, patch), decided), revision };
    this.answers.shift()?.accept({ revision, ...decided });
    await settle();
  }

  async reject(error: unknown): Promise<void> {
    this.answers.shift()?.reject(error);
    await settle();
  }

  /** Somebody else changes the document. */
  other(change: object): void {
    this.server = { ...applyPatch(this.server, change), revision: this.server.revision + 1 };
  }
}

const settle = () => new Promise((done) => setTimeout(done));
const slice = (...at: number[]): Patch => ({ view: { slice: at } });

let bench: Bench;
beforeEach(() => {
  bench = new Bench();
  bench.sync.receive(start);
});

describe("changes", () => {
  test("are shown at once and go out as one patch a frame", async () => {
    for (let i = 1; i <= 5; i++) bench.sync.change(slice(i, i, i));
    bench.sync.change({ crop: false });
    expect(bench.shown).toMatchObject({ crop: false, view: { slice: [5, 5, 5], layout: "quad" } });
    expect(bench.sent).toEqual([]);
    bench.frame();
    expect(bench.sent).toEqual([{ crop: false, view: { slice: [5, 5, 5] } }]);
  });

  test("made while a request is under way wait for it and become one", async () => {
    bench.sync.change(slice(1, 1, 1));
    bench.frame();
    bench.sync.change(slice(2, 2, 2));
    bench.sync.change(slice(3, 3, 3));
    bench.frame();
    expect(bench.sent).toHaveLength(1);
    await bench.accept();
    bench.frame();
    expect(bench.sent[1]).toEqual(slice(3, 3, 3));
  });

  test("do not jump back when an older state of the server comes in between", async () => {
    bench.sync.change(slice(1, 1, 1));
    bench.frame();
    bench.other({ crop: false });
    bench.sync.receive(bench.server);
    expect(bench.shown).toMatchObject({ crop: false, view: { slice: [1, 1, 1] } });
    await bench.accept();
    expect(bench.shown.view.slice).toEqual([1, 1, 1]);
    bench.sync.receive(bench.server);
    expect(bench.shown).toMatchObject({ crop: false, view: { slice: [1, 1, 1] } });
  });

  test("of others to other keys come through, and the server's word counts once it has mine", async () => {
    bench.sync.change(slice(1, 1, 1));
    bench.frame();
    await bench.accept();
    bench.other({ view: { slice: [7, 7, 7] } });
    bench.sync.receive(bench.server);
    expect(bench.shown.view.slice).toEqual([7, 7, 7]);
  });

  test("that the server decided otherwise show what it decided", async () => {
    bench.sync.change({ roi: { start: [0.4, 0, 0], end: [9, 9, 9] } });
    bench.frame();
    await bench.accept({ roi: { start: [0, 0, 0], end: [9, 9, 9] } });
    expect(bench.shown.roi.start).toEqual([0, 0, 0]);
  });
});

describe("while the user holds a part", () => {
  test("neither echoes nor others move it; afterwards the server's word counts", async () => {
    const roi = (z: number): Patch => ({ roi: { start: [z, 0, 0], end: [9, 9, 9] } });
    bench.sync.hold("roi");
    bench.sync.change(roi(1.4));
    bench.frame();
    await bench.accept({ roi: { start: [1, 0, 0], end: [9, 9, 9] } });
    bench.sync.receive(bench.server);
    expect(bench.shown.roi.start[0]).toBe(1.4);
    bench.other({ roi: { start: [8, 0, 0], end: [9, 9, 9] }, crop: false });
    bench.sync.receive(bench.server);
    expect(bench.shown).toMatchObject({ crop: false, roi: { start: [1.4, 0, 0] } });
    bench.sync.release("roi");
    expect(bench.shown.roi.start[0]).toBe(8);
  });
});

describe("proposals", () => {
  test("are shown, and sent only when they are meant", () => {
    bench.sync.propose({ filter: { steps: [1] } });
    bench.sync.propose({ filter: { steps: [2] } });
    bench.frame();
    expect(bench.sent).toEqual([]);
    expect(bench.shown).toMatchObject({ filter: { steps: [2] } });
    bench.sync.commit();
    bench.frame();
    expect(bench.sent).toEqual([{ filter: { steps: [2] } }]);
  });
});

describe("trouble", () => {
  test("a refused change is taken back and said", async () => {
    bench.sync.change({ active: "nothing" });
    bench.frame();
    await bench.reject(new Error("There is no layer nothing."));
    expect(bench.shown.active).toBe("image");
    expect(bench.refusals).toHaveLength(1);
  });

  test("a change that nobody heard is kept and goes out when the server is back, newer ones over it", async () => {
    bench.sync.change({ crop: false, active: "a" });
    bench.frame();
    await bench.reject(new TypeError("Failed to fetch"));
    bench.sync.change({ active: "b" });
    bench.frame();
    await bench.reject(new TypeError("Failed to fetch"));
    expect(bench.shown).toMatchObject({ crop: false, active: "b" });
    bench.other({});
    bench.sync.receive(bench.server);
    bench.frame();
    expect(bench.sent.at(-1)).toEqual({ crop: false, active: "b" });
    expect(bench.refusals).toEqual([]);
  });

  test("an older document is dropped, but not one of another session", () => {
    bench.sync.receive({ ...start, revision: 5, crop: false });
    expect(bench.shown.crop).toBe(true);
    bench.sync.receive({ ...start, session: "t", revision: 1, crop: false });
    expect(bench.shown.crop).toBe(false);
  });
});

describe("merge patches", () => {
  test("touch what they name and nothing else", () => {
    const before = { a: { b: 1, c: [1, 2] }, d: { e: 1 } };
    const after = applyPatch(before, { a: { b: 2 } });
    expect(after).toEqual({ a: { b: 2, c: [1, 2] }, d: { e: 1 } });
    expect(after.d).toBe(before.d);
  });

  test("one joined from two does what both do one after the other", () => {
    const base = { a: { b: 1, c: 2 }, d: [1] };
    const [first, second] = [
      { a: { b: 5 }, d: [2] },
      { a: { c: null }, d: [3] },
    ];
    const both = applyPatch(applyPatch(base, first), second);
    expect(applyPatch(base, joinPatches<object>(first, second))).toEqual(both);
  });

  test("have parts by path", () => {
    expect(partOf({ view: { slice: [1], zoom: 2 } }, "view.slice")).toEqual({
      view: { slice: [1] },
    });
    expect(partOf({ crop: true }, "view.slice")).toBeNull();
  });

  test("equal parts stay the same objects", () => {
    const before = { a: { b: [1, { c: 2 }] }, d: 1 };
    const after = share(before, { a: { b: [1, { c: 2 }] }, d: 2 });
    expect(after.a).toBe(before.a);
    expect(after).not.toBe(before);
    expect(share(before, structuredClone(before))).toBe(before);
  });
});
