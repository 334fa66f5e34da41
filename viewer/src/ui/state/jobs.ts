/** Runs over the whole volume: their plan, their start, and what is said of them. */

import { effect, signal } from "@preact/signals";
import type { Job } from "../../protocol/document";
import type { JobRequest, Plan } from "../../protocol/filters";
import { failureOf, isOutdated, sentenceOf } from "../client";
import { bytesText, timeText } from "../logic/units";
import type { Store } from "./store";

export interface Refusal {
  text: string;
  /** What would fit, for people. */
  hint: string | null;
  parameter: string | null;
}

export class Jobs {
  readonly plan = signal<Plan | null>(null);
  readonly refusal = signal<Refusal | null>(null);
  readonly planning = signal(false);
  readonly starting = signal(false);
  /** For the screen reader. */
  readonly spoken = signal("");
  readonly dismissed = signal<string[]>([]);

  private asking: AbortController | null = null;
  private readonly told = new Map<string, string>();
  private readonly stop: () => void;

  constructor(private readonly store: Store) {
    this.stop = effect(() => {
      for (const job of store.document.value?.jobs ?? []) this.tell(job);
    });
  }

  async ask(job: JobRequest): Promise<void> {
    this.asking?.abort();
    const abort = new AbortController();
    this.asking = abort;
    this.planning.value = true;
    try {
      this.plan.value = await this.store.client.plan(job, abort.signal);
      this.refusal.value = null;
    } catch (error) {
      if (isOutdated(error) || abort.signal.aborted) return;
      this.plan.value = null;
      this.refusal.value = refusalOf(error);
    } finally {
      if (this.asking === abort) this.planning.value = false;
    }
  }

  /** True when it has started. */
  async start(job: JobRequest): Promise<boolean> {
    this.starting.value = true;
    try {
      await this.store.client.startJob(job);
      return true;
    } catch (error) {
      this.refusal.value = refusalOf(error);
      return false;
    } finally {
      this.starting.value = false;
    }
  }

  cancel(id: string): void {
    this.store.client.cancelJob(id).catch((error) => this.store.say("error", sentenceOf(error)));
  }

  resume(id: string): void {
    this.store.client.resumeJob(id).catch((error) => this.store.say("error", sentenceOf(error)));
  }

  dismiss(id: string): void {
    this.dismissed.value = [...this.dismissed.value, id];
  }

  /** Says each tenth of the way, and the end, once. */
  private tell(job: Job): void {
    const tenth = job.total > 0 ? Math.floor((job.done / job.total) * 10) * 10 : 0;
    const mark = `${job.status} ${tenth}`;
    const before = this.told.get(job.id);
    this.told.set(job.id, mark);
    // A job that was there when the page came has nothing new to say.
    if (before === undefined || before === mark) return;
    const words: Record<Job["status"], string> = {
      waiting: "waits",
      running: `${tenth} %`,
      done: "is done",
      failed: `failed: ${job.message ?? "no reason given"}`,
      cancelled: "was cancelled",
    };
    this.spoken.value = `${job.name} ${words[job.status]}`;
  }

  dispose(): void {
    this.asking?.abort();
    this.stop();
  }
}

function refusalOf(error: unknown): Refusal {
  const failure = failureOf(error);
  const least = failure?.least_bytes;
  return {
    text: sentenceOf(error),
    hint: least === undefined ? null : `It would fit into ${bytesText(least)}.`,
    parameter: failure?.parameter ?? null,
  };
}

/** Part done, 0 to 1; null when nobody knows. */
export const partDone = (job: Job): number | null =>
  job.status === "done" ? 1 : job.total > 0 ? job.done / job.total : null;

/** Time to go, for people. */
export const toGo = (job: Job): string | null =>
  job.eta_seconds === null ? null : timeText(job.eta_seconds);
