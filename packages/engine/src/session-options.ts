// What a video session is opened with, and what it tells those who listen.
import type { FrameIndex, Picture, Size } from "@masklet/vision";
import type { Decision } from "./frame-step.ts";
import type { StoredMemory } from "./memory/bank.ts";
import type { MemoryChoice } from "./memory/choose.ts";
import type { TrackingPolicy } from "./policy/policy.ts";

/** A picture of the video with its number and, where cuts are known, the number of its shot. */
export interface VideoFrame {
  readonly index: FrameIndex;
  readonly picture: Picture;
  readonly shot?: number;
}

/** One call of the network for one object, for those who compare with the reference. */
export type SessionEvent =
  | {
      readonly kind: "decided";
      readonly frame: number;
      readonly object: number;
      /** Null when the frame was decided without memory. */
      readonly choice: MemoryChoice | null;
      readonly points: number;
      readonly promptLogits: Float32Array | null;
      readonly decision: Decision;
    }
  | {
      readonly kind: "remembered";
      readonly frame: number;
      readonly object: number;
      readonly of: "prompt" | "tracked";
      readonly memory: StoredMemory;
    };

export interface SessionOptions {
  readonly policy: TrackingPolicy;
  readonly frameSize: Size;
  /** Frames of the clip; null for a stream of unknown length. */
  readonly frameCount: number | null;
  /** "bounded" drops what tracking from here or from a prompted frame can never read; "all" keeps everything. */
  readonly history: "all" | "bounded";
  /** Objects that go through the network together. */
  readonly batch?: number;
  readonly onEvent?: (event: SessionEvent) => void;
}

/** Eight attentions at once keep the memory of one step below a gigabyte at 1024 pixels. */
export const BATCH_DEFAULT = 8;

/** Cuts a list into runs of at most `size`. */
export function batches<T>(items: readonly T[], size: number): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, at) =>
    items.slice(at * size, (at + 1) * size),
  );
}
