/** The one place where shaders read page tables and atlases. A port to another shading language starts here. */

import { MAX_LEVELS } from "../grid";

/** Common to all programs. */
export const HEAD = `
precision highp float;
precision highp int;
precision highp sampler3D;
precision highp usampler3D;
precision highp usampler2D;
layout(location = 0) out highp vec4 color;
`;

/** What a place in a layer is read from. Texel of the atlas = mul * (frame edge) + add. */
const BRICK = `
struct Brick {
  vec3 mul, add;       // to texels of the atlas
  vec3 first, last;    // middles of the outermost texels of the slot
  vec3 lo, hi;         // box in the frame in which this brick is the best
  float least, most;   // of what is stored, of 255, rounded outwards
  uint word;           // value of a constant brick
  int level, state;    // state: 0 missing, 1 data, 2 constant, 3 outside
};
`;

/** Declarations that all `addressing` chunks share. */
export const SHARED = `${BRICK}
bool within(vec3 at, vec3 lo, vec3 hi) {
  return all(greaterThanEqual(at, lo)) && all(lessThan(at, hi));
}
`;

/** Uniforms of a layer that is called NAME in the shader; `layerUniforms` fills them. */
function uniforms(name: string): string {
  return `
uniform usampler3D pages${name};
uniform vec3 mul${name}[${MAX_LEVELS}];     // frame edges to edges of a level
uniform vec3 add${name}[${MAX_LEVELS}];
uniform vec3 shape${name}[${MAX_LEVELS}];   // voxels of a level
uniform int start${name}[${MAX_LEVELS}];    // slice of the page table where a level begins
uniform float edge${name};                  // of a brick, without apron
uniform vec3 boxLo${name};                  // where the layer is, in frame edges
uniform vec3 boxHi${name};
uniform float bytes${name};                 // 255 of the page's range in stored values
`;
}

/** Finds the best brick that is here for a place in the frame. */
function locate(name: string): string {
  return `
Brick locate${name}(vec3 at) {
  Brick brick;
  vec3 inside = clamp(at * mul${name}[0] + add${name}[0], vec3(0.0), shape${name}[0] - 0.5);
  ivec3 cell = ivec3(inside / edge${name});
  uvec2 page = texelFetch(pages${name}, cell, 0).rg;
  int level = int(page.g >> 24) - 1;
  brick.lo = (vec3(cell) * edge${name} - add${name}[0]) / mul${name}[0];
  brick.hi = (vec3(cell + 1) * edge${name} - add${name}[0]) / mul${name}[0];
  brick.level = max(level, 0);
  brick.state = 0;
  if (level < 0) return brick;
  vec3 mul = mul${name}[level];
  vec3 add = add${name}[level];
  ivec3 place = ivec3(clamp(at * mul + add, vec3(0.0), shape${name}[level] - 0.5) / edge${name});
  if (level > 0) {
    page = texelFetch(pages${name}, place + ivec3(0, 0, start${name}[level]), 0).rg;
    vec3 top = vec3(greaterThanEqual(vec3(place + 1) * edge${name}, shape${name}[level]));
    vec3 low = vec3(equal(place, ivec3(0)));
    brick.lo = max(brick.lo, (vec3(place) * edge${name} - add) / mul - low * 1e6);
    brick.hi = min(brick.hi, (vec3(place + 1) * edge${name} - add) / mul + top * 1e6);
  }
  vec3 slot = vec3(page.r & 1023u, (page.r >> 10) & 1023u, (page.r >> 20) & 1023u) * (edge${name} + 2.0);
  brick.state = int((page.g >> 16) & 3u);
  brick.word = page.r;
  brick.least = float(page.g & 255u) * bytes${name};
  brick.most = float((page.g >> 8) & 255u) * bytes${name};
  brick.mul = mul;
  brick.add = add - vec3(place) * edge${name} + slot + 1.0;
  brick.first = slot + 0.5;
  brick.last = slot + edge${name} + 1.5;
  return brick;
}
`;
}

/** Reads an image layer; values are as they are stored. Two bytes a texel, or one and the second is 0. */
function image(name: string): string {
  return `
uniform sampler3D atlas${name};
uniform vec3 texel${name};                  // 1 / size of the atlas

float decode${name}(vec4 texel) {
  return dot(texel.rg, vec2(255.0, 65280.0));
}
/** The voxel at a place, exactly. */
float nearest${name}(Brick brick, vec3 at) {
  if (brick.state == 2) return float(brick.word);
  vec3 texel = clamp(at * brick.mul + brick.add, brick.first, brick.last);
  return floor(decode${name}(texelFetch(atlas${name}, ivec3(texel), 0)) + 0.5);
}
/** Linear between voxels; the apron lets it reach over the border of the brick. */
float linear${name}(Brick brick, vec3 at) {
  if (brick.state == 2) return float(brick.word);
  vec3 texel = clamp(at * brick.mul + brick.add, brick.first, brick.last);
  return decode${name}(texture(atlas${name}, texel * texel${name}));
}
/** Change per voxel along one axis, over a voxel to each side or as far as the apron reaches. */
float along${name}(Brick brick, vec3 texel, vec3 unit) {
  vec3 up = min(texel + unit, brick.last);
  vec3 down = max(texel - unit, brick.first);
  float more = decode${name}(texture(atlas${name}, up * texel${name})) - decode${name}(texture(atlas${name}, down * texel${name}));
  return more / max(dot(up - down, unit), 0.5);
}
/** Change per voxel of the brick's level. */
vec3 slope${name}(Brick brick, vec3 at) {
  if (brick.state == 2) return vec3(0.0);
  vec3 texel = clamp(at * brick.mul + brick.add, brick.first, brick.last);
  return vec3(
    along${name}(brick, texel, vec3(1, 0, 0)),
    along${name}(brick, texel, vec3(0, 1, 0)),
    along${name}(brick, texel, vec3(0, 0, 1)));
}
`;
}

/** Reads a layer of labels: whole numbers, never mixed. */
function labels(name: string, atlas: string): string {
  return `
uint label${name}(Brick brick, vec3 at) {
  if (brick.state == 2) return brick.word;
  vec3 texel = clamp(at * brick.mul + brick.add, brick.first, brick.last);
  return texelFetch(${atlas}, ivec3(texel), 0).r;
}
`;
}

/** Everything to read the image layer NAME. */
export function imageChunk(name: string): string {
  return uniforms(name) + locate(name) + image(name);
}

/** Everything to read the layer of labels NAME, whose bricks lie in the sampler `atlas`. */
export function labelChunk(name: string, atlas: string): string {
  return uniforms(name) + locate(name) + labels(name, atlas);
}
