// A network as plain data: operators, shapes, and weights by name; what the builder makes and the emitter writes.
import type { Shape } from "./dimensions.ts";

export type ElementType = "float32" | "int64" | "int32" | "uint8" | "int8" | "bool";

/** The codes of ONNX's `TensorProto.DataType`. */
export const ELEMENT_CODES: Readonly<Record<ElementType, number>> = {
  float32: 1,
  uint8: 2,
  int8: 3,
  int32: 6,
  int64: 7,
  bool: 9,
};

/** One tensor that flows through a graph. Names are unique in the graph. */
export interface Value {
  readonly name: string;
  readonly shape: Shape;
  readonly type: ElementType;
}

export type AttributeValue = number | string | readonly number[] | { readonly float: number };

/** One operator of ONNX (domain "") or of the runtime's contributed set (domain "com.microsoft"). */
export interface Operation {
  readonly operator: string;
  readonly domain: string;
  /** Names of values; "" leaves an optional input out. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Readonly<Record<string, AttributeValue>>;
}

export type WeightData = Float32Array | BigInt64Array | Int32Array | Uint8Array | Int8Array;

/**
 * A constant tensor. `read` is called when the weight is written, one weight at a time, and its result dropped:
 * a large checkpoint never lies in memory as a whole. It must give the same numbers each time.
 */
export interface Weight {
  readonly name: string;
  readonly shape: readonly number[];
  readonly type: ElementType;
  readonly read: () => WeightData;
}

export interface Graph {
  readonly name: string;
  readonly inputs: readonly Value[];
  /** The outputs by the name under which the door returns them. */
  readonly outputs: Readonly<Record<string, Value>>;
  /** Intermediate values that can be asked for as further outputs, by label. They cost nothing when nobody asks. */
  readonly marks: Readonly<Record<string, Value>>;
  readonly operations: readonly Operation[];
  readonly weights: ReadonlyMap<string, Weight>;
  readonly values: ReadonlyMap<string, Value>;
}

/** A float32 parameter of a checkpoint: its shape is known at once, its numbers are read when they are needed. */
export interface Parameter {
  readonly shape: readonly number[];
  readonly read: () => Float32Array;
}

/** Where a network's parameters come from: a checkpoint of any kind. Throws where a name is unknown. */
export type ParameterSource = (name: string) => Parameter;
