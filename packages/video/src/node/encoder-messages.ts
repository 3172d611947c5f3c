// What is asked of the encoder's process.
import type { Size } from "@masklet/vision";
import type { FrameTiming } from "../sink.ts";

export type EncoderQuestion =
  | {
      readonly kind: "begin";
      readonly path: string;
      readonly size: Size;
      readonly timing: FrameTiming;
    }
  | { readonly kind: "picture"; readonly rgb: Uint8Array }
  | { readonly kind: "finish" };

/** The number of pictures taken so far, or, after `finish`, of frames found in the written file. */
export interface EncoderAnswer {
  readonly frames: number;
}
