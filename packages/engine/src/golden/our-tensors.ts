// What our graphs and session gave for one call, under the names by which the reference recorded it.
import type { PredictorRules } from "../configuration/rules.ts";
import { stabilityOf } from "../mask-choice.ts";
import type { StoredMemory } from "../memory/bank.ts";
import type { Tensor } from "../network.ts";
import type { SessionEvent } from "../session-options.ts";
import type { RecordingGraphs } from "./recording.ts";

export type Decided = Extract<SessionEvent, { kind: "decided" }>;

/** Tensors of a decision, under the reference's names; the graphs' last runs must be this decision's. */
export function decisionTensors(
  event: Decided,
  { last }: RecordingGraphs,
  { stability }: PredictorRules,
): Map<string, Tensor> {
  const decode = last.get("decode")!;
  const tensors = new Map(Object.entries(decode.outputs));
  if (event.decision.chosen !== null) {
    for (const [name, tensor] of Object.entries(last.get("attend")!.outputs))
      tensors.set(name, tensor);
  }
  const { output, unfilled } = event.decision;
  const side = Math.sqrt(unfilled.length);
  tensors.set("low_res", { shape: [1, 1, side, side], data: unfilled });
  tensors.set("low_res_filled", { shape: [1, 1, side, side], data: output.logits });
  tensors.set("obj_ptr", { shape: [1, output.pointer.length], data: output.pointer });
  tensors.set("object_score", { shape: [1, 1], data: Float32Array.of(output.score) });
  if (decode.inputs.mask) tensors.set("decoder_mask_input", decode.inputs.mask);
  const first = decode.outputs.masks!.data.subarray(0, unfilled.length);
  if (stability !== null && !event.decision.several) {
    tensors.set("decoder.stability", {
      shape: [1, 1],
      data: Float32Array.of(stabilityOf(first, stability.delta)),
    });
  }
  return tensors;
}

/** Tensors of a memory just made, under the reference's names. */
export function memoryTensors(
  { data: memory }: StoredMemory,
  { last }: RecordingGraphs,
): Map<string, Tensor> {
  const outputs = last.get("remember")!.outputs;
  const tensors = new Map(Object.entries(outputs));
  const [, tokens, channels] = outputs.memory!.shape as [number, number, number];
  const side = Math.sqrt(tokens);
  // Tokens [T, Cm] as the reference's picture [1, Cm, G, G].
  const data = new Float32Array(memory.length);
  const bits = new Uint32Array(data.buffer);
  for (let token = 0; token < tokens; token++) {
    for (let channel = 0; channel < channels; channel++) {
      bits[channel * tokens + token] = memory[token * channels + channel]! << 16;
    }
  }
  tensors.set("maskmem_features_bf16", { shape: [1, channels, side, side], data });
  return tensors;
}
