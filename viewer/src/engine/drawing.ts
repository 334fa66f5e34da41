/** One picture of everything: slices, the 3D view, and what lies over them. */

import type { Cameras } from "./cameras";
import { drawInSlice, drawInVolume } from "./cropbox";
import type { Gpu, PixelRect } from "./gpu";
import type { Tables } from "./layers";
import { drawAxes, drawCrosshair, drawWipe } from "./marks";
import { Overlay } from "./overlay";
import { pixelRect, SLICE_AXES, type SlicePane } from "./panes";
import type { PreviewPlanes } from "./preview";
import { comparedParts, drawSlice, type SliceContext } from "./slices";
import type { Place, State } from "./state";
import type { Store } from "./store";
import type { Rect, Scene } from "./types";
import { type Quality, Volume } from "./volume";

const BACKGROUND = { dark: [0.055, 0.06, 0.07], light: [0.93, 0.935, 0.945] } as const;

/** What a picture is made from. */
export interface Parts {
  gpu: Gpu;
  store: Store;
  tables: Tables;
  preview: PreviewPlanes;
  cameras: Cameras;
  state: State;
}

export class Drawing {
  private readonly volume: Volume;
  private readonly overlay = new Overlay();

  constructor(private readonly parts: Parts) {
    this.volume = new Volume(parts.gpu);
  }

  /** Draws everything; the 3D view is marched again only when a quality is given. */
  draw(quality: Quality | null): void {
    const { gpu, state } = this.parts;
    const scene = state.shown;
    const { width, height } = gpu.size;
    gpu.clear({ x: 0, y: 0, width, height }, BACKGROUND[scene?.theme ?? "dark"]);
    const context = this.context(scene);
    if (context === null) return;
    for (const axis of SLICE_AXES)
      for (const place of state.places(axis)) {
        const pane = state.slicePane(axis, place.rect);
        if (pane !== null) this.slice(context, pane, place);
      }
    const slots = state.places("volume").flatMap((place) => this.view(context, place, quality));
    this.volume.keepOnly(slots);
  }

  private context(scene: Scene | null): SliceContext | null {
    const { gpu, store, tables, preview, state } = this.parts;
    if (scene === null || state.space === null) return null;
    return { gpu, store, tables, preview, scene, space: state.space, ratio: state.ratio };
  }

  private slice(context: SliceContext, pane: SlicePane, place: Place): void {
    const { state } = this.parts;
    drawSlice(context, pane, state.only(place.side));
    drawCrosshair(this.overlay, pane, state.slice);
    drawInSlice(this.overlay, state.roi, pane);
    this.finish(context, place.rect);
  }

  private view(context: SliceContext, place: Place, quality: Quality | null): string[] {
    const { state, cameras } = this.parts;
    const rect = pixelRect(place.rect, context.ratio, context.gpu.size.height);
    const only = state.only(place.side);
    const parts = only === null ? comparedParts(rect, context.scene) : [{ rect, images: only }];
    const view = { cameras, roi: state.bounds, rect: place.rect };
    const slots = parts.map((part) => {
      const slot = `${place.side} ${part.images}`;
      if (quality !== null) this.volume.march(context, view, slot, names(part.images), quality);
      this.volume.show(rect, slot, part.rect);
      return slot;
    });
    const { space } = context;
    if (context.scene.crop)
      drawInVolume(this.overlay, state.roi, { space, cameras, rect: place.rect });
    drawAxes(this.overlay, cameras, place.rect);
    this.finish(context, place.rect);
    return slots;
  }

  private finish(context: SliceContext, rect: Rect): void {
    const { compare, holding } = context.scene;
    if (compare?.mode === "wipe" && !holding) drawWipe(this.overlay, rect, compare.position);
    this.overlay.flush(context.gpu, clip(context, rect), context.ratio);
  }
}

function clip(context: SliceContext, rect: Rect): PixelRect {
  return pixelRect(rect, context.ratio, context.gpu.size.height);
}

function names(images: string[] | "shown" | "difference"): string[] | null {
  if (images === "shown") return null;
  return images === "difference" ? ["difference"] : images;
}
