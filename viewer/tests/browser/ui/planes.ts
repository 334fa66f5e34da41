/** Planes of a volume, as a preview brings them. */

import type { Plane, Preview } from "../../../src/protocol/document";
import type { PreviewRequest } from "../../../src/protocol/filters";
import { type Phantom, voxel } from "../page/phantom";

const AXES = ["z", "y", "x"] as const;

/** The result's planes where there is a result, else those of the layer itself. */
export function planesOf(request: PreviewRequest, layer: Phantom, result?: Phantom): Preview {
  const level = (result ?? layer).levels[request.level];
  const planes = request.axes.map((axis): Plane => {
    const at = AXES.indexOf(axis);
    const spans = request.region.map((span, a) =>
      a === at ? [request.slice[a], request.slice[a] + 1] : span,
    );
    const shape = spans.map(([low, high]) => high - low) as [number, number, number];
    const data = new Uint16Array(shape[0] * shape[1] * shape[2]);
    let i = 0;
    for (let z = spans[0][0]; z < spans[0][1]; z++)
      for (let y = spans[1][0]; y < spans[1][1]; y++)
        for (let x = spans[2][0]; x < spans[2][1]; x++) data[i++] = voxel(level, z, y, x);
    const start = spans.map(([low]) => low) as [number, number, number];
    return { axis, index: request.slice[at], start, shape, data };
  });
  const { stored, encoding, role } = layer.layer;
  const rest = { approximate: request.level > 0, roi_only: false, milliseconds: 3 };
  return { seq: request.seq, stored, encoding, role, ...rest, planes };
}
