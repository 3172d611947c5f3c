// Collects foreground stretches in ascending order into canonical runs.
import type { Mask } from "./mask.ts";
import type { Size } from "./space.ts";

// Small: a noisy mask has a hundred thousand components, each with a writer of its own.
const CAPACITY_FIRST = 16;

/**
 * Builds the counts of a Mask from foreground stretches given in column-major order. Stretches may
 * touch (they are joined) or be empty (they are dropped), but must not go back.
 */
export class RunWriter {
  #counts = new Uint32Array(CAPACITY_FIRST);
  #length = 0;
  /** One past the last foreground pixel written. */
  #end = 0;

  /** Adds the pixels start … end − 1, where a pixel counts as x × height + y. */
  add(start: number, end: number): void {
    if (end <= start) return;
    if (start === this.#end && this.#length > 0) {
      this.#counts[this.#length - 1]! += end - start;
    } else {
      if (this.#length + 2 > this.#counts.length) this.#grow();
      this.#counts[this.#length] = start - this.#end;
      this.#counts[this.#length + 1] = end - start;
      this.#length += 2;
    }
    this.#end = end;
  }

  /** Closes the runs at the last pixel of a frame of this size. */
  finish(size: Size): Mask {
    const rest = size.width * size.height - this.#end;
    const counts = new Uint32Array(this.#length + (rest > 0 ? 1 : 0));
    counts.set(this.#counts.subarray(0, this.#length));
    if (rest > 0) counts[this.#length] = rest;
    return { size, counts };
  }

  #grow(): void {
    const grown = new Uint32Array(this.#counts.length * 2);
    grown.set(this.#counts);
    this.#counts = grown;
  }
}
