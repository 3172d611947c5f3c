// Exact Euclidean distances to a mask.
import { bitmapFromMask, type Mask } from "./mask.ts";
import type { Size } from "./space.ts";

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
  const distances = columnDistances(data, size, target, width + height);
  const row = {
    squares: new Int32Array(width),
    peaks: new Int32Array(width),
    starts: new Int32Array(width),
  };
  for (let start = 0; start < distances.length; start += width) {
    // Beyond a pixel of distance 0 nothing matters: each stretch between two of them stands alone.
    for (let x = 0; x < width; x++) {
      if (distances[start + x] === 0) continue;
      const first = Math.max(x - 1, 0);
      while (x < width && distances[start + x] !== 0) x++;
      lowerEnvelope(distances, start, { first, last: Math.min(x, width - 1) }, row);
    }
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

/** Memory for one row: squares of its distances, and the parabolas of its envelope with their starts. */
interface EnvelopeRow {
  readonly squares: Int32Array;
  readonly peaks: Int32Array;
  readonly starts: Int32Array;
}

/**
 * Replaces distances along columns by the lower envelope of the parabolas (x − i)² + distance(i)²
 * within one stretch of a row. Products by `imul`: `** 2` takes the slow path of the general power.
 */
function lowerEnvelope(
  distances: Int32Array,
  row: number,
  { first, last }: { readonly first: number; readonly last: number },
  { squares, peaks, starts }: EnvelopeRow,
): void {
  for (let x = first; x <= last; x++)
    squares[x] = Math.imul(distances[row + x]!, distances[row + x]!);
  let top = 0;
  let peak = first;
  let start = first;
  let base = squares[first]!;
  peaks[0] = first;
  starts[0] = first;
  for (let x = first + 1; x <= last; x++) {
    const height = squares[x]!;
    for (;;) {
      const toPeak = start - peak;
      const toHere = start - x;
      if (Math.imul(toPeak, toPeak) + base <= Math.imul(toHere, toHere) + height) {
        const rise = Math.imul(x - peak, x + peak) + height - base;
        const crossing = 1 + ((rise / (2 * (x - peak))) | 0);
        if (crossing > last) break;
        top++;
        starts[top] = start = crossing;
        peaks[top] = peak = x;
        base = height;
        break;
      }
      if (top === 0) {
        // From here on the new parabola is the lowest of all so far.
        peaks[0] = peak = x;
        base = height;
        break;
      }
      top--;
      peak = peaks[top]!;
      start = starts[top]!;
      base = squares[peak]!;
    }
  }
  for (let x = last; x >= first; x--) {
    distances[row + x] = Math.imul(x - peak, x - peak) + base;
    if (x !== start || top === 0) continue;
    top--;
    peak = peaks[top]!;
    start = starts[top]!;
    base = squares[peak]!;
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
