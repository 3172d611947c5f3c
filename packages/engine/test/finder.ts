// A stand-in for a network that finds things of one colour around a click; the same as in bench/reference/record_automatic.py.
import { releasedModels } from "../src/configuration/released.ts";
import type { Graphs, Tensor, Tensors } from "../src/network.ts";
import type { TrackingModel } from "../src/tracking-model.ts";

/** Unlikeness of colours that is still like, and reach as a share of the picture, of each of the three masks. */
const KINDS = [
  [0.4, 0.2],
  [0.8, 0.4],
  [1.4, 0.8],
] as const;

export function finder(side: number): TrackingModel {
  const graphs: Graphs = {
    run: async (graph, inputs) => {
      if (graph === "encode") return encoded(inputs.picture!, side);
      if (graph === "attend") return { coarse: nothing };
      return decoded(inputs, side / 4);
    },
    close: async () => {},
  };
  const constants = {
    noObjectPointer: new Float32Array(1),
    maskPrompt: { weight: new Float32Array(16), bias: 0 },
  };
  return {
    configuration: { ...releasedModels[0]!.configuration, imageSize: side },
    graphs,
    constants,
  };
}

const nothing: Tensor = { shape: [1, 1, 1, 1], data: new Float32Array(1) };

/** Means of 4 × 4 pixels of [1, 3, S, S]. */
function encoded({ data }: Tensor, side: number): Tensors {
  const small = side / 4;
  const fine = new Float32Array(3 * small * small);
  for (let at = 0; at < data.length; at++) {
    const [channel, y, x] = [
      Math.floor(at / (side * side)),
      Math.floor(at / side) % side,
      at % side,
    ];
    fine[(channel * small + Math.floor(y / 4)) * small + Math.floor(x / 4)]! += data[at]! / 16;
  }
  return {
    fine: { shape: [1, 3, small, small], data: fine },
    middle: nothing,
    coarse: nothing,
  };
}

function decoded({ fine, points }: Tensors, small: number): Tensors {
  const [objects, count] = points!.shape as readonly [number, number];
  const cells = small * small;
  const masks = new Float32Array(objects * 4 * cells);
  const quality = new Float32Array(objects * 4);
  const colour = (channel: number, cell: number) => fine!.data[channel * cells + cell]!;
  for (let object = 0; object < objects; object++) {
    const column = Math.floor(points!.data[object * count * 2]! / 4);
    const row = Math.floor(points!.data[object * count * 2 + 1]! / 4);
    for (const [kind, [like, reach]] of KINDS.entries()) {
      quality[object * 4 + 1 + kind] =
        ((column * 37 + row * 101 + kind * 53) * 0.6180339887498949) % 1;
      for (let cell = 0; cell < cells; cell++) {
        const unlike = [0, 1, 2].reduce(
          (sum, channel) =>
            sum + Math.abs(colour(channel, cell) - colour(channel, row * small + column)),
          0,
        );
        const far = ((cell % small) - column) ** 2 + (Math.floor(cell / small) - row) ** 2;
        masks[(object * 4 + 1 + kind) * cells + cell] =
          6 * (like - unlike) - (4 * far) / (reach * small) ** 2;
      }
    }
  }
  return {
    masks: { shape: [objects, 4, small, small], data: masks },
    quality: { shape: [objects, 4], data: quality },
  };
}
