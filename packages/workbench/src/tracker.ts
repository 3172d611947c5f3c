// The port to whatever segments and tracks: sessions over pictures and clips, results as masks with logits.
import type { Frame } from "@masklet/video";
import type { Mask, Size } from "@masklet/vision";
import type { Click, CornerBox } from "./prompts.ts";

/** Clicks and a box on a frame. */
export interface MarksHint {
  readonly kind: "marks";
  readonly clicks: readonly Click[];
  readonly box: CornerBox | null;
}

/** What is said of an object on a frame, ready for the network: marks, or a mask at display size. */
export type Hint = MarksHint | { readonly kind: "mask"; readonly mask: Mask };

/** A mask as the network sees it. */
export interface Answer {
  /** Display size. */
  readonly mask: Mask;
  /** The network's own estimate of the IoU, 0 … 1; null where nothing was computed. */
  readonly predictedIou: number | null;
  /** Logits at display size, row by row; the mask is where they are above 0. Made when asked for. */
  logits(): Float32Array;
}

/**
 * Where a mask comes from: `human` = a person named the object on this frame, `model` = it was tracked here,
 * `cut` = empty, since the object rests in this shot, `none` = empty, nothing was computed.
 */
export type Provenance = "human" | "model" | "cut" | "none";

/** What is known of one object on one frame. */
export interface ObjectAnswer extends Answer {
  readonly object: number;
  /** Logit: above 0 the object is in view; null where nothing was computed. */
  readonly objectScore: number | null;
  readonly provenance: Provenance;
}

export interface FrameAnswer {
  readonly frame: number;
  readonly objects: readonly ObjectAnswer[];
}

export type Policy = "masklet" | "reference";

/** A clip being tracked. Calls are made one at a time. */
export interface TrackingSession {
  /**
   * Names or corrects an object on a frame and answers with its mask there. Clicks are all that were made
   * on that object and frame so far: a later call replaces an earlier one.
   */
  prompt(object: number, frame: number, hint: Hint): Promise<ObjectAnswer>;
  /** Tracks all objects over `count` frames at most, from `from` on, one answer a frame, in order. */
  track(order: {
    readonly from: number;
    readonly direction: "forward" | "backward";
    readonly count: number;
    readonly signal: AbortSignal;
  }): AsyncIterable<FrameAnswer>;
  close(): Promise<void>;
}

/** One picture, encoded once. */
export interface PictureSession {
  /** Up to three masks, the one the model itself chooses first. `previous` is the answer being corrected. */
  segment(hint: MarksHint, previous: Answer | null): Promise<readonly Answer[]>;
  /** Masks of everything in the picture, best first. */
  segmentAll(options: {
    readonly signal: AbortSignal;
    readonly progress: (done: number, total: number) => void;
  }): Promise<readonly Answer[]>;
  close(): Promise<void>;
}

/** Frames of a clip as sessions ask for them. */
export interface FrameSource {
  readonly size: Size;
  readonly frameCount: number;
  frame(index: number): Promise<Frame>;
  frames(order: {
    readonly direction: "forward" | "backward";
    readonly from: number;
    readonly count: number;
  }): AsyncIterable<Frame>;
}

export interface TrackingRules {
  readonly policy: Policy;
  /** First frames of shots, where the policy `masklet` stops carrying. */
  readonly cuts: readonly number[];
  /**
   * `bounded` (the default) forgets tracked frames far from prompts, so that memory does not grow with the video; `all` keeps the
   * answer of every frame, so that a correction anywhere starts from it.
   */
  readonly history?: "bounded" | "all";
}

/** A model that is loaded. */
export interface Tracker {
  /** As people name it, such as `masklet-nano` or `sam2.1-hiera-tiny`. */
  readonly name: string;
  /** Digest of the weights, or null where there is none. */
  readonly digest: string | null;
  /** Side of the square the network sees. */
  readonly side: number;
  openTracking(frames: FrameSource, rules: TrackingRules): Promise<TrackingSession>;
  openPicture(frame: Frame): Promise<PictureSession>;
  close(): Promise<void>;
}
