// A graph under construction: its inputs, outputs, weights and operations, each value with its shape.
import { type Shape, sameShape } from "./dimensions.ts";
import type {
  AttributeValue,
  ElementType,
  Graph,
  Operation,
  Parameter,
  Value,
  Weight,
  WeightData,
} from "./graph.ts";

/** A shape that does not fit: a bug in a network's description or a checkpoint that is not of this configuration. */
export function mismatch(operator: string, what: string, ...shapes: Shape[]): Error {
  const shown = shapes.map((shape) => `[${shape.join(", ")}]`).join(" and ");
  return new Error(`${operator}: ${what} (${shown})`);
}

/** What a graph is made of, without any operator of its own: see `GraphBuilder`. */
export class GraphAssembly {
  readonly name: string;
  private readonly inputs: Value[] = [];
  private readonly outputs: Record<string, Value> = {};
  private readonly marks: Record<string, Value> = {};
  private readonly operations: Operation[] = [];
  private readonly weights = new Map<string, Weight>();
  private readonly values = new Map<string, Value>();

  constructor(name: string) {
    this.name = name;
  }

  input(name: string, shape: Shape, type: ElementType = "float32"): Value {
    const value = this.value(name, shape, type);
    this.inputs.push(value);
    return value;
  }

  output(name: string, value: Value): void {
    this.outputs[name] = value;
  }

  /** Gives an intermediate value a label under which it can be asked for. */
  mark(label: string, value: Value): Value {
    this.marks[label] = value;
    return value;
  }

  finish(): Graph {
    const { name, inputs, outputs, marks, operations, weights, values } = this;
    return { name, inputs, outputs, marks, operations, weights, values };
  }

  /** A constant tensor whose numbers are made when it is written. The same name gives the same tensor. */
  weight(
    name: string,
    shape: readonly number[],
    read: () => WeightData,
    type: ElementType = "float32",
  ): Value {
    const known = this.weights.get(name);
    if (known) {
      if (!sameShape(known.shape, shape))
        throw mismatch(name, "two shapes for one weight", known.shape, shape);
      return this.values.get(name)!;
    }
    this.weights.set(name, { name, shape, type, read });
    return this.value(name, shape, type);
  }

  /** The constant behind a value that `weight` or `parameter` gave, to derive others from it. */
  weightOf(value: Value): Weight {
    const weight = this.weights.get(value.name);
    if (!weight) throw new Error(`${value.name} is not a constant`);
    return weight;
  }

  /** A parameter of the checkpoint, under its own name. */
  parameter(name: string, parameter: Parameter): Value {
    return this.weight(name, parameter.shape, parameter.read);
  }

  /** A small constant of float32 numbers. */
  constant(numbers: readonly number[], shape: readonly number[] = [numbers.length]): Value {
    const name = `constant[${shape.join(",")}]:${numbers.join(",")}`;
    return this.weight(name, shape, () => Float32Array.from(numbers));
  }

  /** A small constant of int64 numbers: shapes, axes, indices. */
  integers(numbers: readonly number[]): Value {
    const name = `integers:${numbers.join(",")}`;
    return this.weight(name, [numbers.length], () => BigInt64Array.from(numbers, BigInt), "int64");
  }

  /** An operator that has no method of its own; the caller states the shape of its result. */
  operation(
    operator: string,
    inputs: readonly (Value | undefined)[],
    shape: Shape,
    attributes: Readonly<Record<string, AttributeValue>> = {},
    domain = "",
    type: ElementType = "float32",
  ): Value {
    return this.operationOf(operator, inputs, [{ shape, type }], attributes, domain)[0]!;
  }

  /** The same for an operator of several results. */
  operationOf(
    operator: string,
    inputs: readonly (Value | undefined)[],
    results: readonly { readonly shape: Shape; readonly type: ElementType }[],
    attributes: Readonly<Record<string, AttributeValue>> = {},
    domain = "",
  ): Value[] {
    const number = this.operations.length;
    const values = results.map(({ shape, type }, at) =>
      this.value(`${operator}_${number}${at === 0 ? "" : `.${at}`}`, shape, type),
    );
    const names = inputs.map((input) => input?.name ?? "");
    const outputs = values.map(({ name }) => name);
    this.operations.push({ operator, domain, inputs: names, outputs, attributes });
    return values;
  }

  /** An operator whose inputs are all there and whose result is float32. */
  protected simple(
    operator: string,
    inputs: readonly Value[],
    shape: Shape,
    attributes: Readonly<Record<string, AttributeValue>> = {},
    domain = "",
  ): Value {
    return this.operation(operator, inputs, shape, attributes, domain);
  }

  protected retyped(value: Value, type: ElementType): Value {
    const retyped = { ...value, type };
    this.values.set(value.name, retyped);
    return retyped;
  }

  private value(name: string, shape: Shape, type: ElementType): Value {
    if (this.values.has(name)) throw new Error(`${this.name}: two values are called ${name}`);
    const value = { name, shape, type };
    this.values.set(name, value);
    return value;
  }
}
