/** How requests reach the server: over HTTP, or through the notebook's kernel (comm.ts). */

export type Rung = "direct" | "proxy" | "comm";

/** A request below the session's address; `path` begins with `/api/`. */
export interface Exchange {
  method: "GET" | "POST" | "PATCH" | "DELETE";
  path: string;
  body?: Uint8Array | string;
  signal?: AbortSignal;
}

export interface Answer {
  status: number;
  bytes(): Promise<Uint8Array>;
  /** The body in the pieces in which it comes. */
  pieces(): AsyncIterable<Uint8Array>;
}

export interface Transport {
  readonly rung: Rung;
  /** Address of the server's root without a slash at its end; `null` through the kernel. */
  readonly base: string | null;
  /** Most bytes that one answer should have. */
  readonly mostBytes: number;
  request(exchange: Exchange): Promise<Answer>;
  /** Where the server tells by itself that the document changed; missing where the page must wait for it. */
  onChanged?(listener: () => void): () => void;
  dispose(): void;
}

export interface FetchOptions {
  rung: "direct" | "proxy";
  /** Address of the server's root, with or without a slash at its end. */
  base: string;
  token: string;
  fetch?: typeof fetch;
}

export class FetchTransport implements Transport {
  readonly rung: "direct" | "proxy";
  readonly mostBytes = Number.POSITIVE_INFINITY;
  readonly base: string;
  private readonly fetch: typeof fetch;

  constructor(private readonly options: FetchOptions) {
    this.rung = options.rung;
    this.base = options.base.replace(/\/+$/, "");
    this.fetch = options.fetch ?? globalThis.fetch.bind(globalThis);
  }

  async request({ method, path, body, signal }: Exchange): Promise<Answer> {
    const headers: Record<string, string> = { "X-Voxsieve-Token": this.options.token };
    if (typeof body === "string") headers["Content-Type"] = "application/json";
    const init = { method, headers, signal, cache: "no-store" as const, body: body as BodyInit };
    const response = await this.fetch(this.base + path, init);
    return {
      status: response.status,
      bytes: async () => new Uint8Array(await response.arrayBuffer()),
      pieces: () => pieces(response),
    };
  }

  dispose(): void {}
}

async function* pieces(response: Response): AsyncGenerator<Uint8Array> {
  if (response.body === null) return;
  const reader = response.body.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield value;
    }
  } finally {
    reader.cancel().catch(() => {});
  }
}
