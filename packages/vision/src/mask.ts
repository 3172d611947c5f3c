// Masks as run lengths: build, read, measure.
import { VisionError } from "./error.ts";
import type { PixelBox, Size } from "./space.ts";

/**
 * A binary mask of one displayed frame, as uncompressed COCO RLE: run lengths down the columns,
 * columns left to right, alternating background and foreground, background first.
 *
 * Canonical, so that equal masks have equal bytes: only the first run may be 0, neighbouring runs
 * alternate, and the runs sum to width × height. An empty mask is the one run `[width × height]`.
 * Source: COCO API `common/maskApi.h`.
 */
export interface Mask {
  readonly size: Size;
  readonly counts: Uint32Array;
}

/** A mask as bytes, row by row, 0 for background and 1 for foreground; length width × height. */
export interface Bitmap {
  readonly size: Size;
  readonly data: Uint8Array;
}

/** The largest frame a mask can describe: COCO's strings are signed 32-bit arithmetic. */
export const MASK_PIXELS_MAX = 2 ** 30;

/** Throws a RangeError unless width and height are whole, positive and at most MASK_PIXELS_MAX together. */
export function checkSize(size: Size): void {
  const { width, height } = size;
  const whole = Number.isInteger(width) && Number.isInteger(height) && width > 0 && height > 0;
  if (!whole || width * height > MASK_PIXELS_MAX) {
    throw new RangeError(
      `A frame is 1 to ${MASK_PIXELS_MAX} whole pixels in all (got ${width} × ${height}).`,
    );
  }
}

/** The mask without a pixel. */
export function emptyMask(size: Size): Mask {
  checkSize(size);
  return { size, counts: Uint32Array.of(size.width * size.height) };
}

/** The mask of every pixel. */
export function fullMask(size: Size): Mask {
  checkSize(size);
  return { size, counts: Uint32Array.of(0, size.width * size.height) };
}

/**
 * Checks a list of run lengths from outside (COCO's uncompressed `counts`) and makes it canonical:
 * zero runs inside are joined away, as other tools write them.
 * Throws VisionError `rle-invalid` unless every run is a whole number ≥ 0 and the sum is width × height.
 */
export function maskFromCounts(counts: ArrayLike<number>, size: Size): Mask {
  checkSize(size);
  const pixels = size.width * size.height;
  const canonical = new Uint32Array(counts.length);
  let length = 0;
  let sum = 0;
  for (let i = 0; i < counts.length; i++) {
    const run = counts[i]!;
    if (!Number.isInteger(run) || run < 0) {
      throw new VisionError(
        "rle-invalid",
        `Run ${i} of a mask is ${run}; run lengths are whole numbers from 0.`,
      );
    }
    sum += run;
    if (sum > pixels) break;
    if (run === 0 && i > 0) continue;
    // Runs of the same value meet where a zero run stood between them.
    if (length > 0 && (length - 1) % 2 === i % 2) canonical[length - 1]! += run;
    else canonical[length++] = run;
  }
  if (sum !== pixels) {
    throw new VisionError(
      "rle-invalid",
      `The runs of a mask sum to ${sum > pixels ? "more than" : `${sum}, not`} ${pixels} ` +
        `(${size.width} × ${size.height}). Was it made for another size?`,
    );
  }
  return { size, counts: canonical.slice(0, length) };
}

/** The mask as bytes, row by row, 0 or 1. */
export function bitmapFromMask(mask: Mask): Bitmap {
  const { width, height } = mask.size;
  const data = new Uint8Array(width * height);
  paintToggles(mask, data);
  spreadDown(data, width);
  return { size: mask.size, data };
}

/** Marks, in each column, the rows where the mask changes its value on the way down. */
function paintToggles(mask: Mask, data: Uint8Array): void {
  const { width, height } = mask.size;
  const { counts } = mask;
  let start = 0;
  for (let i = 1; i < counts.length; i += 2) {
    start += counts[i - 1]!;
    const end = start + counts[i]!;
    let column = Math.floor(start / height);
    let row = start - column * height;
    for (let at = start; at < end; column++) {
      data[row * width + column]! ^= 1;
      const bottom = row + end - at;
      if (bottom < height) data[bottom * width + column]! ^= 1;
      at += height - row;
      row = 0;
    }
    start = end;
  }
}

/** Exclusive-or of each row with the row above, four pixels at once where rows are whole words. */
function spreadDown(data: Uint8Array, width: number): void {
  if (width % 4 !== 0) {
    for (let i = width; i < data.length; i++) data[i]! ^= data[i - width]!;
    return;
  }
  const words = new Uint32Array(data.buffer);
  const stride = width / 4;
  for (let i = stride; i < words.length; i++) words[i]! ^= words[i - stride]!;
}

/** Number of foreground pixels. */
export function area(mask: Mask): number {
  const { counts } = mask;
  let sum = 0;
  for (let i = 1; i < counts.length; i += 2) sum += counts[i]!;
  return sum;
}

/** Whether the mask has no pixel. */
export function isEmpty(mask: Mask): boolean {
  return mask.counts.length === 1;
}

/** Whether the mask has the pixel at column x, row y; false outside the frame. */
export function contains(mask: Mask, x: number, y: number): boolean {
  const { width, height } = mask.size;
  if (!(x >= 0 && y >= 0 && x < width && y < height)) return false;
  const target = Math.floor(x) * height + Math.floor(y);
  const { counts } = mask;
  let end = 0;
  for (let i = 0; i < counts.length; i++) {
    end += counts[i]!;
    if (target < end) return i % 2 === 1;
  }
  return false;
}

/** The smallest box around the foreground, or null for an empty mask. */
export function tightBox(mask: Mask): PixelBox | null {
  const { height } = mask.size;
  const { counts } = mask;
  if (counts.length === 1) return null;
  let top = height;
  let bottom = -1;
  let right = 0;
  let start = 0;
  for (let i = 1; i < counts.length; i += 2) {
    start += counts[i - 1]!;
    const last = start + counts[i]! - 1;
    const firstColumn = Math.floor(start / height);
    right = Math.floor(last / height);
    if (right > firstColumn) {
      top = 0;
      bottom = height - 1;
    } else {
      const column = firstColumn * height;
      if (start - column < top) top = start - column;
      if (last - column > bottom) bottom = last - column;
    }
    start = last + 1;
  }
  const left = Math.floor(counts[0]! / height);
  return { x: left, y: top, width: right - left + 1, height: bottom - top + 1 };
}

/** Whether both masks have the same size and the same pixels. */
export function equal(a: Mask, b: Mask): boolean {
  if (a.size.width !== b.size.width || a.size.height !== b.size.height) return false;
  if (a.counts.length !== b.counts.length) return false;
  for (let i = 0; i < a.counts.length; i++) if (a.counts[i] !== b.counts[i]) return false;
  return true;
}
