/** Lines and handles over the views, and copying a picture to the canvas. */

/** Copies a picture to where the view is, whatever its size. */
export const COPY = `
precision highp float;
uniform sampler2D picture;
uniform vec4 viewport;
out vec4 color;
void main() { color = texture(picture, (gl_FragCoord.xy - viewport.xy) / viewport.zw); }
`;

/** Corners in pixels of the canvas; `side` runs over the shape, whose half width and softness are in `form`. */
export const SHAPE_VERTEX = `
precision highp float;
in vec2 position;
in vec4 tone;
in vec3 side;
uniform vec2 canvas;
out vec4 shade;
out vec3 place;
void main() {
  shade = tone;
  place = side;
  vec2 clip = position / canvas * 2.0 - 1.0;
  gl_Position = vec4(clip.x, -clip.y, 0.0, 1.0);
}
`;

/** Soft by one pixel at the edge; `place.z` is the radius, the distance is measured in `place.xy`. */
export const SHAPE_FRAGMENT = `
precision highp float;
in vec4 shade;
in vec3 place;
out vec4 color;
void main() {
  float alpha = shade.a * clamp(place.z + 0.5 - length(place.xy), 0.0, 1.0);
  color = vec4(shade.rgb * alpha, alpha);
}
`;
