/** What is to be drawn: the scene, and what the user is just moving, which the scene follows later. */

import type { Roi, Triple } from "../protocol/document";
import { type Bounds, Space } from "./geometry";
import { contains, fitZoom, half, SLICE_AXES, SlicePane } from "./panes";
import type { Axis, Panes, Rect, Scene } from "./types";

/** A view and its half, when two layers stand side by side: 0 and 1, else null. */
export interface Place {
  rect: Rect;
  side: 0 | 1 | null;
}

export class State {
  scene: Scene | null = null;
  space: Space | null = null;
  panes: Panes = {};
  ratio = 1;
  slice: Triple = [0, 0, 0];
  center: Triple = [0, 0, 0];
  /** CSS pixels per frame voxel of the finest spacing; null: everything is shown. */
  zoom: number | null = null;
  roi: Roi = { start: [0, 0, 0], end: [1, 1, 1] };

  /**
   * Takes a scene. A value of it that is the same as in the scene before does not undo what the user did since.
   * True when the frame lies elsewhere than before.
   */
  take(scene: Scene, dragging: boolean): boolean {
    const before = this.scene;
    this.scene = scene;
    const space = scene.frame === null ? null : new Space(scene.frame);
    const moved =
      (space === null) !== (this.space === null) ||
      (space !== null && !space.equals(this.space as Space));
    if (moved) this.space = space;
    const changed = (of: (scene: Scene) => unknown) =>
      before === null || moved || JSON.stringify(of(before)) !== JSON.stringify(of(scene));
    if (changed((s) => s.view.slice) && !dragging) this.slice = scene.view.slice;
    if (changed((s) => [s.view.center, s.view.zoom]) && !dragging) {
      this.center = scene.view.center;
      this.zoom = scene.view.zoom;
    }
    if (changed((s) => s.roi) && !dragging) this.roi = scene.roi;
    return moved;
  }

  /** All that the 3D view depends on, but for the camera, as a text to compare. */
  get volumeFacts(): string {
    if (this.scene === null) return "";
    const { frame, layers, display, view, crop, compare, holding, theme } = this.scene;
    const bricks = layers.map(({ id, version, levels, region, encoding }) => [
      [id, version, region],
      [levels.length, encoding],
    ]);
    const { mode, iso } = view;
    return JSON.stringify([
      frame,
      bricks,
      display,
      mode,
      iso,
      this.roi,
      crop,
      compare,
      holding,
      theme,
    ]);
  }

  /** The scene with what the user has moved. */
  get shown(): Scene | null {
    if (this.scene === null) return null;
    const view = { ...this.scene.view, slice: this.slice };
    return { ...this.scene, view, roi: this.roi };
  }

  get bounds(): Bounds {
    return this.roi;
  }

  get effectiveZoom(): number {
    if (this.zoom !== null || this.space === null) return this.zoom ?? 1;
    return fitZoom(this.space, this.panes) * (this.sideBySide ? 0.5 : 1);
  }

  get sideBySide(): boolean {
    return this.scene?.compare?.mode === "side-by-side" && !this.scene.holding;
  }

  /** The places of a view: one, or two side by side. */
  places(view: Axis | "volume"): Place[] {
    const rect = this.panes[view];
    if (rect === undefined || rect.width < 1 || rect.height < 1) return [];
    if (!this.sideBySide) return [{ rect, side: null }];
    return [
      { rect: half(rect, 0), side: 0 },
      { rect: half(rect, 1), side: 1 },
    ];
  }

  slicePane(axis: Axis, rect: Rect): SlicePane | null {
    const { space, center, slice } = this;
    if (space === null) return null;
    return new SlicePane(axis, rect, { space, center, zoom: this.effectiveZoom, slice });
  }

  /** The slice view under a pixel. */
  paneAt(x: number, y: number): SlicePane | null {
    for (const axis of SLICE_AXES)
      for (const { rect } of this.places(axis))
        if (contains(rect, x, y)) return this.slicePane(axis, rect);
    return null;
  }

  /** The place of the 3D view under a pixel. */
  volumeAt(x: number, y: number): Rect | null {
    return this.places("volume").find(({ rect }) => contains(rect, x, y))?.rect ?? null;
  }

  /** Image layers of one half of a comparison, or null for what the scene shows. */
  only(side: 0 | 1 | null): string[] | null {
    const compare = this.scene?.compare ?? null;
    if (compare === null || side === null) return null;
    return [side === 0 ? compare.a : compare.b];
  }
}
