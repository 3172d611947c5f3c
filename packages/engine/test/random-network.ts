// Random weights in the official form, made without a file: the same for the same name and seed.
import { expectedSam2Tensors } from "../src/checkpoint/sam2-tensors.ts";
import type { Sam2Configuration } from "../src/configuration/sam2.ts";
import type { ParameterSource } from "../src/graph/graph.ts";

/** Normal-looking numbers of a scale that keeps activations of order one. */
export function randomParameters(configuration: Sam2Configuration): ParameterSource {
  const tensors = expectedSam2Tensors(configuration);
  return (name) => {
    const shape = tensors.get(name);
    if (!shape) throw new Error(`${name} is not a tensor of this network`);
    const count = shape.reduce((a, b) => a * b, 1);
    const fan = Math.max(1, count / (shape[0] ?? 1));
    const isNorm = /norm\w*\.weight$|\.(1|4|7|10)\.weight$/.test(name) && shape.length === 1;
    return {
      shape,
      read: () => randomNumbers(name, count, { scale: 1 / Math.sqrt(fan), shift: isNorm ? 1 : 0 }),
    };
  };
}

function randomNumbers(
  name: string,
  count: number,
  to: { readonly scale: number; readonly shift: number },
): Float32Array {
  let state = [...name].reduce(
    (hash, letter) => Math.imul(hash ^ letter.charCodeAt(0), 0x01000193),
    0x811c9dc5,
  );
  const numbers = new Float32Array(count);
  for (let i = 0; i < count; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    numbers[i] = to.shift + (state / 2 ** 31) * to.scale;
  }
  return numbers;
}
