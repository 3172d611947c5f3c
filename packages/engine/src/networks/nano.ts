// All graphs of the embedded network at one resolution, by the names under which the runtime keeps them.
import type { NanoConfiguration } from "../configuration/nano.ts";
import type { ParameterSource } from "../graph/graph.ts";
import type { NetworkPlan } from "../graph/plan.ts";
import type { Precision } from "./construction.ts";
import { readNanoArchitecture } from "./nano-architecture.ts";
import { nanoDecodeGraph } from "./nano-decode.ts";
import { nanoEncodeGraph } from "./nano-encode.ts";
import { nanoAttendGraph, nanoAttendNothingGraph, nanoRememberGraph } from "./nano-memory.ts";

/**
 * The plan of an embedded network at `configuration.imageSize`. The fast precision reaches the encoder alone.
 * Throws EngineError configuration-invalid.
 */
export function nanoPlan(
  configuration: NanoConfiguration,
  parameters: ParameterSource,
  precision: Precision = "exact",
): NetworkPlan {
  const architecture = readNanoArchitecture(configuration);
  return {
    graphs: {
      encode: () => nanoEncodeGraph(architecture, parameters, precision),
      decode: () => nanoDecodeGraph(architecture, parameters, { withMask: false }),
      "decode-mask": () => nanoDecodeGraph(architecture, parameters, { withMask: true }),
      attend: () => nanoAttendGraph(architecture, parameters),
      "attend-nothing": () => nanoAttendNothingGraph(architecture),
      remember: () => nanoRememberGraph(architecture, parameters),
    },
    graphFor: (door, inputs) => {
      if (door === "decode") return inputs.mask ? "decode-mask" : "decode";
      if (door === "attend") return inputs.memory ? "attend" : "attend-nothing";
      return door;
    },
  };
}
