/** How far away the eye must be to see all of a volume. */

import { Vector3 } from "three";
import { each, type Space } from "./geometry";

/** Part of the view that a volume takes when all of it is shown. */
export const MARGIN = 0.92;

export interface Lens {
  /** Of half the angle of view from top to bottom; without perspective half the height at a distance of one. */
  tangent: number;
  /** Width by height. */
  aspect: number;
  perspective: boolean;
}

/** The least distance to the middle from which no corner is outside; without a volume, of a cube. */
export function fittingDistance(
  space: Space | null,
  toEye: Vector3,
  up: Vector3,
  { tangent, aspect, perspective }: Lens,
): number {
  const right = up.clone().cross(toEye).normalize();
  const above = toEye.clone().cross(right);
  const high = MARGIN * tangent;
  const distances = corners(space).map((at) => {
    const across = Math.max(Math.abs(at.dot(right)) / aspect, Math.abs(at.dot(above)));
    return across / high + (perspective ? at.dot(toEye) : 0);
  });
  return Math.max(...distances);
}

/** In the scene, whose middle is the volume's. */
export function corners(space: Space | null): Vector3[] {
  const [z, y, x] = each((a) =>
    space === null ? 0.5 : (space.shape[a] * space.spacing[a]) / space.size / 2,
  );
  const signs = [-1, 1];
  return signs.flatMap((i) =>
    signs.flatMap((j) => signs.map((k) => new Vector3(k * x, j * y, i * z))),
  );
}
