// Where finished pictures go: a port that writes videos and picture sequences.
import type { Size } from "@masklet/vision";
import type { FrameTable, TimeBase } from "./frame-table.ts";

/** When the written frames are shown. */
export type FrameTiming =
  /** Evenly: `rate` frames a second, as an exact fraction. */
  | { readonly kind: "constant"; readonly rate: TimeBase }
  /** As in a source: the n-th written frame gets the n-th of these ticks; they strictly rise. */
  | { readonly kind: "copied"; readonly timeBase: TimeBase; readonly ticks: readonly number[] };

/** Takes pictures in order and makes one file, or one folder, of them. */
export interface VideoSink {
  /** Size of the pictures it takes. */
  readonly size: Size;

  /** Adds a picture: height × width × 3 bytes. Resolves when the sink can take the next one. */
  write(rgb: Uint8Array): Promise<void>;

  /**
   * Completes the output, proves its frame count by decoding it, and only then gives it its name.
   * Throws a `VideoError` (`cannot-write`) and leaves nothing behind if any of it fails.
   */
  finish(): Promise<{ readonly frames: number }>;

  /** Gives up: nothing is left behind. Does nothing after `finish`. */
  abandon(): Promise<void>;
}

/** The timing of a clip's own frames, from `from` on (a sink for one pass over part of a clip). */
export function timingOf(table: FrameTable, from = 0): FrameTiming {
  return {
    kind: "copied",
    timeBase: table.timeBase,
    ticks: table.frames.slice(from).map((frame) => frame.ticks),
  };
}
