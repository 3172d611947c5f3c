// What a network of the SAM 2 family is made of, as typed data.
import type { MemoryRules, PredictorRules } from "./rules.ts";

/** The image trunk (Hiera). Widths and head counts double at each stage. Source: `modeling/backbones/hieradet.py`. */
export interface TrunkConfiguration {
  readonly width: number;
  readonly heads: number;
  /** Blocks in each of the four stages. */
  readonly stages: readonly [number, number, number, number];
  /** Numbers of the blocks (counted over all stages) that attend to the whole picture. */
  readonly globalBlocks: readonly number[];
  /** Side of the learned background of the position code, rows then columns. */
  readonly positionBackground: readonly [number, number];
  /** Side of the attention window in each stage. */
  readonly windows: readonly [number, number, number, number];
}

/** Memory attention. Source: `modeling/memory_attention.py`. */
export interface MemoryAttentionConfiguration {
  readonly layers: number;
  readonly feedForward: number;
  readonly ropeTheta: number;
}

/** Memory encoder. Source: `modeling/memory_encoder.py`. */
export interface MemoryEncoderConfiguration {
  /** Channels of a memory (`out_dim`). */
  readonly width: number;
  readonly fuserLayers: number;
  readonly fuserKernel: number;
  /** The mask that goes in is `sigmoid(logit) * maskScale + maskBias`. */
  readonly maskScale: number;
  readonly maskBias: number;
  /** Adds a learned vector to memories of frames where the object is absent (SAM 2.1). */
  readonly noObjectEmbedding: boolean;
}

export interface Sam2Configuration {
  readonly family: "sam2";
  readonly name: string;
  /** Side of the square input in pixels (S), a multiple of 32. */
  readonly imageSize: number;
  readonly trunk: TrunkConfiguration;
  readonly neck: { readonly topDownLevels: readonly number[]; readonly temperature: number };
  /** Channels of the coarse features, of tokens and of pointers (`d_model`). */
  readonly width: number;
  readonly memoryAttention: MemoryAttentionConfiguration;
  readonly memoryEncoder: MemoryEncoderConfiguration;
  /** How a pointer knows its age: `add_tpos_enc_to_obj_ptrs` (else "none") with `proj_tpos_enc_in_obj_ptrs` (else "sine"). */
  readonly pointerAge: "none" | "sine" | "projected";
  readonly memory: MemoryRules;
  readonly rules: PredictorRules;
}

/** Values of the family that no configuration file changes. Source: `SAM2Base._build_sam_heads`, `utils/misc.py`. */
export const sam2Fixed = {
  /** Tokens of the decoder: transformer layers, heads, hidden widths. */
  decoderLayers: 2,
  decoderHeads: 8,
  decoderFeedForward: 2048,
  /** Image-to-token attention works at half width. */
  decoderAttentionDownsampling: 2,
  qualityHidden: 256,
  maskPromptChannels: 16,
  /** Normalisation of pictures, RGB in 0…1. */
  mean: [0.485, 0.456, 0.406],
  deviation: [0.229, 0.224, 0.225],
} as const;

/** Channels of the trunk's four stages, finest first. */
export function trunkWidths(trunk: TrunkConfiguration): readonly [number, number, number, number] {
  const { width } = trunk;
  return [width, width * 2, width * 4, width * 8];
}
