// Settling prompts: waiting outputs move into the memory bank before a tracking run.
import type { Configuration } from "./configuration/configuration.ts";
import { EngineError } from "./errors.ts";
import {
  emptyBank,
  type MemoryBank,
  withOutput,
  withoutDoubles,
  withoutTracked,
} from "./memory/bank.ts";
import { directionOn } from "./memory/visits.ts";
import type { TrackingPolicy } from "./policy/policy.ts";
import type { ObjectTrack } from "./video-session-state.ts";

/**
 * The object with its waiting outputs in its bank, tracked ones first; all of them must have their memory.
 * Source: `sam2_video_predictor.py`, `propagate_in_video_preflight`. Throws prompt-invalid for an object
 * that no prompt is left of.
 */
export function settled(
  track: ObjectTrack,
  policy: TrackingPolicy,
  configuration: Configuration,
): ObjectTrack {
  let { bank } = track;
  for (const kind of ["tracked", "conditioning"] as const) {
    for (const [frame, output] of track.pending[kind]) {
      if (directionOn(track.visits, frame) !== undefined) {
        bank = policy.afterCorrection(bank, frame, track.visits);
      }
      bank = clearedAround(withOutput(bank, kind, frame, output), frame, configuration);
    }
  }
  if (bank.conditioning.size === 0) {
    throw new EngineError("prompt-invalid", `Object ${track.object} has no prompt to start from.`);
  }
  return { ...track, bank: withoutDoubles(bank), pending: emptyBank };
}

/**
 * Without the tracked outputs around a prompted frame, where the rules ask for that. The reference calls a
 * method that it lacks here; this is what its other method of nearly the same name does, for one object.
 */
export function clearedAround(
  bank: MemoryBank,
  frame: number,
  { memory, rules }: Configuration,
): MemoryBank {
  if (!rules.clearAroundPrompts) return bank;
  const reach = memory.slots * memory.stride;
  return withoutTracked(bank, (candidate) => Math.abs(candidate - frame) <= reach);
}
