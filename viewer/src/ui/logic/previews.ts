/** From a slider to a picture: the newest preview only, and the filter itself after a rest. */

export interface PreviewPorts<Request, Answer> {
  ask(request: Request & { seq: number }, signal: AbortSignal): Promise<Answer>;
  show(answer: Answer, request: Request): void;
  /** The slider has rested. */
  rest(): void;
  failed(error: unknown): void;
  /** Milliseconds. */
  now(): number;
  later(run: () => void, milliseconds: number): () => void;
}

/** Rest of a slider after which the filter is set. */
export const REST = 120;
/** An answer that is awaited longer than this gives way to a newer wish; a shorter one is shown first. */
export const PATIENCE = 400;

export class Previews<Request extends object, Answer> {
  private seq = 0;
  private flight: { seq: number; since: number; abort: AbortController } | null = null;
  private next: Request | null = null;
  private stopResting: (() => void) | null = null;

  constructor(private readonly ports: PreviewPorts<Request, Answer>) {}

  /** A slider moved; null when there is nothing to preview, only something to set. */
  move(request: Request | null): void {
    this.stopResting?.();
    this.stopResting = this.ports.later(() => this.finish(), REST);
    if (!request) return;
    if (!this.flight) return this.send(request);
    this.next = request;
    if (this.ports.now() - this.flight.since > PATIENCE) this.replace();
  }

  /** Sets the filter now, without the rest. */
  finish(): void {
    this.stopResting?.();
    this.stopResting = null;
    this.ports.rest();
  }

  /** What is under way is not wanted any more. */
  cancel(): void {
    this.stopResting?.();
    this.stopResting = null;
    this.next = null;
    this.flight?.abort.abort();
    this.flight = null;
  }

  private replace(): void {
    const request = this.next;
    this.flight?.abort.abort();
    this.flight = null;
    this.next = null;
    if (request) this.send(request);
  }

  private send(request: Request): void {
    this.seq += 1;
    const flight = { seq: this.seq, since: this.ports.now(), abort: new AbortController() };
    this.flight = flight;
    this.ports.ask({ ...request, seq: flight.seq }, flight.abort.signal).then(
      (answer) => {
        if (this.flight !== flight) return;
        this.ports.show(answer, request);
        this.landed();
      },
      (error) => {
        if (this.flight !== flight) return;
        this.ports.failed(error);
        this.landed();
      },
    );
  }

  private landed(): void {
    const request = this.next;
    this.flight = null;
    this.next = null;
    if (request) this.send(request);
  }
}
