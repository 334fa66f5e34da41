/** What a ray makes of the samples it meets. */

import type { Mode } from "../../protocol/document";
import type { VolumeKind } from "./volume";

/** Normal in the scene and how strong the change is, in windows per voxel. */
const SHADE = `
float entry;                                // where the ray came in
uniform float iso;                          // as a part of the window

float shaded(Brick brick, bool second, Ray ray, float t) {
  vec3 slope = rise(brick, second, ray.from + ray.along * t);
  float strength = length(slope) * abs(windowOf(second).y);
  vec3 normal = normalize(slope * brick.mul / perVoxel + 1e-9);
  return mix(1.0, lit(normal, ray), smoothstep(0.01, 0.08, strength));
}
`;

/** Lit volume rendering: what lies high in the window is dense. */
const DVR = `
bool skips(Brick brick, bool second) {
  return BOUNDED && (brick.most - windowOf(second).x) * windowOf(second).y <= 0.0;
}
bool taken(Brick brick, bool second, Ray ray, float t, float h) {
  float part = clamp(partOf(brick, second, ray.from + ray.along * t), 0.0, 1.0);
  if (part <= 0.0) return false;
  float alpha = 1.0 - exp(-density * part * part * h);
  if (alpha > 0.004) over(vec4(paint(second, part) * shaded(brick, second, ray, t), alpha));
  return sum.a > 0.99;
}
void finish() {}
`;

/** First place above the iso value; where the box cuts through, the values of the cut. */
const ISO = `
bool skips(Brick brick, bool second) {
  return BOUNDED && (brick.most - windowOf(second).x) * windowOf(second).y < iso;
}
bool taken(Brick brick, bool second, Ray ray, float t, float h) {
  float part = partOf(brick, second, ray.from + ray.along * t);
  if (part < iso) return false;
  if (t - entry <= h) {
    over(vec4(paint(second, part) * 0.85, 1.0));
    return true;
  }
  float before = t - h;
  for (int i = 0; i < 6; i++) {
    float middle = 0.5 * (before + t);
    if (partOf(brick, second, ray.from + ray.along * middle) < iso) before = middle; else t = middle;
  }
  over(vec4(paint(second, max(iso, 0.75)) * shaded(brick, second, ray, t), 1.0));
  return true;
}
void finish() {}
`;

/** Greatest, least or mean value; labels lie over it. */
function projection(start: string, skips: string, take: string, result: string): string {
  return `
float held = ${start};
float count = 0.0;
bool skips(Brick brick, bool second) { return BOUNDED && (${skips}); }
bool taken(Brick brick, bool second, Ray ray, float t, float h) {
  float part = partOf(brick, second, ray.from + ray.along * t);
  ${take}
  return false;
}
void finish() {
  if (count > 0.0) over(vec4(mappedA(${result}), 1.0));
}
`;
}

const EDGE = (side: string) => `(brick.${side} - windowOf(second).x) * windowOf(second).y`;

const MODES: Record<Mode, string> = {
  dvr: DVR,
  iso: ISO,
  mip: projection(
    "-1e30",
    `${EDGE("most")} <= held`,
    "held = max(held, part); count = 1.0;",
    "held",
  ),
  minip: projection(
    "1e30",
    `${EDGE("least")} >= held`,
    "held = min(held, part); count = 1.0;",
    "held",
  ),
  average: projection("0.0", "false", "held += part * h; count += h;", "held / count"),
};

/** The chunk of a mode. A brick's range says nothing about a difference of two layers. */
export function modeChunk(mode: Mode, images: VolumeKind["images"]): string {
  return `const bool BOUNDED = ${images === "difference" ? "false" : "true"};\n${SHADE}${MODES[mode]}`;
}
