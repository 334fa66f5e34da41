/** Finds a way to the server: its address, then Jupyter's proxy, then the kernel. Each must say the session's id first. */

import { type CommPort, CommTransport } from "./comm";
import { FetchTransport, type Rung, type Transport } from "./transport";

export const PROTOCOL = 1;

/** What is known of the server. Addresses are of its root. */
export interface LadderOptions {
  session: string;
  token: string;
  /** Addresses to try, the best first: `http://127.0.0.1:PORT/` or where the page came from. */
  direct: string[];
  /** Jupyter's proxies: `proxyAddress(base, port)`. */
  proxies: string[];
  comm: CommPort | null;
  fetch?: typeof fetch;
  /** Milliseconds for an address to answer; the kernel may be busy and has as long as it needs. */
  patience?: number;
}

/** A rung that was tried, for `diagnose`: `failure` is null for the one that holds. */
export interface Tried {
  rung: Rung;
  address: string;
  failure: string | null;
}

export interface Climbed {
  transport: Transport;
  tried: Tried[];
}

/** No rung held; `tried` says why. */
export class Unreachable extends Error {
  override readonly name = "Unreachable";

  constructor(readonly tried: Tried[]) {
    const why = tried
      .map(({ rung, address, failure }) => `${rung} ${address}: ${failure}`)
      .join("; ");
    super(`The viewer's server cannot be reached (${why || "no address is known"}).`);
  }
}

/** Where jupyter-server-proxy shows a port of the kernel's machine. */
export function proxyAddress(base: string, port: number): string {
  return `${base.replace(/\/*$/, "/")}proxy/${port}/`;
}

/** Tries one rung after the other and gives the first that holds. */
export async function climb(options: LadderOptions): Promise<Climbed> {
  const tried: Tried[] = [];
  for (const { rung, address, make } of rungs(options)) {
    const transport = make();
    const patience = rung === "comm" ? Number.POSITIVE_INFINITY : (options.patience ?? 4000);
    const failure = await probe(transport, options.session, patience);
    tried.push({ rung, address, failure });
    if (failure === null) return { transport, tried };
    transport.dispose();
  }
  throw new Unreachable(tried);
}

interface RungMaker {
  rung: Rung;
  address: string;
  make(): Transport;
}

function rungs({ token, direct, proxies, comm, fetch }: LadderOptions): RungMaker[] {
  const http = (rung: "direct" | "proxy") => (address: string) => ({
    rung,
    address,
    make: () => new FetchTransport({ rung, base: address, token, fetch }),
  });
  const kernel = (port: CommPort): RungMaker => ({
    rung: "comm",
    address: "through the kernel",
    make: () => new CommTransport(port, token),
  });
  return [
    ...direct.map(http("direct")),
    ...proxies.map(http("proxy")),
    ...(comm === null ? [] : [kernel(comm)]),
  ];
}

/** Why a transport is not the session's, or null. */
async function probe(
  transport: Transport,
  session: string,
  patience: number,
): Promise<string | null> {
  const controller = new AbortController();
  const timer = Number.isFinite(patience)
    ? setTimeout(() => controller.abort(), patience)
    : undefined;
  try {
    const { signal } = controller;
    const answer = await transport.request({
      method: "GET",
      path: `/api/${session}/hello`,
      signal,
    });
    const bytes = await answer.bytes();
    if (answer.status !== 200) return `it answered ${answer.status}`;
    return judge(new TextDecoder().decode(bytes), session);
  } catch (error) {
    if (controller.signal.aborted) return `no answer in ${patience / 1000} s`;
    return error instanceof Error ? error.message : String(error);
  } finally {
    clearTimeout(timer);
  }
}

function judge(text: string, session: string): string | null {
  let hello: { session?: unknown; protocol?: unknown };
  try {
    hello = JSON.parse(text);
  } catch {
    return "something else answered there";
  }
  if (hello?.session !== session) return "another session answered there";
  if (hello.protocol !== PROTOCOL)
    return `it speaks protocol ${hello.protocol}, this page ${PROTOCOL}; update voxsieve and reload`;
  return null;
}
