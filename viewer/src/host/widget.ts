/** The notebook widget: an anywidget module. */

import type { CommPort } from "../protocol/comm";
import { type LadderOptions, proxyAddress } from "../protocol/ladder";
import type { Interface } from "../ui/state/store";
import { connect } from "./connect";
import { keepPicture } from "./picture";

/** What the widget's model in the kernel holds. */
interface Traits {
  session: string;
  token: string;
  port: number;
  /** Path or address of the server's root behind a proxy; empty when nobody knows. */
  prefix: string;
  rungs: string[];
  height: number;
  ui: Interface;
  png: string;
}

export interface Model {
  get<K extends keyof Traits>(name: K): Traits[K];
  set<K extends keyof Traits>(name: K, value: Traits[K]): void;
  save_changes(): void;
  on(event: string, listener: (...args: never[]) => void): void;
  off(event: string, listener: (...args: never[]) => void): void;
  send(message: unknown, callbacks?: unknown, buffers?: ArrayBuffer[]): void;
}

function render({ model, el }: { model: Model; el: HTMLElement }): () => void {
  const resize = () => {
    el.style.height = `${model.get("height")}px`;
  };
  resize();
  model.on("change:height", resize);
  // The server answers this machine's pages only, until it is told where else it is shown.
  model.send({ kind: "shown", at: location.origin });
  const stop = connect({
    element: el,
    onTried: (rungs) => model.send({ kind: "tried", rungs }),
    ladder: ladderOf(model),
    ui: model.get("ui"),
    picture: model.get("png") || undefined,
    onMounted: ({ store }) =>
      keepPicture(store, (png) => {
        model.set("png", png);
        model.save_changes();
      }),
  });
  const showStill = hideStill(model.get("session"));
  return () => {
    model.off("change:height", resize);
    stop();
    showStill();
  };
}

/** Hides the picture that stands in the saved notebook beside the widget; the answer ends that. */
function hideStill(session: string): () => void {
  const style = document.createElement("style");
  style.textContent = `.voxsieve-still-${CSS.escape(session)} { display: none; }`;
  document.head.append(style);
  return () => style.remove();
}

/** Where the server may be, as far as this model and this page know. */
export function ladderOf(model: Model): LadderOptions {
  const [port, rungs] = [model.get("port"), model.get("rungs")];
  return {
    session: model.get("session"),
    token: model.get("token"),
    direct: rungs.includes("direct") ? [`http://127.0.0.1:${port}/`] : [],
    proxies: rungs.includes("proxy") ? proxies(model.get("prefix"), port) : [],
    comm: rungs.includes("comm") ? commOf(model) : null,
  };
}

function proxies(prefix: string, port: number): string[] {
  if (prefix) return [new URL(prefix, location.href).href];
  const base = baseUrl();
  return base === null ? [] : [proxyAddress(new URL(base, location.href).href, port)];
}

/** The base of the Jupyter server, which its page tells. */
function baseUrl(): string | null {
  const config = document.getElementById("jupyter-config-data")?.textContent;
  if (!config) return document.body.dataset.baseUrl ?? null;
  const { baseUrl } = JSON.parse(config) as { baseUrl?: string };
  return baseUrl ?? null;
}

function commOf(model: Model): CommPort {
  return {
    send: (message, buffers) => model.send(message, undefined, buffers),
    onMessage(listener) {
      const hear = (message: unknown, buffers: DataView[]) => listener(message, buffers ?? []);
      model.on("msg:custom", hear);
      return () => model.off("msg:custom", hear);
    },
  };
}

export default { render };
