// Memory gating: an object remembers its last good views, not six frames of an occlusion.
// Source: SAM 3, `sam3_tracker_base.py` (`cal_mem_score`, `frame_filter`), computed here for each object by itself.
import type { MemoryRules } from "../configuration/rules.ts";
import type { Direction } from "../memory/bank.ts";
import {
  type ChosenMemory,
  type ChosenPointer,
  conditioningMemories,
  conditioningPointers,
  distanceScale,
  type MemoryChoice,
  nearestConditioning,
  pointerReach,
} from "../memory/choose.ts";

/** A frame below this confidence is not worth remembering (the released value of SAM 3). */
export const CONFIDENCE_MIN = 0.01;

/**
 * How sure a tracked frame is, 0…1: predicted IoU times how clearly the object is in view; 0 where it is
 * not. `score` is the object score (logit), `quality` the predicted IoU.
 */
export function confidenceOf({
  score,
  quality,
}: {
  readonly score: number;
  readonly quality: number;
}): number {
  return score > 0 ? quality * (2 / (1 + Math.exp(-score)) - 1) : 0;
}

/** A tracked frame as the gate sees it. */
export interface GateFrame {
  readonly frame: number;
  readonly confidence: number;
}

/**
 * The frames worth looking back on from `now`, nearest first: the direct neighbour always, further ones
 * only when they are confident, at most `max`.
 */
export function rememberedFrames(
  tracked: readonly GateFrame[],
  {
    now,
    direction,
    max,
  }: { readonly now: number; readonly direction: Direction; readonly max: number },
): readonly number[] {
  const sign = direction === "forward" ? 1 : -1;
  const behind = tracked.filter(({ frame }) => (now - frame) * sign > 0);
  behind.sort((a, b) => (b.frame - a.frame) * sign);
  return behind
    .filter(({ frame, confidence }) => (now - frame) * sign === 1 || confidence > CONFIDENCE_MIN)
    .slice(0, max)
    .map(({ frame }) => frame);
}

/** How many tracked frames a choice can use: as memories or as pointers, whichever reaches further. */
export function gateReach(rules: MemoryRules): number {
  return Math.max(rules.slots, rules.pointersMax) - 1;
}

/**
 * The choice with the gate: conditioning frames as in the reference, then the remembered frames by rank.
 * The n-th of them takes the row and the distance of "n frames ago", as SAM 3 does, so that no code
 * is met that training did not show.
 */
export function chooseGatedMemories(question: {
  readonly frame: number;
  readonly direction: Direction;
  readonly conditioning: readonly number[];
  readonly tracked: readonly GateFrame[];
  readonly frameCount: number | null;
  readonly rules: MemoryRules;
}): MemoryChoice {
  const { frame, direction, conditioning, tracked, frameCount, rules } = question;
  const selected = nearestConditioning(conditioning, frame, rules.conditioningMax);
  const behind = rememberedFrames(tracked, { now: frame, direction, max: gateReach(rules) });
  const recent = behind
    .slice(0, rules.slots - 1)
    .map((candidate, rank): ChosenMemory => ({ frame: candidate, from: "tracked", row: rank }));
  const pointers = behind.slice(0, pointerReach(frameCount, rules) - 1).map(
    (candidate, rank): ChosenPointer => ({
      frame: candidate,
      from: "tracked",
      distance: rank + 1,
    }),
  );
  return {
    memories: [...conditioningMemories(selected, rules), ...recent.reverse()],
    pointers: [...conditioningPointers(selected, question), ...pointers],
    distanceScale: distanceScale(frameCount, rules),
  };
}
