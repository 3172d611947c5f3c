// Graphs that answer with numbers: weights that are damaged give none, and would look like empty masks.
import { EngineError } from "./errors.ts";
import type { Graphs } from "./network.ts";

/**
 * Passes every run on and looks at the decoder's estimates, which depend on all weights before them. `name` is the model's.
 * Throws graph-failed where one of them is not a number.
 */
export function checkedGraphs(graphs: Graphs, name: string): Graphs {
  return {
    async run(graph, inputs, wanted) {
      const outputs = await graphs.run(graph, inputs, wanted);
      if (graph === "decode" && outputs.quality?.data.some((value) => !Number.isFinite(value))) {
        throw new EngineError(
          "graph-failed",
          `The model ${name} does not answer with numbers: its weights are damaged; fetch or export them anew.`,
        );
      }
      return outputs;
    },
    close: () => graphs.close(),
  };
}
