// The door "encode" of the embedded network: picture → features at three levels.
import { GraphBuilder } from "../graph/builder.ts";
import type { Graph, ParameterSource, Value } from "../graph/graph.ts";
import {
  type Construction,
  convolution,
  type Precision,
  parameter,
  pictureOf,
  product,
  reshapedParameter,
  tokensOf,
} from "./layers.ts";
import type { NanoArchitecture } from "./nano-architecture.ts";

/** See `Graphs` for the door. Source: `training/network.py`, `Encoder`; batch norms are folded into the convolutions. */
export function nanoEncodeGraph(
  architecture: NanoArchitecture,
  parameters: ParameterSource,
  precision: Precision = "exact",
): Graph {
  const builder = new GraphBuilder("nano-encode");
  const construction: Construction = { builder, parameters, precision };
  const { side } = architecture;
  const picture = builder.input("picture", [1, 3, side, side]);
  let x = entry(construction, "encoder.stem", picture);
  const levels: Value[] = [];
  for (const [stage, blocks] of architecture.stages.entries()) {
    x = entry(construction, `encoder.entries.${stage}`, x);
    for (let block = 0; block < blocks; block++) {
      x = encoderBlock(construction, `encoder.stages.${stage}.${block}`, x);
    }
    levels.push(x);
  }
  const neck = (name: string, level: number) =>
    convolution(construction, `encoder.${name}`, levels[level]!);
  const coarse = builder.plus(
    neck("neck_coarse", 2),
    builder.enlarge(neck("neck_deep", 3), 2, "linear"),
  );
  const down = builder.enlarge(convolution(construction, "encoder.top_down", coarse), 2, "linear");
  builder.output("fine", neck("neck_fine", 0));
  builder.output("middle", builder.plus(neck("neck_middle", 1), down));
  builder.output("coarse", coarse);
  return builder.finish();
}

/** A convolution 3×3 that halves the side, and ReLU. */
function entry(construction: Construction, name: string, x: Value): Value {
  return construction.builder.relu(convolution(construction, name, x, { stride: 2, padding: 1 }));
}

/** x + project(relu(expand(depthwise(x)))). */
function encoderBlock(construction: Construction, name: string, x: Value): Value {
  const { builder } = construction;
  const groups = x.shape[1] as number;
  const mixed = convolution(construction, `${name}.depthwise`, x, { padding: 1, groups });
  if (construction.precision === "fast")
    return builder.plus(x, quantisedBlock(construction, name, mixed));
  const wide = builder.relu(convolution(construction, `${name}.expand`, mixed));
  return builder.plus(x, convolution(construction, `${name}.project`, wide));
}

/** The two 1×1 convolutions of a block as eight-bit products over the cells. */
function quantisedBlock(construction: Construction, name: string, mixed: Value): Value {
  const { builder, parameters } = construction;
  const layer = (part: string, x: Value) => {
    const [out, inner] = parameters(`${name}.${part}.weight`).shape as readonly [number, number];
    const weight = reshapedParameter(construction, `${name}.${part}.weight`, [out, inner]);
    return product(construction, x, weight, parameter(construction, `${name}.${part}.bias`));
  };
  const wide = builder.relu(layer("expand", tokensOf(construction, mixed)));
  return pictureOf(construction, layer("project", wide), mixed.shape[2] as number);
}
