/** Requests through the messages of a notebook widget: the last rung, for where no address of the server can be reached. */

import type { Answer, Exchange, Transport } from "./transport";

/** The two ends of the widget's messages; anywidget's model fits it. */
export interface CommPort {
  send(message: unknown, buffers: ArrayBuffer[]): void;
  /** Calls the listener for each message until the answer is called. */
  onMessage(listener: (message: unknown, buffers: DataView[]) => void): () => void;
}

/** Requests under way at once; more would delay the kernel's other messages. */
const MOST = 8;

interface Pending {
  resolve(answer: Answer): void;
  reject(error: Error): void;
}

interface Response {
  kind: "response";
  id: number;
  status: number;
}

export class CommTransport implements Transport {
  readonly rung = "comm";
  readonly base = null;
  readonly mostBytes = 300_000;
  private readonly pending = new Map<number, Pending>();
  private readonly waiting: (() => void)[] = [];
  private readonly changed = new Set<() => void>();
  private readonly stop: () => void;
  private next = 1;
  private under = 0;

  constructor(
    private readonly port: CommPort,
    private readonly token: string,
  ) {
    this.stop = port.onMessage((message, buffers) => this.receive(message, buffers));
  }

  async request(exchange: Exchange): Promise<Answer> {
    await this.turn(exchange.signal);
    try {
      return await this.exchange(exchange);
    } finally {
      this.under--;
      this.waiting.shift()?.();
    }
  }

  onChanged(listener: () => void): () => void {
    this.changed.add(listener);
    return () => this.changed.delete(listener);
  }

  dispose(): void {
    this.stop();
    for (const { reject } of this.pending.values())
      reject(new Error("The connection to the kernel was closed."));
    this.pending.clear();
    this.changed.clear();
  }

  private exchange({ method, path, body, signal }: Exchange): Promise<Answer> {
    const id = this.next++;
    const bytes = typeof body === "string" ? new TextEncoder().encode(body) : body;
    const buffers = bytes === undefined ? [] : [bytes.slice().buffer as ArrayBuffer];
    const headers = { "X-Voxsieve-Token": this.token };
    return new Promise((resolve, reject) => {
      const abort = () => {
        this.pending.delete(id);
        reject(new DOMException("The request was dropped.", "AbortError"));
      };
      if (signal?.aborted) return abort();
      signal?.addEventListener("abort", abort, { once: true });
      this.pending.set(id, { resolve, reject });
      this.port.send({ kind: "request", id, method, path, headers }, buffers);
    });
  }

  /** Waits for one of the places under way. */
  private async turn(signal: AbortSignal | undefined): Promise<void> {
    while (this.under >= MOST) await new Promise<void>((go) => this.waiting.push(go));
    if (signal?.aborted) {
      this.waiting.shift()?.();
      throw new DOMException("The request was dropped.", "AbortError");
    }
    this.under++;
  }

  private receive(message: unknown, buffers: DataView[]): void {
    const kind = (message as { kind?: unknown } | null)?.kind;
    if (kind === "changed") for (const listener of this.changed) listener();
    if (kind !== "response") return;
    const { id, status } = message as Response;
    const pending = this.pending.get(id);
    this.pending.delete(id);
    pending?.resolve(answer(status, buffers[0]));
  }
}

function answer(status: number, buffer: DataView | undefined): Answer {
  const bytes =
    buffer === undefined
      ? new Uint8Array(0)
      : new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength);
  return {
    status,
    bytes: async () => bytes,
    pieces: async function* () {
      yield bytes;
    },
  };
}
