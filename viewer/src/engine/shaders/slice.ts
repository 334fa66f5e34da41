/** Slices: one program for image layers, one for labels, one for differences, and one each for preview planes. */

import { HEAD, imageChunk, labelChunk, SHARED } from "./addressing";
import { labelColorChunk, PALETTE_CHUNK, windowChunk } from "./colors";

/** Place in the frame of a pixel. */
const PLACE = `
uniform vec3 base, across, down;            // frame edge at pixel (0, 0), and per pixel
uniform float opacity;

vec3 place() {
  return base + gl_FragCoord.x * across + gl_FragCoord.y * down;
}
`;

/** Tint of the values between two thresholds; stored values. */
const TINT = `
uniform vec3 tint;                          // lower, upper, 1 when wanted

vec3 tinted(vec3 rgb, float stored) {
  bool inside = tint.z > 0.5 && stored >= tint.x && stored <= tint.y;
  return inside ? mix(rgb, vec3(0.9, 0.35, 0.0), 0.6) : rgb;
}
`;

/** A slice of an image layer: the voxel at the pixel's middle, or linear between voxels. */
export const IMAGE_SLICE = `${HEAD}${SHARED}${PLACE}${TINT}${imageChunk("A")}${windowChunk("A")}
uniform bool interpolate;

void main() {
  vec3 at = place();
  color = vec4(0.0);
  if (!within(at, boxLoA, boxHiA)) return;
  Brick brick = locateA(at);
  if (brick.state == 0 || brick.state == 3) return;
  float stored = interpolate ? linearA(brick, at) : nearestA(brick, at);
  color = vec4(tinted(mappedA(partA(stored)), stored) * opacity, opacity);
}
`;

/** A slice of a layer of labels. */
export const LABEL_SLICE = `${HEAD}${SHARED}${PLACE}${PALETTE_CHUNK}
uniform usampler3D labels;
${labelChunk("A", "labels")}${labelColorChunk("A")}
void main() {
  vec3 at = place();
  color = vec4(0.0);
  if (!within(at, boxLoA, boxHiA)) return;
  Brick brick = locateA(at);
  if (brick.state == 0 || brick.state == 3) return;
  uint id = labelA(brick, at);
  if (shownA(id)) color = vec4(labelColorA(id) * opacity, opacity);
}
`;

/** What B has more than A, as a part of A's window; white where they are equal. */
export const DIFFERENCE_SLICE = `${HEAD}${SHARED}${PLACE}${imageChunk("A")}${windowChunk("A")}${imageChunk("B")}
uniform vec2 sameB;                         // B's stored values in A's: factor, offset

void main() {
  vec3 at = place();
  color = vec4(0.0);
  if (!within(at, boxLoA, boxHiA) || !within(at, boxLoB, boxHiB)) return;
  Brick a = locateA(at);
  Brick b = locateB(at);
  if (a.state == 0 || a.state == 3 || b.state == 0 || b.state == 3) return;
  float more = nearestB(b, at) * sameB.x + sameB.y - nearestA(a, at);
  color = vec4(mappedA(0.5 + more * windowA.y), 1.0);
}
`;

/** Voxel of a plane of a preview at a pixel; outside is where it has none. */
const PLANE = `
uniform vec3 planeMul, planeAdd;            // frame edges to edges of the preview's level
uniform vec3 planeU, planeV;                // picks the plane's two axes
uniform vec2 planeStart, planeSize;

ivec2 voxel(vec3 at) {
  vec3 edge = at * planeMul + planeAdd;
  return ivec2(floor(vec2(dot(edge, planeU), dot(edge, planeV)) - planeStart));
}
bool missing(ivec2 at) {
  return any(lessThan(at, ivec2(0))) || any(greaterThanEqual(at, ivec2(planeSize)));
}
`;

/** A plane of a preview that is an image. */
export const IMAGE_PLANE = `${HEAD}${PLACE}${TINT}${PLANE}${windowChunk("A")}
uniform sampler2D plane;

void main() {
  ivec2 at = voxel(place());
  color = vec4(0.0);
  if (missing(at)) return;
  float stored = floor(dot(texelFetch(plane, at, 0).rg, vec2(255.0, 65280.0)) + 0.5);
  color = vec4(tinted(mappedA(partA(stored)), stored) * opacity, opacity);
}
`;

/** A plane of a preview that is labels. */
export const LABEL_PLANE = `${HEAD}${PLACE}${PLANE}${PALETTE_CHUNK}${labelColorChunk("A")}
uniform usampler2D plane;

void main() {
  ivec2 at = voxel(place());
  color = vec4(0.0);
  if (missing(at)) return;
  uint id = texelFetch(plane, at, 0).r;
  if (shownA(id)) color = vec4(labelColorA(id) * opacity, opacity);
}
`;
