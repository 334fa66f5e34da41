import { describe, expect, test, vi } from "vitest";
import { ViewerClient } from "../../../src/protocol/client";
import { type CommPort, CommTransport } from "../../../src/protocol/comm";
import type { Brick, Document, Triple } from "../../../src/protocol/document";
import { Refused } from "../../../src/protocol/errors";
import type { Answer, Exchange, Transport } from "../../../src/protocol/transport";

type Handler = (exchange: Exchange) => {
  status: number;
  body?: unknown;
  bytes?: Uint8Array;
  hang?: boolean;
};

class FakeTransport implements Transport {
  readonly rung = "direct";
  base: string | null = "http://127.0.0.1:7";
  mostBytes = Number.POSITIVE_INFINITY;
  readonly log: Exchange[] = [];

  constructor(private readonly handler: Handler) {}

  async request(exchange: Exchange): Promise<Answer> {
    this.log.push(exchange);
    const { status, body, bytes, hang } = this.handler(exchange);
    if (hang)
      await new Promise((_, reject) =>
        exchange.signal?.addEventListener("abort", () => reject(new Error("aborted"))),
      );
    const all = bytes ?? new TextEncoder().encode(JSON.stringify(body ?? {}));
    return {
      status,
      bytes: async () => all,
      pieces: async function* () {
        for (let i = 0; i < all.length; i += 50) yield all.subarray(i, i + 50);
      },
    };
  }

  dispose(): void {}
}

/** Constant bricks at these places. */
function constants(bricks: Triple[]): Uint8Array {
  const bytes = new Uint8Array(32 * bricks.length);
  const view = new DataView(bytes.buffer);
  bricks.forEach((at, i) => {
    bytes[32 * i + 4] = 1;
    at.forEach((v, a) => {
      view.setInt32(32 * i + 12 + 4 * a, v, true);
    });
  });
  return bytes;
}

const bricksOf = (exchange: Exchange) => JSON.parse(exchange.body as string).bricks as Triple[];

describe("the client", () => {
  test("sends a patch under its name and gives what the server decided", async () => {
    const transport = new FakeTransport(() => ({ status: 200, body: { revision: 9, crop: true } }));
    const client = new ViewerClient(transport, "s-1", "c-7");
    expect(await client.patch({ crop: true })).toEqual({ revision: 9, crop: true });
    expect(transport.log[0]).toMatchObject({
      method: "PATCH",
      path: "/api/s-1/state?client=c-7",
      body: '{"crop":true}',
    });
  });

  test("an error of the server is its sentence, kind and parameter", async () => {
    const failure = {
      kind: "parameter",
      message: "radius must be at least 1.",
      parameter: "radius",
    };
    const client = new ViewerClient(
      new FakeTransport(() => ({ status: 400, body: { error: failure } })),
      "s",
      "c",
    );
    const error = (await client.outline([], 0).catch((e: unknown) => e)) as Refused;
    expect(error).toBeInstanceOf(Refused);
    expect(error.message).toBe("radius must be at least 1.");
    expect(error.failure).toEqual(failure);
  });

  test("an error of a proxy is a sentence too", async () => {
    const transport = new FakeTransport(() => ({
      status: 502,
      bytes: new TextEncoder().encode("<html>Bad Gateway"),
    }));
    const error = (await new ViewerClient(transport, "s", "c")
      .filters()
      .catch((e: unknown) => e)) as Refused;
    expect(error.status).toBe(502);
    expect(error.message).toContain("answered 502");
  });

  test("bricks come as they arrive, over the borders of pieces", async () => {
    const transport = new FakeTransport((exchange) => ({
      status: 200,
      bytes: constants(bricksOf(exchange)),
    }));
    const got: Brick[] = [];
    const wish: Triple[] = [
      [0, 0, 0],
      [1, 2, 3],
      [4, 5, 6],
    ];
    await new ViewerClient(transport, "s", "c").bricks(
      "image",
      3,
      1,
      wish,
      new AbortController().signal,
      (b) => got.push(b),
    );
    expect(got.map((b) => b.position)).toEqual(wish);
    expect(JSON.parse(transport.log[0].body as string)).toEqual({
      version: 3,
      level: 1,
      bricks: wish,
    });
  });

  test("through a kernel, bricks are asked for in answers of at most its size", async () => {
    const transport = new FakeTransport((exchange) => ({
      status: 200,
      bytes: constants(bricksOf(exchange)),
    }));
    transport.mostBytes = 300_000;
    const wish = Array.from({ length: 8 }, (_, i): Triple => [0, 0, i]);
    let got = 0;
    await new ViewerClient(transport, "s", "c").bricks(
      "image",
      1,
      0,
      wish,
      new AbortController().signal,
      () => got++,
    );
    expect(got).toBe(8);
    expect(transport.log.map((exchange) => bricksOf(exchange).length)).toEqual([3, 3, 2]);
  });

  test("a cut answer is an error", async () => {
    const transport = new FakeTransport((exchange) => ({
      status: 200,
      bytes: constants(bricksOf(exchange)).slice(0, 40),
    }));
    const asked = new ViewerClient(transport, "s", "c").bricks(
      "image",
      1,
      0,
      [
        [0, 0, 0],
        [0, 0, 1],
      ],
      new AbortController().signal,
      () => {},
    );
    await expect(asked).rejects.toThrow("cut off");
  });
});

describe("following the document", () => {
  test("takes the state, then what is newer; says when the server goes and comes back", async () => {
    vi.useFakeTimers();
    let mode: "up" | "down" = "up";
    let revision = 4;
    const transport = new FakeTransport(({ path }) => {
      if (mode === "down") throw new TypeError("Failed to fetch");
      if (path.endsWith("/state")) return { status: 200, body: { revision } };
      const since = Number(/since=(-?\d+)/.exec(path)?.[1]);
      return since < revision ? { status: 200, body: { revision } } : { status: 200, hang: true };
    });
    const seen: (number | string)[] = [];
    const client = new ViewerClient(transport, "s", "c");
    const stop = client.watch({
      document: (document: Document) => {
        seen.push(document.revision);
        if (document.revision === 4) revision = 6;
        if (document.revision === 6) mode = "down";
      },
      connection: (state) => seen.push(state),
    });
    await vi.advanceTimersByTimeAsync(300);
    expect(seen).toEqual(["connecting", "connected", 4, 6, "gone"]);
    mode = "up";
    revision = 2;
    await vi.advanceTimersByTimeAsync(10_000);
    expect(seen.slice(5)).toEqual(["connected", 2]);
    stop();
    const asked = transport.log.length;
    await vi.advanceTimersByTimeAsync(60_000);
    expect(transport.log.length).toBe(asked);
    vi.useRealTimers();
  });
});

describe("the kernel's messages", () => {
  function port(): CommPort & {
    sent: { message: { id: number; path: string }; buffers: ArrayBuffer[] }[];
    tell(message: unknown, buffers?: DataView[]): void;
  } {
    let listener: (message: unknown, buffers: DataView[]) => void = () => {};
    const sent: { message: { id: number; path: string }; buffers: ArrayBuffer[] }[] = [];
    return {
      sent,
      send: (message, buffers) =>
        sent.push({ message: message as { id: number; path: string }, buffers }),
      onMessage(next) {
        listener = next;
        return () => {
          listener = () => {};
        };
      },
      tell: (message, buffers = []) => listener(message, buffers),
    };
  }
  const get = (path: string, signal?: AbortSignal): Exchange => ({ method: "GET", path, signal });
  const soon = () => new Promise((resolve) => setTimeout(resolve, 0));

  test("at most eight requests are under way, and answers find their question", async () => {
    const kernel = port();
    const transport = new CommTransport(kernel, "t");
    const answers = Array.from({ length: 11 }, (_, i) => transport.request(get(`/api/${i}`)));
    await soon();
    expect(kernel.sent.length).toBe(8);
    for (let i = 0; i < 11; i++) {
      const { id, path } = kernel.sent[i].message;
      kernel.tell({ kind: "response", id, status: 200 }, [
        new DataView(new TextEncoder().encode(path).buffer),
      ]);
      await soon();
    }
    const texts = await Promise.all(
      answers.map(async (a) => new TextDecoder().decode(await (await a).bytes())),
    );
    expect(texts).toEqual(Array.from({ length: 11 }, (_, i) => `/api/${i}`));
  });

  test("a dropped request makes room for the next", async () => {
    const kernel = port();
    const transport = new CommTransport(kernel, "t");
    const controller = new AbortController();
    const dropped = Array.from({ length: 8 }, () =>
      transport.request(get("/x", controller.signal)).catch((e: Error) => e.name),
    );
    const last = transport.request(get("/last"));
    await soon();
    controller.abort();
    expect(await Promise.all(dropped)).toEqual(Array(8).fill("AbortError"));
    await soon();
    expect(kernel.sent.at(-1)?.message.path).toBe("/last");
    kernel.tell({ kind: "response", id: kernel.sent.at(-1)?.message.id, status: 204 });
    expect((await last).status).toBe(204);
  });

  test("tells of changes, and events do not wait there", async () => {
    const kernel = port();
    const transport = new CommTransport(kernel, "t");
    const seen: number[] = [];
    const client = new ViewerClient(transport, "s", "c");
    client.watch({ document: (document) => seen.push(document.revision), connection: () => {} });
    const answer = (body: unknown) => {
      const bytes = new TextEncoder().encode(JSON.stringify(body));
      kernel.tell({ kind: "response", id: kernel.sent.at(-1)?.message.id, status: 200 }, [
        new DataView(bytes.buffer),
      ]);
    };
    await soon();
    expect(kernel.sent[0].message.path).toBe("/api/s/state");
    answer({ revision: 3 });
    await soon();
    expect(kernel.sent.length).toBe(1);
    kernel.tell({ kind: "changed", revision: 5 });
    await soon();
    expect(kernel.sent[1].message.path).toBe("/api/s/events?since=3&client=c&wait=0");
    answer({ revision: 5 });
    await soon();
    expect(seen).toEqual([3, 5]);
    client.dispose();
  });
});
