// Masks as sets of pixels: union, intersection, difference, complement, overlap, moving.
import { area, checkSize, type Mask } from "./mask.ts";
import { RunWriter } from "./run-writer.ts";
import type { PixelBox, Size } from "./space.ts";

/** Truth tables over (in a) + 2 × (in b): bit k is the answer for the case k. */
const OR = 0b1110;
const AND = 0b1000;
const AND_NOT = 0b0010;

/** The pixels of a, of b, or of both. Throws a RangeError for masks of different sizes. */
export function union(a: Mask, b: Mask): Mask {
  return combine(a, b, OR);
}

/** The pixels of both. Throws a RangeError for masks of different sizes. */
export function intersection(a: Mask, b: Mask): Mask {
  return combine(a, b, AND);
}

/** The pixels of a that are not in b. Throws a RangeError for masks of different sizes. */
export function subtract(a: Mask, b: Mask): Mask {
  return combine(a, b, AND_NOT);
}

/** All pixels that are not in the mask. */
export function invert(mask: Mask): Mask {
  const { size, counts } = mask;
  if (counts[0] === 0) return { size, counts: counts.slice(1) };
  const inverted = new Uint32Array(counts.length + 1);
  inverted.set(counts, 1);
  return { size, counts: inverted };
}

/** How many pixels a and b share. Throws a RangeError for masks of different sizes. */
export function intersectionArea(a: Mask, b: Mask): number {
  checkSameSize(a, b);
  let i = 0;
  let j = 0;
  let endA = a.counts[0]!;
  let endB = b.counts[0]!;
  let at = 0;
  let shared = 0;
  while (i < a.counts.length && j < b.counts.length) {
    const end = endA < endB ? endA : endB;
    if ((i & j & 1) === 1) shared += end - at;
    at = end;
    if (endA === end) endA += a.counts[++i] ?? 0;
    if (endB === end) endB += b.counts[++j] ?? 0;
  }
  return shared;
}

/**
 * Intersection over union, 0 … 1; 1 when both are empty (DAVIS's rule for J; COCO says 0 there).
 * Throws a RangeError for masks of different sizes.
 */
export function iou(a: Mask, b: Mask): number {
  const shared = intersectionArea(a, b);
  const either = area(a) + area(b) - shared;
  return either === 0 ? 1 : shared / either;
}

/** The part of a mask inside a box, as a mask of the box's size. The box may reach over the frame's edge. */
export function crop(mask: Mask, box: PixelBox): Mask {
  return place(mask, { dx: -box.x, dy: -box.y, size: { width: box.width, height: box.height } });
}

/** A mask with its top-left pixel put at (x, y) of a frame of another size; what falls outside is cut. */
export function paste(
  mask: Mask,
  into: { readonly size: Size; readonly x: number; readonly y: number },
): Mask {
  return place(mask, { dx: into.x, dy: into.y, size: into.size });
}

/** A mask moved by whole pixels within its frame; what falls outside is cut. */
export function translate(mask: Mask, by: { readonly dx: number; readonly dy: number }): Mask {
  return place(mask, { dx: by.dx, dy: by.dy, size: mask.size });
}

function place(mask: Mask, to: { dx: number; dy: number; size: Size }): Mask {
  checkSize(to.size);
  if (!Number.isInteger(to.dx) || !Number.isInteger(to.dy)) {
    throw new RangeError(`Masks move by whole pixels (got ${to.dx}, ${to.dy}).`);
  }
  const { height } = mask.size;
  const { width: widthTo, height: heightTo } = to.size;
  const writer = new RunWriter();
  let start = 0;
  for (let i = 1; i < mask.counts.length; i += 2) {
    start += mask.counts[i - 1]!;
    const end = start + mask.counts[i]!;
    let x = Math.floor(start / height);
    for (let column = x * height; column < end; column += height, x++) {
      const xTo = x + to.dx;
      if (xTo < 0 || xTo >= widthTo) continue;
      const top = Math.max(Math.max(start - column, 0) + to.dy, 0);
      const bottom = Math.min(Math.min(end - column, height) + to.dy, heightTo);
      writer.add(xTo * heightTo + top, xTo * heightTo + bottom);
    }
    start = end;
  }
  return writer.finish(to.size);
}

/** Walks both run lists once, side by side. */
function combine(a: Mask, b: Mask, truth: number): Mask {
  checkSameSize(a, b);
  const countsA = a.counts;
  const countsB = b.counts;
  const counts = new Uint32Array(countsA.length + countsB.length);
  let length = 0;
  let value = 0;
  let begun = 0;
  let at = 0;
  let i = 0;
  let j = 0;
  let endA = countsA[0]!;
  let endB = countsB[0]!;
  while (i < countsA.length && j < countsB.length) {
    const end = endA < endB ? endA : endB;
    if (end > at) {
      const here = (truth >> ((i & 1) | ((j & 1) << 1))) & 1;
      if (here !== value) {
        counts[length++] = at - begun;
        begun = at;
        value = here;
      }
      at = end;
    }
    if (endA === end) endA += countsA[++i] ?? 0;
    if (endB === end) endB += countsB[++j] ?? 0;
  }
  counts[length++] = at - begun;
  return { size: a.size, counts: counts.slice(0, length) };
}

function checkSameSize(a: Mask, b: Mask): void {
  if (a.size.width !== b.size.width || a.size.height !== b.size.height) {
    throw new RangeError(
      `Masks of ${a.size.width} × ${a.size.height} and ${b.size.width} × ${b.size.height} ` +
        "cannot be combined: scale or crop one first.",
    );
  }
}
