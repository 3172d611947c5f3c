// What the main thread and the runtime's worker say to each other.
import type { Tensor, Tensors } from "../network.ts";

/** A tensor, one that the worker keeps under a number for later runs, or the number of one that it keeps. */
export type SentTensor =
  | Tensor
  | (Tensor & { readonly keepAs: number })
  | { readonly kept: number };

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
      readonly inputs: Readonly<Record<string, SentTensor>>;
      /** Numbers of kept tensors that no later run asks for. */
      readonly forget: readonly number[];
      /** Outputs to copy back; all where it is absent. */
      readonly wanted: readonly string[] | undefined;
    };

export type GraphsReply =
  | { readonly id: number; readonly outputs: Tensors }
  | { readonly id: number; readonly failure: string };
