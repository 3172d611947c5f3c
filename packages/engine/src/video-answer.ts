// What a video session answers: low-resolution logits of each object, and the masks they make on the frame.
import {
  type FrameIndex,
  type Mask,
  maskFromLogits,
  maskFromSmallLogits,
  resizeBilinear,
  type Size,
} from "@masklet/vision";
import { ABSENT_LOGIT } from "./absent.ts";
import type { MemoryBank } from "./memory/bank.ts";
import { applyNonOverlap } from "./non-overlap.ts";
import type { Collision } from "./policy/policy.ts";
import { type ObjectTrack, shownOn } from "./video-session-state.ts";

/**
 * prompted  a person gave points, a box or a mask on this frame
 * tracked   the network followed the object here
 * resting   the object rests since a cut: absent, not guessed
 * unknown   nothing was ever computed for this object on this frame
 */
export type AnswerState = "prompted" | "tracked" | "resting" | "unknown";

export interface ObjectAnswer {
  readonly object: number;
  /** Logits [S/4, S/4], or [S, S] where the frame was looked at again. */
  readonly logits: Float32Array;
  /** Object score (logit); null where nothing was computed. */
  readonly score: number | null;
  /** Predicted IoU, 0…1; null where nothing was computed. */
  readonly quality: number | null;
  readonly state: AnswerState;
}

export interface FrameAnswer {
  readonly frame: FrameIndex;
  readonly objects: readonly ObjectAnswer[];
  /** Where objects met on this frame: worth a look by a person. */
  readonly collisions: readonly Collision[];
}

export interface AnswerExtras {
  /** Objects that rest on the frame. */
  readonly resting?: ReadonlyMap<number, unknown>;
  readonly collisions?: readonly Collision[];
}

/** What is known of all objects on a frame; `kind` is where its outputs are looked for first. */
export function frameAnswer(
  tracks: readonly ObjectTrack[],
  {
    frame,
    kind,
    pixels,
    resting,
    collisions = [],
  }: AnswerExtras & {
    readonly frame: FrameIndex;
    readonly kind: keyof MemoryBank;
    /** Of the network's logits. */
    readonly pixels: number;
  },
): FrameAnswer {
  const objects = tracks.map((track): ObjectAnswer => {
    const { object } = track;
    if (resting?.has(object)) return absentAnswer(object, "resting", pixels);
    const output = shownOn(track, frame, kind);
    if (output === undefined) return absentAnswer(object, "unknown", pixels);
    const { logits, detail, score, quality } = output;
    const state = track.prompts.has(frame) ? "prompted" : "tracked";
    return { object, logits: detail ?? logits, score, quality, state };
  });
  return { frame, objects, collisions };
}

/** An object of which nothing is known on this frame, or that rests. */
function absentAnswer(object: number, state: "resting" | "unknown", pixels: number): ObjectAnswer {
  return {
    object,
    logits: new Float32Array(pixels).fill(ABSENT_LOGIT),
    score: null,
    quality: null,
    state,
  };
}

export interface MaskWish {
  readonly size: Size;
  /** Whether each pixel goes to one object only (the reference's `non_overlap_masks`). */
  readonly overlap: "kept" | "removed";
}

/**
 * Logits of each object at the frame's size, resized in one step as the reference does.
 * Source: `sam2_video_predictor.py`, `_get_orig_video_res_output`.
 */
export function answerLogits(
  answer: FrameAnswer,
  { size, overlap }: MaskWish,
): readonly Float32Array[] {
  const planes = answer.objects.map(({ logits }) =>
    resizeBilinear(logits, { from: squareOf(logits), to: size }),
  );
  if (overlap === "removed") applyNonOverlap(planes);
  return planes;
}

/** The masks of each object at the frame's size. */
export function answerMasks(answer: FrameAnswer, wish: MaskWish): readonly Mask[] {
  if (wish.overlap === "kept") {
    return answer.objects.map(({ logits }) =>
      maskFromSmallLogits(logits, { from: squareOf(logits), to: wish.size }),
    );
  }
  return answerLogits(answer, wish).map((logits) => maskFromLogits(logits, wish.size));
}

function squareOf(logits: Float32Array): Size {
  const side = Math.sqrt(logits.length);
  return { width: side, height: side };
}
