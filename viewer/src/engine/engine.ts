/** The engine: puts the parts together. What it does for the rest of the viewer is said in `types.ts`. */

import type { Preview, Roi, Triple } from "../protocol/document";
import { Cameras } from "./cameras";
import { handleAt, sliceHandles, volumeHandles } from "./cropbox";
import { Drawing } from "./drawing";
import { Emitter } from "./emitter";
import { Frames } from "./frames";
import { each } from "./geometry";
import { Gpu } from "./gpu";
import { shownLayers, Tables } from "./layers";
import { Life } from "./life";
import { type Host, Navigation } from "./navigation";
import { fitZoom, pixelRect } from "./panes";
import { canvasOf, encode } from "./picture";
import { PreviewPlanes } from "./preview";
import { State } from "./state";
import { Store } from "./store";
import { Streaming, type Tuning } from "./streaming";
import type { Axis, Engine, EngineEvents, EngineOptions, Panes, Rect, Scene } from "./types";
import { MOST_LABELS } from "./volume";

/** Milliseconds between two looks at what is wanted while the user moves. */
const LOOK = 50;

export class ViewerEngine implements Engine {
  private readonly emitter = new Emitter();
  private readonly state = new State();
  private readonly life: Life;
  private readonly gpu: Gpu;
  private readonly store: Store;
  private readonly preview: PreviewPlanes;
  private readonly cameras: Cameras;
  private readonly navigation: Navigation;
  private readonly streaming: Streaming;
  private readonly drawing: Drawing;
  private readonly frames: Frames;
  private looking: ReturnType<typeof setTimeout> | undefined;
  private drawn = 0;
  private focused = false;
  private reported = "";
  private disposed = false;

  constructor(
    private readonly options: EngineOptions,
    tuning: Tuning,
  ) {
    const { canvas, surface, source } = options;
    this.life = new Life(options, {
      picture: () => this.picture(),
      pause: () => this.pause(),
      resume: () => this.resume(),
      restored: (working) => this.restored(working),
      context: (lost) => this.emitter.emit("context", lost),
    });
    this.gpu = new Gpu(canvas);
    this.life.watch(this.gpu);
    this.store = new Store(this.gpu, options.budgetBytes);
    this.preview = new PreviewPlanes(this.gpu);
    this.cameras = new Cameras(surface, (final) => this.cameraMoved(final));
    this.navigation = new Navigation(surface, this.host());
    const onTrouble = (sentence: string | null) => this.emitter.trouble("loading", sentence);
    const onChange = () => this.arrived();
    const { state, gpu, store, preview, cameras } = this;
    const loading = { source, ...tuning, onTrouble, onChange };
    this.streaming = new Streaming({ state, store, cameras, preview }, loading);
    this.drawing = new Drawing({
      ...{ gpu, store, preview, cameras, state },
      tables: new Tables(gpu),
    });
    this.frames = new Frames({
      paused: () => this.life.paused || this.disposed,
      upload: (milliseconds) => this.upload(milliseconds),
      pending: () => this.store.waiting > 0,
      draw: (quality) => this.draw(quality),
    });
  }

  on<K extends keyof EngineEvents>(event: K, listener: EngineEvents[K]): () => void {
    return this.emitter.on(event, listener);
  }

  setScene(scene: Scene): void {
    const camera = JSON.stringify(scene.view.camera);
    const turned = camera !== JSON.stringify(this.state.scene?.view.camera);
    const moved = this.state.take(scene, this.navigation.dragging);
    if (this.state.space !== null && (moved || turned))
      this.cameras.set(this.state.space, scene.view.camera);
    this.setLayers(moved);
    this.cameras.place(this.state.panes.volume);
    this.look();
    this.frames.touch();
  }

  setPanes(panes: Panes, pixelRatio: number): void {
    this.state.panes = panes;
    this.state.ratio = pixelRatio;
    const { clientWidth, clientHeight } = this.options.canvas;
    this.gpu.resize(Math.round(clientWidth * pixelRatio), Math.round(clientHeight * pixelRatio));
    this.cameras.place(panes.volume);
    this.look();
    this.frames.touch();
  }

  showPreview(preview: Preview, level: number): void {
    const layer = this.state.scene?.layers.find((l) => l.id === "filtered");
    this.preview.show(preview, level, layer);
    this.frames.redraw();
  }

  clearPreview(): void {
    this.preview.clear();
    this.frames.redraw();
  }

  setFocus(focused: boolean): void {
    this.focused = focused;
    this.cameras.focus(focused);
    if (focused) this.life.wake();
  }

  fit(): void {
    const { space, panes } = this.state;
    if (space === null) return;
    this.setCenter(
      each((a) => space.shape[a] / 2),
      fitZoom(space, panes),
    );
    this.cameras.fit();
    this.cameraMoved(true);
  }

  lookAlong(axis: Axis): void {
    this.cameras.lookAlong(axis);
    this.cameraMoved(true);
  }

  unitsPerPixel(view: Axis | "volume"): number {
    const { space, panes } = this.state;
    if (space === null) return 0;
    if (view !== "volume") return Math.min(...space.spacing) / this.state.effectiveZoom;
    return space.size / this.cameras.pixelsPerUnit(panes.volume?.height ?? 1);
  }

  screenshot(): Promise<Blob> {
    return this.held(async () => {
      await this.settle();
      const picture = this.picture();
      if (picture === null) throw new Error("There is nothing to take a picture of.");
      return encode(picture);
    });
  }

  pixels(rect: Rect): Promise<Uint8Array> {
    return this.held(async () => {
      this.frames.finest();
      return this.gpu.read(pixelRect(rect, this.state.ratio, this.gpu.size.height));
    });
  }

  settled(): Promise<void> {
    return this.held(() => this.settle());
  }

  report(): ReturnType<Engine["report"]> {
    return {
      textureBytes: this.gpu.bytes,
      bricks: this.store.count,
      requests: this.streaming.loader.requests,
      frames: this.drawn,
      contextsLost: this.life.contextsLost,
      renderer: this.gpu.name,
      maxTexture3D: this.gpu.maxTexture3D,
    };
  }

  dispose(): void {
    if (this.disposed) return;
    this.disposed = true;
    this.pause();
    this.life.dispose();
    this.navigation.dispose();
    this.cameras.dispose();
    this.gpu.dispose();
    this.emitter.clear();
  }

  private setLayers(moved: boolean): void {
    const { scene, space } = this.state;
    if (scene === null || space === null || this.life.blind) return;
    const shown = shownLayers(scene);
    const kept = scene.layers.filter(
      (l) => shown.includes(l) || this.store.get(l.id) !== undefined,
    );
    try {
      this.store.setLayers(space, kept, moved);
      this.emitter.trouble("memory", null);
    } catch (error) {
      this.emitter.trouble("memory", error instanceof Error ? error.message : String(error));
    }
    const labels = shown.filter((layer) => layer.role === "labels").length;
    const many = `The 3D view shows ${MOST_LABELS} layers of labels; hide some to see the others.`;
    this.emitter.trouble("labels", labels > MOST_LABELS ? many : null);
  }

  /** Does something that needs a context, also while the viewer is not seen. */
  private async held<T>(act: () => Promise<T>): Promise<T> {
    const release = this.life.hold();
    try {
      while (this.life.blind && !this.disposed) await pause(30);
      if (this.disposed) throw new Error("The viewer was closed.");
      return await act();
    } finally {
      release();
    }
  }

  private async settle(): Promise<void> {
    for (;;) {
      this.lookNow();
      if (this.streaming.loader.idle && this.store.waiting === 0) break;
      await pause(15);
      if (this.disposed) throw new Error("The viewer was closed.");
      if (!this.life.blind) this.upload(Number.POSITIVE_INFINITY);
    }
    this.frames.finest();
    this.tell();
  }

  private picture(): HTMLCanvasElement | null {
    const { width, height } = this.gpu.size;
    if (this.life.blind || width * height === 0) return null;
    this.frames.finest();
    return canvasOf(this.gpu.read({ x: 0, y: 0, width, height }), width, height);
  }

  private pause(): void {
    this.streaming.loader.pause();
    this.frames.stop();
    clearTimeout(this.looking);
    this.looking = undefined;
  }

  private resume(): void {
    this.streaming.loader.resume();
    this.lookNow();
    this.frames.touch();
  }

  private restored(working: boolean): void {
    this.store.forget();
    this.setLayers(false);
    if (working) this.resume();
  }

  /** Looks soon at what is wanted. */
  private look(): void {
    if (this.looking !== undefined || this.life.paused) return;
    this.looking = setTimeout(() => this.lookNow(), LOOK);
  }

  private lookNow(): void {
    clearTimeout(this.looking);
    this.looking = undefined;
    if (this.life.blind || this.disposed) return;
    this.streaming.update();
    this.tell();
  }

  private arrived(): void {
    if (this.disposed) return;
    this.frames.redraw();
  }

  private upload(milliseconds: number): boolean {
    const changed = this.store.flush(milliseconds);
    if (!changed) return false;
    this.streaming.retirePreview();
    this.streaming.loader.pump();
    this.tell();
    return true;
  }

  private draw(quality: Parameters<Drawing["draw"]>[0]): void {
    this.drawing.draw(quality);
    this.drawn++;
    this.emitter.emit("drawn");
  }

  private tell(): void {
    const residency = this.streaming.residency();
    if (residency === null) return;
    const bytes = { resident_bytes: this.gpu.bytes, budget_bytes: this.options.budgetBytes };
    const all = { ...residency, ...bytes };
    const text = JSON.stringify(all);
    if (text !== this.reported) this.emitter.emit("residency", all);
    this.reported = text;
  }

  private cameraMoved(final: boolean): void {
    this.emitter.emit("camera", this.cameras.camera, final);
    this.look();
    this.frames.touch();
  }

  private setCenter(center: Triple, zoom: number): void {
    this.state.center = center;
    this.state.zoom = zoom;
    this.emitter.emit("center", center, zoom);
    this.look();
    this.frames.redraw();
  }

  private setSlice(slice: Triple, final: boolean): void {
    this.state.slice = slice;
    this.emitter.emit("slice", slice, final);
    this.look();
    this.frames.redraw();
  }

  private setRoi(roi: Roi, final: boolean): void {
    this.state.roi = roi;
    this.emitter.emit("roi", roi, final);
    this.look();
    this.frames.touch();
  }

  private host(): Host {
    const { state, cameras } = this;
    const volume = ([x, y]: readonly [number, number]) => {
      const rect = state.volumeAt(x, y);
      return rect === null || state.space === null ? null : { space: state.space, cameras, rect };
    };
    return {
      volume,
      space: () => state.space,
      pane: ([x, y]) => state.paneAt(x, y),
      handle: (at) => {
        const pane = state.paneAt(...at);
        if (pane !== null) return handleAt(sliceHandles(state.roi, pane), ...at);
        const view = state.scene?.crop ? volume(at) : null;
        if (view === null) return null;
        return handleAt(volumeHandles(state.roi, view.space, cameras, view.rect), ...at);
      },
      slice: () => state.slice,
      roi: () => state.roi,
      focused: () => this.focused,
      setSlice: (slice, final) => this.setSlice(slice, final),
      setCenter: (center, zoom) => this.setCenter(center, zoom),
      setRoi: (roi, final) => this.setRoi(roi, final),
      hover: (voxel) => this.emitter.emit("hover", voxel),
    };
  }
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
