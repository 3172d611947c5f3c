// A graph under construction, with where its parameters come from and how exactly it computes.
import type { GraphBuilder } from "../graph/builder.ts";
import type { ParameterSource } from "../graph/graph.ts";

/** A graph under construction together with the checkpoint its parameters come from. */
export interface Construction {
  readonly builder: GraphBuilder;
  readonly parameters: ParameterSource;
  /** How linear layers are computed; exactly where it is absent. */
  readonly precision?: Precision;
}

/** `exact` is the reference's float32; `fast` multiplies eight-bit integers where the network bears it. */
export type Precision = "exact" | "fast";
