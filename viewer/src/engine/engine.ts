/** The engine as the rest of the viewer sees it; `types.ts` says what each function does. */

import type { Preview } from "../protocol/document";
import { Acts } from "./acts";
import { Cameras } from "./cameras";
import { Emitter } from "./emitter";
import type { Gpu } from "./gpu";
import { Life } from "./life";
import { Navigation } from "./navigation";
import { pixelRect } from "./panes";
import { encode } from "./picture";
import { State } from "./state";
import type { Tuning } from "./streaming";
import type { Axis, Engine, EngineEvents, EngineOptions, Panes, Rect, Scene } from "./types";
import { Work } from "./work";

export class ViewerEngine implements Engine {
  private readonly emitter = new Emitter();
  private readonly state = new State();
  private readonly life: Life;
  private readonly gpu: Gpu;
  private readonly cameras: Cameras;
  private readonly acts: Acts;
  private readonly navigation: Navigation;
  private readonly work: Work;
  /** The last panes and size. */
  private place = "";
  private disposed = false;

  constructor(
    private readonly options: EngineOptions,
    tuning: Tuning,
  ) {
    const { state, emitter } = this;
    this.life = new Life(options, {
      picture: () => this.work.picture(),
      pause: () => this.work.pause(),
      resume: () => this.work.resume(),
      restored: (working) => this.work.restored(working),
      context: (lost) => emitter.emit("context", lost),
    });
    this.gpu = this.life.start(options.canvas);
    this.acts = new Acts(state, () => this.cameras, emitter, { moved: (v) => this.moved(v) });
    this.cameras = new Cameras(options.surface, (final) => this.acts.cameraMoved(final));
    this.navigation = new Navigation(options.surface, this.acts);
    const { life, gpu, cameras } = this;
    this.work = new Work({ options, tuning, life, gpu, state, cameras, emitter });
  }

  on<K extends keyof EngineEvents>(event: K, listener: EngineEvents[K]): () => void {
    return this.emitter.on(event, listener);
  }

  setScene(scene: Scene): void {
    const { state, cameras } = this;
    const camera = (of: Scene | null) => JSON.stringify(of?.view.camera);
    const turned = camera(scene) !== camera(state.scene);
    const before = state.volumeFacts;
    const moved = state.take(scene, this.navigation.dragging);
    if (state.space !== null && (moved || turned)) cameras.set(state.space, scene.view.camera);
    this.work.setLayers(moved);
    this.moved(moved || turned || before !== state.volumeFacts);
  }

  setPanes(panes: Panes, pixelRatio: number): void {
    const { clientWidth, clientHeight } = this.options.canvas;
    const [width, height] = [clientWidth * pixelRatio, clientHeight * pixelRatio];
    const place = JSON.stringify([panes, pixelRatio, width, height]);
    if (place === this.place) return;
    this.place = place;
    this.state.panes = panes;
    this.state.ratio = pixelRatio;
    this.gpu.resize(width, height);
    this.cameras.place(panes.volume);
    this.moved(true);
  }

  showPreview(preview: Preview, level: number): void {
    const layer = this.state.scene?.layers.find(({ id }) => id === "filtered");
    this.work.preview.show(preview, level, layer);
    this.work.frames.release();
  }

  clearPreview(): void {
    this.work.preview.clear();
    this.work.frames.redraw();
  }

  setFocus(focused: boolean): void {
    this.acts.focus = focused;
    this.cameras.focus(focused);
    if (focused) this.life.wake();
  }

  fit(): void {
    this.acts.fit();
  }

  lookAlong(axis: Axis): void {
    this.acts.lookAlong(axis);
  }

  unitsPerPixel(view: Axis | "volume"): number {
    const { space, panes, effectiveZoom } = this.state;
    if (space === null) return 0;
    if (view !== "volume") return Math.min(...space.spacing) / effectiveZoom;
    return space.size / this.cameras.pixelsPerUnit(panes.volume?.height ?? 1);
  }

  screenshot(): Promise<Blob> {
    return this.held(async () => {
      await this.work.settle();
      const picture = this.work.picture();
      if (picture === null) throw new Error("There is no graphics context to take a picture with.");
      return encode(picture);
    });
  }

  pixels(rect: Rect): Promise<Uint8Array> {
    return this.held(async () => {
      this.work.frames.finest();
      return this.gpu.read(pixelRect(rect, this.state.ratio, this.gpu.size.height));
    });
  }

  settled(): Promise<void> {
    return this.held(async () => {
      // A page that has just begun has nothing to settle yet.
      while (this.state.space === null || this.place === "") await this.wait(20);
      await this.work.settle();
    });
  }

  report(): ReturnType<Engine["report"]> {
    return {
      textureBytes: this.gpu.bytes,
      bricks: this.work.store.count,
      requests: this.work.streaming.loader.requests,
      frames: this.work.drawn,
      contextsLost: this.life.contextsLost,
      renderer: this.gpu.name,
      maxTexture3D: this.gpu.maxTexture3D,
    };
  }

  dispose(): void {
    if (this.disposed) return;
    this.disposed = true;
    this.work.end();
    this.life.dispose();
    this.navigation.dispose();
    this.cameras.dispose();
    this.gpu.dispose();
    this.emitter.clear();
  }

  /** Does something that needs a context, also while the viewer is not seen. */
  private async held<T>(act: () => Promise<T>): Promise<T> {
    const release = this.life.hold();
    try {
      while (this.life.blind) await this.wait(30);
      await this.wait(0);
      return await act();
    } finally {
      release();
    }
  }

  private async wait(milliseconds: number): Promise<void> {
    if (milliseconds > 0) await new Promise((resolve) => setTimeout(resolve, milliseconds));
    if (this.disposed) throw new Error("The viewer was closed.");
  }

  private moved(volume: boolean): void {
    this.work.look();
    if (volume) this.work.frames.touch();
    else this.work.frames.redraw();
  }
}
