// What is asked of the decoder's process, and what it learns of a video.
import type { FrameChange } from "../cuts.ts";
import type { FrameTable } from "../frame-table.ts";

/** A packet that decoding can begin at. */
export interface KeyPacket {
  readonly pts: number | null;
  readonly dts: number | null;
  readonly bytes: number;
}

/** Tells whether a file is still the one that was scanned. */
export interface FileVersion {
  readonly bytes: number;
  /** Time of the last change in milliseconds. */
  readonly changed: number;
}

/** What the decoder needs to find a frame again, learned when the clip was scanned. */
export interface DecodeIndex {
  /** Each frame's own timestamp in ticks as the decoder gives it; NaN where it gives none. */
  readonly stamps: Float64Array;
  /** CRC-32 of each frame's decoded samples: random access is proved equal to decoding in order. */
  readonly checksums: Uint32Array;
  /** In decoding order. */
  readonly keys: readonly KeyPacket[];
  readonly version: FileVersion;
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

/** What reading frames rests on. */
export type ReadableVideo = Pick<ScannedVideo, "table" | "index">;

/** Which of the decoder's two readers serves, so that a stream and single looks do not disturb each other. */
export type Lane = "stream" | "single";

export type DecoderQuestion =
  | { readonly kind: "scan"; readonly path: string }
  | { readonly kind: "frame"; readonly frame: number; readonly lane: Lane };

export type DecoderAnswer =
  | { readonly kind: "scanned"; readonly video: ScannedVideo }
  | { readonly kind: "frame"; readonly rgb: Uint8Array };

/** Tells the decoder which scanned video the frames are asked of. */
export interface DecoderRemark {
  readonly path: string;
  readonly video: ReadableVideo;
}
