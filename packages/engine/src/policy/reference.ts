// The reference's policy: step by step what the official predictor does.
import { type MemoryBank, withoutTracked } from "../memory/bank.ts";
import { chooseMemories } from "../memory/choose.ts";
import type { Candidate, FrameJudgement, TrackingPolicy } from "./policy.ts";

/** Tracked frames kept on each side where a later pass may begin to read: the pointers' reach. */
const PASS_MARGIN = 1;

/** Source: `sam2_video_predictor.py`. With `history: "all"` every flow of the reference is equal. */
export const referencePolicy: TrackingPolicy = {
  name: "reference",
  looksAgain: false,
  keepsNear: false,
  conditions: ({ firstVisit }, rules) => firstVisit || rules.correctionsCondition,
  choose: ({ bank, frame, direction, frameCount, memory }) =>
    chooseMemories({
      frame,
      direction,
      conditioning: [...bank.conditioning.keys()],
      hasTracked: (candidate) => bank.tracked.get(candidate)?.memory != null,
      frameCount,
      rules: memory,
    }),
  rests: () => false,
  recognises: () => false,
  judge: (candidates) => keepAll(candidates),
  afterCorrection: (bank) => bank,
  pruned: (bank, { frame, memory }) =>
    nearby(bank, frame, memory.pointersMax * memory.stride + PASS_MARGIN),
};

/** Every output is shown and remembered as it is. */
export function keepAll(candidates: readonly Candidate[]): FrameJudgement {
  const verdicts = new Map(
    candidates.map(({ object, output }) => [object, { output, remember: true }]),
  );
  return { verdicts, collisions: [] };
}

/**
 * Keeps the tracked outputs within `reach` of the present frame and of each conditioning frame: a pass
 * may go on from here or start again there, either way.
 */
export function nearby(bank: MemoryBank, frame: number, reach: number): MemoryBank {
  const anchors = [frame, ...bank.conditioning.keys()];
  return withoutTracked(bank, (candidate) =>
    anchors.every((anchor) => Math.abs(anchor - candidate) > reach),
  );
}
