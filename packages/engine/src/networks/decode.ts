// The door "decode": features and prompts → masks, their predicted quality, the object score and object pointers.
import { type Sam2Configuration, sam2Fixed } from "../configuration/sam2.ts";
import { GraphBuilder } from "../graph/builder.ts";
import type { Graph, ParameterSource, Value } from "../graph/graph.ts";
import {
  type Construction,
  convolution,
  layerNorm,
  layerNorm2d,
  linear,
  parameter,
  pictureOf,
  product,
  reluLayers,
  reshapedParameter,
  tokensOf,
} from "./layers.ts";
import { randomCode } from "./position-codes.ts";
import { finerOrder, renumbering, rowMajor } from "./token-order.ts";

const PROMPTS = "sam_prompt_encoder";
const DECODER = "sam_mask_decoder";
const NORM_EPSILON = 1e-5;
/** Of norms over the channels of a picture (`LayerNorm2d`). */
const PICTURE_NORM_EPSILON = 1e-6;
const MASKS = 4; // one single mask and three for an ambiguous prompt
/** Labels run from −1 (padding) to 3 (bottom right of a box). */
const LABELS = 5;

/** See `Graphs` for the door. `withMask`: some object has a mask prompt. */
export function decodeGraph(
  configuration: Sam2Configuration,
  parameters: ParameterSource,
  options: { readonly withMask: boolean },
): Graph {
  const builder = new GraphBuilder(options.withMask ? "decode-mask" : "decode");
  const construction: Construction = { builder, parameters };
  const { width, imageSize } = configuration;
  const side = imageSize / 16;
  const fine = builder.input("fine", ["B|1", (side * 4) ** 2, width / 8]);
  const middle = builder.input("middle", ["B|1", (side * 2) ** 2, width / 4]);
  const coarse = builder.input("coarse", ["B|1", width, side, side]);
  const points = builder.input("points", ["B", "P", 2]);
  const labels = builder.input("labels", ["B", "P"]);
  const sparse = builder.mark(
    "prompt.sparse",
    pointCodes(construction, configuration, points, labels),
  );
  const dense = options.withMask
    ? maskCodes(construction, configuration)
    : reshapedParameter(construction, `${PROMPTS}.no_mask_embed.weight`, [1, width, 1, 1]);
  if (options.withMask) builder.mark("prompt.dense", dense);
  const source = tokensOf(construction, builder.plus(coarse, dense));
  const grid = gridCode(construction, configuration, side);
  builder.mark("dense_pe", pictureOf(construction, grid, side));
  const outputTokens = ["obj_score_token", "iou_token", "mask_tokens"].map((name) =>
    parameter(construction, `${DECODER}.${name}.weight`),
  );
  const fixed = builder.reshape(builder.concat(outputTokens, 0), [1, MASKS + 2, width]);
  const tokens = builder.concat(
    [builder.expand(fixed, ["B", MASKS + 2, width], points), sparse],
    1,
  );
  const result = twoWayTransformer(construction, { tokens, source, grid });
  builder.mark("decoder.tokens", result.tokens);
  builder.mark("decoder.src", result.source);
  heads(construction, configuration, { ...result, fine, middle });
  return builder.finish();
}

/** Points [B, P, 2] and labels [B, P] → [B, P, C]. Source: `modeling/sam/prompt_encoder.py`, `_embed_points`. */
function pointCodes(
  construction: Construction,
  configuration: Sam2Configuration,
  points: Value,
  labels: Value,
): Value {
  const { builder } = construction;
  const { width, imageSize } = configuration;
  const matrix = parameter(construction, `${PROMPTS}.pe_layer.positional_encoding_gaussian_matrix`);
  const scaled = builder.times(
    builder.plus(points, builder.constant([0.5])),
    builder.constant([2 / imageSize]),
  );
  const centred = builder.minus(scaled, builder.constant([1]));
  const angles = builder.times(builder.matmul(centred, matrix), builder.constant([2 * Math.PI]));
  const code = builder.concat([builder.sine(angles), builder.cosine(angles)], 2);
  const embeddings = [
    "not_a_point_embed",
    ...[0, 1, 2, 3].map((label) => `point_embeddings.${label}`),
  ].map((name) => parameter(construction, `${PROMPTS}.${name}.weight`));
  const table = builder.reshape(builder.concat(embeddings, 0), [LABELS, width]);
  const rows = builder.cast(builder.plus(labels, builder.constant([1])), "int64");
  const real = builder.cast(builder.greater(labels, builder.constant([-0.5])), "float32");
  const kept = builder.times(code, builder.reshape(real, ["B", "P", 1]));
  return builder.plus(kept, builder.gather(table, rows));
}

/** Mask prompts → [B, C, S/16, S/16]; objects without one get the learned constant. Source: `_embed_masks`. */
function maskCodes(construction: Construction, configuration: Sam2Configuration): Value {
  const { builder } = construction;
  const { width, imageSize } = configuration;
  const side = imageSize / 4;
  const mask = builder.input("mask", ["B", 1, side, side]);
  const given = builder.reshape(builder.input("mask_given", ["B"]), ["B", 1, 1, 1]);
  const layer = (index: number) => `${PROMPTS}.mask_downscaling.${index}`;
  let x = convolution(construction, layer(0), mask, { stride: 2 });
  x = builder.gelu(layerNorm2d(construction, layer(1), x));
  x = convolution(construction, layer(3), x, { stride: 2 });
  x = builder.gelu(layerNorm2d(construction, layer(4), x));
  x = convolution(construction, layer(6), x);
  const none = reshapedParameter(construction, `${PROMPTS}.no_mask_embed.weight`, [1, width, 1, 1]);
  const isGiven = builder.greater(given, builder.constant([0.5]));
  return builder.where(isGiven, x, none);
}

/** The random code of the grid's cells as tokens [1, side², C]. */
function gridCode(
  { builder, parameters }: Construction,
  { width }: Sam2Configuration,
  side: number,
): Value {
  const matrix = parameters(`${PROMPTS}.pe_layer.positional_encoding_gaussian_matrix`);
  return builder.weight("random code of the grid", [1, side * side, width], () =>
    randomCode(side, matrix.read()),
  );
}

interface Pair {
  /** [B, tokens, C] */
  readonly tokens: Value;
  /** [B or 1, side², C] */
  readonly source: Value;
}

/**
 * Tokens look at the picture and the picture at the tokens, twice, and the tokens once more. The position code of the
 * tokens is their own first embedding. Source: `modeling/sam/transformer.py`, `TwoWayTransformer`.
 */
function twoWayTransformer(
  construction: Construction,
  { tokens, source, grid }: Pair & { readonly grid: Value },
): Pair {
  const { builder } = construction;
  const name = `${DECODER}.transformer`;
  let queries = tokens;
  let keys = source;
  const norm = (layer: string, x: Value) => layerNorm(construction, layer, x, NORM_EPSILON);
  const positioned = (x: Value) => builder.plus(x, tokens);
  for (let at = 0; at < sam2Fixed.decoderLayers; at++) {
    const layer = `${name}.layers.${at}`;
    const selfAttended =
      at === 0
        ? attention(construction, `${layer}.self_attn`, {
            query: queries,
            key: queries,
            value: queries,
          })
        : builder.plus(
            queries,
            attention(construction, `${layer}.self_attn`, {
              query: positioned(queries),
              key: positioned(queries),
              value: queries,
            }),
          );
    queries = norm(`${layer}.norm1`, selfAttended);
    const seen = attention(construction, `${layer}.cross_attn_token_to_image`, {
      query: positioned(queries),
      key: builder.plus(keys, grid),
      value: keys,
    });
    queries = norm(`${layer}.norm2`, builder.plus(queries, seen));
    queries = norm(
      `${layer}.norm3`,
      builder.plus(queries, reluLayers(construction, `${layer}.mlp`, queries, 2)),
    );
    const told = attention(construction, `${layer}.cross_attn_image_to_token`, {
      query: builder.plus(keys, grid),
      key: positioned(queries),
      value: queries,
    });
    keys = norm(`${layer}.norm4`, builder.plus(keys, told));
  }
  const last = attention(construction, `${name}.final_attn_token_to_image`, {
    query: positioned(queries),
    key: builder.plus(keys, grid),
    value: keys,
  });
  return { tokens: norm(`${name}.norm_final_attn`, builder.plus(queries, last)), source: keys };
}

/** Eight-headed attention with its four projections; batches of 1 are repeated where the other side has B. */
function attention(
  construction: Construction,
  name: string,
  input: { readonly query: Value; readonly key: Value; readonly value: Value },
): Value {
  const { builder } = construction;
  const query = linear(construction, `${name}.q_proj`, input.query);
  const key = linear(construction, `${name}.k_proj`, input.key);
  const value = linear(construction, `${name}.v_proj`, input.value);
  const like = [query, key].find((x) => x.shape[0] === "B");
  const batched = (x: Value) =>
    like && x.shape[0] !== "B" ? builder.expand(x, ["B", ...x.shape.slice(1)], like) : x;
  const heads = sam2Fixed.decoderHeads;
  const scale = 1 / Math.sqrt((query.shape[2] as number) / heads);
  const attended = builder.attention(batched(query), batched(key), batched(value), {
    heads,
    scale,
  });
  return linear(construction, `${name}.out_proj`, attended);
}

/** Masks, qualities, object score and pointers from the transformer's results. Source: `mask_decoder.py`, `predict_masks`. */
function heads(
  construction: Construction,
  { width, imageSize }: Sam2Configuration,
  { tokens, source, fine, middle }: Pair & { readonly fine: Value; readonly middle: Value },
): void {
  const { builder } = construction;
  const side = imageSize / 16;
  const token = (at: number) => builder.reshape(builder.slice(tokens, 1, at, at + 1), ["B", width]);
  const maskTokens = builder.mark("decoder.mask_tokens", builder.slice(tokens, 1, 2, 2 + MASKS));
  const upscaled = upscaledFeatures(construction, source, fine, middle);
  const kernels = Array.from({ length: MASKS }, (_, at) => {
    const kernel = reluLayers(
      construction,
      `${DECODER}.output_hypernetworks_mlps.${at}`,
      token(2 + at),
      3,
    );
    return builder.reshape(kernel, ["B", 1, width / 8]);
  });
  const pixels = builder.transpose(upscaled, [0, 2, 1]);
  const masks = builder.matmul(builder.concat(kernels, 1), pixels);
  const rows = builder.weight(
    `rows of masks ${side}`,
    [16 * side * side],
    () => renumbering(finerOrder(4 * side, side), rowMajor(4 * side)),
    "int32",
  );
  const pictures = builder.reshape(builder.gather(masks, rows, 2), [
    "B",
    MASKS,
    4 * side,
    4 * side,
  ]);
  builder.output("masks", builder.mark("decoder.masks4", pictures));
  const quality = builder.sigmoid(
    reluLayers(construction, `${DECODER}.iou_prediction_head`, token(1), 3),
  );
  builder.output("quality", builder.mark("decoder.iou4", quality));
  const score = reluLayers(construction, `${DECODER}.pred_obj_score_head`, token(0), 3);
  builder.output("object_score", builder.mark("decoder.object_score", score));
  builder.output("pointers", reluLayers(construction, "obj_ptr_proj", maskTokens, 3));
}

/**
 * [B, (S/16)², C] → [B, (S/4)², C/8] in the order of `finerOrder`, with the finer levels added on the way (the middle one
 * before the norm).
 */
function upscaledFeatures(
  construction: Construction,
  source: Value,
  fine: Value,
  middle: Value,
): Value {
  const { builder } = construction;
  const layer = (index: number) => `${DECODER}.output_upscaling.${index}`;
  const half = builder.plus(fourfold(construction, layer(0), source), middle);
  const normalised = builder.gelu(layerNorm(construction, layer(1), half, PICTURE_NORM_EPSILON));
  return builder.gelu(builder.plus(fourfold(construction, layer(3), normalised), fine));
}

/** A transposed convolution 2×2 with stride 2 as a product: each token becomes its four, [B, L, C] → [B, 4·L, out]. */
function fourfold(construction: Construction, name: string, tokens: Value): Value {
  const { builder, parameters } = construction;
  const [weight, bias] = [parameters(`${name}.weight`), parameters(`${name}.bias`)];
  const [inner, out] = weight.shape as readonly [number, number];
  const rows = builder.weight(`${name}.weight as rows`, [4 * out, inner], () => {
    const kernels = weight.read();
    return Float32Array.from({ length: kernels.length }, (_, at) => {
      const [row, from] = [Math.floor(at / inner), at % inner];
      return kernels[(from * out + (row % out)) * 4 + Math.floor(row / out)]!;
    });
  });
  const biases = builder.weight(`${name}.bias four times`, [4 * out], () => {
    const once = bias.read();
    return Float32Array.from({ length: 4 * out }, (_, at) => once[at % out]!);
  });
  const [batch, length] = tokens.shape;
  return builder.reshape(product(construction, tokens, rows, biases), [
    batch!,
    (length as number) * 4,
    out,
  ]);
}
