// The door "encode": picture → features at three levels (trunk, neck, and the decoder's convolutions of the fine levels).
import { type Sam2Configuration, trunkWidths } from "../configuration/sam2.ts";
import { GraphBuilder } from "../graph/builder.ts";
import type { Graph, ParameterSource, Value } from "../graph/graph.ts";
import {
  type Construction,
  convolution,
  folded,
  type Precision,
  parameter,
  product,
  reshapedParameter,
  summed,
} from "./layers.ts";
import { sineCode } from "./position-codes.ts";
import { renumbering, rowMajor } from "./token-order.ts";
import { reordered, type Tokens, trunk } from "./trunk.ts";

/** Picture [1, 3, S, S] → fine [1, C/8, S/4, S/4], middle [1, C/4, S/8, S/8], coarse [1, C, S/16, S/16]. */
export function encodeGraph(
  configuration: Sam2Configuration,
  parameters: ParameterSource,
  precision: Precision = "exact",
): Graph {
  const builder = new GraphBuilder("encode");
  const construction: Construction = { builder, parameters };
  const side = configuration.imageSize;
  const picture = builder.mark("input", builder.input("picture", [1, 3, side, side]));
  const stages = trunk({ ...construction, precision }, configuration, picture);
  const levels = laterals(construction, configuration, stages);
  const coarse = asPicture(construction, levels[2]!);
  builder.output(
    "fine",
    fineLevel(construction, configuration, { level: 0, name: "conv_s0", stages, levels }),
  );
  builder.output(
    "middle",
    fineLevel(construction, configuration, { level: 1, name: "conv_s1", stages, levels }),
  );
  builder.output("coarse", coarse);
  const noMemory = reshapedParameter(construction, "no_mem_embed", [1, configuration.width, 1, 1]);
  builder.mark("image_embed", builder.plus(coarse, noMemory));
  for (const [level, tokens] of levels.entries()) {
    builder.mark(`fpn${level}`, asPicture(construction, tokens));
    builder.mark(
      `pos_enc_level${level}`,
      positionPicture(construction, configuration, tokens.order.side),
    );
  }
  return builder.finish();
}

/**
 * The neck's levels, finest first: 1×1 convolutions, and into some levels the next coarser level repeated 2×2.
 * The checkpoint counts its convolutions from the deepest level. Source: `backbones/image_encoder.py`, `FpnNeck.forward`.
 */
function laterals(
  construction: Construction,
  { neck }: Sam2Configuration,
  stages: readonly Tokens[],
): Tokens[] {
  const { builder } = construction;
  const levels: Tokens[] = [];
  let coarser: Tokens | undefined;
  for (let level = stages.length - 1; level >= 0; level--) {
    const { value, order } = stages[level]!;
    const { weight, bias } = lateralWeights(construction, stages, level);
    let sum = product(construction, value, weight, bias);
    if (coarser && neck.topDownLevels.includes(level)) {
      const half = order.side / 2;
      const cells = order.cells.map(
        (cell) => Math.floor(cell / order.side / 2) * half + ((cell % order.side) >> 1),
      );
      const table = renumbering(coarser.order, { cells });
      const indices = builder.weight(
        `top down to level ${level}`,
        [table.length],
        () => table,
        "int32",
      );
      sum = builder.plus(sum, builder.gather(coarser.value, indices));
    }
    coarser = { value: sum, order };
    levels.unshift(coarser);
  }
  return levels;
}

function lateralWeights(construction: Construction, stages: readonly Tokens[], level: number) {
  const name = `image_encoder.neck.convs.${stages.length - 1 - level}.conv`;
  const [out, inner] = construction.parameters(`${name}.weight`).shape;
  return {
    weight: reshapedParameter(construction, `${name}.weight`, [out!, inner!]),
    bias: parameter(construction, `${name}.bias`),
  };
}

/**
 * A fine level as the mask decoder wants it. Where the level has no top-down term its two 1×1 convolutions in a row fold
 * into one (exact in real arithmetic), which avoids a tensor of C channels at stride 4.
 */
function fineLevel(
  construction: Construction,
  configuration: Sam2Configuration,
  place: {
    readonly level: number;
    readonly name: string;
    readonly stages: readonly Tokens[];
    readonly levels: readonly Tokens[];
  },
): Value {
  const { builder, parameters } = construction;
  const { level, stages } = place;
  const name = `sam_mask_decoder.${place.name}`;
  const result = () => {
    if (configuration.neck.topDownLevels.includes(level)) {
      return convolution(construction, name, asPicture(construction, place.levels[level]!));
    }
    const lateral = `image_encoder.neck.convs.${stages.length - 1 - level}.conv`;
    const [outer, inner] = [parameters(`${name}.weight`), parameters(`${lateral}.weight`)];
    const sides = {
      m: outer.shape[0]!,
      k: configuration.width,
      n: trunkWidths(configuration.trunk)[level]!,
    };
    const weight = builder.weight(`${name}.weight · ${lateral}.weight`, [sides.m, sides.n], () =>
      folded(outer.read(), inner.read(), sides),
    );
    const [outerBias, innerBias] = [parameters(`${name}.bias`), parameters(`${lateral}.bias`)];
    const bias = builder.weight(`${name}.weight · ${lateral}.bias`, [sides.m], () =>
      summed(folded(outer.read(), innerBias.read(), { ...sides, n: 1 }), outerBias.read()),
    );
    const { value, order } = stages[level]!;
    return asPicture(construction, { value: product(construction, value, weight, bias), order });
  };
  return builder.mark(`high_res${level}`, result());
}

/** Tokens [side², C] in any order → picture [1, C, side, side]. */
function asPicture(construction: Construction, tokens: Tokens): Value {
  const { builder } = construction;
  const { side } = tokens.order;
  const rows = reordered(construction, tokens, rowMajor(side)).value;
  return builder.reshape(builder.transpose(rows, [1, 0]), [1, rows.shape[1]!, side, side]);
}

function positionPicture(
  { builder }: Construction,
  { width, neck }: Sam2Configuration,
  side: number,
): Value {
  const code = builder.weight(`sine code ${side}x${width}`, [side * side, width], () =>
    sineCode(side, width, neck.temperature),
  );
  return builder.reshape(builder.transpose(code, [1, 0]), [1, width, side, side]);
}
