// The door "decode" of the embedded network: features and prompts → masks, predicted IoU, object score, pointers.
import { GraphBuilder } from "../graph/builder.ts";
import type { Graph, ParameterSource, Value } from "../graph/graph.ts";
import { type Construction, convolution, layerNorm2d, linear } from "./layers.ts";
import type { NanoArchitecture } from "./nano-architecture.ts";
import { clickSimilarity, type Points, pointInputs, promptFeatures } from "./nano-prompts.ts";

const MASKS = 4; // one single mask and three for an ambiguous prompt
const RING = 2; // cells of the middle level around a mask that its heads look at

/** See `Graphs` for the door. `withMask`: some object has a mask prompt. Source: `training/network.py`, `Decoder`. */
export function nanoDecodeGraph(
  architecture: NanoArchitecture,
  parameters: ParameterSource,
  options: { readonly withMask: boolean },
): Graph {
  const builder = new GraphBuilder(options.withMask ? "nano-decode-mask" : "nano-decode");
  const construction: Construction = { builder, parameters };
  const { side } = architecture;
  const level = (name: "fine" | "middle" | "coarse", stride: number) =>
    builder.input(name, ["B|1", architecture[name], side / stride, side / stride]);
  const [fine, middle, coarse] = [level("fine", 4), level("middle", 8), level("coarse", 16)];
  const points = pointInputs(construction);
  const prompts = promptPyramid(construction, points, { side, withMask: options.withMask });
  const similar = (name: "middle" | "coarse", feature: Value) =>
    clickSimilarity(construction, `decoder.similarity_${name}`, feature, {
      points,
      heads: architecture.similarityHeads,
      pictureSide: side,
    });
  const sum = (...values: readonly Value[]) => values.reduce((a, b) => builder.plus(b, a));

  let x16 = sum(similar("coarse", coarse), prompts.coarse, coarse);
  for (const block of [0, 1]) {
    x16 = decoderBlock(construction, `decoder.blocks_coarse.${block}`, x16);
  }
  const from16 = enlarged(construction, "decoder.coarse_to_middle", x16);
  let x8 = sum(similar("middle", middle), prompts.middle, from16, middle);
  for (const block of [0, 1]) {
    x8 = decoderBlock(construction, `decoder.blocks_middle.${block}`, x8);
  }
  const from8 = enlarged(construction, "decoder.middle_to_fine", x8);
  const x4 = decoderBlock(construction, "decoder.blocks_fine.0", sum(prompts.fine, from8, fine));
  const masks = convolution(construction, "decoder.masks", builder.relu(x4), { padding: 1 });
  builder.output("masks", masks);
  heads(construction, { masks, x8, x16 });
  return builder.finish();
}

/** Prompts at the three levels. */
function promptPyramid(
  construction: Construction,
  points: Points,
  options: { readonly side: number; readonly withMask: boolean },
) {
  const { builder } = construction;
  const first = builder.relu(promptFeatures(construction, points, options));
  const fine = convolution(construction, "decoder.prompt_fine", first, { padding: 1 });
  const half = { stride: 2, padding: 1 };
  const middle = convolution(construction, "decoder.prompt_middle", builder.relu(fine), half);
  const coarse = convolution(construction, "decoder.prompt_coarse", builder.relu(middle), half);
  return { fine, middle, coarse };
}

/** A 1×1 convolution, then twice the side. */
function enlarged(construction: Construction, name: string, x: Value): Value {
  return construction.builder.enlarge(convolution(construction, name, x), 2, "linear");
}

/** x + project(relu(expand(depthwise(norm(x))))). */
function decoderBlock(construction: Construction, name: string, x: Value): Value {
  const { builder } = construction;
  const normalised = layerNorm2d(construction, `${name}.norm`, x);
  const spread = { padding: 1, groups: x.shape[1] as number };
  const mixed = convolution(construction, `${name}.depthwise`, normalised, spread);
  const wide = builder.relu(convolution(construction, `${name}.expand`, mixed));
  return builder.plus(x, convolution(construction, `${name}.project`, wide));
}

interface Decoded {
  readonly masks: Value;
  readonly x8: Value;
  readonly x16: Value;
}

/** The outputs besides the masks, from features pooled inside and around each mask. Source: `Decoder.heads`. */
function heads(construction: Construction, { masks, x8, x16 }: Decoded): void {
  const { builder } = construction;
  const [channels, side] = [x8.shape[1] as number, x8.shape[2] as number];
  const cells = side * side;
  const probability = builder.sigmoid(masks);
  const half = ["B", MASKS, side, side];
  const p8 = builder.operation("AveragePool", [probability], half, {
    kernel_shape: [2, 2],
    strides: [2, 2],
  });
  const widened = builder.operation("MaxPool", [p8], half, {
    kernel_shape: [2 * RING + 1, 2 * RING + 1],
    strides: [1, 1],
    pads: [RING, RING, RING, RING],
  });
  const features = builder.transpose(builder.reshape(x8, ["B", channels, cells]), [0, 2, 1]);
  const pooled = (weights: Value) => {
    const flat = builder.reshape(weights, ["B", MASKS, cells]);
    const total = builder.plus(rowSum(construction, flat), builder.constant([1]));
    return builder.dividedBy(builder.matmul(flat, features), total);
  };
  const inside = pooled(p8);
  const around = pooled(builder.minus(widened, p8));
  const whole = builder.mean(features, [1]); // [B, 1, channels]
  const shape = shapeOf(construction, masks, probability);
  const eye = Array.from({ length: MASKS * MASKS }, (_, at) => (at % (MASKS + 1) === 0 ? 1 : 0));
  const index = builder.expand(
    builder.constant(eye, [1, MASKS, MASKS]),
    ["B", MASKS, MASKS],
    masks,
  );
  const wide = builder.expand(whole, ["B", MASKS, channels], masks);
  const seen = builder.concat([inside, around, wide, shape, index], 2);
  const quality = builder.sigmoid(twoLayers(construction, "quality", seen));
  builder.output("quality", builder.reshape(quality, ["B", MASKS]));
  const deep = builder.reshape(builder.mean(x16, [2, 3]), ["B", x16.shape[1]!]);
  const single = (x: Value) => builder.reshape(builder.slice(x, 1, 0, 1), ["B", x.shape[2]!]);
  const evidence = builder.concat([single(inside), single(whole), deep, single(shape)], 1);
  builder.output("object_score", twoLayers(construction, "score", evidence));
  builder.output("pointers", linear(construction, "decoder.pointer", inside));
}

function twoLayers(construction: Construction, name: string, x: Value): Value {
  const hidden = construction.builder.relu(linear(construction, `decoder.${name}_in`, x));
  return linear(construction, `decoder.${name}_out`, hidden);
}

/** Area, its root, unsureness, stability and peak of each mask: [B, 4, 5]. */
function shapeOf(construction: Construction, masks: Value, probability: Value): Value {
  const { builder } = construction;
  const [height, width] = masks.shape.slice(2) as readonly number[];
  const flat = (x: Value) => builder.reshape(x, ["B", MASKS, height! * width!]);
  const one = builder.constant([1]);
  const area = builder.mean(flat(probability), [2]); // [B, 4, 1]
  const spread = builder.times(probability, builder.minus(one, probability));
  const unsure = builder.dividedBy(
    builder.mean(flat(spread), [2]),
    builder.plus(area, builder.constant([1e-3])),
  );
  const sure = (shift: number) => {
    const moved = builder.plus(masks, builder.constant([shift]));
    const steep = builder.sigmoid(builder.times(moved, builder.constant([4])));
    return rowSum(construction, flat(steep));
  };
  const stable = builder.dividedBy(sure(-1), builder.plus(sure(1), one));
  const highest = builder.reshape(builder.largest(flat(masks), 2), ["B", MASKS, 1]);
  const scaled = builder.dividedBy(highest, builder.constant([8]));
  const peak = builder.operation("Tanh", [scaled], scaled.shape);
  const root = builder.squareRoot(builder.plus(area, builder.constant([1e-6])));
  return builder.concat([area, root, unsure, stable, peak], 2);
}

/** Sum over the last axis of [B, ·, ·], which stays with length 1. */
function rowSum({ builder }: Construction, x: Value): Value {
  return builder.operation("ReduceSum", [x, builder.integers([2])], x.shape.with(2, 1), {
    keepdims: 1,
  });
}
