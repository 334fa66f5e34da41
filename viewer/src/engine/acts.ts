/** What the user does: takes it at once, and tells the rest of the viewer. */

import type { Roi, Triple } from "../protocol/document";
import type { Cameras } from "./cameras";
import { type Handle, handleAt, sliceHandles, volumeHandles } from "./cropbox";
import type { Emitter } from "./emitter";
import { each } from "./geometry";
import type { Host } from "./navigation";
import type { Point } from "./overlay";
import { fitZoom, type SlicePane } from "./panes";
import type { State } from "./state";
import type { Axis } from "./types";

/** What must happen after an act. */
export interface After {
  /** Other bricks may be wanted; `volume` when the 3D view shows something else too. */
  moved(volume: boolean): void;
}

export class Acts implements Host {
  focus = false;

  constructor(
    private readonly state: State,
    private readonly cameras: () => Cameras,
    private readonly emitter: Emitter,
    private readonly after: After,
  ) {}

  pane([x, y]: Point): SlicePane | null {
    return this.state.paneAt(x, y);
  }

  volume([x, y]: Point): ReturnType<Host["volume"]> {
    const rect = this.state.volumeAt(x, y);
    const { space } = this.state;
    return rect === null || space === null ? null : { space, cameras: this.cameras(), rect };
  }

  handle(at: Point): Handle | null {
    const { roi, scene } = this.state;
    const pane = this.pane(at);
    if (pane !== null) return handleAt(sliceHandles(roi, pane), ...at);
    const view = scene?.crop ? this.volume(at) : null;
    if (view === null) return null;
    return handleAt(volumeHandles(roi, view.space, view.cameras, view.rect), ...at);
  }

  slice(): Triple {
    return this.state.slice;
  }

  roi(): Roi {
    return this.state.roi;
  }

  focused(): boolean {
    return this.focus;
  }

  setSlice(slice: Triple, final: boolean): void {
    this.state.slice = slice;
    this.emitter.emit("slice", slice, final);
    this.after.moved(false);
  }

  setCenter(center: Triple, zoom: number): void {
    this.state.center = center;
    this.state.zoom = zoom;
    this.emitter.emit("center", center, zoom);
    this.after.moved(false);
  }

  setRoi(roi: Roi, final: boolean): void {
    this.state.roi = roi;
    this.emitter.emit("roi", roi, final);
    this.after.moved(true);
  }

  hover(voxel: Triple | null): void {
    this.emitter.emit("hover", voxel);
  }

  cameraMoved(final: boolean): void {
    this.emitter.emit("camera", this.cameras().camera, final);
    this.after.moved(true);
  }

  /** Everything is shown, in the slices and in 3D. */
  fit(): void {
    const { space, panes } = this.state;
    if (space === null) return;
    const middle = each((a) => space.shape[a] / 2);
    this.setCenter(middle, fitZoom(space, panes));
    this.cameras().fit();
    this.cameraMoved(true);
  }

  lookAlong(axis: Axis): void {
    this.cameras().lookAlong(axis);
    this.cameraMoved(true);
  }
}
