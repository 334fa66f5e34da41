/** Asks for bricks: the most wanted first, in batches, a few at a time; drops what is no longer wanted; tries again. */

import type { Brick, Triple } from "../protocol/document";
import { backoff, FAILED, Retries } from "./retries";
import type { BrickSource } from "./types";

/** A brick to ask for. */
export interface Request {
  key: number;
  layer: string;
  version: number;
  /** Names layer and version in the store. */
  serial: number;
  level: number;
  brick: Triple;
}

export interface LoaderOptions {
  source: BrickSource;
  /** Requests under way at once, and bricks in each. */
  limit: number;
  batch: number;
  /** Milliseconds without a brick after which a request is given up and made again. */
  patience: number;
  has(key: number): boolean;
  onBrick(serial: number, brick: Brick): void;
  /** For people; null when it is well again. */
  onTrouble(sentence: string | null): void;
  /** Something began or ended. */
  onChange(): void;
}

interface Batch {
  controller: AbortController;
  left: Map<string, Request>;
  timer: ReturnType<typeof setTimeout>;
}

/** Requests that count as urgent, in batches: one under way that holds few of these is dropped. */
const URGENT = 3;

export class Loader {
  private wants: Request[] = [];
  private readonly batches = new Set<Batch>();
  private readonly busy = new Set<number>();
  private readonly retries = new Retries();
  private pausedUntil = 0;
  private failures = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private stopped = false;
  private troubled = false;

  constructor(private readonly options: LoaderOptions) {}

  get requests(): number {
    return this.batches.size;
  }

  /** Whether anything is under way, due or being made by the server. What failed and waits for its next try is not. */
  get idle(): boolean {
    if (this.batches.size > 0) return false;
    if (this.failures > 0) return true;
    return this.wants.every(({ key }) => this.options.has(key) || this.retries.hasFailed(key));
  }

  /** Takes the place of what was wanted before. */
  setWants(wants: Request[]): void {
    this.wants = wants;
    this.retries.keep(new Set(wants.map((want) => want.key)));
    this.dropStale();
    this.pump();
  }

  /** Stops asking until `resume`. */
  pause(): void {
    this.stopped = true;
    for (const batch of [...this.batches]) this.abort(batch);
    clearTimeout(this.timer);
  }

  resume(): void {
    this.stopped = false;
    this.pump();
  }

  /** Starts what may start. */
  pump(): void {
    clearTimeout(this.timer);
    const now = Date.now();
    if (this.stopped) return;
    if (now >= this.pausedUntil) {
      // After a failure one request finds out whether it is well again.
      const limit = this.failures > 0 ? 1 : this.options.limit;
      while (this.batches.size < limit) {
        const requests = this.next(now);
        if (requests.length === 0) break;
        void this.start(requests);
      }
    }
    this.settle();
    this.schedule(now);
  }

  private next(now: number): Request[] {
    const due = (want: Request) =>
      !this.options.has(want.key) && !this.busy.has(want.key) && this.retries.due(want.key, now);
    const first = this.wants.findIndex(due);
    if (first < 0) return [];
    const head = this.wants[first];
    const found: Request[] = [];
    const end = Math.min(this.wants.length, first + 8 * this.options.batch);
    for (let i = first; i < end && found.length < this.options.batch; i++) {
      const want = this.wants[i];
      if (want.serial === head.serial && want.level === head.level && due(want)) found.push(want);
    }
    return found;
  }

  private async start(requests: Request[]): Promise<void> {
    const left = new Map(requests.map((want) => [want.brick.join(), want]));
    const batch: Batch = {
      controller: new AbortController(),
      left,
      timer: setTimeout(() => {}, 0),
    };
    this.batches.add(batch);
    for (const want of requests) this.busy.add(want.key);
    this.watch(batch);
    const { layer, version, level } = requests[0];
    const positions = requests.map((want) => want.brick);
    try {
      const { signal } = batch.controller;
      const take = (brick: Brick) => this.take(batch, brick);
      await this.options.source.bricks(layer, version, level, positions, signal, take);
      if (this.batches.has(batch) && batch.left.size > 0)
        this.failed(batch, "The answer ended before all bricks were in it.");
    } catch (error) {
      if (this.batches.has(batch)) this.failed(batch, sentence(error), superseded(error));
    }
    this.finish(batch);
    this.options.onChange();
    this.pump();
  }

  private take(batch: Batch, brick: Brick): void {
    const name = brick.position.join();
    const want = batch.left.get(name);
    if (want === undefined || !this.batches.has(batch)) return;
    this.watch(batch);
    batch.left.delete(name);
    this.busy.delete(want.key);
    this.failures = 0;
    if (brick.status === "waiting") this.retries.postpone(want.key, true);
    else if (brick.status === "failed") {
      this.retries.postpone(want.key, false);
      this.trouble(brick.message ?? "A brick could not be read; it is asked for again.");
    } else {
      this.retries.done(want.key);
      this.options.onBrick(want.serial, brick);
    }
  }

  private failed(batch: Batch, message: string, quiet = false): void {
    this.failures++;
    const wait = backoff(FAILED, this.failures);
    this.pausedUntil = Date.now() + (quiet ? FAILED.first : wait);
    for (const want of batch.left.values()) this.busy.delete(want.key);
    if (!quiet) this.trouble(`${message} Trying again.`);
  }

  private finish(batch: Batch): void {
    clearTimeout(batch.timer);
    this.batches.delete(batch);
    for (const want of batch.left.values()) this.busy.delete(want.key);
  }

  private abort(batch: Batch): void {
    this.finish(batch);
    batch.controller.abort();
  }

  /** Starts the time again in which the next brick of a request must come. */
  private watch(batch: Batch): void {
    clearTimeout(batch.timer);
    batch.timer = setTimeout(() => {
      const seconds = this.options.patience / 1000;
      this.failed(batch, `The server sent no brick for ${seconds} s.`);
      this.abort(batch);
      this.pump();
    }, this.options.patience);
  }

  private dropStale(): void {
    const urgent = new Set<number>();
    const most = URGENT * this.options.limit * this.options.batch;
    for (const want of this.wants) {
      if (urgent.size >= most) break;
      if (!this.options.has(want.key)) urgent.add(want.key);
    }
    for (const batch of [...this.batches]) {
      const left = [...batch.left.values()];
      const useful = left.filter((want) => urgent.has(want.key)).length;
      if (useful < left.length / 2) this.abort(batch);
    }
  }

  private trouble(message: string): void {
    this.troubled = true;
    this.options.onTrouble(message);
  }

  /** Says that it is well again once nothing has failed that is still wanted. */
  private settle(): void {
    if (!this.troubled || this.retries.anyFailed || this.failures > 0) return;
    this.troubled = false;
    this.options.onTrouble(null);
  }

  private schedule(now: number): void {
    const paused = this.pausedUntil > now ? this.pausedUntil : Number.POSITIVE_INFINITY;
    const next = Math.min(paused, this.retries.next(now));
    if (next < Number.POSITIVE_INFINITY) this.timer = setTimeout(() => this.pump(), next - now);
  }
}

function sentence(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return /[.!?]$/.test(text) ? text : `${text}.`;
}

/** The layer has changed meanwhile; its new version comes with the next scene. */
function superseded(error: unknown): boolean {
  return (error as { kind?: unknown } | null)?.kind === "superseded";
}
