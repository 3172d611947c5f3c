// The one place where a configuration's family chooses how its graphs are built.
import type { Checkpoint } from "../checkpoint/checkpoint.ts";
import { checkAgainst } from "../checkpoint/inspect.ts";
import type { Configuration } from "../configuration/configuration.ts";
import type { ParameterSource } from "../graph/graph.ts";
import type { NetworkPlan } from "../graph/plan.ts";
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
  if (configuration.family === "nano") return nanoPlan(configuration, parameters, precision);
  checkAgainst(checkpoint, configuration, { ignored });
  return sam2Plan(configuration, parameters, precision);
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
