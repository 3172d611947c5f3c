// How a network's graphs stand behind its doors.
import type { GraphName, Tensors } from "../network.ts";
import type { Graph } from "./graph.ts";

/** What a runtime needs to open a network. Nothing is built or read before a graph is asked for. */
export interface NetworkPlan {
  /** How to build each graph, by name. */
  readonly graphs: Readonly<Record<string, () => Graph>>;
  /** The graph that answers a door for these inputs: a door may have a cheaper form without its optional inputs. */
  readonly graphFor: (door: GraphName, inputs: Tensors) => string;
}
