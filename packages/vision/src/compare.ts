// How well a mask matches the truth: region similarity J, boundary accuracy F, and their statistics.
import { area, bitmapFromMask, type Mask, tightBox } from "./mask.ts";
import { crop, intersectionArea, iou } from "./mask-sets.ts";
import { dilate } from "./morphology.ts";
import { maskFromBitmap } from "./rasters.ts";
import type { PixelBox } from "./space.ts";

/** Share of the frame's diagonal that a boundary may be off (DAVIS's `bound_th`). */
const BOUNDARY_TOLERANCE = 0.008;

/** J of DAVIS: intersection over union, 0 … 1, and 1 when both are empty. */
export function regionSimilarity(prediction: Mask, truth: Mask): number {
  return iou(prediction, truth);
}

/**
 * F of DAVIS (`f_measure`, Perazzi et al. 2016): the harmonic mean of the shares of each boundary
 * that lie within ⌈0.008 × diagonal⌉ pixels of the other's; 0 … 1, and 1 when neither has a boundary.
 * Throws a RangeError for masks of different sizes.
 */
export function boundaryAccuracy(prediction: Mask, truth: Mask): number {
  const { size } = truth;
  if (prediction.size.width !== size.width || prediction.size.height !== size.height) {
    throw new RangeError("Boundaries are compared on masks of the same size.");
  }
  const window = boundaryWindow(prediction, truth);
  if (window === null) return 1;
  const boundaryP = boundary(crop(prediction, window));
  const boundaryT = boundary(crop(truth, window));
  // A whole frame has no boundary either: what counts are boundary pixels.
  const pixelsP = area(boundaryP);
  const pixelsT = area(boundaryT);
  if (pixelsP === 0 || pixelsT === 0) return pixelsP === pixelsT ? 1 : 0;
  const radius = Math.ceil(BOUNDARY_TOLERANCE * Math.hypot(size.width, size.height));
  const precision = intersectionArea(boundaryP, dilate(boundaryT, radius)) / pixelsP;
  const recall = intersectionArea(boundaryT, dilate(boundaryP, radius)) / pixelsT;
  return precision + recall === 0 ? 0 : (2 * precision * recall) / (precision + recall);
}

/** The part of the frame that holds both boundaries: a boundary pixel lies on the mask or one up, left. */
function boundaryWindow(a: Mask, b: Mask): PixelBox | null {
  const boxes = [tightBox(a), tightBox(b)].filter((box) => box !== null);
  if (boxes.length === 0) return null;
  const { width, height } = a.size;
  const x = Math.max(Math.min(...boxes.map((box) => box.x)) - 1, 0);
  const y = Math.max(Math.min(...boxes.map((box) => box.y)) - 1, 0);
  const right = Math.min(Math.max(...boxes.map((box) => box.x + box.width)) + 1, width);
  const bottom = Math.min(Math.max(...boxes.map((box) => box.y + box.height)) + 1, height);
  return { x, y, width: right - x, height: bottom - y };
}

/**
 * DAVIS's `seg2bmap`: pixels that differ from the one to the right, below, or both. The last row and
 * column are compared along themselves only, which is what repeating the frame's edge gives.
 */
function boundary(mask: Mask): Mask {
  const { width, height } = mask.size;
  const { data } = bitmapFromMask(mask);
  const result = new Uint8Array(data.length);
  for (let y = 0; y < height; y++) {
    const row = y * width;
    const below = y + 1 < height ? row + width : row;
    for (let x = 0; x < width; x++) {
      const right = x + 1 < width ? x + 1 : x;
      const here = data[row + x]!;
      result[row + x] =
        (here ^ data[row + right]!) | (here ^ data[below + x]!) | (here ^ data[below + right]!);
    }
  }
  return maskFromBitmap({ size: mask.size, data: result });
}

/** DAVIS's three numbers of a measure over frames, each 0 … 1 (decay −1 … 1). */
export interface Statistics {
  readonly mean: number;
  /** Share of frames above one half. */
  readonly recall: number;
  /** Mean of the first quarter less mean of the last. */
  readonly decay: number;
}

/**
 * Mean, recall and decay of a measure over the frames of one object (DAVIS `db_statistics`).
 * The original holds the limits of the quarters in bytes, which wrap from 256 frames on; these do not.
 * Throws a RangeError for no frames.
 */
export function statistics(perFrame: readonly number[]): Statistics {
  const frames = perFrame.length;
  if (frames === 0) throw new RangeError("Statistics need at least one frame.");
  // Rounded half up, as the original's 1e-10 makes NumPy's rounding do.
  const limit = (quarter: number) => Math.round(1 + (quarter * (frames - 1)) / 4 + 1e-10) - 1;
  const first = perFrame.slice(limit(0), limit(1) + 1);
  const last = perFrame.slice(limit(3), limit(4) + 1);
  return {
    mean: mean(perFrame),
    recall: perFrame.filter((value) => value > 0.5).length / frames,
    decay: mean(first) - mean(last),
  };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** The scores of one object's masks over a video. */
export interface MaskletScore {
  readonly frames: number;
  readonly J: Statistics;
  readonly F: Statistics;
  /** The mean of the two means. */
  readonly JF: number;
}

/**
 * Scores one object over a video by DAVIS's semi-supervised rule: the first frame (given) and the
 * last are left out. A dataset's J, F and J&F are means of these over objects, not over videos.
 * Throws a RangeError unless both have the same number of frames, at least 3.
 */
export function scoreMasklet(masks: {
  readonly prediction: readonly Mask[];
  readonly truth: readonly Mask[];
}): MaskletScore {
  const { prediction, truth } = masks;
  if (prediction.length !== truth.length || truth.length < 3) {
    throw new RangeError(
      `Scores need as many predicted as true masks and at least 3, the first and last of which do ` +
        `not count (got ${prediction.length} and ${truth.length}).`,
    );
  }
  const inner = truth
    .slice(1, -1)
    .map((mask, i) => ({ truth: mask, prediction: prediction[i + 1]! }));
  const J = statistics(inner.map((pair) => regionSimilarity(pair.prediction, pair.truth)));
  const F = statistics(inner.map((pair) => boundaryAccuracy(pair.prediction, pair.truth)));
  return { frames: inner.length, J, F, JF: (J.mean + F.mean) / 2 };
}
