/** The engine's work: layers, bricks and pictures, one after the other, as far as the viewer's life allows. */

import type { Cameras } from "./cameras";
import { Drawing } from "./drawing";
import type { Emitter } from "./emitter";
import { Frames } from "./frames";
import type { Gpu } from "./gpu";
import { shownLayers, Tables } from "./layers";
import type { Life } from "./life";
import { canvasOf } from "./picture";
import { PreviewPlanes } from "./preview";
import type { State } from "./state";
import { Store } from "./store";
import { Streaming, type Tuning } from "./streaming";
import type { EngineOptions } from "./types";
import { MOST_LABELS, type Quality } from "./volume";

/** Milliseconds between two looks at what is wanted while the user moves. */
const LOOK = 50;

/** Milliseconds between two reports of what is here. */
const TELL = 100;

/** Milliseconds for which an image that begins anew may leave the old picture. */
const HOLD = 250;

/** What the work is done with. */
export interface WorkParts {
  options: EngineOptions;
  tuning: Tuning;
  life: Life;
  gpu: Gpu;
  state: State;
  cameras: Cameras;
  emitter: Emitter;
}

export class Work {
  readonly preview: PreviewPlanes;
  readonly store: Store;
  readonly streaming: Streaming;
  readonly frames: Frames;
  drawn = 0;
  private readonly drawing: Drawing;
  /** Whether a picture had bricks in it. */
  private begun = false;
  private looking: ReturnType<typeof setTimeout> | undefined;
  private told = { at: 0, text: "" };
  private over = false;

  constructor(private readonly parts: WorkParts) {
    const { options, tuning, gpu, state, cameras, emitter, life } = parts;
    const store = new Store(gpu, options.budgetBytes);
    const preview = new PreviewPlanes(gpu);
    this.store = store;
    this.preview = preview;
    this.streaming = new Streaming(
      { state, store, cameras, preview },
      {
        ...tuning,
        source: options.source,
        onTrouble: (sentence) => emitter.trouble("loading", sentence),
        onChange: () => this.arrived(),
      },
    );
    this.drawing = new Drawing({ gpu, store, preview, cameras, state, tables: new Tables(gpu) });
    this.frames = new Frames({
      paused: () => life.paused || this.over,
      upload: (milliseconds) => this.upload(milliseconds),
      pending: () => store.waiting > 0,
      begun: () => this.begun,
      draw: (quality) => this.draw(quality),
    });
  }

  /** Takes the layers of the scene. */
  setLayers(moved: boolean): void {
    const { state, life, emitter } = this.parts;
    const { scene, space } = state;
    if (scene === null || space === null || life.blind) return;
    const shown = shownLayers(scene);
    const here = (id: string) => this.store.get(id) !== undefined;
    const kept = scene.layers.filter((layer) => shown.includes(layer) || here(layer.id));
    try {
      const anew = this.store.setLayers(space, kept, moved);
      // Beneath `filtered` the image shows; beneath the image there is nothing.
      if (anew.some((id) => id !== "filtered")) this.frames.hold(HOLD);
      emitter.trouble("memory", this.store.trouble);
    } catch (error) {
      emitter.trouble("memory", error instanceof Error ? error.message : String(error));
    }
    const labels = shown.filter((layer) => layer.role === "labels").length;
    const many = `The 3D view shows ${MOST_LABELS} layers of labels; hide some to see the others.`;
    emitter.trouble("labels", labels > MOST_LABELS ? many : null);
  }

  /** Looks soon at what is wanted; at once for the first picture. */
  look(): void {
    if (this.looking !== undefined || this.parts.life.paused) return;
    if (!this.begun) return this.lookNow();
    this.looking = setTimeout(() => this.lookNow(), LOOK);
  }

  lookNow(): void {
    clearTimeout(this.looking);
    this.looking = undefined;
    if (this.parts.life.blind || this.over) return;
    this.streaming.update();
    this.tell(true);
  }

  /** Until nothing is under way; then the picture at its best. */
  async settle(): Promise<void> {
    for (;;) {
      this.lookNow();
      if (this.streaming.loader.idle && this.store.waiting === 0) break;
      await new Promise((resolve) => setTimeout(resolve, 15));
      if (this.over) throw new Error("The viewer was closed.");
      if (!this.parts.life.blind) this.upload(Number.POSITIVE_INFINITY);
    }
    this.frames.finest();
    this.tell(true);
  }

  /** The whole canvas at its best. */
  picture(): HTMLCanvasElement | null {
    const { gpu, life } = this.parts;
    if (life.blind) return null;
    this.frames.finest();
    const { width, height } = gpu.size;
    return canvasOf(gpu.read({ x: 0, y: 0, width, height }), width, height);
  }

  pause(): void {
    this.streaming.loader.pause();
    this.frames.stop();
    clearTimeout(this.looking);
    this.looking = undefined;
  }

  resume(): void {
    this.streaming.loader.resume();
    this.lookNow();
    this.frames.touch();
  }

  /** The graphics card is empty. */
  restored(working: boolean): void {
    this.store.forget();
    this.setLayers(false);
    if (working) this.resume();
  }

  end(): void {
    this.over = true;
    this.pause();
  }

  /** Bricks are here, or a request has ended. */
  private arrived(): void {
    if (this.store.waiting > 0) this.frames.release();
    else this.frames.redraw();
  }

  private upload(milliseconds: number): boolean {
    if (!this.store.flush(milliseconds)) return false;
    const { trouble } = this.store;
    this.parts.emitter.trouble("memory", trouble);
    // With less room coarser levels are wanted.
    if (trouble !== null) this.look();
    this.streaming.retirePreview();
    this.streaming.loader.pump();
    this.tell(this.store.waiting === 0 && this.streaming.loader.idle);
    return true;
  }

  private draw(quality: Quality | null): void {
    this.drawing.draw(quality);
    this.drawn++;
    this.begun ||= this.store.count > 0;
    this.parts.emitter.emit("drawn");
  }

  /** Reports what is here, when it has changed; now and then only, unless it must be said. */
  private tell(must: boolean): void {
    const now = performance.now();
    if (!must && now - this.told.at < TELL) return;
    const { gpu, options, emitter } = this.parts;
    const residency = this.streaming.residency();
    if (residency === null) return;
    const bytes = { resident_bytes: gpu.bytes, budget_bytes: options.budgetBytes };
    const all = { ...residency, ...bytes };
    const text = JSON.stringify(all);
    if (text !== this.told.text) emitter.emit("residency", all);
    this.told = { at: now, text };
  }
}
