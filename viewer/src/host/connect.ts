/** From what a host knows of the server to a viewer that runs. */

import { createEngine } from "../engine";
import { ViewerClient } from "../protocol/client";
import { climb, type LadderOptions, type Tried, Unreachable } from "../protocol/ladder";
import { type Mounted, mount } from "../ui/mount";
import type { Interface } from "../ui/state/store";
import { showWaiting } from "./waiting";

export interface ConnectOptions {
  element: HTMLElement;
  ladder: LadderOptions;
  ui: Interface;
  /** The picture that was saved before, as a data URL, for when nobody answers. */
  picture?: string;
  /** Told which ways to the server were tried. */
  onTried?(tried: Tried[]): void;
  onMounted?(mounted: Mounted): () => void;
}

/** Time between two attempts to reach a server that does not answer. */
const AGAIN = 3000;

/** Keeps trying until the viewer runs; the answer ends everything. */
export function connect(options: ConnectOptions): () => void {
  const { element, ladder, ui, picture } = options;
  let ended = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let clean: () => void = showWaiting(element, {
    title: "Connecting",
    text: "Looking for a way to the server.",
    picture,
  });
  const attempt = async () => {
    try {
      const { transport, tried } = await climb(ladder);
      options.onTried?.(tried);
      if (ended) return transport.dispose();
      clean();
      const client = new ViewerClient(transport, ladder.session, clientName());
      const mounted = mount(element, { client, makeEngine: createEngine, ui });
      const stop = options.onMounted?.(mounted);
      clean = () => {
        stop?.();
        mounted.dispose();
      };
    } catch (error) {
      if (ended) return;
      if (error instanceof Unreachable) options.onTried?.(error.tried);
      clean();
      clean = showWaiting(element, { ...wordsFor(error), picture });
      timer = setTimeout(attempt, AGAIN);
    }
  };
  void attempt();
  return () => {
    ended = true;
    clearTimeout(timer);
    clean();
  };
}

/** A name for this front-end in the document: `c-81f3a2`. */
function clientName(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(4));
  return `c-${Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}

function wordsFor(error: unknown): { title: string; text: string } {
  const title = "The server does not answer";
  if (!(error instanceof Unreachable)) return { title, text: String(error) };
  const denied = error.tried.some(({ failure }) => failure?.includes("401"));
  const text = denied
    ? "It does not know this page's token. Open the address that it printed last, or run the cell again."
    : `Is it still running? Start it again, or run the cell again. Trying on. ${error.message}`;
  return { title, text };
}
