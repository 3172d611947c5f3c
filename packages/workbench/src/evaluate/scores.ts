// Region and contour measures of whole tracks, averaged as the DAVIS benchmark does.
import { boundaryAccuracy, type Mask, regionSimilarity } from "@masklet/vision";
import type { MaskTrack } from "./truth.ts";

/** Both measures of one mask, 0 … 1. */
export interface FrameScore {
  readonly j: number;
  readonly f: number;
}

/** J and F of one object; null on frames that are not scored. */
export type TrackScore = readonly (FrameScore | null)[];

/** J and F of a predicted mask. Source: `davis2017-evaluation`, `metrics.py`. */
export function scoreFrame(prediction: Mask, truth: Mask): FrameScore {
  return { j: regionSimilarity(prediction, truth), f: boundaryAccuracy(prediction, truth) };
}

/**
 * Scores a track on the frames `first + 1 … last − 1`: the frame that was prompted and the last of the
 * sequence are left out, as in the semi-supervised task of DAVIS and in SA-V.
 */
export function scoreTrack(
  prediction: MaskTrack,
  truth: MaskTrack,
  first = 0,
): (FrameScore | null)[] {
  return truth.map((mask, frame) => {
    if (frame <= first || frame === truth.length - 1) return null;
    const predicted = prediction[frame];
    if (predicted === undefined) throw new RangeError(`The prediction has no frame ${frame}.`);
    return scoreFrame(predicted, mask);
  });
}

/** J and F of a track, averaged over its scored frames. */
export function trackMean(score: TrackScore): FrameScore {
  const scored = score.filter((each) => each !== null);
  return { j: mean(scored.map((each) => each.j)), f: mean(scored.map((each) => each.f)) };
}

/** The mean, 0 for none. */
export function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
}
