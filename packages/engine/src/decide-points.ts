// What the network makes of clicks or a box on one frame, given what is remembered and what was shown there before.
import {
  attendToMemories,
  attendToNothing,
  clampedLogits,
  type Decision,
  decodeObjects,
  type Features,
  severalFor,
} from "./frame-step.ts";
import type { FrameOutput, MemoryBank } from "./memory/bank.ts";
import type { MemoryChoice } from "./memory/choose.ts";
import type { ModelPoints } from "./prompts.ts";
import { decideByLooks } from "./second-look/decide.ts";
import { planeOf } from "./second-look/region.ts";
import type { Views } from "./second-look/views.ts";
import type { VideoFrame } from "./session-options.ts";
import type { TrackingModel } from "./tracking-model.ts";

export interface PointsOnFrame {
  readonly points: ModelPoints;
  readonly frame: VideoFrame;
  /** Of the whole frame, before any memory. */
  readonly features: Features;
  /** For a second look at a part of the frame; null where the policy or the network wants none. */
  readonly views: Views | null;
  /** The object's answer on this frame so far. */
  readonly before: FrameOutput | undefined;
  readonly bank: MemoryBank;
  /** What to attend to; null on a frame that no run has visited. */
  readonly choice: MemoryChoice | null;
}

/** The logits of the answer so far, as the decoder takes them beside new points; null where there is none. */
export function promptLogitsOf(before: FrameOutput | undefined): Float32Array | null {
  return before === undefined ? null : clampedLogits(before.logits);
}

/** Attends, decodes, and looks a second time where that is asked for. */
export async function decidePoints(model: TrackingModel, asked: PointsOnFrame): Promise<Decision> {
  const { points, frame, views, before } = asked;
  const features = await conditioned(model, asked);
  const shot = frame.shot ?? null;
  if (views !== null) {
    const shown = before === undefined ? null : planeOf(before.detail ?? before.logits);
    return decideByLooks(model, { points, before: shown, features, views }, shot);
  }
  const several = severalFor(model, points.labels.length, asked.choice === null);
  const ask = { points, logits: promptLogitsOf(before), several };
  const [decision] = await decodeObjects(model, features, ask, { count: 1, shot });
  return decision!;
}

async function conditioned(
  model: TrackingModel,
  { features, bank, choice }: PointsOnFrame,
): Promise<Features> {
  if (choice === null || choice.memories.length === 0) return attendToNothing(model, features);
  return attendToMemories(model, features, [{ bank, choice }]);
}
