// A listener between the session and the graphs: keeps what went in and out of each graph's last run.
import type { GraphName, Graphs, Tensor, Tensors } from "../network.ts";

export interface GraphRun {
  readonly inputs: Tensors;
  /** All outputs, intermediate values included where the runtime was opened with marks. */
  readonly outputs: Tensors;
}

export interface RecordingGraphs extends Graphs {
  readonly last: ReadonlyMap<GraphName, GraphRun>;
}

/** Passes every run on and remembers the last one of each graph. */
export function recordingGraphs(graphs: Graphs): RecordingGraphs {
  const last = new Map<GraphName, GraphRun>();
  return {
    last,
    async run(graph, inputs) {
      // The runtime may take the inputs away with it; what is kept must be a copy.
      const kept = Object.fromEntries(
        Object.entries(inputs).map(([name, tensor]) => [name, copyOf(tensor)]),
      );
      const outputs = await graphs.run(graph, inputs);
      last.set(graph, { inputs: kept, outputs });
      return outputs;
    },
    close: () => graphs.close(),
  };
}

function copyOf({ shape, data }: Tensor): Tensor {
  return { shape, data: data.slice() };
}
