// All graphs of a SAM 2 network at one resolution, by the names under which the runtime keeps them.
import type { Sam2Configuration } from "../configuration/sam2.ts";
import type { ParameterSource } from "../graph/graph.ts";
import type { NetworkPlan } from "../graph/plan.ts";
import { attendGraph, attendNothingGraph } from "./attend.ts";
import type { Precision } from "./construction.ts";
import { decodeGraph } from "./decode.ts";
import { encodeGraph } from "./encode.ts";
import { rememberGraph } from "./remember.ts";

/**
 * The plan of a SAM 2 network at `configuration.imageSize`. The fast precision reaches the trunk and the memory attention
 * only: errors in the path from mask to memory would add up from frame to frame.
 */
export function sam2Plan(
  configuration: Sam2Configuration,
  parameters: ParameterSource,
  precision: Precision = "exact",
): NetworkPlan {
  return {
    graphs: {
      encode: () => encodeGraph(configuration, parameters, precision),
      decode: () => decodeGraph(configuration, parameters, { withMask: false }),
      "decode-mask": () => decodeGraph(configuration, parameters, { withMask: true }),
      attend: () => attendGraph(configuration, parameters, precision),
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
