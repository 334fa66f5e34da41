/** Keeps the right bricks coming: what is wanted, asking for it, and how much of it is here. */

import { Vector3 } from "three";
import type { Triple } from "../protocol/document";
import type { Cameras } from "./cameras";
import { mainLayer, shownLayers } from "./layers";
import { Loader, type LoaderOptions, type Request } from "./loader";
import { SLICE_AXES } from "./panes";
import type { PreviewPlanes } from "./preview";
import { loadedPart, shownLevel } from "./residency";
import type { State } from "./state";
import type { Store } from "./store";
import type { Residency } from "./types";
import { type Demand, type SliceView, type Want, wanted } from "./wanted";

/** Requests and patience; tests set their own. */
export interface Tuning {
  limit: number;
  batch: number;
  patience: number;
}

export const TUNING: Tuning = { limit: 4, batch: 64, patience: 20_000 };

/** Bricks that the camera does not see come after those that it sees. */
const UNSEEN = 100;

/** What streaming works on. */
export interface StreamingParts {
  state: State;
  store: Store;
  cameras: Cameras;
  preview: PreviewPlanes;
}

export class Streaming {
  readonly loader: Loader;
  private wants: Want[] = [];

  private readonly state: State;
  private readonly store: Store;
  private readonly cameras: Cameras;
  private readonly preview: PreviewPlanes;

  constructor(parts: StreamingParts, options: Omit<LoaderOptions, "has" | "onBrick">) {
    ({
      state: this.state,
      store: this.store,
      cameras: this.cameras,
      preview: this.preview,
    } = parts);
    this.loader = new Loader({
      ...options,
      has: (key) => this.store.has(key),
      onBrick: (serial, brick) => {
        this.store.offer(serial, brick);
        options.onChange();
      },
    });
  }

  /** Works out anew what is wanted. */
  update(): void {
    const demand = this.demand();
    this.wants = demand === null ? [] : wanted(demand).wants;
    this.store.protect(new Set(this.wants.map((want) => want.key)));
    this.loader.setWants(this.wants.map(request));
    this.retirePreview();
  }

  /** What of the main layer is here. */
  residency(): Omit<Residency, "resident_bytes" | "budget_bytes"> | null {
    const { scene, space } = this.state;
    const layer = scene === null ? undefined : mainLayer(scene);
    const bricks = layer === undefined ? undefined : this.store.get(layer.id);
    if (bricks === undefined || space === null) return null;
    const level = shownLevel(bricks, this.state.bounds, space.bounds(bricks.layer));
    return { level, loaded: loadedPart(this.wants, this.store) };
  }

  /** The planes of a preview go when newer bricks of `filtered` are there in all slices, no coarser than they. */
  retirePreview(): void {
    const bricks = this.store.get("filtered");
    if (bricks === undefined || !this.preview.older(bricks.layer)) return;
    const slices = this.wants.filter((want) => want.bricks === bricks && want.stage <= 1);
    const sharp = slices.every((want) => this.store.shows(want.key));
    if (slices.length > 0 && sharp) this.preview.clear();
  }

  private demand(): Demand | null {
    const { scene, space } = this.state;
    if (scene === null || space === null) return null;
    const layers = shownLayers(scene).flatMap((layer) => this.store.get(layer.id) ?? []);
    return {
      space,
      layers,
      roi: this.state.bounds,
      slices: this.slices(),
      distance: this.distance(),
    };
  }

  private slices(): SliceView[] {
    const { state } = this;
    return SLICE_AXES.flatMap((axis) =>
      state.places(axis).flatMap(({ rect }) => {
        const pane = state.slicePane(axis, rect);
        if (pane === null) return [];
        const scale = (pane.scale[2] / pane.space.spacing[2]) * state.ratio;
        return [{ bounds: pane.seen, middle: pane.center, scale }];
      }),
    );
  }

  private distance(): ((at: Triple) => number) | null {
    const { space } = this.state;
    if (space === null || this.state.places("volume").length === 0) return null;
    const eye = this.cameras.eye;
    return (at) => {
      const point = new Vector3(...space.toScene(at));
      return point.distanceTo(eye) + (this.cameras.sees(point) ? 0 : UNSEEN);
    };
  }
}

function request(want: Want): Request {
  const { layer, serial } = want.bricks;
  const { key, level, brick } = want;
  return { key, layer: layer.id, version: layer.version, serial, level, brick };
}
