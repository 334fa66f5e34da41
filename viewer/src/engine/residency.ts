/** What of the ROI is here, and how sharp. */

import { type Bounds, intersect, isEmpty } from "./geometry";
import type { LayerBricks } from "./layerbricks";
import type { Store } from "./store";
import type { Want } from "./wanted";

/** The coarsest level that still shows in the ROI: each of its cells is covered by this level or a finer one. */
export function shownLevel(bricks: LayerBricks, roi: Bounds, layer: Bounds): number {
  const inside = intersect(roi, layer);
  const { coarsest } = bricks.grid;
  const range = isEmpty(inside) ? null : bricks.grid.within(0, inside);
  if (range === null) return coarsest;
  const worst = bricks.pages.worst(range);
  return worst < 0 ? coarsest : worst;
}

/** Part of the wanted bricks that are here, 0 to 1. */
export function loadedPart(wants: Want[], store: Store): number {
  if (wants.length === 0) return 1;
  const here = wants.filter((want) => store.shows(want.key)).length;
  return here / wants.length;
}
