// Attention of the fast profile: scores are products of eight-bit integers; softmax and values stay in float32.
import type { GraphBuilder } from "../graph/builder.ts";
import type { Dimension, Shape } from "../graph/dimensions.ts";
import type { Value } from "../graph/graph.ts";

/** Scores of one block of queries for one object: 16 MB, which the last level of caches still holds. */
const BLOCK_SCORES_MAX = 2 ** 22;
/** Largest number of a quantised key. */
const KEY_NUMBER_MAX = 127;
/** How many keys there are for each that their mean is taken of; odd, so that no column of the grid is preferred. */
const KEYS_PER_SAMPLE = 15;
/** Keeps the scale of a key that is zero throughout away from zero. */
const KEY_SCALE_MIN = 1e-12;

export interface QuantisedAttentionOptions {
  readonly heads: number;
  readonly scale: number;
  /** How many keys there are, or usually are, where only a run knows: sets the length of a block. */
  readonly keys: number;
}

/**
 * As `GraphBuilder.attention`: query [B, L, heads·d], key [B, K, heads·d], value [B, K, heads·e] → [B, L, heads·e], with L a
 * number. Keys lose their mean, which moves all scores of a query alike and so no share of it, and get a scale each; queries
 * get one for each block. Approximate. Source: Zhang et al. 2025, SageAttention, sections 4.2 and 4.3.
 */
export function quantisedAttention(
  builder: GraphBuilder,
  query: Value,
  key: Value,
  value: Value,
  { heads, scale, keys }: QuantisedAttentionOptions,
): Value {
  const queries = apart(builder, query, heads);
  const { numbers, scales } = quantisedKeys(builder, apart(builder, key, heads), scale);
  const values = apart(builder, value, heads);
  const axis = queries.shape.length - 2;
  const length = queries.shape[axis] as number;
  const block = blockLength(heads * keys);
  const attended: Value[] = [];
  for (let start = 0; start < length; start += block) {
    const end = Math.min(length, start + block);
    const asking = end - start === length ? queries : builder.slice(queries, axis, start, end);
    const scores = builder.quantisedProduct(asking, numbers, scales);
    attended.push(builder.matmul(builder.softmax(scores), values));
  }
  const joined = attended.length === 1 ? attended[0]! : builder.concat(attended, axis);
  return together(builder, joined, heads);
}

/** The largest power of two of queries whose scores fit. */
function blockLength(scoresOfOne: number): number {
  return 2 ** Math.max(0, Math.floor(Math.log2(BLOCK_SCORES_MAX / scoresOfOne)));
}

/** Keys [..., K, d] as int8 turned to [..., d, K], and what their products are to be multiplied with: [..., 1, K]. */
function quantisedKeys(builder: GraphBuilder, key: Value, scale: number) {
  const rank = key.shape.length;
  const axis = rank - 2;
  const centred = builder.minus(key, builder.mean(everyFew(builder, key, axis), [axis]));
  const largest = builder.largest(builder.absolute(centred), rank - 1);
  const steps = builder.plus(
    builder.times(largest, builder.constant([1 / KEY_NUMBER_MAX])),
    builder.constant([KEY_SCALE_MIN]),
  );
  const outer = key.shape.slice(0, axis);
  const count = key.shape[axis] as Dimension;
  const columns: Shape = [...outer, count, 1];
  const rounded = builder.roundedToInt8(
    builder.dividedBy(centred, builder.reshape(steps, columns)),
  );
  const scales = builder.reshape(builder.times(steps, builder.constant([scale])), [
    ...outer,
    1,
    count,
  ]);
  return { numbers: builder.transpose(rounded, lastTwoTurned(rank)), scales };
}

/** One key of every few: any vector may be taken from all keys, and the runtime is slow at means over many rows. */
function everyFew(builder: GraphBuilder, key: Value, axis: number): Value {
  const [start, end, step] = [0, Number.MAX_SAFE_INTEGER, KEYS_PER_SAMPLE];
  const inputs = [key, ...[start, end, axis, step].map((number) => builder.integers([number]))];
  return builder.operation("Slice", inputs, key.shape.with(axis, `samples of ${key.shape[axis]}`));
}

const lastTwoTurned = (rank: number) => [
  ...Array.from({ length: rank - 2 }, (_, axis) => axis),
  rank - 1,
  rank - 2,
];

/** [B, L, heads·d] → [B, heads, L, d]; one head stays as it is. */
function apart(builder: GraphBuilder, x: Value, heads: number): Value {
  if (heads === 1) return x;
  const [batch, length, width] = x.shape;
  const shape = [batch!, length!, heads, (width as number) / heads];
  return builder.transpose(builder.reshape(x, shape), [0, 2, 1, 3]);
}

/** The reverse: [B, heads, L, d] → [B, L, heads·d]. */
function together(builder: GraphBuilder, x: Value, heads: number): Value {
  if (heads === 1) return x;
  const [batch, , length, width] = x.shape;
  return builder.reshape(builder.transpose(x, [0, 2, 1, 3]), [
    batch!,
    length!,
    heads * (width as number),
  ]);
}
