/** All of a volume is seen, and as large as it may be. */

import { OrthographicCamera, PerspectiveCamera, Vector3 } from "three";
import { describe, expect, test } from "vitest";
import { corners, fittingDistance, MARGIN } from "../../../src/engine/fit";
import type { Triple } from "../../../src/protocol/document";
import { layer, space } from "./volumes";

const SHAPES: Triple[] = [
  [64, 64, 64],
  [10, 200, 300],
  [500, 20, 20],
];
const EYES: [Triple, Triple][] = [
  [
    [-0.55, -0.45, -1],
    [0, -1, 0],
  ],
  [
    [0, 0, -1],
    [0, -1, 0],
  ],
  [
    [1, 2, -0.3],
    [0, 0, -1],
  ],
];
const TANGENT = Math.tan((35 * Math.PI) / 360);

describe.each([true, false])("with perspective %s", (perspective) => {
  test.each(SHAPES)("a volume of %i x %i x %i touches the margin of the view", (...shape) => {
    const volume = space(layer([{ shape, spacing: [3, 1, 2] }]));
    for (const aspect of [0.5, 1, 2.4])
      for (const [toEye, up] of EYES) {
        const eye = new Vector3(...toEye).normalize();
        const lens = { tangent: TANGENT, aspect, perspective };
        const distance = fittingDistance(volume, eye, new Vector3(...up), lens);
        const half = TANGENT * distance;
        const camera = perspective
          ? new PerspectiveCamera(35, aspect, 0.01, 100)
          : new OrthographicCamera(-half * aspect, half * aspect, half, -half, -100, 100);
        camera.position.copy(eye.clone().multiplyScalar(distance));
        camera.up.set(...up);
        camera.lookAt(0, 0, 0);
        camera.updateMatrixWorld();
        const places = corners(volume).map((at) => at.project(camera));
        const most = Math.max(...places.flatMap(({ x, y }) => [Math.abs(x), Math.abs(y)]));
        expect(most).toBeCloseTo(MARGIN, 6);
      }
  });
});
