// A checkpoint: named tensors in a file, read one at a time.
import { clipped, EngineError } from "../errors.ts";
import type { Tensor } from "../network.ts";
import type { ElementType } from "./elements.ts";

/** What a checkpoint says of a tensor before its numbers are read. */
export interface TensorEntry {
  readonly shape: readonly number[];
  readonly type: ElementType;
}

export interface Checkpoint {
  readonly name: string;
  readonly format: "torch" | "safetensors";
  readonly entries: ReadonlyMap<string, TensorEntry>;
  /** The tensor as float32. Throws checkpoint-mismatch if there is no tensor of that name. */
  read(tensor: string): Tensor;
  close(): void;
}

const AXES_MAX = 8;
const AXES_SHOWN = 64;

/** Elements of one tensor: a gigabyte of float32, ten times the largest of the family. */
export const TENSOR_ELEMENTS_MAX = 1 << 28;
/** Tensors of one checkpoint: the largest of the family has 903. */
export const TENSORS_MAX = 1 << 16;

/** A refusal of a file: names it and says why. */
export function unreadable(file: string, cause: string, options?: ErrorOptions): EngineError {
  return new EngineError("checkpoint-unreadable", `Checkpoint ${file}: ${cause}.`, options);
}

/** Product of a shape's sides. */
export function elementsOf(shape: readonly number[]): number {
  return shape.reduce((product, side) => product * side, 1);
}

/** Throws checkpoint-unreadable unless the shape is whole numbers with a product this engine accepts. */
export function checkShape(
  file: string,
  tensor: string,
  shape: readonly unknown[],
): asserts shape is readonly number[] {
  if (shape.length > AXES_MAX || !shape.every(isSide)) {
    throw unreadable(
      file,
      `tensor ${clipped(tensor)} has no sensible shape (${clipped(shape.slice(0, AXES_SHOWN).map(shownSide).join(", "))})`,
    );
  }
  if (elementsOf(shape) > TENSOR_ELEMENTS_MAX) {
    throw unreadable(file, `tensor ${clipped(tensor)} has more than ${TENSOR_ELEMENTS_MAX} values`);
  }
}

function isSide(side: unknown): side is number {
  return Number.isSafeInteger(side) && (side as number) >= 0;
}

/** A crafted header holds anything here: lists within lists, objects that cannot become text. */
function shownSide(side: unknown): string {
  return typeof side === "number" ? String(side) : `a ${typeof side}`;
}

/** The entry of that name. Throws checkpoint-mismatch when there is none. */
export function entryOf<T extends TensorEntry>(
  file: string,
  entries: ReadonlyMap<string, T>,
  tensor: string,
): T {
  const entry = entries.get(tensor);
  if (entry === undefined) {
    throw new EngineError(
      "checkpoint-mismatch",
      `Checkpoint ${file} has no tensor ${clipped(tensor)}.`,
    );
  }
  return entry;
}
