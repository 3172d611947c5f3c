// A clip: frames by number, in any order, out of a video or a folder of pictures.
import type { FrameIndex, Size } from "@masklet/vision";
import type { FrameChange } from "./cuts.ts";
import { VideoError } from "./error.ts";
import type { FrameTable } from "./frame-table.ts";

/** One decoded frame. */
export interface Frame {
  readonly index: FrameIndex;
  readonly seconds: number;
  /** Displayed size, the same for all frames of a clip. */
  readonly size: Size;
  /** height × width × 3 bytes, rows from the top, red green blue, upright. */
  readonly rgb: Uint8Array;
}

/** Frames by number: a run in one direction, or a list in any order. */
export type FrameOrder =
  | {
      readonly direction: "forward" | "backward";
      /** First frame delivered; the clip's first (forward) or last (backward) if left out. */
      readonly from?: number;
      /** At most so many frames; to the clip's end if left out. */
      readonly count?: number;
    }
  | readonly number[];

/** A clip that is open. The same frame is the same bytes, whichever way it is asked for. */
export interface Clip {
  /** The path it was opened from. */
  readonly name: string;
  readonly table: FrameTable;
  /** How much each frame differs from those before it; what `findCuts` works on. */
  readonly changes: readonly FrameChange[];
  /** Sentences about what is wrong with the file though its frames can be had. */
  readonly warnings: readonly string[];

  /** One frame. Throws a `VideoError` (`out-of-range`, `decoder-died`, `decoder-hung`, `closed`). */
  frame(index: number, options?: { readonly signal?: AbortSignal }): Promise<Frame>;

  /**
   * Frames in the order asked, decoded a few ahead of the reader (`READ_AHEAD_FRAMES`). Memory does
   * not grow with the length. Throws as `frame` does, and the signal's reason when it is aborted.
   */
  frames(order: FrameOrder, options?: { readonly signal?: AbortSignal }): AsyncIterable<Frame>;

  /** Ends the decoder. Pending requests fail with `closed`; closing twice does nothing. */
  close(): Promise<void>;
}

/**
 * Hears the number of frames counted so far while a clip is scanned, and how many there will be by what the file
 * announces (it may be wrong); null where it announces nothing.
 */
export type ScanProgress = (frames: number, expected: number | null) => void;

/** How to open a clip. */
export interface OpenOptions {
  readonly signal?: AbortSignal;
  readonly progress?: ScanProgress;
  /** Folder where scans are kept: a video file that has not changed since is not decoded again to be opened. */
  readonly scans?: string;
}

/**
 * The frame numbers of an order for a clip of `frameCount` frames. Throws a `VideoError`
 * (`out-of-range`) naming the clip and the number that is outside.
 */
export function* frameNumbers(
  order: FrameOrder,
  clip: { readonly name: string; readonly frameCount: number },
): Generator<FrameIndex> {
  if (!("direction" in order)) {
    for (const index of order) yield checkedFrame(index, clip);
    return;
  }
  if (clip.frameCount === 0) return;
  const forward = order.direction === "forward";
  const from = checkedFrame(order.from ?? (forward ? 0 : clip.frameCount - 1), clip);
  const available = forward ? clip.frameCount - from : from + 1;
  const count = Math.min(order.count ?? available, available);
  for (let i = 0; i < count; i++) yield (forward ? from + i : from - i) as FrameIndex;
}

/** The number as a frame of the clip. Throws a `VideoError` (`out-of-range`) if it is none. */
export function checkedFrame(
  index: number,
  { name, frameCount }: { readonly name: string; readonly frameCount: number },
): FrameIndex {
  if (!Number.isInteger(index) || index < 0 || index >= frameCount) {
    throw new VideoError(
      "out-of-range",
      `${name} has frames 0 to ${frameCount - 1}; there is no frame ${index}.`,
    );
  }
  return index as FrameIndex;
}
