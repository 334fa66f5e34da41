/** What keys and buttons do. */

import type { Camera, Display, Layout, Mode, Triple } from "../../protocol/document";
import type { Command } from "../logic/keymap";
import { orbit } from "../logic/orbit";
import { LAYOUT_OF, type PaneName, PLANE } from "../logic/panes";
import type { Ruler } from "./ruler";
import type { Store } from "./store";

export const MODES: { mode: Mode; title: string }[] = [
  { mode: "dvr", title: "Volume" },
  { mode: "mip", title: "Maximum" },
  { mode: "minip", title: "Minimum" },
  { mode: "average", title: "Average" },
  { mode: "iso", title: "Surface" },
];

const CIRCLE = (Math.PI * 2) / 360;

/** Everything that can be done to the view by a key or a button. */
export class Commands {
  constructor(
    private readonly store: Store,
    private readonly ruler: Ruler,
    private readonly host: { fullscreen(): void; leave(): void },
  ) {}

  run(command: Command): void {
    const document = this.store.document.value;
    if (!document) return;
    switch (command.do) {
      case "layout":
        return this.layout(command.layout);
      case "move":
        return this.move(command.right, command.down);
      case "pan":
        return this.pan(command.right, command.down);
      case "slice":
        return this.step(command.by);
      case "zoom":
        return this.zoom(command.by);
      case "look":
        return this.store.engine.value?.lookAlong(command.axis);
      case "window":
        return this.window(command.wider, command.higher);
      case "hold":
        this.store.holding.value = true;
        return;
      default:
        return this.simple(command.do);
    }
  }

  private simple(name: string): void {
    const document = this.store.document.value;
    if (name === "crop") this.store.change({ crop: !document?.crop });
    if (name === "reset") this.fit();
    if (name === "labels") this.labels();
    if (name === "mode") this.nextMode();
    if (name === "ruler") this.ruler.toggle();
    if (name === "screenshot") void this.save();
    if (name === "fullscreen") this.host.fullscreen();
    if (name === "help") this.store.dialog.value = "help";
    if (name === "leave") this.host.leave();
  }

  layout(layout: Layout): void {
    const name = (Object.keys(LAYOUT_OF) as PaneName[]).find((key) => LAYOUT_OF[key] === layout);
    if (name) this.store.pane.value = name;
    // In the compact form one view of four is shown, which is no matter of the document.
    const { compact, document } = this.store;
    if (compact.value && document.value?.view.layout === "quad") return;
    this.store.change({ view: { layout } });
  }

  /** One view alone, or all again. */
  maximise(pane: PaneName): void {
    if (this.store.compact.value) return;
    const alone = this.store.document.value?.view.layout !== "quad";
    this.layout(alone ? "quad" : LAYOUT_OF[pane]);
    this.store.pane.value = pane;
  }

  fit(): void {
    const shape = this.store.frame.value?.shape;
    if (!shape) return;
    const center = shape.map((n) => n / 2) as Triple;
    this.store.change({ view: { center, zoom: null, camera: null } });
  }

  setSlice(slice: Triple, final?: boolean): void {
    const shape = this.store.frame.value?.shape;
    if (!shape) return;
    const inside = slice.map((v, a) =>
      Math.max(0, Math.min(shape[a] - 1, Math.round(v))),
    ) as Triple;
    if (final === undefined) this.store.change({ view: { slice: inside } });
    else this.store.drag("view.slice", { view: { slice: inside } }, final);
  }

  private move(right: number, down: number): void {
    const { pane, document } = this.store;
    if (pane.value === "volume") return this.turn(right, down);
    const { across, down: below } = PLANE[pane.value];
    const slice = [...(document.value?.view.slice ?? [0, 0, 0])] as Triple;
    slice[across] += right;
    slice[below] += down;
    this.setSlice(slice);
  }

  private turn(right: number, down: number): void {
    const camera = this.camera();
    if (!camera) return;
    const turned = orbit(camera, -5 * CIRCLE * right, -5 * CIRCLE * down);
    this.store.change({ view: { camera: turned } });
  }

  /** The camera; when it shows everything by itself, the engine says where that is. */
  private camera(): Camera | null {
    const view = this.store.document.value?.view;
    if (!view || view.camera) return view?.camera ?? null;
    const { center, zoom } = view;
    this.store.engine.value?.fit();
    this.store.change({ view: { center, zoom } });
    return this.store.document.value?.view.camera ?? null;
  }

  private pan(right: number, down: number): void {
    const { pane, document, frame } = this.store;
    if (pane.value === "volume" || !document.value || !frame.value) return;
    const { across, down: below } = PLANE[pane.value];
    const center = [...document.value.view.center] as Triple;
    const step = Math.max(...frame.value.shape) / 64;
    center[across] += right * step;
    center[below] += down * step;
    this.store.change({ view: { center, zoom: this.store.zoomNow() } });
  }

  private step(by: number): void {
    const { pane, document } = this.store;
    const axis = pane.value === "volume" ? 0 : PLANE[pane.value].through;
    const slice = [...(document.value?.view.slice ?? [0, 0, 0])] as Triple;
    slice[axis] += by;
    this.setSlice(slice);
  }

  private zoom(by: number): void {
    const camera = this.store.pane.value === "volume" ? this.camera() : null;
    if (this.store.pane.value !== "volume") {
      this.store.change({ view: { zoom: this.store.zoomNow() * by } });
    } else if (camera) {
      const position = camera.position.map(
        (p, a) => camera.target[a] + (p - camera.target[a]) / (camera.orthographic ? 1 : by),
      ) as Triple;
      const zoom = camera.orthographic ? camera.zoom * by : camera.zoom;
      this.store.change({ view: { camera: { ...camera, position, zoom } } });
    }
  }

  private window(wider: number, higher: number): void {
    const layer = this.store.active.value;
    if (!layer) return;
    const [low, high] = this.store.display(layer).window;
    const middle = (low + high) / 2 + (high - low) * higher;
    const half = ((high - low) / 2) * wider;
    this.store.show(layer.id, { window: [middle - half, middle + half] });
  }

  private labels(): void {
    const labels = this.store.layers.value.filter(({ role }) => role === "labels");
    const visible = !labels.some((layer) => this.store.display(layer).visible);
    const display = Object.fromEntries(
      labels.map(({ id }) => [id, { visible } as Partial<Display>]),
    );
    if (labels.length > 0) this.store.change({ display });
  }

  private nextMode(): void {
    const now = MODES.findIndex(({ mode }) => mode === this.store.document.value?.view.mode);
    this.store.change({ view: { mode: MODES[(now + 1) % MODES.length].mode } });
  }

  /** Compares the filter's result, or the newest other image, with the base; or ends that. */
  compare(on: boolean): void {
    const { base, filtered, layers } = this.store;
    const others = layers.value.filter(({ id, role }) => role === "image" && id !== base.value?.id);
    const other = filtered.value ?? others.at(-1);
    if (!base.value || !other) return;
    const compare = { a: base.value.id, b: other.id, mode: "wipe" as const, position: 0.5 };
    this.store.change({ compare: on ? compare : null });
  }

  private async save(): Promise<void> {
    const { engine, document } = this.store;
    if (!engine.value) return;
    const url = URL.createObjectURL(await engine.value.screenshot());
    const link = globalThis.document.createElement("a");
    link.href = url;
    link.download = `${document.value?.active ?? "voxsieve"}.png`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(url), 10_000);
  }
}
