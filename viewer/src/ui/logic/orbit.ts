/** Turning a camera about its target. Triples are z, y, x. */

import type { Camera, Triple } from "../../protocol/document";

const minus = (a: Triple, b: Triple): Triple => [a[0] - b[0], a[1] - b[1], a[2] - b[2]];
const plus = (a: Triple, b: Triple): Triple => [a[0] + b[0], a[1] + b[1], a[2] + b[2]];
const times = (a: Triple, s: number): Triple => [a[0] * s, a[1] * s, a[2] * s];
const dot = (a: Triple, b: Triple) => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
const cross = ([az, ay, ax]: Triple, [bz, by, bx]: Triple): Triple => [
  ax * by - ay * bx,
  az * bx - ax * bz,
  ay * bz - az * by,
];
const unit = (a: Triple) => times(a, 1 / Math.hypot(...a));

/** Rodrigues' rotation of a vector about an axis of length 1. */
function rotate(vector: Triple, axis: Triple, angle: number): Triple {
  const [c, s] = [Math.cos(angle), Math.sin(angle)];
  const along = times(axis, dot(axis, vector) * (1 - c));
  return plus(plus(times(vector, c), times(cross(axis, vector), s)), along);
}

/** The camera turned about its up direction by `yaw` and about its right by `pitch`, in radians. */
export function orbit(camera: Camera, yaw: number, pitch: number): Camera {
  const up = unit(camera.up);
  const away = rotate(minus(camera.position, camera.target), up, yaw);
  const right = unit(cross(up, away));
  const raised = rotate(away, right, pitch);
  // Over the pole up and away would be one line, and right would be lost.
  const steep = Math.abs(dot(unit(raised), up)) > 0.999;
  return { ...camera, position: plus(camera.target, steep ? away : raised) };
}
