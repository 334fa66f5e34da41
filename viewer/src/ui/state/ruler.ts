/** The ruler: a line that is drawn on a slice, or that ends at the crosshair. */

import { effect, signal } from "@preact/signals";
import { Space } from "../../engine/geometry";
import { contains, half, SLICE_AXES, SlicePane } from "../../engine/panes";
import type { Axis, Rect } from "../../engine/types";
import { type Line, middleOf } from "../logic/ruler";
import type { Store } from "./store";

export class Ruler {
  /** Null while it is put away. */
  readonly line = signal<Line | null>(null);
  /** Whether it ends at the crosshair, wherever that goes. */
  private follows = false;
  private readonly stop: () => void;

  constructor(private readonly store: Store) {
    this.stop = effect(() => this.follow());
  }

  /** Takes the ruler, which begins at the crosshair; or puts it away. */
  toggle(): void {
    const slice = this.store.document.value?.view.slice;
    if (this.line.value || !slice) {
      this.line.value = null;
      return;
    }
    this.follows = true;
    this.line.value = { from: middleOf(slice), to: middleOf(slice) };
  }

  /** Where the slice across an axis is shown: once, or twice side by side. Pixels are those of the views' area. */
  panes(axis: Axis): SlicePane[] {
    const { frame, document, panes } = this.store;
    const rect = panes.value[axis];
    const view = document.value?.view;
    if (!frame.value || !view || !rect) return [];
    const look = { space: new Space(frame.value), center: view.center, slice: view.slice };
    const twice = document.value?.compare?.mode === "side-by-side" && !this.store.holding.value;
    const rects: Rect[] = twice ? [half(rect, 0), half(rect, 1)] : [rect];
    return rects.map((one) => new SlicePane(axis, one, { ...look, zoom: this.store.zoomNow() }));
  }

  /** Begins a line at a pixel; what comes back moves its end. Null where there is no slice, or no ruler. */
  begin(x: number, y: number): ((x: number, y: number) => void) | null {
    const pane = SLICE_AXES.flatMap((axis) => this.panes(axis)).find(({ rect }) =>
      contains(rect, x, y),
    );
    if (!pane || !this.line.value) return null;
    this.follows = false;
    const from = pane.toFrame(x, y);
    this.line.value = { from, to: from };
    return (toX, toY) => {
      if (this.line.value) this.line.value = { from, to: pane.toFrame(toX, toY) };
    };
  }

  dispose(): void {
    this.stop();
  }

  private follow(): void {
    const slice = this.store.document.value?.view.slice;
    const line = this.line.peek();
    if (slice && line && this.follows) this.line.value = { ...line, to: middleOf(slice) };
  }
}
