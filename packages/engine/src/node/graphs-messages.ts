// What the main thread and the runtime's worker say to each other.
import type { Tensors } from "../network.ts";

export type GraphsRequest =
  | {
      readonly id: number;
      readonly kind: "load";
      readonly graph: string;
      readonly model: string;
      readonly threads: number;
    }
  | {
      readonly id: number;
      readonly kind: "run";
      readonly graph: string;
      readonly inputs: Tensors;
      /** Outputs to copy back; all where it is absent. */
      readonly wanted: readonly string[] | undefined;
    };

export type GraphsReply =
  | { readonly id: number; readonly outputs: Tensors }
  | { readonly id: number; readonly failure: string };
