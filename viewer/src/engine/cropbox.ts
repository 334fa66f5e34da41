/** The box of the ROI: its handles in 3D and in slices, and what dragging one does. Faces snap to whole voxels. */

import { Vector3 } from "three";
import type { Roi, Triple } from "../protocol/document";
import type { Cameras } from "./cameras";
import { clamp, each, type Space } from "./geometry";
import type { Overlay, Point, Tone } from "./overlay";
import type { SlicePane } from "./panes";
import type { Rect } from "./types";

/** A face of the box. */
export interface Side {
  axis: number;
  end: "start" | "end";
}

/** A dot to drag: the faces that it moves, and where it is. */
export interface Handle {
  sides: Side[];
  at: Point;
  /** In the frame's edges. */
  place: Triple;
}

/** How near the pointer must be, in CSS pixels. */
const REACH = 11;

const LINE: Tone = [1, 0.72, 0.2, 0.9];
const FAINT: Tone = [1, 0.72, 0.2, 0.35];
const DOT: Tone = [1, 0.8, 0.35, 1];

const ENDS = ["start", "end"] as const;

/** A ROI with one face moved to an edge, rounded, in the frame and with at least one voxel left. */
export function moved(roi: Roi, side: Side, edge: number, shape: Triple): Roi {
  const { axis, end } = side;
  const next = { start: [...roi.start] as Triple, end: [...roi.end] as Triple };
  if (end === "start") next.start[axis] = clamp(Math.round(edge), 0, roi.end[axis] - 1);
  else next.end[axis] = clamp(Math.round(edge), roi.start[axis] + 1, shape[axis]);
  return next;
}

function edgeOf(roi: Roi, side: Side): number {
  return roi[side.end][side.axis];
}

/** Middles of the faces and the corners, over the given axes. */
function handleSides(axes: number[]): Side[][] {
  const faces = axes.flatMap((axis) => ENDS.map((end) => [{ axis, end }]));
  let corners: Side[][] = [[]];
  for (const axis of axes)
    corners = corners.flatMap((corner) => ENDS.map((end) => [...corner, { axis, end }]));
  return [...corners, ...faces];
}

function placeOf(roi: Roi, sides: Side[]): Triple {
  return each((a) => {
    const side = sides.find((s) => s.axis === a);
    return side === undefined ? (roi.start[a] + roi.end[a]) / 2 : edgeOf(roi, side);
  });
}

/** Handles of the box in a slice view; a corner moves two faces. */
export function sliceHandles(roi: Roi, pane: SlicePane): Handle[] {
  return handleSides([pane.right, pane.down]).map((sides) => {
    const place = placeOf(roi, sides);
    return { sides, place, at: pane.toPixel(place) };
  });
}

/** Handles in the 3D view; a corner moves three faces. */
export function volumeHandles(roi: Roi, space: Space, cameras: Cameras, rect: Rect): Handle[] {
  return handleSides([0, 1, 2]).flatMap((sides) => {
    const place = placeOf(roi, sides);
    const { x, y, z } = cameras.toPixel(new Vector3(...space.toScene(place)), rect);
    return z < 1 ? [{ sides, place, at: [x, y] as const }] : [];
  });
}

/** The handle under the pointer. */
export function handleAt(handles: Handle[], x: number, y: number): Handle | null {
  const distance = (handle: Handle) => Math.hypot(handle.at[0] - x, handle.at[1] - y);
  const near = handles.filter((handle) => distance(handle) <= REACH);
  return near.sort((a, b) => distance(a) - distance(b))[0] ?? null;
}

/** What a drag in a slice view makes of the ROI. */
export function draggedInSlice(roi: Roi, handle: Handle, pane: SlicePane, at: Point): Roi {
  const edge = pane.toFrame(at[0], at[1]);
  return handle.sides.reduce(
    (next, side) => moved(next, side, edge[side.axis], pane.space.shape),
    roi,
  );
}

/** What a drag in the 3D view makes of the ROI: a face follows the pointer along its axis, a corner in the plane of the screen. */
export function draggedInVolume(
  roi: Roi,
  handle: Handle,
  view: { space: Space; cameras: Cameras; rect: Rect },
  at: Point,
): Roi {
  const { space, cameras, rect } = view;
  const ray = cameras.ray(at[0], at[1], rect);
  const place = new Vector3(...space.toScene(handle.place));
  const target =
    handle.sides.length === 1
      ? nearestOnAxis(place, handle.sides[0].axis, ray)
      : onPlane(place, cameras.direction, ray);
  if (target === null) return roi;
  const edge = space.fromScene(target.x, target.y, target.z);
  return handle.sides.reduce((next, side) => moved(next, side, edge[side.axis], space.shape), roi);
}

interface Ray {
  from: Vector3;
  along: Vector3;
}

/** The point of a line along an axis that is nearest to a ray; null when they are parallel. */
function nearestOnAxis(point: Vector3, axis: number, ray: Ray): Vector3 | null {
  const line = new Vector3(axis === 2 ? 1 : 0, axis === 1 ? 1 : 0, axis === 0 ? 1 : 0);
  const across = line.dot(ray.along);
  const divisor = 1 - across * across;
  if (divisor < 1e-6) return null;
  const between = point.clone().sub(ray.from);
  const way = (across * ray.along.dot(between) - line.dot(between)) / divisor;
  return point.clone().addScaledVector(line, way);
}

function onPlane(point: Vector3, normal: Vector3, ray: Ray): Vector3 | null {
  const facing = ray.along.dot(normal);
  if (Math.abs(facing) < 1e-6) return null;
  const way = point.clone().sub(ray.from).dot(normal) / facing;
  return ray.from.clone().addScaledVector(ray.along, way);
}

export function drawInSlice(overlay: Overlay, roi: Roi, pane: SlicePane): void {
  const inside =
    pane.slice[pane.along] >= roi.start[pane.along] && pane.slice[pane.along] < roi.end[pane.along];
  overlay.frame(
    pane.toPixel(roi.start),
    pane.toPixel(roi.end),
    inside ? 1.5 : 1,
    inside ? LINE : FAINT,
  );
  for (const handle of sliceHandles(roi, pane)) overlay.handle(handle.at, DOT);
}

/** The twelve edges; those behind are faint. */
export function drawInVolume(
  overlay: Overlay,
  roi: Roi,
  view: { space: Space; cameras: Cameras; rect: Rect },
): void {
  const { space, cameras, rect } = view;
  const eye = cameras.eye;
  const faces = (side: Side) => {
    const at = space.toScene(placeOf(roi, [side]));
    const component = [eye.z - at[2], eye.y - at[1], eye.x - at[0]][side.axis];
    return side.end === "end" ? component > 0 : component < 0;
  };
  const pixel = (sides: Side[]) =>
    cameras.toPixel(new Vector3(...space.toScene(placeOf(roi, sides))), rect);
  for (const edge of edges()) {
    const [from, to] = ENDS.map((end) => pixel([...edge.sides, { axis: edge.axis, end }]));
    if (from.z >= 1 || to.z >= 1) continue;
    const seen = edge.sides.some(faces);
    overlay.line([from.x, from.y], [to.x, to.y], seen ? 1.5 : 1, seen ? LINE : FAINT);
  }
  for (const handle of volumeHandles(roi, space, cameras, rect)) overlay.handle(handle.at, DOT);
}

function edges(): { axis: number; sides: Side[] }[] {
  return [0, 1, 2].flatMap((axis) => {
    const [one, two] = [0, 1, 2].filter((a) => a !== axis);
    return ENDS.flatMap((a) =>
      ENDS.map((b) => ({
        axis,
        sides: [
          { axis: one, end: a },
          { axis: two, end: b },
        ],
      })),
    );
  });
}
