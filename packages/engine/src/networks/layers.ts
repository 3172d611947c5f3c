// Layers that several parts of the network share, made from operators and parameters by their names in the checkpoint.
import { times } from "../graph/dimensions.ts";
import type { Value } from "../graph/graph.ts";
import type { Construction } from "./construction.ts";
import { quantised } from "./quantisation.ts";

export type { Construction, Precision } from "./construction.ts";

/** A parameter by name. */
export function parameter({ builder, parameters }: Construction, name: string): Value {
  return builder.parameter(name, parameters(name));
}

/** A parameter read in another shape of the same numbers. */
export function reshapedParameter(
  { builder, parameters }: Construction,
  name: string,
  shape: readonly number[],
): Value {
  const { read } = parameters(name);
  return builder.weight(`${name} as [${shape.join(",")}]`, shape, read);
}

/** y = x Wᵀ + b over the last axis of x, by `${name}.weight` and `${name}.bias`. */
export function linear(construction: Construction, name: string, x: Value): Value {
  return product(
    construction,
    x,
    parameter(construction, `${name}.weight`),
    parameter(construction, `${name}.bias`),
  );
}

/** y = x Wᵀ + b over the last axis of x of any rank, for a weight [out, in]. */
export function product(construction: Construction, x: Value, weight: Value, bias?: Value): Value {
  const { builder } = construction;
  if (construction.precision === "fast") return quantised(construction, x, weight, bias);
  if (x.shape.length === 2) return builder.gemm(x, weight, bias);
  const unknown = x.shape.slice(0, -1).filter((side) => typeof side === "string").length;
  if (unknown > 1) {
    const y = builder.matmulTransposed(x, weight);
    return bias ? builder.plus(y, bias) : y;
  }
  const flat = builder.reshape(x, [times(...x.shape.slice(0, -1)), x.shape.at(-1)!]);
  const y = builder.gemm(flat, weight, bias);
  return builder.reshape(y, [...x.shape.slice(0, -1), weight.shape[0]!]);
}

/** Over the last axis, by `${name}.weight` and `${name}.bias`. */
export function layerNorm(
  construction: Construction,
  name: string,
  x: Value,
  epsilon: number,
): Value {
  const scale = parameter(construction, `${name}.weight`);
  return construction.builder.layerNormalization(
    x,
    scale,
    parameter(construction, `${name}.bias`),
    epsilon,
  );
}

/** `LayerNorm2d`: over the channels of each pixel of [N, C, H, W], epsilon 1e-6. */
export function layerNorm2d(construction: Construction, name: string, x: Value): Value {
  const { builder } = construction;
  const channels = x.shape[1] as number;
  const across = builder.transpose(x, [0, 2, 3, 1]);
  const normalised = layerNorm(construction, name, across, 1e-6);
  if (normalised.shape[3] !== channels) throw new Error(`${name}: ${channels} channels expected`);
  return builder.transpose(normalised, [0, 3, 1, 2]);
}

export function convolution(
  construction: Construction,
  name: string,
  x: Value,
  options: { readonly stride?: number; readonly padding?: number; readonly groups?: number } = {},
): Value {
  const [weight, bias] = [
    parameter(construction, `${name}.weight`),
    parameter(construction, `${name}.bias`),
  ];
  return construction.builder.convolution(x, weight, bias, options);
}

/** A stack of linear layers `${name}.layers.i` with ReLU between them. */
export function reluLayers(
  construction: Construction,
  name: string,
  x: Value,
  count: number,
): Value {
  let y = x;
  for (let layer = 0; layer < count; layer++) {
    y = linear(construction, `${name}.layers.${layer}`, y);
    if (layer < count - 1) y = construction.builder.relu(y);
  }
  return y;
}

/** [N, C, H, W] → [N, H·W, C]. */
export function tokensOf({ builder }: Construction, picture: Value): Value {
  const [batch, channels, height, width] = picture.shape;
  const flat = builder.reshape(picture, [batch!, channels!, times(height!, width!)]);
  return builder.transpose(flat, [0, 2, 1]);
}

/** [N, side², C] → [N, C, side, side]. */
export function pictureOf({ builder }: Construction, tokens: Value, side: number): Value {
  const [batch, , channels] = tokens.shape;
  return builder.reshape(builder.transpose(tokens, [0, 2, 1]), [batch!, channels!, side, side]);
}

/** The product of two matrices given as rows: a [m, k] · b [k, n] → [m, n], summed in double precision. */
export function folded(
  a: Float32Array,
  b: Float32Array,
  sides: { m: number; k: number; n: number },
): Float32Array {
  const { m, k, n } = sides;
  const result = new Float32Array(m * n);
  const row = new Float64Array(n);
  for (let i = 0; i < m; i++) {
    row.fill(0);
    for (let j = 0; j < k; j++) {
      const left = a[i * k + j]!;
      for (let c = 0; c < n; c++) row[c]! += left * b[j * n + c]!;
    }
    result.set(row, i * n);
  }
  return result;
}

/** The sum of two vectors. */
export function summed(a: Float32Array, b: Float32Array): Float32Array {
  return a.map((value, at) => value + b[at]!);
}
