// The worker in which ONNX Runtime runs: its `run` blocks the thread it is called on.
import { parentPort } from "node:worker_threads";
import { InferenceSession, Tensor as OrtTensor } from "onnxruntime-node";
import { OUTPUT_PREFIX } from "../graph/onnx.ts";
import type { Tensor, Tensors } from "../network.ts";
import type { GraphsReply, GraphsRequest, SentTensor } from "./graphs-messages.ts";

/** The runtime's own log level above errors: failures are reported by the answer alone. */
const SILENT = 4;

const sessions = new Map<string, InferenceSession>();
const kept = new Map<number, Tensor>();

async function answer(request: GraphsRequest): Promise<Tensors> {
  if (request.kind === "load") {
    sessions.set(
      request.graph,
      await InferenceSession.create(request.model, sessionOptions(request.threads)),
    );
    return {};
  }
  // Before anything is awaited: the next request may let go of what this one asks for.
  const inputs = Object.fromEntries(
    Object.entries(request.inputs).map(([name, sent]) => [name, received(sent)]),
  );
  for (const number of request.forget) kept.delete(number);
  return runSession(sessions.get(request.graph)!, inputs, request.wanted);
}

function received(sent: SentTensor): Tensor {
  if ("kept" in sent) return kept.get(sent.kept)!;
  if ("keepAs" in sent) kept.set(sent.keepAs, sent);
  return sent;
}

function sessionOptions(threads: number): InferenceSession.SessionOptions {
  return {
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    executionMode: "sequential",
    graphOptimizationLevel: "all",
    logSeverityLevel: SILENT,
    // Threads that wait sleep instead of spinning: decoders, a browser and the main thread need the cores too (decision 10).
    extra: { session: { intra_op: { allow_spinning: "0" } } },
  };
}

async function runSession(
  session: InferenceSession,
  inputs: Tensors,
  wanted: readonly string[] | undefined,
): Promise<Tensors> {
  const feeds: Record<string, OrtTensor> = {};
  for (const name of session.inputNames) {
    const input = inputs[name];
    if (!input) throw new Error(`input ${name} is missing`);
    feeds[name] = new OrtTensor("float32", input.data, input.shape);
  }
  const names = wanted?.map((name) => OUTPUT_PREFIX + name) ?? [...session.outputNames];
  const results = await session.run(feeds, names, { logSeverityLevel: SILENT });
  const outputs: Record<string, Tensor> = {};
  for (const name of names) {
    const result = results[name]!;
    outputs[name.slice(OUTPUT_PREFIX.length)] = {
      shape: result.dims,
      data: result.data as Float32Array,
    };
  }
  return outputs;
}

const port = parentPort!;
port.on("message", async (request: GraphsRequest) => {
  try {
    const outputs = await answer(request);
    const buffers = new Set(Object.values(outputs).map(({ data }) => data.buffer as ArrayBuffer));
    port.postMessage({ id: request.id, outputs } satisfies GraphsReply, [...buffers]);
  } catch (cause) {
    const failure = cause instanceof Error ? cause.message : String(cause);
    port.postMessage({ id: request.id, failure } satisfies GraphsReply);
  }
});
