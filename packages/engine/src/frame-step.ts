// One network step on one frame for some objects: attend, decode, choose a mask, remember.

import { type Picture, pictureTensor, resizeBilinearSmooth } from "@masklet/vision";
import { ABSENT_LOGIT } from "./absent.ts";
import {
  calibratedQuality,
  calibratedScore,
  normalisationOf,
} from "./configuration/configuration.ts";
import { fillHoles } from "./fill-holes.ts";
import { asksForSeveral, bestOfThree, singleMask } from "./mask-choice.ts";
import type { FrameOutput, MemoryBank, StoredMemory } from "./memory/bank.ts";
import { bfloat16From, writeFloats } from "./memory/bfloat16.ts";
import type { MemoryChoice } from "./memory/choose.ts";
import type { Tensor, Tensors } from "./network.ts";
import type { ModelPoints } from "./prompts.ts";
import { maskPromptLogits, type TrackingModel } from "./tracking-model.ts";

/** Features of one frame: `fine`, `middle` and `coarse`, raw, before any memory. */
export type Features = Readonly<Record<"fine" | "middle" | "coarse", Tensor>>;

const PROMPT_LOGIT_MAX = 32;
const MASK_SCALE = 20;
const MASK_BIAS = -10;
const PADDING_LABEL = -1;

/** An output before it is known whether it will be remembered, with what decided it. */
export interface Decision {
  readonly output: FrameOutput;
  /** The chosen logits before holes were filled: what a tracked frame is remembered by. */
  readonly unfilled: Float32Array;
  /** Best predicted IoU among all of the decoder's masks. */
  readonly bestQuality: number;
  /** Index of the chosen mask, 0 single, 1–3 ambiguous; null for a mask that was given. */
  readonly chosen: number | null;
  readonly several: boolean;
}

/** Runs the encoder on a picture, resampled as the reference's video predictor does. */
export async function encodeFrame(
  { configuration, graphs }: TrackingModel,
  picture: Picture,
): Promise<Features> {
  const { mean, deviation } = normalisationOf(configuration);
  const side = configuration.imageSize;
  const data = pictureTensor(picture, {
    side,
    resampler: "video",
    normalisation: { mean, deviation },
  });
  const outputs = await graphs.run("encode", { picture: { shape: [1, 3, side, side], data } });
  return { fine: outputs.fine!, middle: outputs.middle!, coarse: outputs.coarse! };
}

/** Features as they are for an object without memory: the network's own no-memory rule. */
export async function attendToNothing(
  { graphs }: TrackingModel,
  features: Features,
): Promise<Features> {
  return conditioned(features, await graphs.run("attend", { ...features }));
}

/** What each object of a batch looks back on. */
export interface Memories {
  readonly bank: MemoryBank;
  readonly choice: MemoryChoice;
}

/**
 * Conditions the features on the chosen memories of each object; all choices must have equally many
 * memories and equally many pointers.
 */
export async function attendToMemories(
  { configuration, graphs }: TrackingModel,
  features: Features,
  objects: readonly Memories[],
): Promise<Features> {
  const batch = objects.length;
  const { memories, pointers } = objects[0]!.choice;
  const width = configuration.width;
  const { channels, data } = firstMemory(objects[0]!);
  const size = data.length;
  const shape = [batch, memories.length, size / channels, channels];
  const memory = new Float32Array(batch * memories.length * size);
  const pointer = new Float32Array(batch * pointers.length * width);
  const rows = new Float32Array(batch * memories.length);
  const distances = new Float32Array(batch * pointers.length);
  for (const [index, { bank, choice }] of objects.entries()) {
    for (const [slot, { frame, from, row }] of choice.memories.entries()) {
      const at = index * memories.length + slot;
      writeFloats(bank[from].get(frame)!.memory!.data, memory, at * size);
      rows[at] = row;
    }
    for (const [slot, { frame, from, distance }] of choice.pointers.entries()) {
      const at = index * pointers.length + slot;
      pointer.set(bank[from].get(frame)!.pointer, at * width);
      distances[at] = distance / choice.distanceScale;
    }
  }
  const outputs = await graphs.run("attend", {
    ...features,
    memory: { shape, data: memory },
    memory_row: { shape: [batch, memories.length], data: rows },
    pointers: { shape: [batch, pointers.length, width], data: pointer },
    pointer_distance: { shape: [batch, pointers.length], data: distances },
  });
  return conditioned(features, outputs);
}

/** The levels that the network conditions replace the raw ones. */
function conditioned(features: Features, outputs: Tensors): Features {
  return { ...features, coarse: outputs.coarse!, middle: outputs.middle ?? features.middle };
}

function firstMemory({ bank, choice }: Memories): StoredMemory {
  const first = choice.memories[0]!;
  return bank[first.from].get(first.frame)!.memory!;
}

/** What the decoder is told about each object of a batch. */
export interface DecoderPrompt {
  /** Points of the batch's only object; null for objects that are tracked or come as masks. */
  readonly points: ModelPoints | null;
  /** Logits [S/4, S/4] given as dense prompt; null for none. */
  readonly logits: Float32Array | null;
  readonly several: boolean;
}

/** Decodes `count` objects under one prompt and decides each. `shot` is only noted in the outputs. */
export async function decodeObjects(
  model: TrackingModel,
  features: Features,
  prompt: DecoderPrompt,
  { count, shot }: { readonly count: number; readonly shot: number | null },
): Promise<readonly Decision[]> {
  const side = model.configuration.imageSize / 4;
  const inputs = {
    ...features,
    ...pointInputs(prompt.points, count),
    ...maskInputs(prompt.logits, side),
  };
  const outputs = await model.graphs.run("decode", inputs);
  return Array.from({ length: count }, (_, index) =>
    decide(model, outputs, { index, several: prompt.several, shot }),
  );
}

/** Points and earlier logits of one object as the decoder takes them. */
export function promptInputs(points: ModelPoints, logits: Float32Array | null): Tensors {
  const side = logits === null ? 0 : Math.sqrt(logits.length);
  const mask = logits === null ? null : clampedLogits(logits);
  return { ...pointInputs(points, 1), ...maskInputs(mask, side) };
}

/** One padding point closes the list; an object without points has two of them. Source: `prompt_encoder.py`, `_embed_points`. */
function pointInputs(points: ModelPoints | null, count: number): Tensors {
  if (points === null) {
    const labels = new Float32Array(2 * count).fill(PADDING_LABEL);
    return {
      points: { shape: [count, 2, 2], data: new Float32Array(4 * count) },
      labels: { shape: [count, 2], data: labels },
    };
  }
  const length = points.labels.length + 1;
  const coordinates = new Float32Array(2 * length);
  coordinates.set(points.coordinates);
  const labels = new Float32Array(length).fill(PADDING_LABEL);
  labels.set(points.labels);
  return {
    points: { shape: [1, length, 2], data: coordinates },
    labels: { shape: [1, length], data: labels },
  };
}

function maskInputs(logits: Float32Array | null, side: number): Tensors {
  if (logits === null) return {};
  return {
    mask: { shape: [1, 1, side, side], data: logits },
    mask_given: { shape: [1], data: Float32Array.of(1) },
  };
}

/** Logits of an earlier answer as a dense prompt. Source: `add_new_points_or_box`. */
export function clampedLogits(logits: Float32Array): Float32Array {
  return logits.map((logit) => Math.min(PROMPT_LOGIT_MAX, Math.max(-PROMPT_LOGIT_MAX, logit)));
}

/** Mask, quality, presence and pointer of one object of a batch. Source: `sam2_base.py`, `_forward_sam_heads`. */
function decide(
  { configuration, constants }: TrackingModel,
  outputs: Tensors,
  {
    index,
    several,
    shot,
  }: { readonly index: number; readonly several: boolean; readonly shot: number | null },
): Decision {
  const { rules } = configuration;
  const pixels = (configuration.imageSize / 4) ** 2;
  const quality = outputs.quality!.data.subarray(4 * index, 4 * index + 4);
  const masks = outputs.masks!.data;
  const maskAt = (mask: number) =>
    masks.subarray((4 * index + mask) * pixels, (4 * index + mask + 1) * pixels);
  const chosen = several ? bestOfThree(quality) : singleMask(quality, maskAt(0), rules.stability);
  // Without several masks the pointer is that of mask 0, also when stability chose another mask.
  const token = several && rules.multimask.pointerOfChosen ? chosen : 0;
  const width = configuration.width;
  const pointerAt = (4 * index + token) * width;
  const pointer = outputs.pointers!.data.slice(pointerAt, pointerAt + width);
  const score = calibratedScore(outputs.object_score!.data[index]!, configuration);
  const present = score > 0;
  const unfilled = present ? maskAt(chosen).slice() : new Float32Array(pixels).fill(ABSENT_LOGIT);
  const presence = rules.softNoObjectPointer ? sigmoid(score) : Number(present);
  return {
    output: {
      logits: fillHoles(unfilled, Math.sqrt(pixels), rules.fillHoleArea),
      pointer: mixedPointer(pointer, presence, { rules, constants }),
      score,
      quality: calibratedQuality(quality[chosen]!, configuration),
      memory: null,
      shot,
      withheld: false,
    },
    unfilled,
    bestQuality: Math.max(...quality),
    chosen,
    several,
  };
}

/** The pointer of an object that is present with this weight (0…1). */
export function mixedPointer(
  pointer: Float32Array,
  presence: number,
  {
    rules,
    constants,
  }: Pick<TrackingModel["configuration"], "rules"> & Pick<TrackingModel, "constants">,
): Float32Array {
  const kept = rules.fixedNoObjectPointer ? presence : 1;
  return pointer.map((value, i) => kept * value + (1 - presence) * constants.noObjectPointer[i]!);
}

function sigmoid(value: number): number {
  return 1 / (1 + Math.exp(-value));
}

/**
 * A mask that a person gave is the output as it is; the decoder only makes its pointer, from raw
 * features. `mask` is 0 and 1 on S × S. Source: `sam2_base.py`, `_use_mask_as_output`.
 */
export async function decideGivenMask(
  model: TrackingModel,
  features: Features,
  mask: Float32Array,
  shot: number | null,
): Promise<Decision> {
  const { configuration, constants } = model;
  const side = configuration.imageSize;
  const size = { width: side, height: side };
  const small = { width: side / 4, height: side / 4 };
  const prompt = { points: null, logits: maskPromptLogits(mask, side, constants), several: false };
  const [decoded] = await decodeObjects(model, features, prompt, { count: 1, shot });
  const high = mask.map((value) => value * MASK_SCALE + MASK_BIAS);
  const unfilled = resizeBilinearSmooth(high, { from: size, to: small });
  const present = mask.some((value) => value > 0);
  const { rules } = configuration;
  return {
    output: {
      logits: fillHoles(unfilled, small.width, rules.fillHoleArea),
      pointer: mixedPointer(decoded!.output.pointer, Number(present), { rules, constants }),
      score: Number(present) * MASK_SCALE + MASK_BIAS,
      quality: 1,
      memory: null,
      shot,
      withheld: false,
    },
    unfilled,
    bestQuality: 1,
    chosen: null,
    several: false,
  };
}

/** Whether a prompt of so many points asks for several masks. */
export function severalFor(model: TrackingModel, points: number, firstPrompt: boolean): boolean {
  return asksForSeveral(model.configuration.rules, { points, firstPrompt });
}

/** What is to be remembered of each object of a batch. */
export interface Remembered {
  readonly logits: Float32Array;
  readonly score: number;
}

/** Memories in bfloat16, one for each object. `prompted` cuts the masks at 0 where the rules say so. */
export async function rememberObjects(
  { configuration, graphs }: TrackingModel,
  features: Features,
  objects: readonly Remembered[],
  { prompted }: { readonly prompted: boolean },
): Promise<readonly StoredMemory[]> {
  const count = objects.length;
  const side = configuration.imageSize / 4;
  const logits = new Float32Array(count * side * side);
  for (const [index, object] of objects.entries()) logits.set(object.logits, index * side * side);
  const cut = Number(prompted && configuration.rules.binarisePrompted);
  const outputs = await graphs.run("remember", {
    ...features,
    logits: { shape: [count, 1, side, side], data: logits },
    binarise: { shape: [count], data: new Float32Array(count).fill(cut) },
    object_present: {
      shape: [count],
      data: Float32Array.from(objects, ({ score }) => Number(score > 0)),
    },
  });
  const memory = outputs.memory!;
  const size = memory.data.length / count;
  const channels = memory.shape.at(-1)!;
  return objects.map((_, index) => ({
    channels,
    data: bfloat16From(memory.data.slice(index * size, (index + 1) * size)),
  }));
}
