// What the program and its decoder process say to each other.
import type { FrameChange } from "../cuts.ts";
import type { VideoErrorCode } from "../error.ts";
import type { FrameTable } from "../frame-table.ts";

/** A packet that decoding can begin at. */
export interface KeyPacket {
  readonly pts: number | null;
  readonly dts: number | null;
  readonly bytes: number;
}

/** What the decoder needs to find a frame again, learned when the clip was scanned. */
export interface DecodeIndex {
  /** Each frame's own timestamp in ticks as the decoder gives it; NaN where it gives none. */
  readonly stamps: Float64Array;
  /** CRC-32 of each frame's decoded samples: random access is proved equal to decoding in order. */
  readonly checksums: Uint32Array;
  /** In decoding order. */
  readonly keys: readonly KeyPacket[];
  /** False where timestamps do not tell frames apart: then every jump decodes from the start. */
  readonly seekable: boolean;
  /** Decoding threads; 1 for a damaged file, where concealment would depend on them. */
  readonly threads: number;
}

/** All that a scan of a video learns. */
export interface ScannedVideo {
  readonly table: FrameTable;
  readonly changes: readonly FrameChange[];
  readonly warnings: readonly string[];
  readonly index: DecodeIndex;
}

/** Which of the decoder's two readers serves a request, so that a stream and single looks do not disturb each other. */
export type Lane = "stream" | "single";

/** Asked of the decoder. */
export type DecoderRequest =
  | { readonly kind: "scan"; readonly id: number; readonly path: string }
  | {
      readonly kind: "open";
      readonly id: number;
      readonly path: string;
      readonly video: Pick<ScannedVideo, "table" | "index">;
    }
  | {
      readonly kind: "frame";
      readonly id: number;
      readonly frame: number;
      readonly lane: Lane;
    }
  | { readonly kind: "forget"; readonly id: number };

/** Answered by the decoder; `busy` only says that work goes on. */
export type DecoderReply =
  | { readonly kind: "scanned"; readonly id: number; readonly video: ScannedVideo }
  | { readonly kind: "opened"; readonly id: number }
  | { readonly kind: "frame"; readonly id: number; readonly rgb: Uint8Array }
  | {
      readonly kind: "failed";
      readonly id: number;
      readonly code: VideoErrorCode;
      readonly message: string;
    }
  | { readonly kind: "busy"; readonly id: number; readonly done: number };

/** Exit status of a decoder process that ended itself because it needed too much memory. */
export const MEMORY_EXIT = 86;
