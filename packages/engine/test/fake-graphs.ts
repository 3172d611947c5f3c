// Graphs of a network that is no network: every output depends on every input, so that mixing anything up shows.

import { releasedModels } from "../src/configuration/released.ts";
import { releasedMemoryRules, releasedPredictorRules } from "../src/configuration/rules.ts";
import type { GraphName, Graphs, Tensor, Tensors } from "../src/network.ts";
import type { TrackingModel } from "../src/tracking-model.ts";

const SIDE = 32;
const WIDTH = 4;
const CHANNELS = 2;

export interface FakeModel extends TrackingModel {
  /** Names of the graphs in the order in which they ran. */
  readonly runs: GraphName[];
}

/** A model with input side 32, memories of 4 tokens and pointers of 4 channels. */
export function fakeModel(): FakeModel {
  const runs: GraphName[] = [];
  const graphs: Graphs = {
    async run(graph, inputs) {
      runs.push(graph);
      return fakes[graph](inputs);
    },
    close: async () => {},
  };
  const { configuration } = releasedModels[0]!;
  return {
    runs,
    graphs,
    configuration: {
      ...configuration,
      imageSize: SIDE,
      width: WIDTH,
      memory: releasedMemoryRules,
      rules: { ...releasedPredictorRules, fillHoleArea: 0 },
    },
    constants: {
      noObjectPointer: new Float32Array(WIDTH),
      maskPrompt: { weight: new Float32Array(16).fill(1), bias: -8 },
    },
  };
}

const sum = (tensor: Tensor | undefined, from = 0, to = tensor?.data.length ?? 0): number => {
  let total = 0;
  for (let i = from; i < to; i++) total += tensor!.data[i]! * (1 + ((i - from) % 7) / 10);
  return total;
};

/** The part of a batch that belongs to one object; a batch of 1 belongs to all. */
const part = (tensor: Tensor | undefined, object: number): number => {
  if (tensor === undefined) return 0;
  const size = tensor.data.length / tensor.shape[0]!;
  const at = tensor.shape[0] === 1 ? 0 : object * size;
  return sum(tensor, at, at + size);
};

const filled = (shape: readonly number[], value: (index: number) => number): Tensor => ({
  shape,
  data: Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, index) => value(index)),
});

const fakes: Readonly<Record<GraphName, (inputs: Tensors) => Tensors>> = {
  encode: ({ picture }) => {
    const value = sum(picture) / picture!.data.length;
    return {
      fine: filled([1, 1, 8, 8], () => value),
      middle: filled([1, 1, 4, 4], () => value),
      coarse: filled([1, WIDTH, 2, 2], (i) => value + i),
    };
  },
  attend: ({ coarse, memory, memory_row, pointers, pointer_distance }) => {
    const batch = memory?.shape[0] ?? 1;
    const seen = (object: number) =>
      part(memory, object) / 50 +
      part(memory_row, object) / 10 +
      part(pointers, object) / 20 +
      part(pointer_distance, object);
    return {
      coarse: filled(
        [batch, WIDTH, 2, 2],
        (i) => sum(coarse) / 100 + Math.sin(seen(Math.floor(i / (WIDTH * 4)))),
      ),
    };
  },
  decode: ({ coarse, points, labels, mask }) => {
    const batch = points!.shape[0]!;
    const state = (object: number) =>
      part(coarse, object) / 10 +
      part(points, object) / 100 +
      part(labels, object) +
      part(mask, object) / 500;
    const perObject =
      (count: number, value: (object: number, index: number) => number) => (i: number) =>
        value(Math.floor(i / count), i % count);
    return {
      masks: filled(
        [batch, 4, 8, 8],
        perObject(256, (object, i) => 4 * Math.sin(state(object) + i / 9)),
      ),
      quality: filled(
        [batch, 4],
        perObject(4, (object, i) => 0.5 + 0.4 * Math.sin(state(object) * 3 + i)),
      ),
      object_score: filled(
        [batch, 1],
        perObject(1, (object) => 2 + Math.cos(state(object))),
      ),
      pointers: filled(
        [batch, 4, WIDTH],
        perObject(4 * WIDTH, (object, i) => Math.cos(state(object) + i)),
      ),
    };
  },
  remember: ({ coarse, logits, binarise, object_present }) => {
    const batch = logits!.shape[0]!;
    const size = 4 * CHANNELS;
    return {
      memory: filled([batch, 4, CHANNELS], (i) => {
        const object = Math.floor(i / size);
        const given =
          part(logits, object) / 100 + part(binarise, object) + part(object_present, object);
        return Math.sin(sum(coarse) / 50 + given + (i % size));
      }),
    };
  },
};
