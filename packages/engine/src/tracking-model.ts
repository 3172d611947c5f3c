// A network ready to track: its graphs, its configuration, and the few constants that predictors apply themselves.
import type { Checkpoint } from "./checkpoint/checkpoint.ts";
import type { Configuration } from "./configuration/configuration.ts";
import type { Graphs } from "./network.ts";

/** Constants of the checkpoint that stand outside the four graphs. */
export interface TrackerConstants {
  /** Pointer of an absent object (`no_obj_ptr`), as long as a pointer. */
  readonly noObjectPointer: Float32Array;
  /** The convolution 4×4, stride 4, that turns a 0/1 mask into logits for the decoder (`mask_downsample`). */
  readonly maskPrompt: { readonly weight: Float32Array; readonly bias: number };
}

export interface TrackingModel {
  readonly configuration: Configuration;
  readonly graphs: Graphs;
  readonly constants: TrackerConstants;
}

const MASK_PROMPT_STRIDE = 4;

/** The tensors of `readTrackerConstants`. */
export const trackerTensors = [
  "no_obj_ptr",
  "mask_downsample.weight",
  "mask_downsample.bias",
] as const;

/**
 * Reads the constants. Embedded networks may lack them: then an absent object's pointer is zero, and a
 * mask prompt becomes ±10 (the reference's scale for masks as output). Throws checkpoint-mismatch.
 */
export function readTrackerConstants(
  configuration: Configuration,
  checkpoint: Checkpoint,
): TrackerConstants {
  const optional = configuration.family === "nano";
  const read = (name: string, fallback: Float32Array): Float32Array =>
    optional && !checkpoint.entries.has(name) ? fallback : checkpoint.read(name).data;
  const cells = MASK_PROMPT_STRIDE * MASK_PROMPT_STRIDE;
  return {
    noObjectPointer: read("no_obj_ptr", new Float32Array(configuration.width)),
    maskPrompt: {
      weight: read("mask_downsample.weight", new Float32Array(cells).fill(20 / cells)),
      bias: read("mask_downsample.bias", Float32Array.of(-10))[0]!,
    },
  };
}

/** A mask of 0 and 1, side × side, as logits of a quarter of the side. Source: `sam2_base.py`, `_use_mask_as_output`. */
export function maskPromptLogits(
  mask: Float32Array,
  side: number,
  { maskPrompt }: TrackerConstants,
): Float32Array {
  const small = side / MASK_PROMPT_STRIDE;
  const logits = new Float32Array(small * small).fill(maskPrompt.bias);
  for (let y = 0; y < side; y++) {
    const kernelRow = (y % MASK_PROMPT_STRIDE) * MASK_PROMPT_STRIDE;
    const row = Math.floor(y / MASK_PROMPT_STRIDE) * small;
    for (let x = 0; x < side; x++) {
      const value = mask[y * side + x]!;
      if (value === 0) continue;
      const weight = maskPrompt.weight[kernelRow + (x % MASK_PROMPT_STRIDE)]!;
      logits[row + Math.floor(x / MASK_PROMPT_STRIDE)]! += weight * value;
    }
  }
  return logits;
}
