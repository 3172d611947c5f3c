// Writes a graph as an ONNX model whose weights lie in a file beside it, one weight in memory at a time.
//
// `onnx_pb.js` and `onnx_pb.d.ts` were generated once from onnx.proto (package `onnx` 1.19.0 of PyPI) with
// `@bufbuild/buf generate` and `@bufbuild/protoc-gen-es` 2.17.0, options `target=js+dts,import_extension=js`.
import { create, toBinary } from "@bufbuild/protobuf";
import {
  type AttributeValue,
  ELEMENT_CODES,
  type Graph,
  type Operation,
  type Value,
  type Weight,
  type WeightData,
} from "./graph.ts";
import {
  type AttributeProto,
  AttributeProto_AttributeType,
  AttributeProtoSchema,
  GraphProtoSchema,
  ModelProtoSchema,
  NodeProtoSchema,
  TensorProto_DataLocation,
  TensorProtoSchema,
  TypeProtoSchema,
  ValueInfoProtoSchema,
} from "./onnx_pb.js";

/** Weights of at most this many bytes lie in the model itself; the runtime reads shapes and axes from there. */
const INLINE_BYTES = 1024;
/** Large weights start at multiples of this, so that the runtime can map them. */
const ALIGNMENT = 4096;
const IR_VERSION = 10n;
const OPSETS = { "": 20n, "com.microsoft": 1n };

/** Outputs carry a prefix in the model, because an input and an output may have one name in a door. */
export const OUTPUT_PREFIX = "out:";

export interface EmittedModel {
  /** The ONNX model without its large weights. */
  readonly model: Uint8Array;
  /** The bytes of the weights' file, piece by piece; it may be read once. */
  readonly weights: Iterable<Uint8Array>;
  readonly weightBytes: number;
}

/**
 * Emits a graph. `weightsFile` is the name of the weights' file relative to the model; `marks` are the labels of the
 * intermediate values wanted as further outputs. Operators that no output needs are left out.
 */
export function emitOnnx(
  graph: Graph,
  options: { readonly weightsFile: string; readonly marks?: readonly string[] },
): EmittedModel {
  const outputs = wantedOutputs(graph, options.marks ?? []);
  const operations = neededOperations(graph, outputs);
  const used = new Set(operations.flatMap((operation) => operation.inputs));
  const placed = placeWeights(
    [...graph.weights.values()].filter((weight) => used.has(weight.name)),
  );
  const renaming = Object.entries(outputs).map(([name, value]) =>
    create(NodeProtoSchema, {
      opType: "Identity",
      input: [value.name],
      output: [OUTPUT_PREFIX + name],
    }),
  );
  const proto = create(GraphProtoSchema, {
    name: graph.name,
    input: graph.inputs
      .filter((input) => used.has(input.name))
      .map((input) => information(input.name, input)),
    output: Object.entries(outputs).map(([name, value]) =>
      information(OUTPUT_PREFIX + name, value),
    ),
    node: [...operations.map(node), ...renaming],
    initializer: placed.map((weight) => initializer(weight, options.weightsFile)),
  });
  const model = create(ModelProtoSchema, {
    irVersion: IR_VERSION,
    producerName: "masklet",
    opsetImport: Object.entries(OPSETS).map(([domain, version]) => ({ domain, version })),
    graph: proto,
  });
  const external = placed.filter((weight) => weight.offset !== undefined);
  const last = external.at(-1);
  return {
    model: toBinary(ModelProtoSchema, model),
    weights: weightBytes(external),
    weightBytes: last ? last.offset! + last.bytes : 0,
  };
}

function wantedOutputs(graph: Graph, marks: readonly string[]): Record<string, Value> {
  const outputs = { ...graph.outputs };
  for (const label of marks) {
    const value = graph.marks[label];
    if (value) outputs[label] = value;
  }
  return outputs;
}

function neededOperations(graph: Graph, outputs: Readonly<Record<string, Value>>): Operation[] {
  const needed = new Set(Object.values(outputs).map((value) => value.name));
  const kept: Operation[] = [];
  for (const operation of [...graph.operations].reverse()) {
    if (!operation.outputs.some((name) => needed.has(name))) continue;
    for (const name of operation.inputs) needed.add(name);
    kept.push(operation);
  }
  return kept.reverse();
}

interface PlacedWeight extends Weight {
  readonly bytes: number;
  /** Place in the weights' file; absent where the weight lies in the model. */
  readonly offset: number | undefined;
}

const ELEMENT_BYTES = { float32: 4, int64: 8, int32: 4, uint8: 1, int8: 1, bool: 1 };

function placeWeights(weights: readonly Weight[]): PlacedWeight[] {
  let end = 0;
  return weights.map((weight) => {
    const bytes = weight.shape.reduce((a, b) => a * b, 1) * ELEMENT_BYTES[weight.type];
    if (bytes <= INLINE_BYTES) return { ...weight, bytes, offset: undefined };
    const offset = Math.ceil(end / ALIGNMENT) * ALIGNMENT;
    end = offset + bytes;
    return { ...weight, bytes, offset };
  });
}

function* weightBytes(weights: readonly PlacedWeight[]): Generator<Uint8Array> {
  let position = 0;
  for (const weight of weights) {
    if (weight.offset! > position) yield new Uint8Array(weight.offset! - position);
    yield bytesOf(weight);
    position = weight.offset! + weight.bytes;
  }
}

function bytesOf(weight: PlacedWeight): Uint8Array {
  const data: WeightData = weight.read();
  if (data.byteLength !== weight.bytes) {
    throw new Error(
      `${weight.name} has ${data.byteLength} bytes where [${weight.shape.join(", ")}] needs ${weight.bytes}`,
    );
  }
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

function initializer(weight: PlacedWeight, weightsFile: string) {
  const header = {
    name: weight.name,
    dims: weight.shape.map(BigInt),
    dataType: ELEMENT_CODES[weight.type],
  };
  if (weight.offset === undefined)
    return create(TensorProtoSchema, { ...header, rawData: bytesOf(weight) });
  return create(TensorProtoSchema, {
    ...header,
    dataLocation: TensorProto_DataLocation.EXTERNAL,
    externalData: [
      { key: "location", value: weightsFile },
      { key: "offset", value: String(weight.offset) },
      { key: "length", value: String(weight.bytes) },
    ],
  });
}

function information(name: string, value: Value) {
  const dim = value.shape.map((side) =>
    typeof side === "number"
      ? { value: { case: "dimValue" as const, value: BigInt(side) } }
      : { value: { case: "dimParam" as const, value: side } },
  );
  const tensorType = { elemType: ELEMENT_CODES[value.type], shape: { dim } };
  const type = create(TypeProtoSchema, { value: { case: "tensorType", value: tensorType } });
  return create(ValueInfoProtoSchema, { name, type });
}

function node(operation: Operation) {
  return create(NodeProtoSchema, {
    name: operation.outputs[0]!,
    opType: operation.operator,
    domain: operation.domain,
    input: [...operation.inputs],
    output: [...operation.outputs],
    attribute: Object.entries(operation.attributes).map(([name, value]) => attribute(name, value)),
  });
}

function attribute(name: string, value: AttributeValue): AttributeProto {
  const type = AttributeProto_AttributeType;
  if (typeof value === "number")
    return create(AttributeProtoSchema, { name, type: type.INT, i: BigInt(value) });
  if (typeof value === "string") {
    return create(AttributeProtoSchema, {
      name,
      type: type.STRING,
      s: new TextEncoder().encode(value),
    });
  }
  if ("float" in value)
    return create(AttributeProtoSchema, { name, type: type.FLOAT, f: value.float });
  return create(AttributeProtoSchema, { name, type: type.INTS, ints: value.map(BigInt) });
}
