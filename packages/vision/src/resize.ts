// Resizing planes of floats as PyTorch does, and bytes of pictures as Pillow does.
import {
  type Axis,
  cubicAxis,
  linearAxis,
  pillowBicubicWindows,
  smoothLinearAxis,
  type Windows,
} from "./axis.ts";
import { checkSize } from "./mask.ts";
import type { Size } from "./space.ts";

/** Bytes of a picture row by row, red green blue and, with 4 channels, an alpha that is ignored. */
export interface Picture {
  readonly size: Size;
  readonly channels: 3 | 4;
  readonly data: Uint8Array | Uint8ClampedArray;
}

interface Sizes {
  readonly from: Size;
  readonly to: Size;
}

/**
 * Bilinear without smoothing, for logits: `torch.nn.functional.interpolate(mode="bilinear",
 * align_corners=False)`. Values are [planes, from.height, from.width]; the answer
 * [planes, to.height, to.width]. Throws a RangeError unless they are whole planes.
 */
export function resizeBilinear(values: Float32Array, { from, to }: Sizes): Float32Array {
  const axes = { x: linearAxis(widths(from, to)), y: linearAxis(heights(from, to)) };
  return resample(values, from, to, axes);
}

/**
 * Bilinear with smoothing when shrinking, for mask prompts and float pictures:
 * `interpolate(mode="bilinear", align_corners=False, antialias=True)`. Shapes as in resizeBilinear.
 */
export function resizeBilinearSmooth(values: Float32Array, { from, to }: Sizes): Float32Array {
  const axes = { x: smoothLinearAxis(widths(from, to)), y: smoothLinearAxis(heights(from, to)) };
  return resample(values, from, to, axes);
}

/**
 * Bicubic without smoothing (a = −0.75), for tables of positions:
 * `interpolate(mode="bicubic", align_corners=False)`. Shapes as in resizeBilinear.
 */
export function resizeBicubic(values: Float32Array, { from, to }: Sizes): Float32Array {
  const axes = { x: cubicAxis(widths(from, to)), y: cubicAxis(heights(from, to)) };
  return resample(values, from, to, axes);
}

function widths(from: Size, to: Size): { from: number; to: number } {
  checkSize(from);
  checkSize(to);
  return { from: from.width, to: to.width };
}

function heights(from: Size, to: Size): { from: number; to: number } {
  return { from: from.height, to: to.height };
}

/** Along rows first, then down the columns, rounded to float32 between, in torch's order. */
function resample(
  values: Float32Array,
  from: Size,
  to: Size,
  axes: { readonly x: Axis; readonly y: Axis },
): Float32Array {
  const planes = values.length / (from.width * from.height);
  if (!Number.isInteger(planes)) {
    throw new RangeError(
      `${values.length} values are no whole number of planes of ${from.width} × ${from.height}.`,
    );
  }
  const result = new Float32Array(planes * to.width * to.height);
  const wide = new Float32Array(to.width * from.height);
  const used = new Uint8Array(from.height);
  for (const row of axes.y.indices) used[row] = 1;
  for (let plane = 0; plane < planes; plane++) {
    const start = plane * from.width * from.height;
    for (let row = 0; row < from.height; row++) {
      if (used[row] === 0) continue;
      stretchRow(values, start + row * from.width, axes.x, wide, row * to.width, to.width);
    }
    const out = plane * to.width * to.height;
    for (let row = 0; row < to.height; row++) {
      mixRows(wide, axes.y, row, result, out + row * to.width, to.width);
    }
  }
  return result;
}

function stretchRow(
  values: Float32Array,
  start: number,
  axis: Axis,
  into: Float32Array,
  out: number,
  width: number,
): void {
  const { taps, indices, weights } = axis;
  if (taps === 2) {
    for (let x = 0, t = 0; x < width; x++, t += 2) {
      into[out + x] =
        values[start + indices[t]!]! * weights[t]! +
        values[start + indices[t + 1]!]! * weights[t + 1]!;
    }
    return;
  }
  for (let x = 0; x < width; x++) {
    let sum = 0;
    for (let t = x * taps; t < (x + 1) * taps; t++) {
      sum += values[start + indices[t]!]! * weights[t]!;
    }
    into[out + x] = sum;
  }
}

function mixRows(
  wide: Float32Array,
  axis: Axis,
  row: number,
  into: Float32Array,
  out: number,
  width: number,
): void {
  const { taps, indices, weights } = axis;
  const first = row * taps;
  const a = indices[first]! * width;
  const b = indices[first + 1]! * width;
  const weightA = weights[first]!;
  const weightB = weights[first + 1]!;
  if (taps === 2) {
    for (let x = 0; x < width; x++) into[out + x] = wide[a + x]! * weightA + wide[b + x]! * weightB;
    return;
  }
  for (let x = 0; x < width; x++) {
    let sum = 0;
    for (let t = first; t < first + taps; t++) sum += wide[indices[t]! * width + x]! * weights[t]!;
    into[out + x] = sum;
  }
}

/** Pillow's fixed-point weights: 32 bits less 8 of the pixel and 2 of headroom (`Resample.c`). */
const PRECISION_BITS = 22;
const HALF = 1 << (PRECISION_BITS - 1);

/**
 * Pillow's `Image.resize(size)` on RGB bytes: bicubic (a = −0.5), widened when shrinking, rounded to
 * 8 bits after the rows and again after the columns, in Pillow's own integers: equal to the bit with
 * Pillow up to 12.3. Pillow 13.0 takes the columns first where the height shrinks and the width does
 * not (and for some that shrink both ways), which rounds some bytes of such tall pictures otherwise.
 * Returns RGB bytes (alpha is dropped). Throws a RangeError unless the data fit the size.
 */
export function resizePillowBicubic(picture: Picture, to: Size): Picture {
  const { size: from, channels, data } = picture;
  checkSize(to);
  checkPicture(picture);
  const columns = fixedWindows(pillowBicubicWindows(widths(from, to)));
  const rows = fixedWindows(pillowBicubicWindows(heights(from, to)));
  // Windows of equal lengths hold a single weight of 1: the pass copies, as Pillow's leaving it out does.
  const wide = new Uint8Array(to.width * from.height * 3);
  for (let y = 0; y < from.height; y++) {
    shrinkRow(data, y * from.width * channels, channels, columns, wide, y * to.width * 3, to.width);
  }
  const result = new Uint8Array(to.width * to.height * 3);
  const sums = new Int32Array(to.width * 3);
  for (let y = 0; y < to.height; y++) {
    shrinkColumns(wide, rows, y, sums, result, y * to.width * 3);
  }
  return { size: to, channels: 3, data: result };
}

/** Throws a RangeError unless the picture has exactly width × height × channels bytes. */
export function checkPicture({ size, channels, data }: Picture): void {
  checkSize(size);
  if (data.length !== size.width * size.height * channels) {
    throw new RangeError(
      `A picture of ${size.width} × ${size.height} with ${channels} channels has ` +
        `${size.width * size.height * channels} bytes, not ${data.length}.`,
    );
  }
}

interface FixedWindows {
  readonly taps: number;
  readonly firsts: Int32Array;
  readonly sizes: Int32Array;
  readonly weights: Int32Array;
}

function fixedWindows({ taps, firsts, sizes, weights }: Windows): FixedWindows {
  const fixed = Int32Array.from(weights, (w) =>
    Math.trunc((w < 0 ? -0.5 : 0.5) + w * (1 << PRECISION_BITS)),
  );
  return { taps, firsts, sizes, weights: fixed };
}

function shrinkRow(
  data: Uint8Array | Uint8ClampedArray,
  start: number,
  channels: 3 | 4,
  { taps, firsts, sizes, weights }: FixedWindows,
  into: Uint8Array,
  out: number,
  width: number,
): void {
  for (let x = 0, at = out; x < width; x++, at += 3) {
    let red = HALF;
    let green = HALF;
    let blue = HALF;
    let from = start + firsts[x]! * channels;
    const end = x * taps + sizes[x]!;
    for (let t = x * taps; t < end; t++, from += channels) {
      const weight = weights[t]!;
      red = (red + Math.imul(data[from]!, weight)) | 0;
      green = (green + Math.imul(data[from + 1]!, weight)) | 0;
      blue = (blue + Math.imul(data[from + 2]!, weight)) | 0;
    }
    into[at] = clip(red);
    into[at + 1] = clip(green);
    into[at + 2] = clip(blue);
  }
}

function shrinkColumns(
  wide: Uint8Array,
  { taps, firsts, sizes, weights }: FixedWindows,
  row: number,
  sums: Int32Array,
  into: Uint8Array,
  out: number,
): void {
  const length = sums.length;
  sums.fill(HALF);
  for (let k = 0; k < sizes[row]!; k++) {
    const weight = weights[row * taps + k]!;
    const from = (firsts[row]! + k) * length;
    for (let i = 0; i < length; i++) sums[i] = (sums[i]! + Math.imul(wide[from + i]!, weight)) | 0;
  }
  for (let i = 0; i < length; i++) into[out + i] = clip(sums[i]!);
}

function clip(sum: number): number {
  const value = sum >> PRECISION_BITS;
  return value < 0 ? 0 : value > 255 ? 255 : value;
}
