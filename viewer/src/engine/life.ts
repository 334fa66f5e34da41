/** Whether the viewer may draw: seen or not, awake or asleep, with or without a graphics context. */

import { claim, release, type Sleeper } from "./contexts";
import { Gpu } from "./gpu";
import type { EngineOptions } from "./types";

/** What the engine does when its life changes. */
export interface LifeHost {
  /** The picture of now, for the time asleep. */
  picture(): HTMLCanvasElement | null;
  /** Nothing is drawn or asked for from now on. */
  pause(): void;
  /** Draw and ask again. */
  resume(): void;
  /** There is a new context with nothing in it; go on when `working`. */
  restored(working: boolean): void;
  context(lost: boolean): void;
}

export class Life implements Sleeper {
  contextsLost = 0;
  private gpu: Gpu | null = null;
  private asleep = false;
  private lost = false;
  private seen = true;
  private held = 0;
  private working = true;
  private readonly abort = new AbortController();
  private readonly observer: IntersectionObserver;

  constructor(
    private readonly options: EngineOptions,
    private readonly host: LifeHost,
  ) {
    claim(this);
    const { signal } = this.abort;
    const { canvas, surface } = options;
    surface.addEventListener("pointerdown", (event) => this.press(event), {
      signal,
      capture: true,
    });
    surface.addEventListener("focusin", () => this.wake(), { signal });
    document.addEventListener("visibilitychange", () => this.look(), { signal });
    this.observer = new IntersectionObserver((entries) => {
      this.seen = entries[entries.length - 1].isIntersecting;
      this.look();
    });
    this.observer.observe(canvas);
  }

  /** Makes the context and listens to it, after three's own listeners, which restore what three holds. */
  start(canvas: HTMLCanvasElement): Gpu {
    try {
      this.gpu = new Gpu(canvas);
    } catch (error) {
      this.dispose();
      throw error;
    }
    const { signal } = this.abort;
    canvas.addEventListener("webglcontextlost", () => this.onLost(), { signal });
    canvas.addEventListener("webglcontextrestored", () => this.onRestored(), { signal });
    return this.gpu;
  }

  get paused(): boolean {
    return this.asleep || this.lost || !this.visible;
  }

  /** Without a context there is nothing to draw with. */
  get blind(): boolean {
    return this.asleep || this.lost;
  }

  /** Gives the context away and leaves a picture. */
  sleep(): void {
    if (this.asleep || this.gpu === null) return;
    const picture = this.host.picture();
    if (picture !== null) this.show(`url(${picture.toDataURL("image/png")})`);
    this.asleep = true;
    this.look();
    this.gpu.loseContext();
  }

  /** Takes a context again. */
  wake(): void {
    if (!this.asleep) {
      claim(this);
      return;
    }
    claim(this);
    this.gpu?.restoreContext();
  }

  dispose(): void {
    release(this);
    this.abort.abort();
    this.observer.disconnect();
    this.show("");
  }

  /** Works as if it were seen until the answer is called: somebody waits for a picture. */
  hold(): () => void {
    this.held++;
    this.wake();
    this.look();
    return () => {
      this.held--;
      this.look();
    };
  }

  private get visible(): boolean {
    if (this.held > 0) return true;
    return this.seen && document.visibilityState === "visible";
  }

  private look(): void {
    const working = !this.paused;
    if (working === this.working) return;
    this.working = working;
    if (working) this.host.resume();
    else this.host.pause();
  }

  /** The press that wakes does nothing else. */
  private press(event: Event): void {
    if (this.asleep) event.stopImmediatePropagation();
    this.wake();
  }

  private onLost(): void {
    this.lost = true;
    this.hideCanvas(true);
    if (this.asleep) return;
    this.contextsLost++;
    this.look();
    this.host.context(true);
  }

  private onRestored(): void {
    const slept = this.asleep;
    this.lost = false;
    this.asleep = false;
    this.hideCanvas(false);
    this.show("");
    this.working = !this.paused;
    this.host.restored(this.working);
    if (!slept) this.host.context(false);
  }

  /** A picture in place of the canvas, or again the canvas. */
  private show(image: string): void {
    const { style } = this.options.surface;
    style.backgroundImage = image;
    style.backgroundSize = image === "" ? "" : "100% 100%";
  }

  /** Browsers draw a canvas without a context as broken. */
  private hideCanvas(hidden: boolean): void {
    this.options.canvas.style.visibility = hidden ? "hidden" : "";
  }
}
