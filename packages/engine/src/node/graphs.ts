// The port `Graphs` on ONNX Runtime in a worker, so that the main thread stays free.
import { Worker } from "node:worker_threads";
import { EngineError } from "../errors.ts";
import type { NetworkPlan } from "../graph/plan.ts";
import type { GraphName, Graphs, Tensors } from "../network.ts";
import { cachedModel, type GraphCache } from "./graph-cache.ts";
import type { GraphsReply, GraphsRequest } from "./graphs-messages.ts";
import { KeptTensors } from "./kept-tensors.ts";

export interface OpenGraphsOptions {
  readonly plan: NetworkPlan;
  readonly cache: GraphCache;
  /** Threads of the runtime; 2 by default. */
  readonly threads?: number;
  /** Labels of intermediate values that each graph returns as further outputs, where it has them. */
  readonly marks?: readonly string[];
}

export const THREADS_DEFAULT = 2;

type Unsent = GraphsRequest extends infer R
  ? R extends GraphsRequest
    ? Omit<R, "id">
    : never
  : never;

/**
 * Opens a network. A graph is built, kept on disk and loaded when it is first run. Runs are answered in order; tensors are
 * copied to the worker and moved back. What a picture gave without any memory is copied once and must not be changed.
 * Throws EngineError graph-failed from `run`.
 */
export function openGraphs(options: OpenGraphsOptions): Graphs {
  const { plan, cache, threads = THREADS_DEFAULT, marks = [] } = options;
  const worker = openWorker();
  const loaded = new Map<string, Promise<LoadedGraph>>();
  const kept = new KeptTensors();

  const load = async (name: string): Promise<LoadedGraph> => {
    const graph = plan.graphs[name]!();
    const model = await cachedModel(cache, graph, marks);
    await worker.ask({ kind: "load", graph: name, model, threads });
    return { inputs: graph.inputs.map((input) => input.name) };
  };
  const ready = (name: string): Promise<LoadedGraph> => {
    const known = loaded.get(name);
    if (known) return known;
    const loading = load(name);
    loaded.set(name, loading);
    loading.catch(() => loaded.delete(name));
    return loading;
  };

  return {
    async run(door: GraphName, inputs: Tensors, wanted?: readonly string[]): Promise<Tensors> {
      const name = plan.graphFor(door, inputs);
      try {
        const graph = await ready(name);
        const parcel = kept.pack(needed(inputs, graph));
        const outputs = await worker.ask({ kind: "run", graph: name, ...parcel, wanted });
        if (door === "encode" || (door === "attend" && inputs.memory === undefined))
          kept.note(outputs);
        return outputs;
      } catch (cause) {
        if (cause instanceof EngineError) throw cause;
        const reason = cause instanceof Error ? cause.message : String(cause);
        throw new EngineError("graph-failed", `The graph ${name} failed: ${reason}.`, { cause });
      }
    },
    close: () => worker.close(),
  };
}

interface LoadedGraph {
  readonly inputs: readonly string[];
}

/** A door may be given more than a graph takes; only what it takes is copied to the worker. */
function needed(inputs: Tensors, graph: LoadedGraph): Tensors {
  return Object.fromEntries(
    graph.inputs.flatMap((name) => (inputs[name] ? [[name, inputs[name]]] : [])),
  );
}

interface GraphsWorker {
  ask(request: Unsent): Promise<Tensors>;
  close(): Promise<void>;
}

function openWorker(): GraphsWorker {
  // Unasked, ONNX Runtime reports its use to its maker and leaves files in TMPDIR. It reads this from the process itself,
  // of which the worker's `process.env` is a copy.
  process.env.ORT_DISABLE_TELEMETRY = "1";
  const worker = new Worker(new URL("./graphs-worker.ts", import.meta.url));
  worker.unref(); // an idle engine does not keep a program alive
  const waiting = new Map<
    number,
    { resolve: (outputs: Tensors) => void; reject: (cause: Error) => void }
  >();
  let ended: Error | undefined;
  let last = 0;

  const end = (cause: Error) => {
    ended ??= cause;
    for (const { reject } of waiting.values()) reject(cause);
    waiting.clear();
  };
  worker.on("message", (reply: GraphsReply) => {
    const asked = waiting.get(reply.id);
    waiting.delete(reply.id);
    if (waiting.size === 0) worker.unref();
    if ("failure" in reply) asked?.reject(new Error(reply.failure));
    else asked?.resolve(reply.outputs);
  });
  worker.on("error", (cause) => end(cause instanceof Error ? cause : new Error(String(cause))));
  worker.on("exit", () => end(new Error("the runtime has been closed")));

  return {
    ask(request) {
      return new Promise((resolve, reject) => {
        if (ended) {
          reject(ended);
          return;
        }
        const id = ++last;
        waiting.set(id, { resolve, reject });
        worker.ref();
        worker.postMessage({ ...request, id } as GraphsRequest);
      });
    },
    async close() {
      await worker.terminate();
    },
  };
}
