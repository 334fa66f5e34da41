/** Where the views stand. */

import type { Axis, Panes, Rect } from "../../engine/types";
import type { Layout } from "../../protocol/document";

export type PaneName = keyof Panes;

/** Name of a view for people. */
export const PANE_TITLES: Record<PaneName, string> = { z: "XY", y: "XZ", x: "YZ", volume: "3D" };

/** The layout that shows one view alone. */
export const LAYOUT_OF: Record<PaneName, Layout> = { z: "xy", y: "xz", x: "yz", volume: "volume" };

const GAP = 1;

/** Rectangles of the views in an area. */
export function panesFor(layout: Layout, width: number, height: number): Panes {
  if (width < 2 || height < 2) return {};
  if (layout !== "quad") {
    const name = (Object.keys(LAYOUT_OF) as PaneName[]).find((key) => LAYOUT_OF[key] === layout);
    return { [name ?? "z"]: { left: 0, top: 0, width, height } };
  }
  const left = Math.floor((width - GAP) / 2);
  const top = Math.floor((height - GAP) / 2);
  const [right, bottom] = [width - left - GAP, height - top - GAP];
  return {
    z: { left: 0, top: 0, width: left, height: top },
    volume: { left: left + GAP, top: 0, width: right, height: top },
    y: { left: 0, top: top + GAP, width: left, height: bottom },
    x: { left: left + GAP, top: top + GAP, width: right, height: bottom },
  };
}

const within = (rect: Rect, x: number, y: number) =>
  x >= rect.left && y >= rect.top && x < rect.left + rect.width && y < rect.top + rect.height;

/** The view under a point of the area. */
export function paneAt(panes: Panes, x: number, y: number): PaneName | null {
  const hit = Object.entries(panes).find(([, rect]) => rect && within(rect, x, y));
  return (hit?.[0] as PaneName) ?? null;
}

/** The axes across and down a slice view, as indices into z, y, x. */
export const PLANE: Record<Axis, { across: number; down: number; through: number }> = {
  z: { across: 2, down: 1, through: 0 },
  y: { across: 2, down: 0, through: 1 },
  x: { across: 1, down: 0, through: 2 },
};
