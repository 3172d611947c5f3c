// The door "attend": conditions the coarse features of a frame on an object's memories and pointers.
import type { Sam2Configuration } from "../configuration/sam2.ts";
import { GraphBuilder } from "../graph/builder.ts";
import { times } from "../graph/dimensions.ts";
import type { Graph, ParameterSource, Value } from "../graph/graph.ts";
import { balancedAttention } from "./balanced-attention.ts";
import {
  type Construction,
  folded,
  layerNorm,
  linear,
  type Precision,
  pictureOf,
  product,
  reshapedParameter,
  summed,
  tokensOf,
} from "./layers.ts";
import { rotaryTables, sineCode } from "./position-codes.ts";
import { quantisedAttention } from "./quantised-attention.ts";

const NORM_EPSILON = 1e-5;
/** Share of the position code that is added to the features (`pos_enc_at_input`). */
const POSITION_SHARE = 0.1;
/** Base of the one-dimensional sine code of a pointer's age. Source: `sam2_utils.py`, `get_1d_sine_pe`. */
const AGE_TEMPERATURE = 10000;

/** A frame without any memory: coarse [1, C, ·, ·] plus the no-memory vector (`directly_add_no_mem_embed`). */
export function attendNothingGraph(
  configuration: Sam2Configuration,
  parameters: ParameterSource,
): Graph {
  const builder = new GraphBuilder("attend-nothing");
  const side = configuration.imageSize / 16;
  const coarse = builder.input("coarse", [1, configuration.width, side, side]);
  const vector = reshapedParameter({ builder, parameters }, "no_mem_embed", [
    1,
    configuration.width,
    1,
    1,
  ]);
  builder.output("coarse", builder.mark("pix_feat_with_mem", builder.plus(coarse, vector)));
  return builder.finish();
}

/** See `Graphs` for the door. Source: `modeling/memory_attention.py`, `sam2_base.py: _prepare_memory_conditioned_features`. */
export function attendGraph(
  configuration: Sam2Configuration,
  parameters: ParameterSource,
  precision: Precision = "exact",
): Graph {
  const builder = new GraphBuilder("attend");
  const construction: Construction = { builder, parameters };
  const layers: Construction = { ...construction, precision };
  const { width, imageSize, memoryAttention } = configuration;
  const side = imageSize / 16;
  const coarse = builder.input("coarse", [1, width, side, side]);
  const rotary = rotaryCode(construction, configuration, side);
  const memory = joinedMemory(construction, configuration, rotary);
  const code = builder.weight("sine code of the features", [1, side * side, width], () =>
    sineCode(side, width, configuration.neck.temperature).map((value) => value * POSITION_SHARE),
  );
  let x = builder.plus(tokensOf(construction, coarse), code);
  for (let at = 0; at < memoryAttention.layers; at++) {
    const name = `memory_attention.layers.${at}`;
    // In layer 0 everything up to the cross attention depends on the frame alone: batch 1 for all objects.
    x = builder.plus(x, selfAttention(layers, name, x, rotary));
    x = builder.plus(x, crossAttention(layers, name, x, { memory, rotary }));
    const hidden = builder.relu(
      linear(layers, `${name}.linear1`, norm(construction, `${name}.norm3`, x)),
    );
    x = builder.plus(x, linear(layers, `${name}.linear2`, hidden));
    builder.mark(`memory_attention.layer${at}`, x);
  }
  const out = norm(construction, "memory_attention.norm", x);
  builder.mark("memory_attention.out", builder.transpose(out, [1, 0, 2]));
  builder.output("coarse", builder.mark("pix_feat_with_mem", pictureOf(construction, out, side)));
  return builder.finish();
}

function norm(construction: Construction, name: string, x: Value): Value {
  return layerNorm(construction, name, x, NORM_EPSILON);
}

interface Memory {
  /** [B, K, Cm]: the memories' tokens, then the pointers'. */
  readonly tokens: Value;
  /** The same with their position codes added. */
  readonly placed: Value;
  /** The keys' rotary code. */
  readonly rotary: Rotary;
  /** K once the bank is full. */
  readonly tokensOfFullBank: number;
}

/** Joins memories [B, M, T, Cm] and pointers [B, Q, C], which are cut into tokens of Cm channels. */
function joinedMemory(
  construction: Construction,
  configuration: Sam2Configuration,
  rotary: Rotary,
): Memory {
  const { builder } = construction;
  const { width, imageSize, memoryEncoder, memory } = configuration;
  const side = imageSize / 16;
  const channels = memoryEncoder.width;
  const cells = side * side;
  const parts = width / channels;
  const memories = builder.input("memory", ["B", "M", cells, channels]);
  const rows = builder.cast(builder.input("memory_row", ["B", "M"]), "int64");
  const pointers = builder.input("pointers", ["B", "Q", width]);
  const grid = builder.weight("sine code of a memory", [cells, channels], () =>
    sineCode(side, channels, AGE_TEMPERATURE),
  );
  const ages = reshapedParameter(construction, "maskmem_tpos_enc", [memory.slots, channels]);
  const age = builder.reshape(builder.gather(ages, rows), ["B", "M", 1, channels]);
  const place = builder.reshape(builder.plus(age, grid), ["B", times("M", cells), channels]);
  const spatial = builder.reshape(memories, ["B", times("M", cells), channels]);
  const cut = builder.reshape(pointers, ["B", times("Q", parts), channels]);
  const pointerPlace = builder.expand(
    builder.reshape(pointerAge(construction, configuration), ["B", "Q", 1, channels]),
    ["B", "Q", parts, channels],
    pointers,
  );
  const tokens = builder.concat([spatial, cut], 1);
  const places = builder.concat(
    [place, builder.reshape(pointerPlace, ["B", times("Q", parts), channels])],
    1,
  );
  builder.mark("memory_attention.memory", builder.transpose(tokens, [1, 0, 2]));
  builder.mark("memory_attention.memory_pos", builder.transpose(places, [1, 0, 2]));
  return {
    tokens,
    placed: builder.plus(tokens, places),
    rotary: keyRotary(construction, rotary, { rows, pointers, cells, parts }),
    tokensOfFullBank: memory.slots * cells + memory.pointersMax * parts,
  };
}

/** The rotary code of all keys [K, C/2]: each memory counts from 0, pointers take the row that turns nothing. */
function keyRotary(
  { builder }: Construction,
  rotary: Rotary,
  {
    rows,
    pointers,
    cells,
    parts,
  }: {
    readonly rows: Value;
    readonly pointers: Value;
    readonly cells: number;
    readonly parts: number;
  },
): Rotary {
  const numbers = builder.weight(
    "numbers of the cells",
    [1, cells],
    () => BigInt64Array.from({ length: cells }, (_, cell) => BigInt(cell)),
    "int64",
  );
  const still = builder.reshape(builder.integers([cells]), [1, 1]);
  const places = builder.concat(
    [
      builder.reshape(builder.expand(numbers, ["M", cells], rows), [times("M", cells)]),
      builder.reshape(builder.expand(still, ["Q", parts], pointers), [times("Q", parts)]),
    ],
    0,
  );
  return {
    cosines: builder.gather(rotary.cosines, places),
    sines: builder.gather(rotary.sines, places),
  };
}

/** The code of the pointers' ages [B, Q, Cm], from their scaled distances [B, Q]. */
function pointerAge(
  construction: Construction,
  { width, memoryEncoder, pointerAge }: Sam2Configuration,
): Value {
  const { builder } = construction;
  const distance = builder.input("pointer_distance", ["B", "Q"]);
  const column = builder.reshape(distance, ["B", "Q", 1]);
  if (pointerAge === "none") {
    const zeros = builder.constant(Array<number>(memoryEncoder.width).fill(0));
    return builder.times(column, zeros);
  }
  const half = (pointerAge === "projected" ? width : memoryEncoder.width) / 2;
  const rates = builder.weight(`rates of age ${half}`, [half], () =>
    Float32Array.from(
      { length: half },
      (_, j) => AGE_TEMPERATURE ** (-(2 * Math.floor(j / 2)) / half),
    ),
  );
  const angles = builder.times(column, rates);
  const code = builder.concat([builder.sine(angles), builder.cosine(angles)], 2);
  return pointerAge === "projected" ? linear(construction, "obj_ptr_tpos_proj", code) : code;
}

interface Rotary {
  readonly cosines: Value;
  readonly sines: Value;
}

function rotaryCode(
  { builder }: Construction,
  { width, memoryAttention }: Sam2Configuration,
  side: number,
): Rotary {
  const tables = () => rotaryTables(side, width, memoryAttention.ropeTheta);
  const shape = [side * side + 1, width / 2];
  return {
    cosines: builder.weight("rotary cosines", shape, () => tables().cosines),
    sines: builder.weight("rotary sines", shape, () => tables().sines),
  };
}

/** Turns pairs of channels (i, i + C/2) of x [B, L, C], token by token. */
function turned({ builder }: Construction, x: Value, rotary: Rotary): Value {
  const inputs = [x, builder.integers([0]), rotary.cosines, rotary.sines];
  return builder.operation("RotaryEmbedding", inputs, x.shape, { interleaved: 0 }, "com.microsoft");
}

/**
 * A query or key projection whose output channels are sorted so that a rotary pair (2i, 2i + 1) lies at (i, i + C/2):
 * products of queries and keys do not change, and the runtime turns halves faster than neighbours.
 */
function sortedProjection(construction: Construction, name: string, x: Value): Value {
  const { builder, parameters } = construction;
  const [weight, bias] = [parameters(`${name}.weight`), parameters(`${name}.bias`)];
  const [out, inner] = weight.shape as readonly [number, number];
  const sorted = (rows: Float32Array, length: number) => {
    const result = new Float32Array(rows.length);
    for (let row = 0; row < out; row++) {
      const from = row < out / 2 ? row * 2 : (row - out / 2) * 2 + 1;
      result.set(rows.subarray(from * length, (from + 1) * length), row * length);
    }
    return result;
  };
  const sortedWeight = builder.weight(`${name}.weight sorted`, [out, inner], () =>
    sorted(weight.read(), inner),
  );
  const sortedBias = builder.weight(`${name}.bias sorted`, [out], () => sorted(bias.read(), 1));
  return product(construction, x, sortedWeight, sortedBias);
}

/**
 * The output projection with the value projection folded in. Rows of attention weights sum to 1 and there is one head, so
 * out(A · (x Wvᵀ + bv)) = (A · x)(Wo Wv)ᵀ + (Wo bv + bo): attention works on x itself.
 */
function foldedValueAndOut(construction: Construction, name: string, attended: Value): Value {
  const { builder, parameters } = construction;
  const [out, value] = [parameters(`${name}.out_proj.weight`), parameters(`${name}.v_proj.weight`)];
  const [outBias, valueBias] = [
    parameters(`${name}.out_proj.bias`),
    parameters(`${name}.v_proj.bias`),
  ];
  const sides = { m: out.shape[0]!, k: out.shape[1]!, n: value.shape[1]! };
  const weight = builder.weight(`${name}.out_proj · v_proj weight`, [sides.m, sides.n], () =>
    folded(out.read(), value.read(), sides),
  );
  const bias = builder.weight(`${name}.out_proj · v_proj bias`, [sides.m], () =>
    summed(folded(out.read(), valueBias.read(), { ...sides, n: 1 }), outBias.read()),
  );
  return product(construction, attended, weight, bias);
}

function selfAttention(construction: Construction, layer: string, x: Value, rotary: Rotary): Value {
  const name = `${layer}.self_attn`;
  const source = norm(construction, `${layer}.norm1`, x);
  const query = turned(
    construction,
    sortedProjection(construction, `${name}.q_proj`, source),
    rotary,
  );
  const key = turned(
    construction,
    sortedProjection(construction, `${name}.k_proj`, source),
    rotary,
  );
  const keys = x.shape[1] as number;
  return foldedValueAndOut(construction, name, attention(construction, query, key, source, keys));
}

function crossAttention(
  construction: Construction,
  layer: string,
  x: Value,
  { memory, rotary }: { readonly memory: Memory; readonly rotary: Rotary },
): Value {
  const { builder } = construction;
  const name = `${layer}.cross_attn_image`;
  const source = norm(construction, `${layer}.norm2`, x);
  const keys: Construction = { ...construction, precision: "exact" }; // narrow, cheap, and all layers look through it
  const query = turned(
    construction,
    sortedProjection(construction, `${name}.q_proj`, source),
    rotary,
  );
  const key = turned(
    construction,
    sortedProjection(keys, `${name}.k_proj`, memory.placed),
    memory.rotary,
  );
  const [, length, width] = x.shape;
  const batched = builder.expand(query, ["B", length!, width!], memory.tokens);
  const attended = attention(construction, batched, key, memory.tokens, memory.tokensOfFullBank);
  return foldedValueAndOut(construction, name, attended);
}

/** One head of attention to `keys` keys, or about as many. */
function attention(
  { builder, precision }: Construction,
  query: Value,
  key: Value,
  value: Value,
  keys: number,
): Value {
  const scale = 1 / Math.sqrt(query.shape[2] as number);
  if (precision !== "fast") return balancedAttention(builder, query, key, value, { scale });
  return quantisedAttention(builder, query, key, value, { heads: 1, scale, keys });
}
