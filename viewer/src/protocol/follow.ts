/** Follows the session's document: waits for the next revision, again and again, also over a server that is away for a while. */

import type { Document } from "./document";
import { refusal } from "./errors";
import type { Transport } from "./transport";

export type Connection = "connecting" | "connected" | "gone";

export interface Listeners {
  document(document: Document): void;
  connection(state: Connection): void;
}

/** The server answers after 25 s at the latest; later it is away. */
const PATIENCE = 40_000;
const BACKOFF = { first: 500, most: 8_000 };

export class Follower {
  private readonly controller = new AbortController();
  private revision = -1;
  private state: Connection | null = null;
  private failures = 0;
  /** The kernel said that something changed since the last question. */
  private news = false;
  private wake: () => void = () => {};
  private readonly off: (() => void) | undefined;

  constructor(
    private readonly transport: Transport,
    private readonly api: string,
    private readonly name: string,
    private readonly listeners: Listeners,
  ) {
    this.say("connecting");
    this.off = transport.onChanged?.(() => {
      this.news = true;
      this.wake();
    });
    void this.run();
  }

  stop(): void {
    this.off?.();
    this.controller.abort();
    this.wake();
  }

  private get stopped(): boolean {
    return this.controller.signal.aborted;
  }

  private async run(): Promise<void> {
    while (!this.stopped) {
      try {
        this.news = false;
        await this.ask();
        this.failures = 0;
        this.say("connected");
        if (this.transport.onChanged !== undefined) await this.changed();
      } catch {
        if (this.stopped) return;
        this.say("gone");
        // A server that was started again counts its revisions anew.
        this.revision = -1;
        await this.rest(Math.min(BACKOFF.most, BACKOFF.first * 2 ** this.failures++));
      }
    }
  }

  private async ask(): Promise<void> {
    const known = this.revision >= 0;
    const wait = this.transport.onChanged === undefined ? "" : "&wait=0";
    const events = `${this.api}/events?since=${this.revision}&client=${this.name}${wait}`;
    const limit = new AbortController();
    const timer = setTimeout(() => limit.abort(), PATIENCE);
    const end = () => limit.abort();
    this.controller.signal.addEventListener("abort", end, { once: true });
    try {
      const path = known ? events : `${this.api}/state`;
      const answer = await this.transport.request({ method: "GET", path, signal: limit.signal });
      const bytes = await answer.bytes();
      if (answer.status === 204 || this.stopped) return;
      if (answer.status !== 200) throw refusal(answer.status, bytes);
      this.take(JSON.parse(new TextDecoder().decode(bytes)) as Document);
    } finally {
      clearTimeout(timer);
      this.controller.signal.removeEventListener("abort", end);
    }
  }

  private take(document: Document): void {
    this.revision = document.revision;
    this.say("connected");
    this.listeners.document(document);
  }

  private say(state: Connection): void {
    if (state !== this.state) this.listeners.connection(state);
    this.state = state;
  }

  /** Until the kernel says that something changed; now and then without that, as a message may be lost. */
  private async changed(): Promise<void> {
    const end = Date.now() + PATIENCE;
    while (!this.news && !this.stopped && Date.now() < end) await this.rest(end - Date.now());
  }

  /** Waits, but no longer than until news come or nobody listens any more. */
  private rest(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
