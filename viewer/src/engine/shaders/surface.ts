/** Labels in 3D. */

import { MAX_LEVELS } from "../grid";

/** First surface of a layer of labels along a ray. */
export function surfaceChunk(name: string): string {
  return `
uniform float steps${name}[${MAX_LEVELS}];
uniform float opacity${name};

/** Away from what has the same number, over the 26 neighbours. */
vec3 normal${name}(Brick brick, vec3 at, uint id) {
  vec3 sum = vec3(0.0);
  for (int i = 0; i < 27; i++) {
    vec3 to = vec3(i % 3, (i / 3) % 3, i / 9) - 1.0;
    if (label${name}(brick, at + to / brick.mul) == id) sum -= to;
  }
  return normalize(sum * brick.mul / perVoxel + 1e-6);
}
Hit hit${name}(Ray ray) {
  vec2 span = shownPart(ray, boxLo${name}, boxHi${name});
  float t = span.x + NUDGE;
  for (int bricks = 0; bricks < 8192 && t < span.y; bricks++) {
    Brick brick = locate${name}(ray.from + ray.along * t);
    float leave = min(span.y, max(through(ray, brick.lo, brick.hi).y, t) + NUDGE);
    bool empty = brick.state == 0 || brick.state == 3 || (brick.state == 2 && !shown${name}(brick.word));
    float h = steps${name}[brick.level];
    if (empty) { t = leave + NUDGE; continue; }
    for (int steps = 0; steps < 8192 && t < leave; steps++) {
      vec3 at = ray.from + ray.along * t;
      uint id = label${name}(brick, at);
      if (shown${name}(id)) {
        vec3 normal = normal${name}(brick, at, id);
        return Hit(t, vec4(labelColor${name}(id) * min(1.0, lit(normal, ray)), opacity${name}));
      }
      t += h;
    }
  }
  return Hit(1e30, vec4(0.0));
}
`;
}
