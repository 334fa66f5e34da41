/**
 * The pointer over the views. In slices: dragging moves the crosshair; with Shift, the middle or the right button it
 * moves the picture; the wheel steps through slices, with Ctrl it zooms at the pointer; two fingers move and zoom.
 * Handles of the ROI come before everything, also in 3D. The wheel acts only while the viewer has the focus.
 */

import type { Roi, Triple } from "../protocol/document";
import type { Cameras } from "./cameras";
import { draggedInSlice, draggedInVolume, type Handle } from "./cropbox";
import { clamp, each, type Space } from "./geometry";
import type { Point } from "./overlay";
import type { SlicePane } from "./panes";
import type { Rect } from "./types";

/** What the pointer acts on. */
export interface Host {
  /** The slice view under a pixel. */
  pane(at: Point): SlicePane | null;
  volume(at: Point): { space: Space; cameras: Cameras; rect: Rect } | null;
  handle(at: Point): Handle | null;
  slice(): Triple;
  roi(): Roi;
  focused(): boolean;
  setSlice(slice: Triple, final: boolean): void;
  setCenter(center: Triple, zoom: number): void;
  setRoi(roi: Roi, final: boolean): void;
  hover(voxel: Triple | null): void;
}

/** What goes on while a button is held. */
interface Drag {
  move(at: Point): void;
  end(at: Point): void;
}

const WHEEL_LINE = 40;

export class Navigation {
  private drag: Drag | null = null;
  private readonly fingers = new Map<number, Point>();
  private wheel = 0;
  private readonly abort = new AbortController();

  constructor(
    private readonly surface: HTMLElement,
    private readonly host: Host,
  ) {
    const { signal } = this.abort;
    const listen = <K extends keyof HTMLElementEventMap>(
      name: K,
      act: (event: HTMLElementEventMap[K]) => void,
      capture: boolean,
    ) => surface.addEventListener(name, act, { signal, capture, passive: false });
    listen("pointerdown", (event) => this.down(event), true);
    listen("pointermove", (event) => this.move(event), true);
    listen("pointerup", (event) => this.up(event), true);
    listen("pointercancel", (event) => this.up(event), true);
    listen("pointerleave", () => this.host.hover(null), false);
    listen("wheel", (event) => this.turn(event), false);
    listen("contextmenu", (event) => event.preventDefault(), false);
  }

  /** Whether something is being dragged. */
  get dragging(): boolean {
    return this.drag !== null;
  }

  dispose(): void {
    this.abort.abort();
  }

  private at(event: MouseEvent): Point {
    const box = this.surface.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  }

  private down(event: PointerEvent): void {
    const at = this.at(event);
    const pane = this.host.pane(at);
    const handle = event.button === 0 ? this.host.handle(at) : null;
    if (pane !== null) this.fingers.set(event.pointerId, at);
    if (this.fingers.size === 2 && pane !== null) this.drag = this.pinch(pane);
    else if (handle !== null) this.drag = this.dragHandle(handle, at);
    else if (pane !== null) this.drag = this.dragPane(event, pane, at);
    if (this.drag === null) return;
    event.stopPropagation();
    this.surface.setPointerCapture(event.pointerId);
  }

  private move(event: PointerEvent): void {
    const at = this.at(event);
    if (this.fingers.has(event.pointerId)) this.fingers.set(event.pointerId, at);
    if (this.drag === null) {
      this.host.hover(this.voxel(at));
      this.surface.style.cursor = this.host.handle(at) === null ? "" : "grab";
      return;
    }
    event.stopPropagation();
    this.drag.move(at);
  }

  private up(event: PointerEvent): void {
    this.fingers.delete(event.pointerId);
    if (this.drag === null) return;
    event.stopPropagation();
    this.drag.end(this.at(event));
    this.drag = null;
  }

  private dragHandle(handle: Handle, start: Point): Drag | null {
    const roi = this.host.roi();
    const pane = this.host.pane(start);
    const view = this.host.volume(start);
    const made = (at: Point) =>
      pane !== null
        ? draggedInSlice(roi, handle, pane, at)
        : view !== null
          ? draggedInVolume(roi, handle, view, at)
          : roi;
    return {
      move: (at) => this.host.setRoi(made(at), false),
      end: (at) => this.host.setRoi(made(at), true),
    };
  }

  private dragPane(event: PointerEvent, pane: SlicePane, start: Point): Drag {
    if (event.button !== 0 || event.shiftKey) {
      const pan = (at: Point) => this.host.setCenter(panned(pane, start, at), pane.zoom);
      return { move: pan, end: pan };
    }
    const set = (at: Point, final: boolean) =>
      this.host.setSlice(crossing(pane, this.host.slice(), at), final);
    set(start, false);
    return { move: (at) => set(at, false), end: (at) => set(at, true) };
  }

  private pinch(pane: SlicePane): Drag {
    const spread = () => {
      const [a, b] = [...this.fingers.values()];
      return {
        middle: [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2] as Point,
        length: Math.hypot(a[0] - b[0], a[1] - b[1]),
      };
    };
    const start = spread();
    const act = () => {
      if (this.fingers.size < 2) return;
      const now = spread();
      const zoom = pane.zoom * (now.length / Math.max(1, start.length));
      const under = pane.toFrame(...start.middle);
      this.host.setCenter(centered(pane, under, now.middle, zoom), zoom);
    };
    return { move: act, end: () => {} };
  }

  private turn(event: WheelEvent): void {
    const at = this.at(event);
    const pane = this.host.pane(at);
    if (pane === null || !this.host.focused()) return;
    event.preventDefault();
    const delta = event.deltaY * (event.deltaMode === 0 ? 1 : WHEEL_LINE);
    if (event.ctrlKey || event.metaKey) {
      const zoom = clamp(pane.zoom * Math.exp(-delta / 400), 1e-4, 1e3);
      this.host.setCenter(centered(pane, pane.toFrame(...at), at, zoom), zoom);
      return;
    }
    this.wheel += delta / WHEEL_LINE;
    const steps = Math.trunc(this.wheel);
    this.wheel -= steps;
    if (steps !== 0) this.host.setSlice(stepped(pane, this.host.slice(), steps), true);
  }

  private voxel(at: Point): Triple | null {
    const pane = this.host.pane(at);
    if (pane === null) return null;
    const place = pane.toFrame(...at);
    const voxel = each((a) => Math.floor(place[a]));
    return voxel.every((v, a) => v >= 0 && v < pane.space.shape[a]) ? voxel : null;
  }
}

/** The middle of the views after moving the picture with the pointer. */
export function panned(pane: SlicePane, start: Point, at: Point): Triple {
  const from = pane.toFrame(...start);
  const to = pane.toFrame(...at);
  return each((a) => pane.center[a] - (to[a] - from[a]));
}

/** The middle of the views at which a place lies under a pixel at another zoom. */
export function centered(pane: SlicePane, place: Triple, at: Point, zoom: number): Triple {
  const now = pane.toFrame(...at);
  const ratio = pane.zoom / zoom;
  return each((a) => {
    if (a === pane.along) return pane.center[a];
    return place[a] - (now[a] - pane.center[a]) * ratio;
  });
}

/** The slices through the place under a pixel. */
export function crossing(pane: SlicePane, slice: Triple, at: Point): Triple {
  const place = pane.toFrame(...at);
  return each((a) =>
    a === pane.along ? slice[a] : clamp(Math.floor(place[a]), 0, pane.space.shape[a] - 1),
  );
}

function stepped(pane: SlicePane, slice: Triple, steps: number): Triple {
  const next: Triple = [...slice];
  next[pane.along] = clamp(next[pane.along] + steps, 0, pane.space.shape[pane.along] - 1);
  return next;
}
