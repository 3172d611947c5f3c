// The stage's shaders: the picture, and a mask's fill, halo and outline from its distance field.

/** A rectangle in image pixels (edge coordinates) placed on the canvas. */
export const VERTEX = `#version 300 es
uniform vec4 rectangle; // x, y, width, height in image pixels
uniform vec3 viewport;  // x, y of the picture in device pixels, device pixels per image pixel
uniform vec2 canvas;    // size in device pixels
out vec2 image;
void main() {
  vec2 corner = vec2(gl_VertexID & 1, gl_VertexID >> 1);
  image = rectangle.xy + corner * rectangle.zw;
  vec2 device = viewport.xy + image * viewport.z;
  gl_Position = vec4(device / canvas * 2.0 - 1.0, 0.0, 1.0) * vec4(1.0, -1.0, 1.0, 1.0);
}`;

export const PICTURE = `#version 300 es
precision highp float;
uniform sampler2D picture;
uniform vec2 size;       // of the picture, image pixels
uniform vec3 light;      // brightness (added), contrast (times), share of colour kept
in vec2 image;
out vec4 colour;
void main() {
  vec3 rgb = texture(picture, image / size).rgb;
  rgb = clamp((rgb - 0.5) * light.y + 0.5 + light.x, 0.0, 1.0);
  rgb = mix(vec3(dot(rgb, vec3(0.299, 0.587, 0.114)) * 0.35 + 0.3), rgb, light.z);
  colour = vec4(rgb, 1.0);
}`;

export const MASK = `#version 300 es
precision highp float;
uniform sampler2D field;  // columns of the box one after another: 128 + 8 × signed distance
uniform vec4 box;         // x, y, width, height in image pixels
uniform vec2 size;        // of the picture
uniform vec3 viewport;    // as in the vertex shader
uniform vec3 tint;
uniform float opacity;    // of fill, or of line and halo
uniform float line;       // width in device pixels; 0 draws the fill
uniform float ratio;      // device pixels per CSS pixel
uniform vec2 dash;        // CSS pixels on, off; 0 off = solid
uniform int hatch;        // 1: stripes 3 of 10 px (stale, or lost in a comparison)
uniform int sharp;        // 1: follow pixel edges
in vec2 image;
out vec4 colour;

float at(ivec2 pixel) {
  pixel = clamp(pixel, ivec2(0), ivec2(box.zw) - 1);
  return texelFetch(field, pixel.yx, 0).r - 0.5;
}
float toSide(ivec2 pixel, bool inside, vec2 gap) {
  return (at(pixel) > 0.0) == inside ? 1e3 : length(gap);
}
float pixelDistance(vec2 place) {
  ivec2 here = ivec2(floor(place));
  vec2 low = place - vec2(here), high = 1.0 - low;
  bool inside = at(here) > 0.0;
  float d = min(min(toSide(here + ivec2(-1, 0), inside, vec2(low.x, 0)), toSide(here + ivec2(1, 0), inside, vec2(high.x, 0))),
                min(toSide(here + ivec2(0, -1), inside, vec2(0, low.y)), toSide(here + ivec2(0, 1), inside, vec2(0, high.y))));
  d = min(d, min(min(toSide(here + ivec2(-1, -1), inside, low), toSide(here + ivec2(1, 1), inside, high)),
                 min(toSide(here + ivec2(1, -1), inside, vec2(high.x, low.y)), toSide(here + ivec2(-1, 1), inside, vec2(low.x, high.y)))));
  return inside ? d : -d;
}
// Between pixels: near the edge the field is evened over a pixel, so that no staircase of the mask shows.
float evenDistance(vec2 place) {
  vec2 texel = 1.0 / box.wz, here = place.yx * texel;
  float raw = texture(field, here).r;
  if (abs(raw - 0.502) > 0.05) return (raw * 255.0 - 128.0) / 8.0;
  vec2 side = texel * 0.75;
  float around = texture(field, here + side).r + texture(field, here - side).r
    + texture(field, here + vec2(side.x, -side.y)).r + texture(field, here + vec2(-side.x, side.y)).r;
  return (mix(raw, around * 0.25, 0.8) * 255.0 - 128.0) / 8.0;
}
void main() {
  if (image.x < 0.0 || image.y < 0.0 || image.x > size.x || image.y > size.y) discard;
  vec2 place = image - box.xy;
  float pixels = sharp == 1 ? pixelDistance(place) : evenDistance(place);
  float d = pixels * viewport.z;
  vec2 device = gl_FragCoord.xy;
  if (line == 0.0) {
    float fill = clamp(d + 0.5, 0.0, 1.0) * opacity;
    if (hatch == 1) fill *= step(mod(device.x + device.y, 10.0 * ratio), 3.0 * ratio);
    if (fill <= 0.0) discard;
    colour = vec4(tint * fill, fill);
    return;
  }
  // A mask at the frame's edge has its outline there too.
  float rim = min(min(image.x, image.y), min(size.x - image.x, size.y - image.y)) * viewport.z;
  d = d > 0.0 ? min(d, rim) : d;
  float halo = clamp(line * 0.5 + 1.1 * ratio + 0.5 + d, 0.0, 1.0) * clamp(0.5 - d + line * 0.5, 0.0, 1.0) * 0.72;
  float stroke = clamp(line * 0.5 + 0.5 - abs(d), 0.0, 1.0);
  if (dash.y > 0.0) {
    vec2 gradient = vec2(dFdx(d), dFdy(d));
    float turn = floor(atan(gradient.y, gradient.x) / 0.7853982 + 0.5) * 0.7853982;
    float along = dot(device, vec2(-sin(turn), cos(turn)));
    stroke *= step(mod(along, (dash.x + dash.y) * ratio), dash.x * ratio);
  }
  halo *= 1.0 - stroke;
  vec3 dark = vec3(0.031, 0.035, 0.043);
  float alpha = (stroke + halo) * opacity;
  if (alpha <= 0.0) discard;
  colour = vec4((tint * stroke + dark * halo) * opacity, alpha);
}`;
