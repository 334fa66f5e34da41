/** Planes of a result that is not yet computed, drawn over the slices until the bricks of the layer `filtered` are there. */

import type { Texture } from "three";
import type { Layer, Level, Plane, Preview } from "../protocol/document";
import { AXES, apply, each, xyz } from "./geometry";
import type { Gpu, PixelRect } from "./gpu";
import { displayOf, labelUniforms, tintUniform, windowUniforms } from "./layers";
import type { SlicePane } from "./panes";
import type { Uniforms } from "./programs";
import { IMAGE_PLANE, LABEL_PLANE } from "./shaders/slice";
import type { SliceContext } from "./slices";
import type { Scene } from "./types";

interface Kept {
  plane: Plane;
  texture: Texture;
  /** Width, height and kind: a texture of the same is used again. */
  fit: string;
}

export class PreviewPlanes {
  private preview: Preview | null = null;
  private level = 0;
  private version = -1;
  private readonly planes = new Map<string, Kept>();

  constructor(private readonly gpu: Gpu) {}

  get shown(): Preview | null {
    return this.preview;
  }

  /** Level of the shown planes. */
  get shownLevel(): number {
    return this.level;
  }

  /** Whether the layer has changed since the planes came: then its bricks are newer. */
  older(layer: Layer | undefined): boolean {
    return this.preview !== null && layer !== undefined && layer.version !== this.version;
  }

  show(preview: Preview, level: number, layer: Layer | undefined): void {
    if (this.preview !== null && preview.seq < this.preview.seq) return;
    this.preview = preview;
    this.level = level;
    this.version = layer?.version ?? -1;
    const axes = preview.planes.map((plane) => plane.axis as string);
    for (const axis of [...this.planes.keys()]) if (!axes.includes(axis)) this.drop(axis);
    for (const plane of preview.planes) this.keep(plane, preview);
  }

  clear(): void {
    this.preview = null;
    for (const axis of [...this.planes.keys()]) this.drop(axis);
  }

  draw(context: SliceContext, pane: SlicePane, rect: PixelRect, placed: Uniforms): void {
    const kept = this.planes.get(pane.axis);
    const layer = previewLayer(context.scene, this.preview);
    const level = layer?.levels[this.level];
    if (this.preview === null || kept === undefined || layer === undefined || level === undefined)
      return;
    const map = context.space.toLevel(level);
    const along = AXES.indexOf(kept.plane.axis);
    const middle = each((a) => pane.slice[a] + 0.5);
    if (Math.floor(apply(map, middle)[along]) !== kept.plane.index) return;
    const display = displayOf(context.scene, layer);
    const image = this.preview.role === "image";
    const uniforms = {
      ...placed,
      ...planeUniforms(context, kept, level),
      ...(image
        ? windowUniforms("A", layer, display, context.tables)
        : labelUniforms("A", layer, display, context.tables)),
      opacity: display.opacity,
      tint: tintUniform(context.scene, layer),
    };
    const fragment = image ? IMAGE_PLANE : LABEL_PLANE;
    context.gpu.draw({ fragment, uniforms, rect, target: null, blend: true });
  }

  private keep(plane: Plane, preview: Preview): void {
    const [width, height] = planeSize(plane);
    const texel = preview.role === "labels" ? "u32" : preview.stored;
    const data = texel === "u32" ? Uint32Array.from(plane.data) : plane.data;
    const fit = `${width} ${height} ${texel}`;
    const old = this.planes.get(plane.axis);
    if (old?.fit === fit) {
      this.gpu.refill(old.texture, texel, data);
      old.plane = plane;
      return;
    }
    this.drop(plane.axis);
    const texture = this.gpu.createFlat(texel, width, height, data);
    this.planes.set(plane.axis, { plane, texture, fit });
  }

  private drop(axis: string): void {
    const kept = this.planes.get(axis);
    if (kept !== undefined) this.gpu.release(kept.texture);
    this.planes.delete(axis);
  }
}

/** Display and levels of the preview: those of `filtered` or, before there is one, of the active layer; the encoding is its own. */
function previewLayer(scene: Scene, preview: Preview | null): Layer | undefined {
  const find = (id: string | null) => scene.layers.find((layer) => layer.id === id);
  const layer = find("filtered") ?? find(scene.active);
  if (layer === undefined || preview === null) return layer;
  return { ...layer, encoding: preview.encoding, stored: preview.stored, role: preview.role };
}

/** Axes to the right and down, as numbers. */
function planeAxes(plane: Plane): [number, number] {
  return { z: [2, 1], y: [2, 0], x: [1, 0] }[plane.axis] as [number, number];
}

function planeSize(plane: Plane): [number, number] {
  const [right, down] = planeAxes(plane);
  return [plane.shape[right], plane.shape[down]];
}

function planeUniforms(context: SliceContext, kept: Kept, level: Level): Uniforms {
  const map = context.space.toLevel(level);
  const [right, down] = planeAxes(kept.plane);
  const unit = (axis: number) => xyz(each((a) => (a === axis ? 1 : 0)));
  const { start } = kept.plane;
  return {
    plane: kept.texture,
    planeMul: xyz(map.mul),
    planeAdd: xyz(map.add),
    planeU: unit(right),
    planeV: unit(down),
    planeStart: [start[right], start[down]],
    planeSize: planeSize(kept.plane),
  };
}
