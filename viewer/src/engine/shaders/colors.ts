/** From stored values to colours. */

import { PALETTE, PROBES } from "../palette";

/** How an image layer NAME is coloured: 0 to 1 in its window, and the colour map there, rounded to the nearest entry. */
export function windowChunk(name: string): string {
  return `
uniform sampler2D map${name};
uniform vec2 window${name};                 // stored value at 0, and 1 / width

float part${name}(float stored) {
  return (stored - window${name}.x) * window${name}.y;
}
vec3 mapped${name}(float part) {
  int entry = int(floor(clamp(part, 0.0, 1.0) * 255.0 + 0.5));
  return texelFetch(map${name}, ivec2(entry, 0), 0).rgb;
}
`;
}

/** Colours of labels; shared by all layers of labels in a program. */
export const PALETTE_CHUNK = `
uniform sampler2D palette;

uint hashed(uint id) {
  uint h = (id ^ (id >> 16)) * 0x45d9f3bu;
  h = (h ^ (h >> 16)) * 0x45d9f3bu;
  return h ^ (h >> 16);
}
vec3 hashColor(uint id) {
  return texelFetch(palette, ivec2(int(hashed(id) % ${PALETTE.length}u), 0), 0).rgb;
}
`;

/** Colours and choice of a layer of labels NAME. */
export function labelColorChunk(name: string): string {
  return `
uniform usampler2D colors${name};           // hash table of the user's colours
uniform uint places${name};                 // of that table, a power of two
uniform uint only${name};                   // the one label that is shown, 0: all

bool shown${name}(uint id) {
  return id != 0u && (only${name} == 0u || id == only${name});
}
vec3 labelColor${name}(uint id) {
  for (uint probe = 0u; probe < ${PROBES}u; probe++) {
    uvec2 entry = texelFetch(colors${name}, ivec2(int((hashed(id) + probe) & (places${name} - 1u)), 0), 0).rg;
    if (entry.g == 0u) break;
    if (entry.r == id)
      return vec3(float((entry.g >> 16) & 255u), float((entry.g >> 8) & 255u), float(entry.g & 255u)) / 255.0;
  }
  return hashColor(id);
}
`;
}
