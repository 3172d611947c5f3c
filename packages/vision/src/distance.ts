// Exact Euclidean distances to a mask, and what follows from them: growing, shrinking, in-betweens.
import { area, bitmapFromMask, type Mask, tightBox } from "./mask.ts";
import { crop, paste } from "./mask-sets.ts";
import { maskFromBitmap } from "./rasters.ts";
import type { PixelBox, Size } from "./space.ts";

/** The longest side for distances: squares of twice as much still fit an int32. */
export const DISTANCE_SIDE_MAX = 16383;

/**
 * For each pixel, row by row, the squared Euclidean distance to the nearest pixel that is `target`
 * in the bytes; exact whole numbers. Null when no pixel is. Linear time: distances within columns,
 * then a lower envelope of parabolas along each row (Felzenszwalb and Huttenlocher 2012, in the
 * whole-number form of Meijster, Roerdink and Hesselink 2000).
 */
export function squaredDistances(data: Uint8Array, size: Size, target: 0 | 1): Int32Array | null {
  const { width, height } = size;
  if (width > DISTANCE_SIDE_MAX || height > DISTANCE_SIDE_MAX) {
    throw new RangeError(
      `Distances are for sides up to ${DISTANCE_SIDE_MAX} pixels (got ${width} × ${height}).`,
    );
  }
  if (!data.includes(target)) return null;
  // Farther than any two pixels of the frame: stands for a column without a target.
  const far = width + height;
  const distances = columnDistances(data, size, target, far);
  const squares = new Int32Array(width);
  const peaks = new Int32Array(width);
  const starts = new Int32Array(width);
  for (let start = 0; start < distances.length; start += width) {
    for (let x = 0; x < width; x++) squares[x] = distances[start + x]! ** 2;
    envelope(squares, peaks, starts, distances, start);
  }
  return distances;
}

/** Distance to the nearest target above or below, swept row by row. */
function columnDistances(data: Uint8Array, size: Size, target: 0 | 1, far: number): Int32Array {
  const { width, height } = size;
  const distances = new Int32Array(width * height);
  for (let x = 0; x < width; x++) distances[x] = data[x] === target ? 0 : far;
  for (let i = width; i < distances.length; i++) {
    const above = distances[i - width]!;
    distances[i] = data[i] === target ? 0 : above < far ? above + 1 : far;
  }
  for (let i = distances.length - width - 1; i >= 0; i--) {
    const below = distances[i + width]! + 1;
    if (below < distances[i]!) distances[i] = below;
  }
  return distances;
}

/** The lower envelope of the parabolas (x − i)² + squares[i] along one row, written in place. */
function envelope(
  squares: Int32Array,
  peaks: Int32Array,
  starts: Int32Array,
  into: Int32Array,
  offset: number,
): void {
  const width = squares.length;
  let top = 0;
  peaks[0] = 0;
  starts[0] = 0;
  for (let x = 1; x < width; x++) {
    const height = squares[x]!;
    while (top >= 0) {
      const from = starts[top]!;
      const peak = peaks[top]!;
      if ((from - peak) ** 2 + squares[peak]! <= (from - x) ** 2 + height) break;
      top--;
    }
    if (top < 0) {
      top = 0;
      peaks[0] = x;
      continue;
    }
    const peak = peaks[top]!;
    const rise = x * x - peak * peak + height - squares[peak]!;
    const start = 1 + Math.trunc(rise / (2 * (x - peak)));
    if (start < width) {
      top++;
      peaks[top] = x;
      starts[top] = start;
    }
  }
  for (let x = width - 1; x >= 0; x--) {
    const peak = peaks[top]!;
    into[offset + x] = (x - peak) ** 2 + squares[peak]!;
    if (x === starts[top]!) top--;
  }
}

/**
 * Distance of each pixel centre to the mask's edge, row by row: positive inside, negative outside,
 * where the edge runs half a pixel from the centres on both sides, so that `> 0` gives the mask back.
 * The frame's border is no edge. An empty mask is −∞ everywhere, a full one +∞.
 */
export function signedDistance(mask: Mask): Float32Array {
  const { size } = mask;
  const { data } = bitmapFromMask(mask);
  const outside = squaredDistances(data, size, 1);
  const inside = squaredDistances(data, size, 0);
  const result = new Float32Array(data.length);
  if (outside === null) return result.fill(Number.NEGATIVE_INFINITY);
  if (inside === null) return result.fill(Number.POSITIVE_INFINITY);
  for (let i = 0; i < result.length; i++) {
    result[i] = data[i] === 1 ? Math.sqrt(inside[i]!) - 0.5 : 0.5 - Math.sqrt(outside[i]!);
  }
  return result;
}

/** The mask grown by a disk: all pixels whose centre is at most `radius` pixels from one of its own. */
export function dilate(mask: Mask, radius: number): Mask {
  const box = tightBox(mask);
  checkRadius(radius);
  if (box === null || radius < 1) return mask;
  const window = clippedToFrame(grown(box, Math.floor(radius)), mask.size);
  const { data, size } = bitmapFromMask(crop(mask, window));
  const distances = squaredDistances(data, size, 1)!;
  const limit = radius * radius;
  for (let i = 0; i < data.length; i++) data[i] = distances[i]! <= limit ? 1 : 0;
  return paste(maskFromBitmap({ size, data }), { size: mask.size, x: window.x, y: window.y });
}

/**
 * The mask shrunk by a disk: its pixels with no background within `radius` pixels. What lies outside
 * the frame is unknown and does not shrink it.
 */
export function erode(mask: Mask, radius: number): Mask {
  const box = tightBox(mask);
  checkRadius(radius);
  if (box === null || radius < 1) return mask;
  const window = clippedToFrame(grown(box, 1), mask.size);
  const { data, size } = bitmapFromMask(crop(mask, window));
  const distances = squaredDistances(data, size, 0);
  if (distances === null) return mask;
  const limit = radius * radius;
  for (let i = 0; i < data.length; i++) data[i] = distances[i]! > limit ? 1 : 0;
  return paste(maskFromBitmap({ size, data }), { size: mask.size, x: window.x, y: window.y });
}

function checkRadius(radius: number): void {
  if (!(radius >= 0 && radius <= DISTANCE_SIDE_MAX)) {
    throw new RangeError(`A radius is 0 to ${DISTANCE_SIDE_MAX} pixels (got ${radius}).`);
  }
}

function grown(box: PixelBox, by: number): PixelBox {
  return {
    x: box.x - by,
    y: box.y - by,
    width: box.width + 2 * by,
    height: box.height + 2 * by,
  };
}

function clippedToFrame(box: PixelBox, frame: Size): PixelBox {
  const x = Math.max(box.x, 0);
  const y = Math.max(box.y, 0);
  const width = Math.min(box.x + box.width, frame.width) - x;
  const height = Math.min(box.y + box.height, frame.height) - y;
  return { x, y, width, height };
}

/** The mean position of the foreground's pixel centres, or null for an empty mask. */
export function centroid(mask: Mask): { readonly x: number; readonly y: number } | null {
  const pixels = area(mask);
  if (pixels === 0) return null;
  const { height } = mask.size;
  let sumX = 0;
  let sumY = 0;
  let start = 0;
  for (let i = 1; i < mask.counts.length; i += 2) {
    start += mask.counts[i - 1]!;
    const end = start + mask.counts[i]!;
    let x = Math.floor(start / height);
    for (let column = x * height; column < end; column += height, x++) {
      const top = Math.max(start - column, 0);
      const bottom = Math.min(end - column, height);
      sumX += x * (bottom - top);
      sumY += ((top + bottom - 1) * (bottom - top)) / 2;
    }
    start = end;
  }
  return { x: sumX / pixels, y: sumY / pixels };
}

/**
 * The in-between of two masks of one object at share t (0 gives a, 1 gives b, exactly): both are
 * moved by whole pixels to the centroid in between, and their signed distances are mixed.
 * With one of them empty the answer is the nearer of the two. Throws a RangeError for t outside 0 … 1
 * or masks of different sizes.
 */
export function morph(a: Mask, b: Mask, t: number): Mask {
  if (!(t >= 0 && t <= 1)) throw new RangeError(`The share of a morph is 0 to 1 (got ${t}).`);
  if (a.size.width !== b.size.width || a.size.height !== b.size.height) {
    throw new RangeError("A morph needs two masks of the same size.");
  }
  const boxA = tightBox(a);
  const boxB = tightBox(b);
  if (boxA === null || boxB === null) return t < 0.5 ? a : b;
  const from = centroid(a)!;
  const to = centroid(b)!;
  const byA = { x: Math.round(t * (to.x - from.x)), y: Math.round(t * (to.y - from.y)) };
  const byB = {
    x: Math.round((1 - t) * (from.x - to.x)),
    y: Math.round((1 - t) * (from.y - to.y)),
  };
  const window = grown(hull(moved(boxA, byA), moved(boxB, byB)), 1);
  const distanceA = signedDistance(crop(a, moved(window, { x: -byA.x, y: -byA.y })));
  const distanceB = signedDistance(crop(b, moved(window, { x: -byB.x, y: -byB.y })));
  const data = new Uint8Array(distanceA.length);
  for (let i = 0; i < data.length; i++) {
    data[i] = (1 - t) * distanceA[i]! + t * distanceB[i]! > 0 ? 1 : 0;
  }
  const size = { width: window.width, height: window.height };
  return paste(maskFromBitmap({ size, data }), { size: a.size, x: window.x, y: window.y });
}

function moved(box: PixelBox, by: { readonly x: number; readonly y: number }): PixelBox {
  return { x: box.x + by.x, y: box.y + by.y, width: box.width, height: box.height };
}

function hull(a: PixelBox, b: PixelBox): PixelBox {
  const x = Math.min(a.x, b.x);
  const y = Math.min(a.y, b.y);
  const width = Math.max(a.x + a.width, b.x + b.width) - x;
  const height = Math.max(a.y + a.height, b.y + b.height) - y;
  return { x, y, width, height };
}
