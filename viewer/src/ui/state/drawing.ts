/** Between the engine and the document: the scene it draws, and what the user moves in it. */

import { effect } from "@preact/signals";
import type { Engine, Scene } from "../../engine/types";
import type { Compare, Document } from "../../protocol/document";
import type { Reading } from "./reading";
import { FILTERED, type Store } from "./store";

/** Wheel and keys have no end of their own: they have ended when nothing came for this long. */
const STILL = 300;
/** Time between two reports of what is loaded. */
const REPORT = 250;

/** Compares with the image before the filter while the space bar is held, also when nothing is compared. */
export function comparison(
  document: Document,
  holding: boolean,
  base: string | null,
): Compare | null {
  if (document.compare || !holding || !base) return document.compare;
  if (!document.layers.some(({ id }) => id === FILTERED)) return null;
  return { a: base, b: FILTERED, mode: "hold", position: 0.5 };
}

export class Drawing {
  private readonly stop: (() => void)[] = [];
  private still: ReturnType<typeof setTimeout> | undefined;
  private reporting: ReturnType<typeof setTimeout> | undefined;
  private answered = 0;
  /** The view that was used last sets ROI and current level: a new one, or one that was touched. */
  private leads = true;
  /** Whether the last document named this view as the leader. */
  private led = false;

  constructor(
    private readonly store: Store,
    private readonly engine: Engine,
    reading: Reading,
  ) {
    this.listen(reading);
    this.stop.push(effect(() => this.draw()));
    this.stop.push(effect(() => engine.setPanes(store.panes.value, devicePixelRatio)));
    this.stop.push(effect(() => engine.setFocus(store.focused.value)));
    this.stop.push(effect(() => this.follow()));
    this.stop.push(effect(() => this.lead()));
    this.stop.push(effect(() => this.answer(store.document.value?.screenshot ?? null)));
  }

  private listen(reading: Reading): void {
    const { store, engine, stop } = this;
    stop.push(
      engine.on("slice", (slice, final) => store.drag("view.slice", { view: { slice } }, final)),
      engine.on("center", (center, zoom) => this.center(center, zoom)),
      engine.on("camera", (camera, final) =>
        store.drag("view.camera", { view: { camera } }, final),
      ),
      engine.on("roi", (roi, final) => store.drag("roi", { roi }, final)),
      engine.on("hover", (voxel) => reading.hover(voxel)),
      engine.on("trouble", (sentence) => {
        store.trouble.value = sentence;
      }),
      engine.on("context", (lost) => {
        store.contextLost.value = lost;
      }),
      engine.on("residency", (residency) => {
        store.residency.value = residency;
        this.report();
      }),
    );
  }

  private center(center: [number, number, number], zoom: number): void {
    this.store.drag("view.center", { view: { center, zoom } }, false);
    this.store.drag("view.zoom", { view: { zoom } }, false);
    clearTimeout(this.still);
    this.still = setTimeout(() => {
      this.store.drag("view.center", {}, true);
      this.store.drag("view.zoom", {}, true);
    }, STILL);
  }

  private draw(): void {
    const document = this.store.document.value;
    if (!document) return;
    const { frame, layers, display, view, roi, crop, threshold } = document;
    const holding = this.store.holding.value;
    const base = this.store.base.value?.id ?? null;
    const compare = comparison(document, holding, base);
    // The filtered layer lies over its base: the threshold's tint belongs on what is seen.
    const over = this.store.filtered.value;
    const covered = document.active === base && over && this.store.display(over).visible;
    const active = covered && !holding ? FILTERED : document.active;
    const theme = this.store.theme.value;
    const scene: Scene = {
      frame,
      layers,
      display,
      active,
      view,
      roi,
      crop,
      threshold,
      compare,
      holding,
      theme,
    };
    this.engine.setScene(scene);
  }

  /** Another view took over; this one leads again when it is used again. */
  private follow(): void {
    const leader = this.store.document.value?.residency?.client;
    const mine = leader === this.store.client.name;
    if (this.led && !mine) this.leads = false;
    this.led = mine;
  }

  private lead(): void {
    if (!this.store.focused.value) return;
    this.leads = true;
    this.report();
  }

  private report(): void {
    if (!this.leads) return;
    this.reporting ??= setTimeout(() => {
      this.reporting = undefined;
      const residency = this.store.residency.peek();
      const document = this.store.document.peek();
      if (!residency || !document || !this.leads) return;
      const { level, loaded } = {
        ...residency,
        loaded: Math.round(residency.loaded * 1000) / 1000,
      };
      const before = document.residency;
      const client = this.store.client.name;
      const same = before?.level === level && before.loaded === loaded && before.client === client;
      if (!same) this.store.change({ residency: { level, loaded, client } });
    }, REPORT);
  }

  private answer(serial: number | null): void {
    // One that was wished for before anybody looked still waits for an answer.
    if (serial === null || serial === this.answered || !this.leads) return;
    this.answered = serial;
    this.engine
      .settled()
      .then(() => this.engine.screenshot())
      .then((picture) => this.store.client.screenshot(serial, picture))
      .catch((error: unknown) => this.store.say("error", `No picture could be made: ${error}`));
  }

  dispose(): void {
    clearTimeout(this.still);
    clearTimeout(this.reporting);
    for (const stop of this.stop) stop();
  }
}
