// Which of the decoder's four masks is the answer: the reference's rules, over plain numbers.
import type { PredictorRules } from "./configuration/rules.ts";

/** Several masks come on an ambiguous prompt: few points, box corners counted. Source: `sam2_base.py`, `_use_multimask`. */
export function asksForSeveral(
  { multimask }: PredictorRules,
  { points, firstPrompt }: { readonly points: number; readonly firstPrompt: boolean },
): boolean {
  const allowed = multimask.onPrompt && (firstPrompt || multimask.whileTracking);
  return allowed && multimask.pointsMin <= points && points <= multimask.pointsMax;
}

/** Index (1…3) of the ambiguous mask with the best predicted IoU; the first of equals. */
export function bestOfThree(quality: ArrayLike<number>): number {
  let best = 1;
  for (let mask = 2; mask < 4; mask++) if (quality[mask]! > quality[best]!) best = mask;
  return best;
}

/**
 * Index of the mask to answer with when one is wanted: mask 0 if it is stable, else the best of three.
 * Source: `mask_decoder.py`, `_dynamic_multimask_via_stability`.
 */
export function singleMask(
  quality: ArrayLike<number>,
  firstMask: Float32Array,
  stability: PredictorRules["stability"],
): number {
  if (stability === null) return 0;
  const stable = stabilityOf(firstMask, stability.delta) >= Math.fround(stability.threshold);
  return stable ? 0 : bestOfThree(quality);
}

/** Area above +delta over area above −delta; 1 for a mask that is empty at both. Source: `_get_stability_scores`. */
export function stabilityOf(logits: Float32Array, delta: number): number {
  const limit = Math.fround(delta); // the reference compares in float32
  let above = 0;
  let nearly = 0;
  for (const logit of logits) {
    if (logit > limit) above++;
    if (logit > -limit) nearly++;
  }
  return nearly > 0 ? Math.fround(above / nearly) : 1;
}
