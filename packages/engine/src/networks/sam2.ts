// All graphs of a SAM 2 network at one resolution, by the names under which the runtime keeps them.
import type { Sam2Configuration } from "../configuration/sam2.ts";
import type { Graph, ParameterSource } from "../graph/graph.ts";
import { attendGraph, attendNothingGraph } from "./attend.ts";
import { decodeGraph } from "./decode.ts";
import { encodeGraph } from "./encode.ts";
import { rememberGraph } from "./remember.ts";

/** One graph of a network: a door, or one of its two forms without optional inputs. */
export type PlanName =
  | "encode"
  | "decode"
  | "decode-mask"
  | "attend"
  | "attend-nothing"
  | "remember";

/** What a runtime needs to open a network: how to build each graph. Nothing is read before a graph is asked for. */
export type NetworkPlan = Readonly<Record<PlanName, () => Graph>>;

export function sam2Plan(
  configuration: Sam2Configuration,
  parameters: ParameterSource,
): NetworkPlan {
  return {
    encode: () => encodeGraph(configuration, parameters),
    decode: () => decodeGraph(configuration, parameters, { withMask: false }),
    "decode-mask": () => decodeGraph(configuration, parameters, { withMask: true }),
    attend: () => attendGraph(configuration, parameters),
    "attend-nothing": () => attendNothingGraph(configuration, parameters),
    remember: () => rememberGraph(configuration, parameters),
  };
}
