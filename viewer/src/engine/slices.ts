/** Draws the slice views: image layers from below, labels, differences, and planes of a preview over them. */

import type { Compare, Layer, Triple } from "../protocol/document";
import { diverging } from "./colormaps";
import { each, type Space, xyz } from "./geometry";
import type { Gpu, PixelRect } from "./gpu";
import {
  between,
  displayOf,
  labelUniforms,
  layerUniforms,
  shownLayers,
  type Tables,
  tintUniform,
  windowUniforms,
} from "./layers";
import { pixelRect, type SlicePane } from "./panes";
import type { PreviewPlanes } from "./preview";
import type { Uniforms } from "./programs";
import { DIFFERENCE_SLICE, IMAGE_SLICE, LABEL_SLICE } from "./shaders/slice";
import type { Store } from "./store";
import type { Scene } from "./types";

/** Pixels whose middle is on the edge between two voxels show the second: this part of a voxel decides it. */
const EDGE = 1 / 1024;

/** What drawing a slice view needs. */
export interface SliceContext {
  gpu: Gpu;
  store: Store;
  tables: Tables;
  space: Space;
  scene: Scene;
  ratio: number;
  preview: PreviewPlanes;
}

/** A part of a view and the image layers that it shows. */
export interface Part {
  rect: PixelRect;
  images: string[] | "shown" | "difference";
}

/** Cuts a view for a comparison. Side by side is two views, which the caller makes. */
export function comparedParts(rect: PixelRect, scene: Scene): Part[] {
  const { compare } = scene;
  if (compare === null || compare.mode === "side-by-side") return [{ rect, images: "shown" }];
  if (scene.holding) return [{ rect, images: [compare.a] }];
  if (compare.mode === "hold") return [{ rect, images: [compare.b] }];
  if (compare.mode === "difference") return [{ rect, images: "difference" }];
  const left = Math.round(rect.width * Math.min(Math.max(compare.position, 0), 1));
  return [
    { rect: { ...rect, width: left }, images: [compare.a] },
    { rect: { ...rect, x: rect.x + left, width: rect.width - left }, images: [compare.b] },
  ].filter((part) => part.rect.width > 0);
}

export function drawSlice(context: SliceContext, pane: SlicePane, only: string[] | null): void {
  const whole = pixelRect(pane.rect, context.ratio, context.gpu.size.height);
  const parts =
    only === null ? comparedParts(whole, context.scene) : [{ rect: whole, images: only }];
  for (const part of parts) drawPart(context, pane, part);
}

function drawPart(context: SliceContext, pane: SlicePane, part: Part): void {
  const { scene } = context;
  const placed = placeUniforms(context, pane);
  const layers = shownLayers(scene);
  if (part.images === "difference" && scene.compare !== null)
    drawDifference(context, scene.compare, part.rect, placed);
  const shown = (layer: Layer) =>
    layer.role === "labels" || part.images === "shown"
      ? displayOf(scene, layer).visible
      : part.images.includes(layer.id);
  // Labels lie over all images.
  const order = [...layers].sort(
    (a, b) => Number(a.role === "labels") - Number(b.role === "labels"),
  );
  for (const layer of order.filter(shown)) {
    if (layer.role === "labels") drawLabels(context, layer, part.rect, placed);
    else drawImage(context, layer, part.rect, placed);
    if (layer.id === "filtered") context.preview.draw(context, pane, part.rect, placed);
  }
  const early = !scene.layers.some((layer) => layer.id === "filtered");
  if (early && (part.images === "shown" || part.images.includes("filtered")))
    context.preview.draw(context, pane, part.rect, placed);
}

function drawImage(context: SliceContext, layer: Layer, rect: PixelRect, placed: Uniforms): void {
  const { gpu, store, tables, space, scene } = context;
  const bricks = store.get(layer.id);
  if (bricks === undefined) return;
  const display = displayOf(scene, layer);
  const uniforms = {
    ...placed,
    ...layerUniforms("A", bricks, space),
    ...windowUniforms("A", layer, display, tables),
    opacity: display.opacity,
    tint: tintUniform(scene, layer),
    interpolate: scene.view.interpolate,
  };
  gpu.draw({ fragment: IMAGE_SLICE, uniforms, rect, target: null, blend: true });
}

function drawLabels(context: SliceContext, layer: Layer, rect: PixelRect, placed: Uniforms): void {
  const { gpu, store, tables, space, scene } = context;
  const bricks = store.get(layer.id);
  if (bricks === undefined) return;
  const display = displayOf(scene, layer);
  const uniforms = {
    ...placed,
    ...layerUniforms("A", bricks, space),
    ...labelUniforms("A", layer, display, tables),
    labels: bricks.pool.texture,
    opacity: display.opacity,
  };
  gpu.draw({ fragment: LABEL_SLICE, uniforms, rect, target: null, blend: true });
}

function drawDifference(
  context: SliceContext,
  compare: Compare,
  rect: PixelRect,
  placed: Uniforms,
): void {
  const { gpu, store, tables, space, scene } = context;
  const [a, b] = [store.get(compare.a), store.get(compare.b)];
  if (a === undefined || b === undefined) return;
  if (a.layer.role !== "image" || b.layer.role !== "image") return;
  const uniforms = {
    ...placed,
    ...layerUniforms("A", a, space),
    ...layerUniforms("B", b, space),
    ...windowUniforms("A", a.layer, displayOf(scene, a.layer), tables),
    mapA: tables.table("diverging", diverging),
    sameB: between(b.layer, a.layer),
    opacity: 1,
  };
  gpu.draw({ fragment: DIFFERENCE_SLICE, uniforms, rect, target: null, blend: true });
}

/** From pixels of the canvas (from the lower left corner) to edges of the frame. */
function placeUniforms(context: SliceContext, pane: SlicePane): Uniforms {
  const { ratio, gpu } = context;
  const at = (x: number, y: number) => pane.toFrame(x / ratio, (gpu.size.height - y) / ratio);
  const zero = at(0, 0);
  const step = (to: Triple) => xyz(each((a) => to[a] - zero[a]));
  const base = each((a) => (a === pane.along ? zero[a] : zero[a] + EDGE));
  return { base: xyz(base), across: step(at(1, 0)), down: step(at(0, 1)) };
}
