// The one place where a configuration's family chooses how its graphs are built.
import type { Checkpoint } from "../checkpoint/checkpoint.ts";
import { checkAgainst, mismatch, notPartOfIt } from "../checkpoint/inspect.ts";
import type { Configuration } from "../configuration/configuration.ts";
import type { NanoConfiguration } from "../configuration/nano.ts";
import { clipped, EngineError } from "../errors.ts";
import type { ParameterSource } from "../graph/graph.ts";
import type { NetworkPlan } from "../graph/plan.ts";
import { trackerTensors } from "../tracking-model.ts";
import type { Precision } from "./construction.ts";
import { nanoPlan } from "./nano.ts";
import { sam2Plan } from "./sam2.ts";

export interface NetworkPlanOptions {
  readonly ignored?: readonly string[];
  /** `fast` trades a little exactness for speed where the family offers it; `exact` by default. */
  readonly precision?: Precision;
}

/**
 * The plan of a network with the checkpoint's weights. `ignored` tensors may be in the checkpoint without
 * being part of the network. Throws checkpoint-mismatch when names or shapes do not fit.
 */
export function networkPlan(
  configuration: Configuration,
  checkpoint: Checkpoint,
  { ignored = [], precision = "exact" }: NetworkPlanOptions = {},
): NetworkPlan {
  const parameters = parametersOf(checkpoint);
  if (configuration.family === "nano") {
    const plan = nanoPlan(configuration, parameters, precision);
    checkAllUsed(configuration, checkpoint, ignored);
    return plan;
  }
  checkAgainst(checkpoint, configuration, { ignored });
  return sam2Plan(configuration, parameters, precision);
}

/**
 * Builds every graph, which reads no numbers and takes milliseconds, to learn which tensors they ask for. A tensor that
 * none asks for means a configuration of another network: one with fewer blocks would run and find nonsense.
 */
function checkAllUsed(
  configuration: NanoConfiguration,
  checkpoint: Checkpoint,
  ignored: readonly string[],
): void {
  const used = new Set([...trackerTensors, ...ignored]);
  const parameters = parametersOf(checkpoint);
  const { graphs } = nanoPlan(configuration, (name) => {
    used.add(name);
    return parameters(name);
  });
  for (const build of Object.values(graphs)) {
    try {
      build();
    } catch (cause) {
      // Layers that do not fit together fail in the builder, which knows nothing of files.
      if (cause instanceof EngineError || !(cause instanceof Error)) throw cause;
      throw mismatch(checkpoint, configuration, [clipped(cause.message.replace(/\.$/, ""))]);
    }
  }
  const unused = [...checkpoint.entries.keys()].filter((name) => !used.has(name));
  if (unused.length > 0) throw mismatch(checkpoint, configuration, unused.map(notPartOfIt));
}

/** Parameters of a checkpoint by name, read each time they are asked for. */
export function parametersOf(checkpoint: Checkpoint): ParameterSource {
  return (name) => {
    const entry = checkpoint.entries.get(name);
    // `read` of an unknown name throws the error that names it.
    if (entry === undefined) return checkpoint.read(name) as never;
    return { shape: entry.shape, read: () => checkpoint.read(name).data };
  };
}
