// A mask without the parts that lie far from where the object is known to be: those are look-alikes.
import {
  area,
  bitmapFromMask,
  components,
  contains,
  dilate,
  emptyMask,
  intersectionArea,
  isEmpty,
  type Mask,
  maskFromLogits,
  maskFromSmallLogits,
  type Size,
  union,
} from "@masklet/vision";
import { LABEL, type ModelPoints } from "./prompts.ts";
import { OUTSIDE_LOGIT, type Plane } from "./second-look/region.ts";

/** How far from the last mask a tracked part may lie, in sides of a square of that mask's area (decision 0045) … */
export const TRACKED_REACH = 0.6;
/** … and how far from what a click hit. */
const POINTED_REACH = 0.3;

/**
 * Logits [side, side] whose 8-connected parts above 0 all come within `reach` of `known`, a mask of the same size (`reach`
 * in sides of a square of its area); the parts that do not are lowered. The same array where nothing is far, where nothing
 * is known, or where nothing is near: an object that jumped is better than none.
 */
export function nearParts(logits: Float32Array, known: Mask, reach: number): Float32Array {
  return near(logits, partsOf(logits, known.size), known, reach);
}

function partsOf(logits: Float32Array, size: Size): readonly Mask[] {
  return components(maskFromLogits(logits, size), 8);
}

function near(
  logits: Float32Array,
  parts: readonly Mask[],
  known: Mask,
  reach: number,
): Float32Array {
  if (parts.length < 2 || isEmpty(known)) return logits;
  const around = dilate(known, reach * Math.sqrt(area(known)));
  const far = parts.filter((part) => intersectionArea(part, around) === 0);
  if (far.length === 0 || far.length === parts.length) return logits;
  const kept = logits.slice();
  for (const part of far) {
    const { data } = bitmapFromMask(part);
    for (let at = 0; at < kept.length; at++) if (data[at] === 1) kept[at] = OUTSIDE_LOGIT;
  }
  return kept;
}

/** A prompt and the answer that it corrects, over the whole picture; points in model pixels of `imageSize`. */
export interface Pointed {
  readonly points: ModelPoints;
  readonly before: Plane | null;
  readonly imageSize: number;
}

/**
 * As above for the answer to a prompt: `known` are the parts that hold an including click and the answer before, if there
 * was one. A box says itself where the object is, so its answer stays.
 */
export function partsPointedAt(
  logits: Float32Array,
  { points, before, imageSize }: Pointed,
): Float32Array {
  const { coordinates, labels } = points;
  if (labels.includes(LABEL.boxFrom)) return logits;
  const side = Math.sqrt(logits.length);
  const size = { width: side, height: side };
  const cell = (at: number) => Math.floor((coordinates[at]! * side) / imageSize);
  const parts = partsOf(logits, size);
  if (parts.length < 2) return logits;
  const isClicked = (part: Mask) =>
    labels.some(
      (label, at) => label === LABEL.include && contains(part, cell(2 * at), cell(2 * at + 1)),
    );
  const earlier = before === null ? emptyMask(size) : maskOf(before, size);
  return near(logits, parts, parts.filter(isClicked).reduce(union, earlier), POINTED_REACH);
}

function maskOf({ side, data }: Plane, to: Size): Mask {
  return maskFromSmallLogits(data, { from: { width: side, height: side }, to });
}
