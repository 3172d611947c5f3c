// Eight-bit products of the fast profile, and how they keep their error small without looking at data.
import type { Value } from "../graph/graph.ts";
import type { Construction } from "./construction.ts";

/** y = x Wᵀ + b with W [out, in] as int8, one scale for each output; x is quantised as a whole while it runs. */
export function quantised({ builder }: Construction, x: Value, weight: Value, bias?: Value): Value {
  const { name, shape, read } = builder.weightOf(weight);
  const [out, inner] = shape as readonly [number, number];
  const numbers = builder.weight(
    `${name} int8`,
    [inner, out],
    () => {
      const values = read() as Float32Array;
      const scales = scalesOf(values, inner);
      const turned = new Int8Array(values.length);
      for (let row = 0; row < out; row++) {
        for (let at = 0; at < inner; at++)
          turned[at * out + row] = Math.round(values[row * inner + at]! / scales[row]!);
      }
      return turned;
    },
    "int8",
  );
  const scales = builder.weight(`${name} scales`, [out], () =>
    scalesOf(read() as Float32Array, inner),
  );
  return builder.quantisedProduct(x, numbers, scales, bias);
}

function scalesOf(values: Float32Array, inner: number): Float32Array {
  return Float32Array.from({ length: values.length / inner }, (_, row) => {
    let largest = 0;
    for (let at = row * inner; at < (row + 1) * inner; at++)
      largest = Math.max(largest, Math.abs(values[at]!));
    return largest > 0 ? largest / 127 : 1;
  });
}
