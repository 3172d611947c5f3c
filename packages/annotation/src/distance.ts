// Signed distance of a mask and the shape halfway between two masks.
import {
  area,
  bitmapFromMask,
  crop,
  type Mask,
  maskFromBitmap,
  type PixelBox,
  paste,
  type Size,
  tightBox,
} from "@masklet/vision";

/** Stands for "no pixel of that kind in the box"; larger than any squared distance in a frame, small enough to stay finite. */
const FAR = 1e12;

/**
 * The mask at `part` (0 … 1) of the way from `a` to `b`, neither empty: both are moved so that their
 * centroids meet at the point that far between them, their signed distances are mixed in the same
 * proportion, and what is inside (> 0) is kept. `part` 0 gives a, 1 gives b.
 * Source: shape-based interpolation, Raya and Udupa 1990, with aligned centroids.
 * May be empty where thin shapes lie far apart.
 */
export function morph(a: Mask, b: Mask, part: number): Mask {
  const [centreA, centreB] = [centroid(a), centroid(b)];
  const dx = centreB.x - centreA.x;
  const dy = centreB.y - centreA.y;
  const shiftA = { dx: Math.round(dx * part), dy: Math.round(dy * part) };
  // Whole steps from a to b, so that a moved copy of a stays a copy on the whole way.
  const shiftB = { dx: shiftA.dx - Math.round(dx), dy: shiftA.dy - Math.round(dy) };
  const box = around(moved(tightBox(a)!, shiftA), moved(tightBox(b)!, shiftB));
  const insideA = signedDistance(crop(a, moved(box, shiftA, -1)));
  const insideB = signedDistance(crop(b, moved(box, shiftB, -1)));
  const size = { width: box.width, height: box.height };
  const data = new Uint8Array(insideA.length);
  for (let i = 0; i < data.length; i++) {
    data[i] = (1 - part) * insideA[i]! + part * insideB[i]! > 0 ? 1 : 0;
  }
  return paste(maskFromBitmap({ size, data }), { size: a.size, x: box.x, y: box.y });
}

function moved(box: PixelBox, by: { dx: number; dy: number }, sign = 1): PixelBox {
  return { ...box, x: box.x + sign * by.dx, y: box.y + sign * by.dy };
}

/** Both boxes and a margin of one pixel, so that each shape sees background. */
function around(a: PixelBox, b: PixelBox): PixelBox {
  const x = Math.min(a.x, b.x) - 1;
  const y = Math.min(a.y, b.y) - 1;
  const right = Math.max(a.x + a.width, b.x + b.width) + 1;
  const bottom = Math.max(a.y + a.height, b.y + b.height) + 1;
  return { x, y, width: right - x, height: bottom - y };
}

/** The mean pixel of a mask that is not empty. */
function centroid(mask: Mask): { x: number; y: number } {
  const { height } = mask.size;
  let start = 0;
  let [x, y] = [0, 0];
  for (let i = 1; i < mask.counts.length; i += 2) {
    start += mask.counts[i - 1]!;
    const end = start + mask.counts[i]!;
    for (let at = start; at < end; ) {
      const column = Math.floor(at / height);
      const stop = Math.min(end, (column + 1) * height);
      x += column * (stop - at);
      y += ((at + stop - 1) / 2 - column * height) * (stop - at);
      at = stop;
    }
    start = end;
  }
  const pixels = area(mask);
  return { x: x / pixels, y: y / pixels };
}

/** Distance in pixels to the nearest pixel of the other kind, less half a pixel; positive inside, row by row. */
function signedDistance(mask: Mask): Float32Array {
  const { data } = bitmapFromMask(mask);
  const toInside = distanceTo(data, 1, mask.size);
  const toOutside = distanceTo(data, 0, mask.size);
  const signed = new Float32Array(data.length);
  for (let i = 0; i < signed.length; i++) {
    signed[i] = data[i] === 1 ? Math.sqrt(toOutside[i]!) - 0.5 : 0.5 - Math.sqrt(toInside[i]!);
  }
  return signed;
}

/** Squared distance of each pixel to the nearest one of `value` (Felzenszwalb and Huttenlocher 2012): columns, then rows. */
function distanceTo(data: Uint8Array, value: number, size: Size): Float64Array {
  const { width, height } = size;
  const squared = Float64Array.from(data, (pixel) => (pixel === value ? 0 : FAR));
  const longest = Math.max(width, height);
  const bench = {
    line: new Float64Array(longest),
    feet: new Int32Array(longest),
    bounds: new Float64Array(longest + 1),
  };
  for (let x = 0; x < width; x++) lowerEnvelope(squared, x, width, height, bench);
  for (let y = 0; y < height; y++) lowerEnvelope(squared, y * width, 1, width, bench);
  return squared;
}

interface Bench {
  readonly line: Float64Array;
  readonly feet: Int32Array;
  readonly bounds: Float64Array;
}

/** Replaces a line of values f by min over q of f(q) + (p − q)²: the lower envelope of parabolas. */
function lowerEnvelope(
  values: Float64Array,
  first: number,
  stride: number,
  length: number,
  { line, feet, bounds }: Bench,
): void {
  for (let i = 0; i < length; i++) line[i] = values[first + i * stride]!;
  let last = 0;
  feet[0] = 0;
  bounds[0] = Number.NEGATIVE_INFINITY;
  bounds[1] = Number.POSITIVE_INFINITY;
  for (let q = 1; q < length; q++) {
    let cross = crossing(line, feet[last]!, q);
    while (cross <= bounds[last]!) cross = crossing(line, feet[--last]!, q);
    feet[++last] = q;
    bounds[last] = cross;
    bounds[last + 1] = Number.POSITIVE_INFINITY;
  }
  let k = 0;
  for (let p = 0; p < length; p++) {
    while (bounds[k + 1]! < p) k++;
    const q = feet[k]!;
    values[first + p * stride] = (p - q) ** 2 + line[q]!;
  }
}

/** Where the parabola over q begins to lie below the one over p < q. */
function crossing(line: Float64Array, p: number, q: number): number {
  return (line[q]! + q * q - line[p]! - p * p) / (2 * (q - p));
}
