// The door "remember": a frame's raw features and an object's mask → the memory of that frame.
import type { Sam2Configuration } from "../configuration/sam2.ts";
import { GraphBuilder } from "../graph/builder.ts";
import type { Graph, ParameterSource, Value } from "../graph/graph.ts";
import {
  type Construction,
  convolution,
  layerNorm,
  layerNorm2d,
  linear,
  pictureOf,
  product,
  reshapedParameter,
  tokensOf,
} from "./layers.ts";
import { sineCode } from "./position-codes.ts";

const ENCODER = "memory_encoder";
const SINE_TEMPERATURE = 10000;

/** See `Graphs` for the door. Source: `modeling/memory_encoder.py`, `sam2_base.py: _encode_new_memory`. */
export function rememberGraph(
  configuration: Sam2Configuration,
  parameters: ParameterSource,
): Graph {
  const builder = new GraphBuilder("remember");
  const construction: Construction = { builder, parameters };
  const { width, imageSize, memoryEncoder } = configuration;
  const side = imageSize / 16;
  const coarse = builder.input("coarse", [1, width, side, side]);
  const mask = builder.mark("memory_encoder.mask_in", scaledMask(construction, configuration));
  const small = builder.mark("memory_encoder.mask_downsampled", downsampled(construction, mask));
  let x = builder.plus(convolution(construction, `${ENCODER}.pix_feat_proj`, coarse), small);
  for (let layer = 0; layer < memoryEncoder.fuserLayers; layer++) {
    x = fuserBlock(construction, `${ENCODER}.fuser.layers.${layer}`, x, memoryEncoder.fuserKernel);
  }
  const features = builder.mark(
    "memory_encoder.features",
    // A memory as wide as the features passes unprojected, as in the reference.
    memoryEncoder.width === width ? x : convolution(construction, `${ENCODER}.out_proj`, x),
  );
  const kept = memoryEncoder.noObjectEmbedding
    ? withAbsence(construction, memoryEncoder.width, features)
    : features;
  builder.mark("maskmem_features_f32", kept);
  builder.mark("memory_encoder.pos", positionPicture(construction, side, memoryEncoder.width));
  builder.output("memory", tokensOf(construction, kept));
  return builder.finish();
}

/** Logits [B, 1, S/4, S/4] at S × S, cut at zero or through the sigmoid, then scaled. */
function scaledMask(
  { builder }: Construction,
  { imageSize, memoryEncoder }: Sam2Configuration,
): Value {
  const side = imageSize / 4;
  const logits = builder.enlarge(builder.input("logits", ["B", 1, side, side]), 4, "linear");
  const binarise = builder.reshape(builder.input("binarise", ["B"]), ["B", 1, 1, 1]);
  const cut = builder.cast(builder.greater(logits, builder.constant([0])), "float32");
  const isCut = builder.greater(binarise, builder.constant([0.5]));
  const mask = builder.where(isCut, cut, builder.sigmoid(logits));
  const scaled = builder.times(mask, builder.constant([memoryEncoder.maskScale]));
  return builder.plus(scaled, builder.constant([memoryEncoder.maskBias]));
}

/** Four halvings, each a convolution 3×3, norm and GELU, then a 1×1 convolution: [B, 1, S, S] → [B, C, S/16, S/16]. */
function downsampled(construction: Construction, mask: Value): Value {
  const name = (index: number) => `${ENCODER}.mask_downsampler.encoder.${index}`;
  let x = mask;
  for (const index of [0, 3, 6, 9]) {
    x = convolution(construction, name(index), x, { stride: 2, padding: 1 });
    x = construction.builder.gelu(layerNorm2d(construction, name(index + 1), x));
  }
  return convolution(construction, name(12), x);
}

/** ConvNeXt block: depthwise convolution, norm, two linear layers over channels, scaled by gamma, plus the input. */
function fuserBlock(construction: Construction, name: string, x: Value, kernel: number): Value {
  const { builder, parameters } = construction;
  const side = x.shape[2] as number;
  const width = x.shape[1] as number;
  const mixed = convolution(construction, `${name}.dwconv`, x, {
    padding: (kernel - 1) / 2,
    groups: width,
  });
  const tokens = layerNorm(construction, `${name}.norm`, tokensOf(construction, mixed), 1e-6);
  const hidden = builder.gelu(linear(construction, `${name}.pwconv1`, tokens));
  const gamma = parameters(`${name}.gamma`);
  const [weight, bias] = [parameters(`${name}.pwconv2.weight`), parameters(`${name}.pwconv2.bias`)];
  const inner = weight.shape[1]!;
  const scaledWeight = builder.weight(`${name}.pwconv2.weight · gamma`, weight.shape, () => {
    const scales = gamma.read();
    return weight.read().map((value, at) => value * scales[Math.floor(at / inner)]!);
  });
  const scaledBias = builder.weight(`${name}.pwconv2.bias · gamma`, bias.shape, () => {
    const scales = gamma.read();
    return bias.read().map((value, at) => value * scales[at]!);
  });
  return builder.plus(
    x,
    pictureOf(construction, product(construction, hidden, scaledWeight, scaledBias), side),
  );
}

/** Adds the learned vector of absence where the object is not there. */
function withAbsence(construction: Construction, width: number, features: Value): Value {
  const { builder } = construction;
  const present = builder.reshape(builder.input("object_present", ["B"]), ["B", 1, 1, 1]);
  const vector = reshapedParameter(construction, "no_obj_embed_spatial", [1, width, 1, 1]);
  const isPresent = builder.greater(present, builder.constant([0.5]));
  return builder.plus(features, builder.where(isPresent, builder.constant([0], [1]), vector));
}

function positionPicture({ builder }: Construction, side: number, channels: number): Value {
  const code = builder.weight("sine code of a memory", [side * side, channels], () =>
    sineCode(side, channels, SINE_TEMPERATURE),
  );
  return builder.reshape(builder.transpose(code, [1, 0]), [1, channels, side, side]);
}
