// The door "encode": picture → features at three levels (trunk, neck, and the decoder's convolutions of the fine levels).
import { type Sam2Configuration, trunkWidths } from "../configuration/sam2.ts";
import { GraphBuilder } from "../graph/builder.ts";
import type { Graph, ParameterSource, Value } from "../graph/graph.ts";
import {
  type Construction,
  folded,
  type Precision,
  parameter,
  product,
  reshapedParameter,
  summed,
} from "./layers.ts";
import { sineCode } from "./position-codes.ts";
import { finerOrder, renumbering, rowMajor } from "./token-order.ts";
import { reordered, type Tokens, trunk } from "./trunk.ts";

/**
 * Picture [1, 3, S, S] → fine [1, (S/4)², C/8], middle [1, (S/8)², C/4] as tokens in the decoder's order (`finerOrder`), and
 * coarse [1, C, S/16, S/16].
 */
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
  for (const [level, door] of (["fine", "middle"] as const).entries()) {
    const tokens = finerLevel(construction, configuration, { level, stages, levels });
    builder.mark(`high_res${level}`, asPicture(construction, tokens));
    const ordered = reordered(construction, tokens, finerOrder(tokens.order.side, side / 16)).value;
    builder.output(door, builder.reshape(ordered, [1, ...ordered.shape]));
  }
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
 * A level finer than the coarse one as the mask decoder wants it. Where the level has no top-down term its two 1×1
 * convolutions in a row fold into one (exact in real arithmetic), which avoids C channels at stride 4.
 */
function finerLevel(
  construction: Construction,
  configuration: Sam2Configuration,
  place: {
    readonly level: number;
    readonly stages: readonly Tokens[];
    readonly levels: readonly Tokens[];
  },
): Tokens {
  const { builder, parameters } = construction;
  const { level, stages } = place;
  const name = `sam_mask_decoder.conv_s${level}`;
  const [outer, outerBias] = [parameters(`${name}.weight`), parameters(`${name}.bias`)];
  const [out, width] = outer.shape as readonly [number, number];
  if (configuration.neck.topDownLevels.includes(level)) {
    const { value, order } = place.levels[level]!;
    const weight = reshapedParameter(construction, `${name}.weight`, [out, width]);
    return {
      value: product(construction, value, weight, parameter(construction, `${name}.bias`)),
      order,
    };
  }
  const lateral = `image_encoder.neck.convs.${stages.length - 1 - level}.conv`;
  const [inner, innerBias] = [parameters(`${lateral}.weight`), parameters(`${lateral}.bias`)];
  const sides = { m: out, k: width, n: trunkWidths(configuration.trunk)[level]! };
  const weight = builder.weight(`${name}.weight · ${lateral}.weight`, [sides.m, sides.n], () =>
    folded(outer.read(), inner.read(), sides),
  );
  const bias = builder.weight(`${name}.weight · ${lateral}.bias`, [sides.m], () =>
    summed(folded(outer.read(), innerBias.read(), { ...sides, n: 1 }), outerBias.read()),
  );
  const { value, order } = stages[level]!;
  return { value: product(construction, value, weight, bias), order };
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
