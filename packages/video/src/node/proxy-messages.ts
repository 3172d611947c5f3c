// What is asked of the process that makes copies for browsers.
import type { ReadableVideo } from "./decoder-messages.ts";

export interface ProxyQuestion {
  readonly source: string;
  readonly video: ReadableVideo;
  /** Where the copy is written. */
  readonly path: string;
}

/** Frames of the copy, found by decoding it. */
export interface ProxyAnswer {
  readonly frames: number;
}
