/** The ray-marching program, made for a mode, one or two image layers and any number of layers of labels. */

import type { Mode } from "../../protocol/document";
import { MAX_LEVELS } from "../grid";
import { HEAD, imageChunk, labelChunk, SHARED } from "./addressing";
import { labelColorChunk, PALETTE_CHUNK, windowChunk } from "./colors";
import { modeChunk } from "./modes";
import { surfaceChunk } from "./surface";

/** What a volume program is made for. */
export interface VolumeKind {
  mode: Mode;
  /** None: labels alone. Beneath: B stands where A is not here. Difference: how far B is from A. */
  images: "none" | "one" | "beneath" | "difference";
  labels: number;
}

const RAY = `
uniform mat4 unproject;                     // clip space to frame edges
uniform vec4 viewport;                      // of the pixels that are drawn
uniform vec3 perVoxel;                      // scene units along one frame voxel
uniform vec3 cutLo, cutHi;                  // what is shown, in frame edges
uniform float density;                      // extinction per scene unit at the top of the window
uniform float jitter;

struct Ray { vec3 from, along; };           // along: frame edges per scene unit

Ray pixelRay() {
  vec2 at = (gl_FragCoord.xy - viewport.xy) / viewport.zw * 2.0 - 1.0;
  vec4 near = unproject * vec4(at, -1.0, 1.0);
  vec4 far = unproject * vec4(at, 1.0, 1.0);
  vec3 from = near.xyz / near.w;
  vec3 along = far.xyz / far.w - from;
  return Ray(from, along / length(along * perVoxel));
}
/** Where a ray is in a box: enters at x, leaves at y. */
vec2 through(Ray ray, vec3 lo, vec3 hi) {
  vec3 inverse = 1.0 / mix(ray.along, vec3(1e-12), lessThan(abs(ray.along), vec3(1e-12)));
  vec3 one = (lo - ray.from) * inverse;
  vec3 two = (hi - ray.from) * inverse;
  vec3 enter = min(one, two);
  vec3 leave = max(one, two);
  return vec2(max(max(enter.x, enter.y), max(enter.z, 0.0)), min(min(leave.x, leave.y), leave.z));
}
vec2 shownPart(Ray ray, vec3 lo, vec3 hi) {
  return through(ray, max(lo, cutLo), min(hi, cutHi));
}
/** Interleaved gradient noise: hides the rings that equal steps leave. */
float noise() {
  return mix(0.5, fract(52.9829189 * fract(dot(gl_FragCoord.xy, vec2(0.06711056, 0.00583715)))), jitter);
}
float lit(vec3 normal, Ray ray) {
  vec3 view = -normalize(ray.along * perVoxel);
  float facing = abs(dot(normal, view));
  return 0.28 + 0.72 * facing + 0.18 * pow(facing, 24.0);
}
`;

/** Which brick a sample is read from; SECOND says that it is B's. */
function pick(images: VolumeKind["images"]): string {
  if (images !== "beneath")
    return `
Brick pick(vec3 at, out bool second) { second = false; return locateA(at); }
float read(Brick brick, bool second, vec3 at) { return linearA(brick, at); }
vec3 rise(Brick brick, bool second, vec3 at) { return slopeA(brick, at); }
vec2 windowOf(bool second) { return windowA; }
float stepOf(Brick brick, bool second) { return stepsA[brick.level]; }
vec3 paint(bool second, float part) { return mappedA(part); }
`;
  return `
Brick pick(vec3 at, out bool second) {
  Brick brick = locateA(at);
  second = false;
  if (within(at, boxLoA, boxHiA) && brick.state != 0 && brick.state != 3) return brick;
  Brick beneath = locateB(at);
  beneath.lo = max(beneath.lo, brick.lo);
  beneath.hi = min(beneath.hi, brick.hi);
  second = true;
  return beneath;
}
float read(Brick brick, bool second, vec3 at) { return second ? linearB(brick, at) : linearA(brick, at); }
vec3 rise(Brick brick, bool second, vec3 at) { return second ? slopeB(brick, at) : slopeA(brick, at); }
vec2 windowOf(bool second) { return second ? windowB : windowA; }
float stepOf(Brick brick, bool second) { return second ? stepsB[brick.level] : stepsA[brick.level]; }
vec3 paint(bool second, float part) { return second ? mappedB(part) : mappedA(part); }
`;
}

/** The part of the window at a place, as the mode's chunk wants it. */
function part(images: VolumeKind["images"]): string {
  if (images !== "difference")
    return `
float partOf(Brick brick, bool second, vec3 at) {
  vec2 window = windowOf(second);
  return (read(brick, second, at) - window.x) * window.y;
}
`;
  return `
uniform vec2 sameB;                         // B's stored values in A's: factor, offset
float partOf(Brick brick, bool second, vec3 at) {
  Brick other = locateB(at);
  if (other.state == 0 || other.state == 3) return 0.0;
  return abs(linearB(other, at) * sameB.x + sameB.y - read(brick, second, at)) * windowA.y;
}
`;
}

/** Walks from brick to brick and, in each that matters, from step to step. */
const MARCH = `
const float NUDGE = 1e-5;

void march(Ray ray, float t, float end) {
  for (int bricks = 0; bricks < 8192 && t < end; bricks++) {
    bool second;
    Brick brick = pick(ray.from + ray.along * (t + NUDGE), second);
    float leave = min(end, max(through(ray, brick.lo, brick.hi).y, t + NUDGE));
    float h = stepOf(brick, second);
    if (brick.state == 0 || brick.state == 3 || skips(brick, second)) {
      t += max(1.0, ceil((leave - t) / h)) * h;
      continue;
    }
    for (int steps = 0; steps < 8192 && t < leave; steps++) {
      if (taken(brick, second, ray, t, h)) return;
      t += h;
    }
  }
}
`;

/** Puts the surfaces of labels, nearest first, and the image between them together. */
function main(kind: VolumeKind): string {
  const names = labelNames(kind.labels);
  const hits = names.map((name, i) => `hits[${i}] = hit${name}(ray);`).join("\n  ");
  const image = kind.images !== "none";
  const box =
    kind.images === "beneath" ? "min(boxLoA, boxLoB), max(boxHiA, boxHiB)" : "boxLoA, boxHiA";
  const loop = `
  for (int layer = 0; layer < ${kind.labels}; layer++) {
    int next = 0;
    for (int i = 1; i < ${kind.labels}; i++) if (hits[i].t < hits[next].t) next = i;
    if (hits[next].t > 1e29) break;
    ${image ? "t = between(ray, t, min(span.y, hits[next].t));" : ""}
    over(hits[next].color);
    hits[next].t = 1e30;
  }`;
  return `
void main() {
  Ray ray = pixelRay();
  sum = vec4(0.0);
  ${image ? `vec2 span = shownPart(ray, ${box});\n  float t = begin(ray, span);` : ""}
  ${kind.labels > 0 ? `Hit hits[${kind.labels}];\n  ${hits}${loop}` : ""}
  ${image ? "between(ray, t, span.y);\n  finish();" : ""}
  color = sum;
}
`;
}

/** Names of the layers of labels in the program. */
export function labelNames(count: number): string[] {
  return Array.from({ length: count }, (_, i) => `L${i}`);
}

/** The whole fragment shader. */
export function volumeShader(kind: VolumeKind): string {
  const two = kind.images === "beneath" || kind.images === "difference";
  const image =
    kind.images === "none"
      ? "const float NUDGE = 1e-5;\n"
      : [
          `${imageChunk("A") + windowChunk("A")}uniform float stepsA[${MAX_LEVELS}];\n`,
          two ? `${imageChunk("B") + windowChunk("B")}uniform float stepsB[${MAX_LEVELS}];\n` : "",
          pick(kind.images) + part(kind.images) + modeChunk(kind.mode, kind.images) + MARCH,
          BETWEEN,
        ].join("");
  const labels = labelNames(kind.labels).map(
    (name) => labelChunk(name, "labels") + labelColorChunk(name) + surfaceChunk(name),
  );
  const shared = kind.labels > 0 ? `${PALETTE_CHUNK}uniform usampler3D labels;\n` : "";
  return [HEAD, SHARED, RAY, OVER, image, shared, ...labels, main(kind)].join("");
}

const OVER = `
struct Hit { float t; vec4 color; };
vec4 sum;                                   // front to back, premultiplied

void over(vec4 behind) {
  sum += (1.0 - sum.a) * vec4(behind.rgb * behind.a, behind.a);
}
`;

const BETWEEN = `
float begin(Ray ray, vec2 span) {
  entry = span.x;
  bool second;
  Brick brick = pick(ray.from + ray.along * (span.x + NUDGE), second);
  return span.x + stepOf(brick, second) * noise();
}
/** Marches on, and gives where the next part begins. */
float between(Ray ray, float t, float end) {
  if (sum.a < 0.99) march(ray, t, end);
  return max(t, end);
}
`;
