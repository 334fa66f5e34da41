/** Draws the 3D view: into a picture of its own, coarse while something moves and fine when all is still. */

import type { Layer, Mode } from "../protocol/document";
import type { Cameras } from "./cameras";
import { type Bounds, xyz } from "./geometry";
import type { Gpu, PixelRect, Target } from "./gpu";
import type { LayerBricks } from "./layerbricks";
import {
  between,
  displayOf,
  labelUniforms,
  layerUniforms,
  shownBox,
  shownLayers,
  stepLengths,
  stored,
  windowUniforms,
} from "./layers";
import { pixelRect } from "./panes";
import type { Uniforms } from "./programs";
import { COPY } from "./shaders/overlay";
import { labelNames, type VolumeKind, volumeShader } from "./shaders/volume";
import type { SliceContext } from "./slices";
import type { Rect } from "./types";

/** Layers of labels that one program can take: each needs two textures of the sixteen that every card has. */
export const MOST_LABELS = 4;

/** Extinction per longest side of the volume at the top of the window. */
const DENSITY = 120;

/** How fine to draw: each pixel of the picture stands for so many of the screen, each step for so many voxels. */
export interface Quality {
  divisor: number;
  step: number;
}

/** What the 3D view shows besides the scene. */
export interface VolumeView {
  cameras: Cameras;
  roi: Bounds;
  rect: Rect;
}

/** The layers of one picture: A alone, A over B, or their difference; and labels. */
interface Shown {
  kind: VolumeKind;
  a: LayerBricks | null;
  b: LayerBricks | null;
  labels: LayerBricks[];
}

export class Volume {
  private readonly targets = new Map<string, Target>();

  constructor(private readonly gpu: Gpu) {}

  /** Marches the rays of one view; `only` names the image layers, null stands for what is shown. */
  march(
    context: SliceContext,
    view: VolumeView,
    slot: string,
    only: string[] | null,
    quality: Quality,
  ): void {
    const rect = pixelRect(view.rect, context.ratio, context.gpu.size.height);
    const width = Math.max(1, Math.ceil(rect.width / quality.divisor));
    const height = Math.max(1, Math.ceil(rect.height / quality.divisor));
    const target = this.target(slot, width, height);
    const shown = chosen(context, only);
    const whole = { x: 0, y: 0, width, height };
    const uniforms = shown === null ? {} : volumeUniforms(context, view, shown, quality);
    const viewport = [0, 0, width, height];
    const fragment = shown === null ? NOTHING : shader(shown.kind);
    this.gpu.draw({
      fragment,
      uniforms: { ...uniforms, viewport },
      rect: whole,
      target,
      blend: false,
    });
  }

  /** Puts the picture on the canvas; `part` is what of it, in device pixels of the canvas. */
  show(rect: PixelRect, slot: string, part: PixelRect): void {
    const target = this.targets.get(slot);
    if (target === undefined) return;
    const uniforms = {
      picture: target.texture,
      viewport: [rect.x, rect.y, rect.width, rect.height],
    };
    this.gpu.draw({ fragment: COPY, uniforms, rect: part, target: null, blend: true });
  }

  /** Lets go of pictures that are not among these. */
  keepOnly(slots: string[]): void {
    for (const [slot, target] of this.targets) {
      if (slots.includes(slot)) continue;
      this.gpu.releaseTarget(target);
      this.targets.delete(slot);
    }
  }

  private target(slot: string, width: number, height: number): Target {
    const old = this.targets.get(slot);
    if (old !== undefined && old.width === width && old.height === height) return old;
    if (old !== undefined) this.gpu.releaseTarget(old);
    const made = this.gpu.createTarget(width, height);
    this.targets.set(slot, made);
    return made;
  }
}

const NOTHING = "precision highp float;\nout vec4 color;\nvoid main() { color = vec4(0.0); }\n";

const shaders = new Map<string, string>();

function shader(kind: VolumeKind): string {
  const key = JSON.stringify(kind);
  const known = shaders.get(key) ?? volumeShader(kind);
  shaders.set(key, known);
  return known;
}

/** The uppermost image layer, over the next one where it is not here; `difference` in `only` compares the two. */
function chosen(context: SliceContext, only: string[] | null): Shown | null {
  const { scene, store } = context;
  const bricks = (layer: Layer) => store.get(layer.id);
  const layers = shownLayers(scene);
  const labels = layers
    .filter((layer) => layer.role === "labels")
    .map(bricks)
    .filter((b) => b !== undefined);
  // One sampler serves all labels of a program, so they must lie in one atlas.
  const together = labels.filter((b) => b.pool === labels[0].pool).slice(0, MOST_LABELS);
  const compare = only?.includes("difference") ? scene.compare : null;
  const images = layers
    .filter((layer) => layer.role === "image")
    .filter((layer) => (only === null ? displayOf(scene, layer).visible : only.includes(layer.id)));
  const [a, b] =
    compare !== null
      ? [store.get(compare.a) ?? null, store.get(compare.b) ?? null]
      : images.reverse().map(bricks);
  const mode: Mode = scene.view.mode;
  const how = a == null ? "none" : b == null ? "one" : compare !== null ? "difference" : "beneath";
  if (how === "none" && together.length === 0) return null;
  return {
    kind: { mode, images: how, labels: together.length },
    a: a ?? null,
    b: b ?? null,
    labels: together,
  };
}

function volumeUniforms(
  context: SliceContext,
  view: VolumeView,
  shown: Shown,
  quality: Quality,
): Uniforms {
  const { scene, space } = context;
  const cut = shownBox(scene, view.roi);
  const still = quality.divisor === 1;
  return {
    unproject: view.cameras.unproject(space, view.rect.width / Math.max(1, view.rect.height)),
    perVoxel: xyz(space.spacing).map((v) => v / space.size),
    cutLo: xyz(cut.start),
    cutHi: xyz(cut.end),
    density: DENSITY,
    jitter: still && scene.view.mode === "dvr" ? 1 : 0,
    ...imageUniforms(context, shown, quality.step),
    ...labelsUniforms(context, shown.labels, quality.step),
  };
}

function imageUniforms(context: SliceContext, shown: Shown, step: number): Uniforms {
  const { scene, space, tables } = context;
  const { a, b } = shown;
  const uniforms: Uniforms = {};
  for (const [name, bricks] of [
    ["A", a],
    ["B", b],
  ] as const) {
    if (bricks === null) continue;
    Object.assign(uniforms, layerUniforms(name, bricks, space));
    Object.assign(
      uniforms,
      windowUniforms(name, bricks.layer, displayOf(scene, bricks.layer), tables),
    );
    uniforms[`steps${name}`] = stepLengths(bricks, space, step);
  }
  if (a !== null) uniforms.iso = isoPart(context, a.layer);
  if (a !== null && b !== null) uniforms.sameB = between(b.layer, a.layer);
  return uniforms;
}

/** The iso value as a part of the window; without one, its middle. */
function isoPart(context: SliceContext, layer: Layer): number {
  const { iso } = context.scene.view;
  const window = displayOf(context.scene, layer).window.map((v) => stored(layer, v));
  if (iso === null || window[0] === window[1]) return 0.5;
  return (stored(layer, iso) - window[0]) / (window[1] - window[0]);
}

function labelsUniforms(context: SliceContext, labels: LayerBricks[], step: number): Uniforms {
  const { scene, space, tables } = context;
  const uniforms: Uniforms = {};
  labelNames(labels.length).forEach((name, i) => {
    const bricks = labels[i];
    const display = displayOf(scene, bricks.layer);
    Object.assign(uniforms, layerUniforms(name, bricks, space));
    Object.assign(uniforms, labelUniforms(name, bricks.layer, display, tables));
    uniforms[`steps${name}`] = stepLengths(bricks, space, Math.min(step, 0.5));
    uniforms[`opacity${name}`] = display.opacity;
    uniforms.labels = bricks.pool.texture;
  });
  return uniforms;
}
