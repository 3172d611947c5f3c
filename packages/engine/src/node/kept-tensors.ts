// Which tensors the runtime's worker holds already, so that features of a picture travel once and not with every click.
import type { Tensor, Tensors } from "../network.ts";
import type { SentTensor } from "./graphs-messages.ts";

/** Features of two pictures, three levels each: 32 MB for the released networks at 1024. */
const KEPT_MAX = 6;

/** Inputs as they travel, and the numbers of what the worker may let go of. */
export interface Parcel {
  readonly inputs: Readonly<Record<string, SentTensor>>;
  readonly forget: readonly number[];
}

/** The main thread's book of what the worker keeps. It holds no tensor itself. */
export class KeptTensors {
  readonly #features = new WeakSet<Float32Array>();
  readonly #numbers = new WeakMap<Float32Array, number>();
  /** Numbers of kept tensors, the one longest unused first. */
  #held: readonly number[] = [];
  #last = 0;

  /** Marks tensors as features: they are kept once they are sent, and must not be changed from here on. */
  note(tensors: Tensors): void {
    for (const { data } of Object.values(tensors)) this.#features.add(data);
  }

  /** The inputs with numbers in place of what the worker holds. */
  pack(inputs: Tensors): Parcel {
    const sent = Object.fromEntries(
      Object.entries(inputs).map(([name, tensor]) => [name, this.#sent(tensor)]),
    );
    const surplus = Math.max(0, this.#held.length - KEPT_MAX);
    const forget = this.#held.slice(0, surplus);
    this.#held = this.#held.slice(surplus);
    return { inputs: sent, forget };
  }

  #sent(tensor: Tensor): SentTensor {
    const { data } = tensor;
    if (!this.#features.has(data)) return tensor;
    const known = this.#numbers.get(data);
    const isHeld = known !== undefined && this.#held.includes(known);
    const number = isHeld ? known : ++this.#last;
    this.#numbers.set(data, number);
    this.#held = [...this.#held.filter((held) => held !== number), number];
    return isHeld ? { kept: number } : { ...tensor, keepAs: number };
  }
}
