// Growing, shrinking and in-betweens of masks.
import { DISTANCE_SIDE_MAX, signedDistance } from "./distance.ts";
import { area, type Mask, tightBox } from "./mask.ts";
import { crop, invert, paste, subtract } from "./mask-sets.ts";
import { maskFromBitmap } from "./rasters.ts";
import { RunWriter } from "./run-writer.ts";
import { segmentsOf } from "./segments.ts";
import type { PixelBox } from "./space.ts";

/**
 * The mask grown by a disk: all pixels whose centre is at most `radius` pixels from one of its own.
 * Each stretch of a column reaches every column within the radius, by as much as the disk is high
 * there; overlaps are counted at their ends and summed down the columns.
 */
export function dilate(mask: Mask, radius: number): Mask {
  checkRadius(radius);
  const box = tightBox(mask);
  if (box === null || radius < 1) return mask;
  const { width, height } = mask.size;
  const reach = Math.floor(radius);
  const left = Math.max(box.x - reach, 0);
  const columns = Math.min(box.x + box.width + reach, width) - left;
  // One place more than the frame is high, for stretches that end at its bottom.
  const stride = height + 1;
  const changes = new Int32Array(columns * stride);
  const segments = segmentsOf(mask);
  for (let dx = -reach; dx <= reach; dx++) {
    const rise = Math.floor(Math.sqrt(radius * radius - dx * dx));
    for (let i = 0; i < segments.count; i++) {
      const column = segments.columns[i]! + dx - left;
      if (column < 0 || column >= columns) continue;
      const top = Math.max(segments.tops[i]! - rise, 0);
      const bottom = Math.min(segments.bottoms[i]! + rise, height);
      changes[column * stride + top]! += 1;
      changes[column * stride + bottom]! -= 1;
    }
  }
  return coveredPixels(changes, left, mask);
}

/** The pixels that at least one stretch covers, given where stretches begin (+1) and end (−1). */
function coveredPixels(changes: Int32Array, left: number, mask: Mask): Mask {
  const stride = mask.size.height + 1;
  const writer = new RunWriter();
  let covering = 0;
  let begun = 0;
  for (let i = 0, x = left; i < changes.length; i += stride, x++) {
    for (let y = 0; y < stride; y++) {
      const change = changes[i + y]!;
      if (change === 0) continue;
      const pixel = x * (stride - 1) + y;
      if (covering === 0) begun = pixel;
      covering += change;
      if (covering === 0) writer.add(begun, pixel);
    }
  }
  return writer.finish(mask.size);
}

/**
 * The mask shrunk by a disk: its pixels with no background within `radius` pixels. What lies outside
 * the frame is unknown and does not shrink it.
 */
export function erode(mask: Mask, radius: number): Mask {
  checkRadius(radius);
  const box = tightBox(mask);
  if (box === null || radius < 1) return mask;
  const { size } = mask;
  // The nearest background of any pixel lies inside the box or right around it.
  const x = Math.max(box.x - 1, 0);
  const y = Math.max(box.y - 1, 0);
  const width = Math.min(box.x + box.width + 1, size.width) - x;
  const height = Math.min(box.y + box.height + 1, size.height) - y;
  const inner = crop(mask, { x, y, width, height });
  return paste(subtract(inner, dilate(invert(inner), radius)), { size, x, y });
}

function checkRadius(radius: number): void {
  if (!(radius >= 0 && radius <= DISTANCE_SIDE_MAX)) {
    throw new RangeError(`A radius is 0 to ${DISTANCE_SIDE_MAX} pixels (got ${radius}).`);
  }
}

/** The mean position of the foreground's pixel centres, or null for an empty mask. */
export function centroid(mask: Mask): { readonly x: number; readonly y: number } | null {
  const pixels = area(mask);
  if (pixels === 0) return null;
  const { count, columns, tops, bottoms } = segmentsOf(mask);
  let sumX = 0;
  let sumY = 0;
  for (let i = 0; i < count; i++) {
    const length = bottoms[i]! - tops[i]!;
    sumX += columns[i]! * length;
    sumY += ((tops[i]! + bottoms[i]! - 1) * length) / 2;
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
  const window = hull(moved(boxA, byA), moved(boxB, byB));
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

/** The box around two boxes and one pixel more on every side. */
function hull(a: PixelBox, b: PixelBox): PixelBox {
  const x = Math.min(a.x, b.x) - 1;
  const y = Math.min(a.y, b.y) - 1;
  const width = Math.max(a.x + a.width, b.x + b.width) + 1 - x;
  const height = Math.max(a.y + a.height, b.y + b.height) + 1 - y;
  return { x, y, width, height };
}
