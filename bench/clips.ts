// The seed cases as clips of our own: two fighters whose limbs merge, and zebras in the next scene; with exact masks.
import type { Picture, Size } from "@masklet/vision";

export const clipSize: Size = { width: 384, height: 216 };

/** A frame with the number of the object that each pixel shows, 0 for none. */
export interface ClipFrame {
  readonly picture: Picture;
  readonly labels: Uint8Array;
  readonly shot: number;
}

export interface SeedClip {
  readonly name: string;
  readonly frameCount: number;
  /** Objects with a click on frame 0 that names each. */
  readonly objects: readonly {
    readonly object: number;
    readonly click: { readonly x: number; readonly y: number };
  }[];
  readonly frame: (index: number) => ClipFrame;
}

type Colour = readonly [number, number, number];

/** A round-ended bar from a to b. */
interface Capsule {
  readonly a: readonly [number, number];
  readonly b: readonly [number, number];
  readonly radius: number;
  /** Colour at a pixel, given the place along and across the bar in pixels. */
  readonly colour: (along: number, across: number) => Colour;
}

/** A body is painted back to front; all its parts are one object. */
interface Body {
  readonly object: number;
  readonly parts: readonly Capsule[];
}

function paint(
  index: number,
  ground: (x: number, y: number) => Colour,
  bodies: readonly Body[],
  shot: number,
): ClipFrame {
  const { width, height } = clipSize;
  const data = new Uint8Array(width * height * 3);
  const labels = new Uint8Array(width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) put(data, y * width + x, ground(x, y), grain(x, y, index));
  }
  for (const { object, parts } of bodies)
    for (const part of parts) paintCapsule(part, { data, labels, object, index });
  return { picture: { size: clipSize, channels: 3, data }, labels, shot };
}

interface Canvas {
  readonly data: Uint8Array;
  readonly labels: Uint8Array;
  readonly object: number;
  readonly index: number;
}

function paintCapsule(
  { a, b, radius, colour }: Capsule,
  { data, labels, object, index }: Canvas,
): void {
  const { width, height } = clipSize;
  const [dx, dy] = [b[0] - a[0], b[1] - a[1]];
  const length = Math.hypot(dx, dy) || 1;
  const left = Math.max(0, Math.floor(Math.min(a[0], b[0]) - radius));
  const right = Math.min(width - 1, Math.ceil(Math.max(a[0], b[0]) + radius));
  const top = Math.max(0, Math.floor(Math.min(a[1], b[1]) - radius));
  const bottom = Math.min(height - 1, Math.ceil(Math.max(a[1], b[1]) + radius));
  for (let y = top; y <= bottom; y++) {
    for (let x = left; x <= right; x++) {
      const [px, py] = [x - a[0], y - a[1]];
      const along = (px * dx + py * dy) / length;
      const clamped = Math.min(length, Math.max(0, along));
      const distance = Math.hypot(px - (dx / length) * clamped, py - (dy / length) * clamped);
      if (distance > radius) continue;
      const across = (px * dy - py * dx) / length;
      const shade = 1 - 0.35 * (distance / radius) ** 2;
      const [r, g, blue] = colour(along, across);
      put(data, y * width + x, [r * shade, g * shade, blue * shade], grain(x, y, index));
      labels[y * width + x] = object;
    }
  }
}

function put(data: Uint8Array, pixel: number, [r, g, b]: Colour, noise: number): void {
  data[3 * pixel] = Math.max(0, Math.min(255, r + noise));
  data[3 * pixel + 1] = Math.max(0, Math.min(255, g + noise));
  data[3 * pixel + 2] = Math.max(0, Math.min(255, b + noise));
}

/** Film grain that is the same on every machine. */
function grain(x: number, y: number, frame: number): number {
  let hash = (x * 374761393 + y * 668265263 + frame * 974634599) | 0;
  hash = Math.imul(hash ^ (hash >>> 13), 1274126177);
  return ((hash ^ (hash >>> 16)) & 15) - 7;
}

const plain = (colour: Colour) => () => colour;

/** A fighter at x who faces right (1) or left (−1), with limbs that swing. */
function fighter(
  object: number,
  place: { x: number; facing: 1 | -1; swing: number; skin: Colour; shorts: Colour },
): Body {
  const { x, facing, swing, skin, shorts } = place;
  const hip: [number, number] = [x, 132];
  const neck: [number, number] = [x + 4 * facing, 82];
  const reach = 22 + 16 * Math.sin(swing);
  const step = 14 * Math.sin(swing * 0.7);
  const limb = (
    a: readonly [number, number],
    b: readonly [number, number],
    radius: number,
    colour: Colour,
  ): Capsule => ({ a, b, radius, colour: plain(colour) });
  return {
    object,
    parts: [
      limb(hip, [x - 12 * facing + step, 188], 8, skin),
      limb(neck, [x + (reach * 0.6 + 6) * facing, 108], 6, skin),
      limb(neck, hip, 14, skin),
      limb(hip, [x + 14 * facing - step, 188], 8, skin),
      limb([x - 6, 132], [x + 6, 140], 14, shorts),
      limb([neck[0] + 3 * facing, 66], [neck[0] + 3 * facing, 68], 11, skin),
      limb(neck, [x + reach * facing, 92 - 8 * Math.cos(swing)], 6, skin),
      limb(
        [x + reach * facing, 92 - 8 * Math.cos(swing)],
        [x + (reach + 5) * facing, 92 - 8 * Math.cos(swing)],
        8,
        shorts,
      ),
    ],
  };
}

/** Two fighters of one skin colour come together, clinch for thirty frames and part again. */
export const fighters: SeedClip = {
  name: "fighters",
  frameCount: 80,
  objects: [
    { object: 1, click: { x: 90, y: 105 } },
    { object: 2, click: { x: 294, y: 105 } },
  ],
  frame(index) {
    const near = (t: number) => 0.5 - 0.5 * Math.cos(Math.PI * Math.min(1, Math.max(0, t)));
    // 0 apart, 1 in the clinch, overlapping.
    const close = near(index / 25) - near((index - 52) / 25);
    const skin: Colour = [205, 150, 120];
    const left = fighter(1, {
      x: 88 + 92 * close,
      facing: 1,
      swing: index / 4,
      skin,
      shorts: [190, 40, 40],
    });
    const right = fighter(2, {
      x: 296 - 92 * close,
      facing: -1,
      swing: index / 4 + 2,
      skin: [196, 142, 116],
      shorts: [40, 70, 180],
    });
    const ground = (x: number, y: number): Colour =>
      y > 180
        ? [120 + 8 * Math.sin(x / 9), 120, 130]
        : [70 + 20 * Math.sin(x / 23), 80 + 15 * Math.sin(y / 17), 95];
    // Who is in front changes in the clinch, as legs and arms interlock.
    return paint(index, ground, Math.floor(index / 9) % 2 === 0 ? [left, right] : [right, left], 0);
  },
};

function zebra(
  object: number,
  { x, y, size, gait }: { x: number; y: number; size: number; gait: number },
): Body {
  const stripes = (along: number, across: number): Colour =>
    Math.sin((along + across * 0.4) / (1.7 * size)) > 0 ? [235, 232, 225] : [35, 32, 30];
  const at = (dx: number, dy: number): readonly [number, number] => [x + dx * size, y + dy * size];
  const part = (
    a: readonly [number, number],
    b: readonly [number, number],
    radius: number,
  ): Capsule => ({ a, b, radius: radius * size, colour: stripes });
  const swing = 3 * Math.sin(gait);
  return {
    object,
    parts: [
      part(at(-12, 4), at(-13 + swing, 22), 2.2),
      part(at(12, 4), at(12 - swing, 22), 2.2),
      part(at(-9, 4), at(-9 - swing, 22), 2.4),
      part(at(9, 4), at(10 + swing, 22), 2.4),
      part(at(-11, 0), at(11, 0), 8),
      part(at(12, -3), at(19, -15), 4.2),
      part(at(19, -16), at(25, -12), 3.6),
    ],
  };
}

const savanna = (x: number, y: number, hue: number): Colour =>
  y < 80
    ? [150 + hue, 180, 215]
    : [176 + 14 * Math.sin(x / 13 + y / 7), 150 + hue + 10 * Math.sin(y / 5), 84];

const SHOT_FRAMES = 25;

/** A zebra; then, after a cut, three others elsewhere; then the first one again. Only the first is an object. */
export const zebras: SeedClip = {
  name: "zebras",
  frameCount: 3 * SHOT_FRAMES,
  objects: [{ object: 1, click: { x: 132, y: 130 } }],
  frame(index) {
    const shot = Math.floor(index / SHOT_FRAMES);
    if (shot === 1) {
      const others = [
        { x: 70 + index * 0.8, y: 140, size: 1.7, gait: index / 3 },
        { x: 205 - index * 0.3, y: 118, size: 1.4, gait: index / 3 + 1 },
        { x: 320 - index * 0.6, y: 150, size: 2, gait: index / 3 + 2 },
      ];
      return paint(
        index,
        (x, y) => savanna(x + 200, y, 20),
        others.map((other) => zebra(0, other)),
        shot,
      );
    }
    const walk = {
      x: 130 + 1.6 * (index % SHOT_FRAMES) + (shot === 2 ? 60 : 0),
      y: 130,
      size: 2,
      gait: index / 3,
    };
    return paint(index, (x, y) => savanna(x, y, 0), [zebra(1, walk)], shot);
  },
};

export const seedClips: readonly SeedClip[] = [fighters, zebras];
