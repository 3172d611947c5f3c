// The image trunk (Hiera) on tokens [N, C]: windows stay contiguous between blocks, padding never meets a linear layer.

import type { Sam2Configuration, TrunkConfiguration } from "../configuration/sam2.ts";
import type { Value } from "../graph/graph.ts";
import { type Construction, layerNorm, linear, parameter, product } from "./layers.ts";
import { learnedCode } from "./position-codes.ts";
import { quantisedAttention } from "./quantised-attention.ts";
import {
  paddedFours,
  paddedWindows,
  placesInWindows,
  pooled,
  renumbering,
  rowMajor,
  type TokenOrder,
  windowByWindow,
  windowGroups,
  windowsAreContiguous,
} from "./token-order.ts";

const NORM_EPSILON = 1e-6;
const PREFIX = "image_encoder.trunk";

/** Tokens [side², C] in some order. */
export interface Tokens {
  readonly value: Value;
  readonly order: TokenOrder;
}

interface Block {
  readonly name: string;
  /** Side of the attention window; 0 for the whole grid. */
  readonly window: number;
  readonly pools: boolean;
  readonly heads: number;
  readonly width: number;
  /** Number of the stage that ends with this block, or −1. */
  readonly endsStage: number;
}

/**
 * The blocks in a row. The first block of a stage still has the window of the stage before (the reference sets it before
 * the stage counter advances). Source: `modeling/backbones/hieradet.py`, `Hiera.__init__`.
 */
function blocksOf({ stages, windows, globalBlocks, heads, width }: TrunkConfiguration): Block[] {
  const blocks: Block[] = [];
  for (const [stage, count] of stages.entries()) {
    for (let i = 0; i < count; i++) {
      const at = blocks.length;
      const pools = stage > 0 && i === 0;
      blocks.push({
        name: `${PREFIX}.blocks.${at}`,
        window: globalBlocks.includes(at) ? 0 : windows[pools ? stage - 1 : stage]!,
        pools,
        heads: heads * 2 ** stage,
        width: width * 2 ** stage,
        endsStage: i === count - 1 ? stage : -1,
      });
    }
  }
  return blocks;
}

/** Runs the trunk on picture [1, 3, S, S] and gives the four stages' tokens, finest first. */
export function trunk(
  construction: Construction,
  configuration: Sam2Configuration,
  picture: Value,
): Tokens[] {
  const { builder } = construction;
  let tokens = embeddedPatches(construction, configuration, picture);
  const stages: Tokens[] = [];
  for (const [at, block] of blocksOf(configuration.trunk).entries()) {
    tokens = runBlock(construction, block, tokens);
    builder.mark(`block${at}`, asGrid(construction, tokens));
    if (block.endsStage < 0) continue;
    stages.push(tokens);
    builder.mark(
      `stage${block.endsStage}`,
      builder.transpose(asGrid(construction, tokens), [0, 3, 1, 2]),
    );
  }
  return stages;
}

/** Cuts the picture into patches (7×7, stride 4), adds the learned position code and orders the tokens for block 0. */
function embeddedPatches(
  construction: Construction,
  configuration: Sam2Configuration,
  picture: Value,
): Tokens {
  const { builder, parameters } = construction;
  const { trunk, imageSize } = configuration;
  const side = imageSize / 4;
  const weight = parameter(construction, `${PREFIX}.patch_embed.proj.weight`);
  const bias = parameter(construction, `${PREFIX}.patch_embed.proj.bias`);
  const patches = builder.convolution(picture, weight, bias, { stride: 4, padding: 3 });
  const flat = builder.transpose(builder.reshape(patches, [trunk.width, side * side]), [1, 0]);
  builder.mark("patch_embed", builder.reshape(flat, [1, side, side, trunk.width]));
  const background = parameters(`${PREFIX}.pos_embed`);
  const window = parameters(`${PREFIX}.pos_embed_window`);
  const [rows, columns] = trunk.positionBackground;
  const code = builder.weight("position code of the trunk", [side * side, trunk.width], () =>
    learnedCode(
      side,
      { data: background.read(), rows, columns },
      { data: window.read(), side: window.shape[2]! },
    ),
  );
  builder.mark("hiera_pos_embed", builder.reshape(code, [1, side, side, trunk.width]));
  const placed = { value: builder.plus(flat, code), order: rowMajor(side) };
  return reordered(construction, placed, windowByWindow(side, trunk.windows[0]));
}

function runBlock(construction: Construction, block: Block, input: Tokens): Tokens {
  const { builder } = construction;
  const { name, pools, width } = block;
  const tokens = inSuitableOrder(construction, block, input);
  const normalised = layerNorm(construction, `${name}.norm1`, tokens.value, NORM_EPSILON);
  const order = pools ? pooled(tokens.order) : tokens.order;
  const widens = tokens.value.shape[1] !== width;
  const straight = widens ? linear(construction, `${name}.proj`, normalised) : tokens.value;
  const shortcut = pools ? poolFours(construction, straight) : straight;
  const attended = attention(
    construction,
    block,
    { value: normalised, order: tokens.order },
    order,
  );
  const x = builder.plus(shortcut, linear(construction, `${name}.attn.proj`, attended));
  const hidden = linear(
    construction,
    `${name}.mlp.layers.0`,
    layerNorm(construction, `${name}.norm2`, x, NORM_EPSILON),
  );
  const value = builder.plus(x, linear(construction, `${name}.mlp.layers.1`, builder.gelu(hidden)));
  return { value, order };
}

/** Reorders the tokens once where the block's windows tile the grid but are not contiguous yet, or pooling needs it. */
function inSuitableOrder(
  construction: Construction,
  { window, pools }: Block,
  tokens: Tokens,
): Tokens {
  const { side } = tokens.order;
  const tiles = window > 0 && side % window === 0;
  if (tiles && !windowsAreContiguous(tokens.order, window)) {
    return reordered(construction, tokens, windowByWindow(side, window));
  }
  if (pools && !windowsAreContiguous(tokens.order, 2))
    return reordered(construction, tokens, windowByWindow(side, 2));
  return tokens;
}

/** Attention of a block: [N, C] → [N or N/4, width], in the order `out`. */
function attention(
  construction: Construction,
  block: Block,
  input: Tokens,
  out: TokenOrder,
): Value {
  const { builder } = construction;
  const { side } = input.order;
  const { window, pools, heads, width } = block;
  if (window > 0 && side % window !== 0) return paddedAttention(construction, block, input, out);
  const length = window === 0 ? side * side : window * window;
  const count = (side * side) / length;
  const part = (which: Part) => {
    const { weight, bias } = partOfQkv(construction, block, which);
    return product(construction, input.value, weight, bias);
  };
  const query = pools ? poolFours(construction, part("query")) : part("query");
  const queryLength = pools ? length / 4 : length;
  const windows = (x: Value, perWindow: number) => builder.reshape(x, [count, perWindow, width]);
  const inputs = [
    windows(query, queryLength),
    windows(part("key"), length),
    windows(part("value"), length),
  ] as const;
  const options = { heads, scale: 1 / Math.sqrt(width / heads) };
  const attended =
    window === 0 && construction.precision === "fast"
      ? quantisedAttention(builder, ...inputs, { ...options, keys: length })
      : builder.attention(...inputs, options);
  return builder.reshape(attended, [count * queryLength, width]);
}

/**
 * The same in windows that do not tile the grid. The padding takes part as keys and values, as in the reference; queries
 * of it would be thrown away, so windows with equally many real ones go through together and the padding asks for nothing.
 */
function paddedAttention(
  construction: Construction,
  block: Block,
  input: Tokens,
  out: TokenOrder,
): Value {
  const { builder } = construction;
  const { side } = input.order;
  const { window, pools, heads, width } = block;
  const part = (which: Part) => {
    const { weight, bias } = partOfQkv(construction, block, which);
    const projected = product(construction, input.value, weight, bias);
    // Padding enters as zero tokens, whose projections are the biases.
    return builder.concat([projected, builder.reshape(bias, [1, width])], 0);
  };
  const [query, key, value] = [part("query"), part("key"), part("value")];
  const length = window * window;
  const cells = renumbering(input.order, paddedWindows(side, window));
  const queries = pools ? renumbering(input.order, paddedFours(side, window)) : cells;
  // Keys may come in any order; that of the queries where it holds all of them, so that sums stay as the flows know them.
  const keys = queries.length === cells.length ? queries : cells;
  const cellsPerQuery = pools ? 4 : 1;
  const querySide = pools ? Math.floor(window / 2) : window;
  const count = Math.ceil(side / window);
  const places = placesInWindows(out, { window: querySide, count });
  const groups = windowGroups(places, querySide * querySide);
  const attended = groups.map(({ windows, rows }) => {
    const wanted = builder.gather(query, runsOf(construction, queries, rows, cellsPerQuery));
    const asking = pools ? poolFours(construction, wanted) : wanted;
    const perWindow = (x: Value) => {
      const seen = builder.gather(x, runsOf(construction, keys, windows, length));
      return builder.reshape(seen, [windows.length, length, width]);
    };
    const shape = [windows.length, rows.length / windows.length, width];
    const scale = 1 / Math.sqrt(width / heads);
    const told = builder.attention(
      builder.reshape(asking, shape),
      perWindow(key),
      perWindow(value),
      { heads, scale },
    );
    return builder.reshape(told, [rows.length, width]);
  });
  const rowAt = new Map(groups.flatMap(({ rows }) => rows).map((row, at) => [row, at]));
  const joined = attended.length === 1 ? attended[0]! : builder.concat(attended, 0);
  return builder.gather(
    joined,
    indices(
      construction,
      places.map((place) => rowAt.get(place)!),
    ),
  );
}

type Part = "query" | "key" | "value";

/** The rows of the joint projection that make queries, keys or values: [width, C] and [width]. */
function partOfQkv({ builder, parameters }: Construction, { name, width }: Block, which: Part) {
  const at = ["query", "key", "value"].indexOf(which);
  const weight = parameters(`${name}.attn.qkv.weight`);
  const bias = parameters(`${name}.attn.qkv.bias`);
  const inner = weight.shape[1]!;
  return {
    weight: builder.weight(`${name}.attn.qkv.weight ${which}`, [width, inner], () =>
      weight.read().subarray(at * width * inner, (at + 1) * width * inner),
    ),
    bias: builder.weight(`${name}.attn.qkv.bias ${which}`, [width], () =>
      bias.read().subarray(at * width, (at + 1) * width),
    ),
  };
}

/** Largest of every four tokens: 2×2 max pooling where four tokens in a row are a cell of two by two. */
function poolFours({ builder }: Construction, x: Value): Value {
  const [count, width] = x.shape as readonly number[];
  return builder.largest(builder.reshape(x, [count! / 4, 4, width!]), 1);
}

/** The same tokens in another order of the same grid. */
export function reordered(construction: Construction, tokens: Tokens, order: TokenOrder): Tokens {
  const table = renumbering(tokens.order, order);
  if (table.every((token, at) => token === at)) return { value: tokens.value, order };
  return { value: construction.builder.gather(tokens.value, indices(construction, table)), order };
}

/** [side², C] in any order → [1, side, side, C]. */
function asGrid(construction: Construction, tokens: Tokens): Value {
  const { side } = tokens.order;
  const rows = reordered(construction, tokens, rowMajor(side)).value;
  return construction.builder.reshape(rows, [1, side, side, rows.shape[1]!]);
}

function indices({ builder }: Construction, table: Int32Array): Value {
  return builder.weight(`token numbers ${digest(table)}`, [table.length], () => table, "int32");
}

/** The entries of some runs of a table that is made of runs of this length. */
function runsOf(
  construction: Construction,
  table: Int32Array,
  runs: readonly number[],
  length: number,
): Value {
  const entries = new Int32Array(runs.length * length);
  for (const [at, run] of runs.entries())
    entries.set(table.subarray(run * length, (run + 1) * length), at * length);
  return indices(construction, entries);
}

/** A name for a table of numbers: equal tables share one weight (FNV-1a, with the length). */
function digest(table: Int32Array): string {
  let hash = 0x811c9dc5;
  for (const number of table) hash = Math.imul(hash ^ number, 0x01000193) >>> 0;
  return `${table.length}-${hash.toString(16)}`;
}
