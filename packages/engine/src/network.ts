// The four graphs that every network of the family offers, and what flows through their doors.

/** Dense float32 numbers in row-major order; `data.length` is the product of `shape`. */
export interface Tensor {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

export type Tensors = Readonly<Record<string, Tensor>>;

/**
 * Door of a network. S = input side, B = objects in the batch, all tensors float32.
 * "coarse", "middle", "fine" are the feature levels at strides 16, 8 and 4; their channel counts are the network's own.
 *
 * encode    picture [1,3,S,S] (normalised RGB)
 *           → fine and middle [1, ...] in the layout that the network's own decoder wants, coarse [1,·,S/16,S/16] (raw,
 *           before any memory)
 * decode    fine, middle, coarse (batch 1 or B; middle and coarse may be conditioned by `attend`),
 *           points [B,P,2] (model pixels, before the half-pixel shift; P may be 0),
 *           labels [B,P] (−1 padding, 0 exclude, 1 include, 2 box top left, 3 box bottom right),
 *           mask [B,1,S/4,S/4] (previous logits, clamped to ±32), mask_given [B] (0 or 1); both are left out together
 *           where no object has a mask, which is cheaper
 *           → masks [B,4,S/4,S/4] (logits; 0 = single, 1–3 = ambiguous), quality [B,4] (predicted IoU 0…1),
 *             object_score [B,1] (logit), pointers [B,4,Cp] (one for each mask, before the no-object rule)
 * attend    fine, middle, coarse (as encoded), memory [B,M,T,Cm], memory_row [B,M] (row of the temporal code:
 *           6 conditioning, 0 previous frame … 5 six frames ago), pointers [B,Q,Cp], pointer_distance [B,Q] (scaled as the reference does)
 *           → coarse [B,·,·,·] and, where the network conditions that level too, middle [B, ...]
 *           Memory, memory_row, pointers and pointer_distance are left out together for a frame without any memory
 *           (first prompt, single picture): the network's own rule for it (`no_mem_embed`), B = 1. M is at least 1
 *           otherwise; Q may be 0. Objects of one call have equal M and equal Q.
 * remember  fine, middle, coarse (as encoded), logits [B,1,S/4,S/4], binarise [B] (1: cut at 0, 0: sigmoid), object_present [B] (0 or 1)
 *           → memory [B,T,Cm]
 */
export type GraphName = "encode" | "decode" | "attend" | "remember";

/** The port to whatever runs graphs. `wanted` limits the outputs that are copied back; all of them by default. */
export interface Graphs {
  run(graph: GraphName, inputs: Tensors, wanted?: readonly string[]): Promise<Tensors>;
  close(): Promise<void>;
}
