/** What the browser tests call in the page. */

import type { Engine, EngineEvents, EngineOptions, Panes, Scene } from "../../../src/engine";
import { createEngine, labelColor } from "../../../src/engine";
import { colormap } from "../../../src/engine/colormaps";
import type { Layer } from "../../../src/protocol/document";
import { compareSlice, grey } from "./expected";
import { cut, type Phantom, phantom, voxel } from "./phantom";
import { FakeSource } from "./source";

export interface Stage {
  engine: Engine;
  source: FakeSource;
  canvas: HTMLCanvasElement;
  surface: HTMLElement;
  box: HTMLElement;
  events: [keyof EngineEvents, ...unknown[]][];
}

const EVENTS = [
  "slice",
  "center",
  "camera",
  "roi",
  "hover",
  "residency",
  "trouble",
  "context",
  "drawn",
] as const;

/** An engine on a canvas of its own. */
function stage(
  phantoms: Phantom[],
  options: Partial<EngineOptions> & { tuning?: object } = {},
): Stage {
  const box = document.createElement("div");
  box.className = "viewer";
  const canvas = document.createElement("canvas");
  const surface = document.createElement("div");
  surface.className = "surface";
  box.append(canvas, surface);
  document.getElementById("root")?.append(box);
  const source = new FakeSource();
  for (const one of phantoms) source.add(one);
  const { tuning, ...rest } = options;
  const all = { canvas, surface, source, budgetBytes: 64 << 20, reducedMotion: true, ...rest };
  const engine = createEngine(all, tuning ?? {});
  const events: Stage["events"] = [];
  for (const name of EVENTS)
    engine.on(name, ((...args: unknown[]) => events.push([name, ...args])) as never);
  return { engine, source, canvas, surface, box, events };
}

/** What a test sets of a scene. */
export type Changes = Partial<Omit<Scene, "view">> & { view?: Partial<Scene["view"]> };

/** A scene of these layers with everything else as it comes. */
function scene(layers: Layer[], changes: Changes = {}): Scene {
  const { shape, spacing, origin } = layers[0].levels[0];
  const middle = shape.map((n) => Math.floor(n / 2)) as [number, number, number];
  const display = Object.fromEntries(
    layers.map((layer) => [
      layer.id,
      {
        visible: true,
        opacity: 1,
        window: layer.window,
        colormap: "gray",
        inverted: false,
        isolate: null,
        names: {},
        colors: {},
      },
    ]),
  );
  const { view, ...rest } = changes;
  return {
    frame: { shape, spacing, origin, unit: "micrometer" },
    layers,
    display,
    active: layers[0].id,
    view: {
      layout: "quad",
      slice: middle,
      center: shape.map((n) => n / 2) as [number, number, number],
      zoom: 1,
      camera: null,
      mode: "mip",
      iso: null,
      interpolate: false,
      ...view,
    },
    roi: { start: [0, 0, 0], end: shape },
    crop: false,
    threshold: null,
    compare: null,
    holding: false,
    theme: "dark",
    ...rest,
  } as Scene;
}

/** Looking along z without perspective, so many pixels per voxel of size 1, in a view 192 pixels high. */
function front(shape: [number, number, number], scale: number) {
  const [z, y, x] = shape.map((n) => n / 2 - 0.5);
  const distance = 192 / 2 / scale / Math.tan((17.5 * Math.PI) / 180);
  return {
    position: [z - distance, y, x],
    target: [z, y, x],
    up: [0, -1, 0],
    zoom: 1,
    orthographic: true,
  } as Scene["view"]["camera"];
}

const FULL = { left: 0, top: 0, width: 256, height: 192 };

const QUAD: Panes = {
  z: { left: 0, top: 0, width: 128, height: 96 },
  volume: { left: 128, top: 0, width: 128, height: 96 },
  y: { left: 0, top: 96, width: 128, height: 96 },
  x: { left: 128, top: 96, width: 128, height: 96 },
};

const vx = {
  stage,
  scene,
  phantom,
  voxel,
  cut,
  compareSlice,
  front,
  grey,
  colormap,
  labelColor,
  FULL,
  QUAD,
};

export type Vx = typeof vx;

declare global {
  interface Window {
    vx: Vx;
  }
}

window.vx = vx;
