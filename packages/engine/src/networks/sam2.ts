// All graphs of a SAM 2 network at one resolution, by the names under which the runtime keeps them.
import type { Sam2Configuration } from "../configuration/sam2.ts";
import type { ParameterSource } from "../graph/graph.ts";
import type { NetworkPlan } from "../graph/plan.ts";
import { attendGraph, attendNothingGraph } from "./attend.ts";
import { decodeGraph } from "./decode.ts";
import { encodeGraph } from "./encode.ts";
import { rememberGraph } from "./remember.ts";

/** The plan of a SAM 2 network at `configuration.imageSize`. */
export function sam2Plan(
  configuration: Sam2Configuration,
  parameters: ParameterSource,
): NetworkPlan {
  return {
    graphs: {
      encode: () => encodeGraph(configuration, parameters),
      decode: () => decodeGraph(configuration, parameters, { withMask: false }),
      "decode-mask": () => decodeGraph(configuration, parameters, { withMask: true }),
      attend: () => attendGraph(configuration, parameters),
      "attend-nothing": () => attendNothingGraph(configuration, parameters),
      remember: () => rememberGraph(configuration, parameters),
    },
    graphFor: (door, inputs) => {
      if (door === "decode") return inputs.mask ? "decode-mask" : "decode";
      if (door === "attend") return inputs.memory ? "attend" : "attend-nothing";
      return door;
    },
  };
}
