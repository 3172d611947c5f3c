// Paints masks over a picture: a tint inside, a line along the inner edge, one colour per object.
import {
  bitmapFromMask,
  crop,
  type Mask,
  type PixelBox,
  type Size,
  tightBox,
} from "@masklet/vision";

/** Red, green and blue, 0 to 255. */
export type Colour = readonly [number, number, number];

/** A mask of one object, to be painted in that object's colour. */
export interface ObjectMask {
  /** The object's number, from 1. */
  readonly object: number;
  readonly mask: Mask;
  /** Its own colour; by its number if left out. */
  readonly colour?: Colour;
}

/** How masks are painted. */
export interface OverlayStyle {
  /** Share of the colour inside a mask, 0 to 1. */
  readonly tint: number;
  /** Width of the line along the edge in pixels; 0 for none. */
  readonly line: number;
}

/**
 * Colours that people with any colour vision tell apart: Okabe and Ito, "Color Universal Design"
 * (2008), without black, in an order whose first entries stand out against footage.
 */
const COLOURS: readonly Colour[] = [
  [230, 159, 0],
  [86, 180, 233],
  [0, 158, 115],
  [240, 228, 66],
  [204, 121, 167],
  [213, 94, 0],
  [0, 114, 178],
];

/** Shorter side of a picture, in pixels, for each pixel of line width. */
const SIDE_PER_LINE_PIXEL = 360;

/** The colour of an object. After seven objects the colours come back lighter, then darker. */
export function objectColour(object: number): Colour {
  const position = Math.max(0, object - 1);
  const colour = COLOURS[position % COLOURS.length] ?? [255, 255, 255];
  const round = Math.floor(position / COLOURS.length) % 3;
  if (round === 0) return colour;
  const towards = round === 1 ? 255 : 0;
  const [r, g, b] = colour;
  const mix = (value: number) => Math.round((value + towards) / 2);
  return [mix(r), mix(g), mix(b)];
}

/** The usual style for pictures of a size: half tint, a line that grows with the picture. */
export function overlayStyle({ width, height }: Size): OverlayStyle {
  return {
    tint: 0.5,
    line: Math.max(1, Math.round(Math.min(width, height) / SIDE_PER_LINE_PIXEL)),
  };
}

/**
 * A copy of a picture (height × width × 3 bytes) with masks of its size painted on it, in order, so
 * that later ones lie on top. Throws a RangeError for a mask of another size.
 */
export function paintMasks(
  picture: { readonly size: Size; readonly rgb: Uint8Array },
  masks: readonly ObjectMask[],
  style: OverlayStyle = overlayStyle(picture.size),
): Uint8Array {
  const rgb = Uint8Array.from(picture.rgb);
  for (const { object, mask, colour = objectColour(object) } of masks) {
    const { width, height } = picture.size;
    if (mask.size.width !== width || mask.size.height !== height) {
      throw new RangeError(
        `The mask of object ${object} is ${mask.size.width} × ${mask.size.height} pixels, the picture ${width} × ${height}.`,
      );
    }
    const tight = tightBox(mask);
    if (tight) paintMask(rgb, picture.size, mask, { tight, colour, style });
  }
  return rgb;
}

function paintMask(
  rgb: Uint8Array,
  { width }: Size,
  mask: Mask,
  { tight, colour, style }: { tight: PixelBox; colour: Colour; style: OverlayStyle },
): void {
  const inside = bitmapFromMask(crop(mask, tight)).data;
  const core = eroded(inside, tight, style.line);
  const [r, g, b] = colour;
  for (let y = 0; y < tight.height; y++) {
    let target = ((tight.y + y) * width + tight.x) * 3;
    for (let x = 0; x < tight.width; x++, target += 3) {
      const at = y * tight.width + x;
      if (inside[at] === 0) continue;
      const share = core[at] === 1 ? style.tint : 1;
      rgb[target] = Math.round((rgb[target] ?? 0) * (1 - share) + r * share);
      rgb[target + 1] = Math.round((rgb[target + 1] ?? 0) * (1 - share) + g * share);
      rgb[target + 2] = Math.round((rgb[target + 2] ?? 0) * (1 - share) + b * share);
    }
  }
}

/** Pixels whose whole square neighbourhood of the given reach is inside; beyond the box is outside. */
function eroded(inside: Uint8Array, { width, height }: Size, reach: number): Uint8Array {
  if (reach === 0) return inside;
  const across = new Uint8Array(inside.length);
  for (let y = 0; y < height; y++) erodeLine(inside, across, y * width, 1, width, reach);
  const both = new Uint8Array(inside.length);
  for (let x = 0; x < width; x++) erodeLine(across, both, x, width, height, reach);
  return both;
}

/** Along one line: a pixel stays if the run of ones around it reaches far enough both ways. */
function erodeLine(
  from: Uint8Array,
  to: Uint8Array,
  start: number,
  step: number,
  length: number,
  reach: number,
): void {
  let run = 0;
  for (let i = 0; i < length; i++) {
    run = from[start + i * step] === 1 ? run + 1 : 0;
    if (run > 2 * reach) to[start + (i - reach) * step] = 1;
  }
}
