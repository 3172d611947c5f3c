// Exact attention of one head, divided so that two threads have equally much to do.
import type { GraphBuilder } from "../graph/builder.ts";
import type { Value } from "../graph/graph.ts";

const THREADS = 2;
/** The level-2 cache that blocks are reckoned for, the commonest size; with another one only the balance is lost. */
const CACHE_BYTES = 2 ** 20;
/** Fewer queries than these (512 pixels) are answered so soon that a wait is nothing. */
const QUERIES_MIN = 1024;
/** Of the cache the runtime reckons a quarter for each of queries, keys, values and scores, in float32. */
const BYTES_PER_CHANNEL = 4 * 4;

/**
 * As `GraphBuilder.attention` with one head: query [B, L, d], key [B, K, d], value [B, K, e] → [B, L, e], L a number. The
 * runtime's fused operator deals out blocks of queries, and the blocks left over make one thread wait for the other: as many
 * queries as fill equal shares go through it, the others through plain products, which the runtime divides evenly.
 */
export function balancedAttention(
  builder: GraphBuilder,
  query: Value,
  key: Value,
  value: Value,
  { scale }: { readonly scale: number },
): Value {
  const [, length, width] = query.shape as readonly [unknown, number, number];
  const widths = width + (value.shape[2] as number);
  const block = Math.min(Math.floor(CACHE_BYTES / (BYTES_PER_CHANNEL * widths)), widths);
  const fused = length - (length % (block * THREADS));
  const fusedFor = (x: Value) => builder.attention(x, key, value, { heads: 1, scale });
  if (fused === length || length < QUERIES_MIN) return fusedFor(query);
  const scaled = builder.times(builder.slice(query, 1, fused, length), builder.constant([scale]));
  const shares = builder.softmax(builder.matmulTransposed(scaled, key));
  const rest = builder.matmul(shares, value);
  return builder.concat([fusedFor(builder.slice(query, 1, 0, fused)), rest], 1);
}
