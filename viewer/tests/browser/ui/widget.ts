/** The widget with a model whose kernel answers in the page. */

import widget, { type Model } from "../../../src/host/widget";
import { documentOf } from "./fake";

type Listener = (...args: unknown[]) => void;

/** An anywidget model; the kernel's part of it answers requests unless it is busy. */
class FakeModel {
  readonly traits: Record<string, unknown> = {
    session: "3f9c",
    token: "00ff",
    port: 9,
    prefix: "",
    rungs: ["comm"],
    height: 420,
    ui: "full",
    png: "",
  };
  readonly sent: { method: string; path: string; headers: Record<string, string> }[] = [];
  saves = 0;
  busy = false;
  document = documentOf([], { session: "3f9c" });
  private readonly listeners = new Map<string, Set<Listener>>();

  get = (name: string) => this.traits[name];
  set = (name: string, value: unknown) => {
    this.traits[name] = value;
  };
  save_changes = () => {
    this.saves += 1;
  };
  on = (event: string, listener: Listener) => {
    const some = this.listeners.get(event) ?? new Set();
    this.listeners.set(event, some.add(listener));
  };
  off = (event: string, listener: Listener) => {
    this.listeners.get(event)?.delete(listener);
  };
  emit(event: string, ...args: unknown[]): void {
    for (const listener of this.listeners.get(event) ?? []) listener(...args);
  }
  get listening(): number {
    return [...this.listeners.values()].reduce((sum, some) => sum + some.size, 0);
  }

  send = (message: unknown) => {
    const request = message as {
      kind: string;
      id: number;
      method: string;
      path: string;
      headers: Record<string, string>;
    };
    // What the widget merely tells needs no answer.
    if (request.kind !== "request") return;
    this.sent.push(request);
    if (this.busy) return;
    const [status, body] = this.answer(request.path);
    const bytes = new TextEncoder().encode(body === null ? "" : JSON.stringify(body));
    const response = { kind: "response", id: request.id, status, headers: {} };
    setTimeout(() => this.emit("msg:custom", response, [new DataView(bytes.buffer)]), 5);
  };

  private answer(path: string): [number, unknown] {
    if (path.endsWith("/hello")) return [200, { voxsieve: "0", session: "3f9c", protocol: 1 }];
    if (path.endsWith("/state")) return [200, this.document];
    if (path.includes("/events")) return [204, null];
    if (path.endsWith("/filters")) return [200, []];
    return [404, { error: { kind: "not-found", message: "There is no such thing." } }];
  }
}

const model = new FakeModel();
const el = document.getElementById("viewer") as HTMLElement;
const start = () => widget.render({ model: model as unknown as Model, el });

declare global {
  interface Window {
    widget: { model: FakeModel; el: HTMLElement; start: typeof start; stop?: () => void };
  }
}

window.widget = { model, el, start };
