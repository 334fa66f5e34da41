/** Which layers a scene shows, and what the shaders must know of each. */

import type { Texture } from "three";
import type { Display, Layer, Triple } from "../protocol/document";
import { colormap } from "./colormaps";
import { type Bounds, each, type Space, xyz } from "./geometry";
import type { Gpu } from "./gpu";
import { MAX_LEVELS } from "./grid";
import type { LayerBricks } from "./layerbricks";
import { colorTable, paletteTable } from "./palette";
import type { Uniforms } from "./programs";
import type { Scene } from "./types";

/** How a layer is shown; a layer without an entry is shown as it comes. */
export function displayOf(scene: Scene, layer: Layer): Display {
  const given = scene.display[layer.id];
  if (given !== undefined) return given;
  const plain = { visible: true, opacity: 1, colormap: "gray", inverted: false };
  return { ...plain, window: layer.window, isolate: null, names: {}, colors: {} };
}

/** Layers with levels that are shown, the undermost first. Compared layers are shown in any case. */
export function shownLayers(scene: Scene): Layer[] {
  const compared = scene.compare === null ? [] : [scene.compare.a, scene.compare.b];
  return scene.layers.filter((layer) => {
    const { visible, opacity } = displayOf(scene, layer);
    return layer.levels.length > 0 && (compared.includes(layer.id) || (visible && opacity > 0));
  });
}

/** The layer that the residency speaks of: the active one when it is a shown image, else the first shown image. */
export function mainLayer(scene: Scene): Layer | undefined {
  const images = shownLayers(scene).filter((layer) => layer.role === "image");
  return images.find((layer) => layer.id === scene.active) ?? images[0] ?? shownLayers(scene)[0];
}

/** From a value to what is stored for it. */
export function stored(layer: Layer, value: number): number {
  return (value - layer.encoding.offset) / layer.encoding.scale;
}

/** Factor and offset from what one layer stores to what another stores for the same value. */
export function between(from: Layer, to: Layer): [number, number] {
  const factor = from.encoding.scale / to.encoding.scale;
  return [factor, (from.encoding.offset - to.encoding.offset) / to.encoding.scale];
}

/** Small textures that layers share: colour maps, the palette, the user's colours. */
export class Tables {
  private readonly kept = new Map<string, Texture>();

  constructor(private readonly gpu: Gpu) {}

  map(name: string, inverted: boolean): Texture {
    return this.get(`map ${name} ${inverted}`, () =>
      this.gpu.createFlat("rgba", 256, 1, colormap(name, inverted)),
    );
  }

  get palette(): Texture {
    return this.get("palette", () => this.gpu.createFlat("rgba", 256, 1, paletteTable()));
  }

  table(name: string, make: () => Uint8Array): Texture {
    return this.get(name, () => this.gpu.createFlat("rgba", 256, 1, make()));
  }

  /** The user's colours of one layer; a changed set takes the place of the old. */
  colors(layer: string, colors: Record<string, string>): { texture: Texture; places: number } {
    const key = `colors ${layer} `;
    const name = key + JSON.stringify(colors);
    for (const [old, texture] of this.kept) {
      if (!old.startsWith(key) || old === name) continue;
      this.gpu.release(texture);
      this.kept.delete(old);
    }
    const texture = this.get(name, () => {
      const data = colorTable(colors);
      return this.gpu.createFlat("page", data.length / 2, 1, data);
    });
    return { texture, places: (texture.image as { width: number }).width };
  }

  private get(name: string, make: () => Texture): Texture {
    const known = this.kept.get(name);
    if (known !== undefined) return known;
    const made = make();
    this.kept.set(name, made);
    return made;
  }
}

/** Uniforms of `addressing` for the layer that a shader calls NAME. */
export function layerUniforms(name: string, bricks: LayerBricks, space: Space): Uniforms {
  const { grid, pool, layer } = bricks;
  const bounds = space.bounds(layer);
  const unit = { u8: 1, u16: 257, u32: 1, page: 1, rgba: 1 }[pool.texel];
  return {
    [`pages${name}`]: bricks.texture,
    [`mul${name}`]: flat(grid.maps.map((map) => map.mul)),
    [`add${name}`]: flat(grid.maps.map((map) => map.add)),
    [`shape${name}`]: flat(grid.shapes),
    [`start${name}`]: Int32Array.from({ length: MAX_LEVELS }, (_, i) => grid.starts[i] ?? 0),
    [`edge${name}`]: grid.edge,
    [`boxLo${name}`]: xyz(bounds.start),
    [`boxHi${name}`]: xyz(bounds.end),
    [`bytes${name}`]: unit,
    [`atlas${name}`]: pool.texture,
    [`texel${name}`]: pool.texels.map((v) => 1 / v),
  };
}

/** Uniforms of `windowChunk`. */
export function windowUniforms(
  name: string,
  layer: Layer,
  display: Display,
  tables: Tables,
): Uniforms {
  const low = stored(layer, display.window[0]);
  const high = stored(layer, display.window[1]);
  return {
    [`map${name}`]: tables.map(display.colormap, display.inverted),
    [`window${name}`]: [low, 1 / (high === low ? 1e-6 : high - low)],
  };
}

/** Uniforms of `labelColorChunk`, and of the palette. */
export function labelUniforms(
  name: string,
  layer: Layer,
  display: Display,
  tables: Tables,
): Uniforms {
  const { texture, places } = tables.colors(layer.id, display.colors);
  return {
    [`colors${name}`]: texture,
    [`places${name}`]: places,
    [`only${name}`]: display.isolate ?? 0,
    palette: tables.palette,
  };
}

/** Step lengths per level in the scene: a part of the smallest side of a voxel. */
export function stepLengths(bricks: LayerBricks, space: Space, part: number): Float32Array {
  const lengths = bricks.layer.levels.map(
    (level) => (part * Math.min(...level.spacing)) / space.size,
  );
  return Float32Array.from(
    { length: MAX_LEVELS },
    (_, i) => lengths[i] ?? lengths[lengths.length - 1],
  );
}

/** The tint of a threshold in stored values. */
export function tintUniform(scene: Scene, layer: Layer): [number, number, number] {
  if (scene.threshold === null || scene.active !== layer.id) return [0, 0, 0];
  const [lower, upper] = scene.threshold;
  return [stored(layer, lower), upper === null ? 1e30 : stored(layer, upper), 1];
}

function flat(triples: Triple[]): Float32Array {
  const data = new Float32Array(3 * MAX_LEVELS);
  triples.forEach((triple, i) => {
    data.set(xyz(triple), 3 * i);
  });
  return data;
}

/** What is cut away in 3D: everything outside the ROI, or nothing. */
export function shownBox(scene: Scene, roi: Bounds): Bounds {
  if (scene.crop) return roi;
  return { start: each(() => -1e6), end: each(() => 1e6) };
}
