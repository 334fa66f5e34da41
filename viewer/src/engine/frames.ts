/** When to draw: on demand, once a display frame, coarse in 3D while something changes and fine after it. */

import { FINE, Pace, REST } from "./pace";
import type { Quality } from "./volume";

/** What a frame consists of. */
export interface FrameHost {
  /** Whether nothing is to be drawn: hidden, asleep, or without a context. */
  paused(): boolean;
  /** Puts arrived bricks on the graphics card, for so many milliseconds; true when the picture changes by it. */
  upload(milliseconds: number): boolean;
  /** More to upload. */
  pending(): boolean;
  /** Whether the slices were drawn with something in them: the first picture does not wait for 3D. */
  begun(): boolean;
  draw(quality: Quality | null): void;
}

/** Milliseconds of uploads in one frame. */
const UPLOADS = 8;

/** Least milliseconds between two coarse pictures of the volume. */
const BETWEEN = 15;

export class Frames {
  /** What the 3D view lacks: nothing, a new picture, or a finer one. */
  private volume: "done" | "stale" | "coarse" = "stale";
  private readonly pace = new Pace();
  private asked = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private touched = 0;
  private heldUntil = 0;
  private marched = 0;

  constructor(private readonly host: FrameHost) {}

  /** Whether the picture is the final one. */
  get done(): boolean {
    return this.volume === "done" && this.asked === 0;
  }

  /** Something changed that the 3D view shows too. */
  touch(): void {
    this.volume = "stale";
    this.touched = performance.now();
    this.redraw();
  }

  /** What was drawn stays for so long: the layer beneath all others begins anew, and black would be in between. */
  hold(milliseconds: number): void {
    this.heldUntil = performance.now() + milliseconds;
    setTimeout(() => this.redraw(), milliseconds + 1);
  }

  /** Draws as soon as may be, also what is held. */
  release(): void {
    this.heldUntil = 0;
    this.redraw();
  }

  /** Something changed, but not in 3D. */
  redraw(): void {
    if (performance.now() < this.heldUntil) return;
    if (this.asked === 0 && !this.host.paused())
      this.asked = requestAnimationFrame(() => this.frame());
  }

  /** Draws everything at its best, now; also when nobody sees it. */
  finest(): void {
    this.host.upload(Number.POSITIVE_INFINITY);
    this.volume = "done";
    this.host.draw(FINE);
  }

  stop(): void {
    cancelAnimationFrame(this.asked);
    clearTimeout(this.timer);
    this.asked = 0;
  }

  private frame(): void {
    this.asked = 0;
    if (this.host.paused()) return;
    const now = performance.now();
    if (now < this.heldUntil) return;
    if (this.host.upload(UPLOADS)) {
      this.volume = "stale";
      this.touched = now;
    }
    this.host.draw(this.quality(now));
    if (this.host.pending()) this.redraw();
    else if (this.volume !== "done") this.later();
  }

  private quality(now: number): Quality | null {
    if (!this.host.begun()) return null;
    if (this.volume === "stale" && now - this.marched >= BETWEEN) {
      requestAnimationFrame(() => this.pace.took(performance.now() - now));
      this.marched = now;
      this.volume = "coarse";
      return this.pace.coarse;
    }
    if (this.volume === "coarse" && now - this.touched >= REST) {
      this.volume = "done";
      return FINE;
    }
    return null;
  }

  /** A fine picture after a rest. */
  private later(): void {
    clearTimeout(this.timer);
    if (!this.host.begun()) return;
    const wait = this.volume === "stale" ? BETWEEN : REST;
    this.timer = setTimeout(() => this.redraw(), wait);
  }
}
