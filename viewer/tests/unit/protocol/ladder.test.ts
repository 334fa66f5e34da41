import { describe, expect, test } from "vitest";
import type { CommPort } from "../../../src/protocol/comm";
import { climb, type LadderOptions, proxyAddress, Unreachable } from "../../../src/protocol/ladder";

const HELLO = { voxsieve: "0.1.0", session: "s-1", protocol: 1 };

/** Answers by address; a missing one refuses the connection. */
function fakeFetch(answers: Record<string, () => Response | Promise<Response>>) {
  const seen: { url: string; token: string | null }[] = [];
  const fake = (async (url: string, init: RequestInit) => {
    seen.push({ url, token: new Headers(init.headers).get("X-Voxsieve-Token") });
    const answer = Object.entries(answers).find(([address]) => url.startsWith(address))?.[1];
    if (answer === undefined) throw new TypeError("Failed to fetch");
    const aborted = new Promise<never>((_, reject) => {
      init.signal?.addEventListener("abort", () =>
        reject(new DOMException("aborted", "AbortError")),
      );
    });
    return Promise.race([answer(), aborted]);
  }) as typeof fetch;
  return { fake, seen };
}

/** A kernel that answers every request with the same JSON. */
function kernel(answer: unknown): CommPort & { asked: unknown[] } {
  let listener: (message: unknown, buffers: DataView[]) => void = () => {};
  const asked: unknown[] = [];
  return {
    asked,
    send(message) {
      asked.push(message);
      const bytes = new TextEncoder().encode(JSON.stringify(answer));
      const { id } = message as { id: number };
      queueMicrotask(() =>
        listener({ kind: "response", id, status: 200, headers: {} }, [new DataView(bytes.buffer)]),
      );
    },
    onMessage(next) {
      listener = next;
      return () => {};
    },
  };
}

const json =
  (value: unknown, status = 200) =>
  () =>
    new Response(JSON.stringify(value), { status });

function options(changes: Partial<LadderOptions>): LadderOptions {
  return {
    session: "s-1",
    token: "secret",
    patience: 60,
    comm: null,
    direct: ["http://127.0.0.1:5000/"],
    proxies: [proxyAddress("https://hub.example/user/ada/", 5000)],
    ...changes,
  };
}

describe("the ladder", () => {
  test("takes the first rung when it holds, and says the token only in the header", async () => {
    const { fake, seen } = fakeFetch({ "http://127.0.0.1:5000": json(HELLO) });
    const { transport, tried } = await climb(options({ fetch: fake }));
    expect(transport.rung).toBe("direct");
    expect(tried).toEqual([{ rung: "direct", address: "http://127.0.0.1:5000/", failure: null }]);
    expect(seen).toEqual([{ url: "http://127.0.0.1:5000/api/s-1/hello", token: "secret" }]);
  });

  test("does not believe another session at the same address, and takes the proxy", async () => {
    const { fake, seen } = fakeFetch({
      "http://127.0.0.1:5000": json({ ...HELLO, session: "s-2" }),
      "https://hub.example": json(HELLO),
    });
    const { transport, tried } = await climb(options({ fetch: fake }));
    expect(transport.rung).toBe("proxy");
    expect(tried[0].failure).toBe("another session answered there");
    expect(seen[1].url).toBe("https://hub.example/user/ada/proxy/5000/api/s-1/hello");
  });

  test.each([
    ["a login page", () => new Response("<html>"), "something else answered there"],
    ["a refusal", json({}, 401), "it answered 401"],
    ["silence", () => new Promise<Response>(() => {}), "no answer in 0.06 s"],
    [
      "another protocol",
      json({ ...HELLO, protocol: 7 }),
      "it speaks protocol 7, this page 1; update voxsieve and reload",
    ],
  ] as const)("goes on after %s, down to the kernel", async (_, answer, failure) => {
    const { fake } = fakeFetch({ "http://127.0.0.1:5000": answer });
    const comm = kernel(HELLO);
    const { transport, tried } = await climb(options({ fetch: fake, comm }));
    expect(transport.rung).toBe("comm");
    expect(tried.map((t) => t.failure)).toEqual([failure, "Failed to fetch", null]);
    expect(comm.asked[0]).toMatchObject({
      kind: "request",
      method: "GET",
      path: "/api/s-1/hello",
      headers: { "X-Voxsieve-Token": "secret" },
    });
  });

  test("says why no rung holds", async () => {
    const { fake } = fakeFetch({});
    const failing = climb(options({ fetch: fake, comm: kernel({ ...HELLO, session: "other" }) }));
    const error = await failing.catch((e: unknown) => e);
    expect(error).toBeInstanceOf(Unreachable);
    expect((error as Unreachable).tried.map((t) => t.rung)).toEqual(["direct", "proxy", "comm"]);
    expect((error as Unreachable).message).toContain(
      "direct http://127.0.0.1:5000/: Failed to fetch",
    );
    expect((error as Unreachable).message).toContain("another session answered there");
  });
});
