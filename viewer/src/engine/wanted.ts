/** Which bricks are wanted, the most wanted first, within what the atlases hold. */

import type { Triple } from "../protocol/document";
import { type Bounds, each, intersect, isEmpty, type Space } from "./geometry";
import { bricksOf, countOf } from "./grid";
import type { LayerBricks } from "./layerbricks";

/** A brick that ought to be here. */
export interface Want {
  bricks: LayerBricks;
  level: number;
  brick: Triple;
  key: number;
  /** Stage first, then distance: less is more urgent. */
  stage: number;
  distance: number;
}

/** What a slice view shows. */
export interface SliceView {
  /** In the frame's edges; one voxel thick along the axis. */
  bounds: Bounds;
  middle: Triple;
  /** Device pixels per world unit. */
  scale: number;
}

/** What decides what is wanted. */
export interface Demand {
  space: Space;
  layers: LayerBricks[];
  roi: Bounds;
  slices: SliceView[];
  /** How far a place (frame edges) is from where the user looks in 3D; null when there is no 3D view. */
  distance: ((at: Triple) => number) | null;
}

/** The answer: bricks in the order of need, and the level each layer is loaded to in the ROI. */
export interface Wanted {
  wants: Want[];
  targets: Map<string, number>;
}

/** Part of an atlas that bricks of the ROI may take; the rest is for slices. */
const ROI_PART = 0.8;

const STAGE = { coarsest: 0, slices: 1, roi: 2 };

/** Everything that is wanted now. Bricks come once, at their most urgent. */
export function wanted(demand: Demand): Wanted {
  const wants = new Map<number, Want>();
  const targets = new Map<string, number>();
  for (const bricks of demand.layers) {
    const plan = new LayerPlan(demand, bricks);
    targets.set(bricks.layer.id, plan.target);
    for (const want of plan.wants()) if (!wants.has(want.key)) wants.set(want.key, want);
  }
  const order = (a: Want, b: Want) => a.stage - b.stage || a.distance - b.distance;
  return { wants: [...wants.values()].sort(order), targets };
}

/** One layer's part. */
class LayerPlan {
  readonly target: number;
  private readonly share: number;
  private readonly roi: Bounds;
  private readonly everything: boolean;

  constructor(
    private readonly demand: Demand,
    private readonly bricks: LayerBricks,
  ) {
    const { grid, pool } = bricks;
    const sharing = demand.layers.filter((other) => other.pool === pool).length;
    const all = grid.counts.reduce((n, _, level) => n + grid.total(level), 0);
    this.share = Math.floor(pool.capacity / sharing);
    this.everything = all <= this.share;
    this.roi = intersect(demand.roi, demand.space.bounds(bricks.layer));
    this.target = this.everything ? 0 : this.affordable();
  }

  *wants(): Generator<Want> {
    yield* this.coarsest();
    yield* this.slices();
    const { coarsest } = this.bricks.grid;
    for (let level = coarsest - 1; level >= this.target; level--)
      for (const brick of this.within(level, this.roi))
        yield this.want(level, brick, STAGE.roi + coarsest - level, this.demand.distance);
  }

  /** Finest level whose bricks in the ROI, with all coarser ones, fit. */
  private affordable(): number {
    const { coarsest } = this.bricks.grid;
    let left = ROI_PART * this.share - this.bricks.grid.total(coarsest);
    for (let level = coarsest - 1; level >= 0; level--) {
      left -= this.count(level, this.roi);
      if (left < 0) return level + 1;
    }
    return 0;
  }

  /** The whole coarsest level, so that there is always something; as much of it as fits, the ROI's first. */
  private coarsest(): Want[] {
    const { grid } = this.bricks;
    const level = grid.coarsest;
    const whole = { first: [0, 0, 0] as Triple, last: each((a) => grid.counts[level][a] - 1) };
    const distance = this.demand.distance ?? this.toMiddle();
    const wants = [...bricksOf(whole)].map((b) => this.want(level, b, STAGE.coarsest, distance));
    wants.sort((a, b) => a.distance - b.distance);
    return wants.slice(0, Math.floor(ROI_PART * this.share) || 1);
  }

  private slices(): Want[] {
    const { slices } = this.demand;
    let level = Math.min(
      ...slices.map((slice) => this.sharp(slice.scale)),
      this.bricks.grid.coarsest,
    );
    const count = () => slices.reduce((n, slice) => n + this.count(level, slice.bounds), 0);
    while (
      !this.everything &&
      level < this.bricks.grid.coarsest &&
      count() > (1 - ROI_PART) * this.share
    )
      level++;
    const wants: Want[] = [];
    for (const slice of slices)
      for (const brick of this.within(level, slice.bounds)) {
        const near = (at: Triple) => length(this.demand.space, at, slice.middle);
        wants.push(this.want(level, brick, STAGE.slices, near));
      }
    return wants;
  }

  /** Coarsest level whose voxels are not larger than a pixel. */
  private sharp(scale: number): number {
    const { levels } = this.bricks.layer;
    for (let level = this.bricks.grid.coarsest; level > 0; level--)
      if (Math.min(...levels[level].spacing) * scale <= 1.001) return level;
    return 0;
  }

  private within(level: number, bounds: Bounds): Iterable<Triple> {
    const range = isEmpty(bounds) ? null : this.bricks.grid.within(level, bounds);
    return range === null ? [] : bricksOf(range);
  }

  private count(level: number, bounds: Bounds): number {
    const range = isEmpty(bounds) ? null : this.bricks.grid.within(level, bounds);
    return range === null ? 0 : countOf(range);
  }

  private want(level: number, brick: Triple, stage: number, distance: Distance): Want {
    const { bricks } = this;
    const at = distance === null ? 0 : distance(this.middle(level, brick));
    return { bricks, level, brick, key: bricks.key(level, brick), stage, distance: at };
  }

  /** Middle of a brick in the frame's edges. */
  private middle(level: number, brick: Triple): Triple {
    const { maps, edge } = this.bricks.grid;
    return each((a) => ((brick[a] + 0.5) * edge - maps[level].add[a]) / maps[level].mul[a]);
  }

  private toMiddle(): (at: Triple) => number {
    const middle = each((a) => (this.demand.roi.start[a] + this.demand.roi.end[a]) / 2);
    return (at) => length(this.demand.space, at, middle);
  }
}

type Distance = ((at: Triple) => number) | null;

/** Distance in the scene. */
function length(space: Space, a: Triple, b: Triple): number {
  return Math.hypot(...each((i) => ((a[i] - b[i]) * space.spacing[i]) / space.size));
}
