// Graphs as data: dimensions, shape checks, emission, and every released configuration.
import assert from "node:assert/strict";
import { test } from "node:test";
import { fromBinary } from "@bufbuild/protobuf";
import fc from "fast-check";
import { releasedModels } from "../src/configuration/released.ts";
import { GraphBuilder } from "../src/graph/builder.ts";
import { broadcast, plus, times } from "../src/graph/dimensions.ts";
import { emitOnnx } from "../src/graph/onnx.ts";
import { ModelProtoSchema } from "../src/graph/onnx_pb.js";
import { sam2Plan } from "../src/networks/sam2.ts";
import { randomParameters } from "./random-network.ts";

const small = fc.integer({ min: 0, max: 50 });

test("dimensions add and multiply as the polynomials they spell", () => {
  fc.assert(
    fc.property(small, small, small, small, small, (a, b, c, q, m) => {
      const value = (dimension: number | string) =>
        typeof dimension === "number"
          ? dimension
          : dimension
              .split("+")
              .map((term) =>
                term
                  .split("*")
                  .reduce((p, f) => p * (f === "Q" ? q : f === "M" ? m : Number(f)), 1),
              )
              .reduce((x, y) => x + y, 0);
      const left = plus(times(a, "Q"), b);
      const right = plus(times(c, "M"), 1);
      assert.equal(value(plus(left, right)), value(left) + value(right));
      assert.equal(value(times(left, right)), value(left) * value(right));
      assert.equal(plus(left, right), plus(right, left));
      assert.equal(times(left, right), times(right, left));
    }),
  );
});

test("only ones, equals and declared ones broadcast", () => {
  assert.equal(broadcast("B", 1), "B");
  assert.equal(broadcast("B|1", "B"), "B");
  assert.equal(broadcast("B", 3), undefined);
  assert.equal(broadcast(2, 3), undefined);
});

test("a product of sides that do not fit is refused with both shapes", () => {
  const builder = new GraphBuilder("test");
  const x = builder.input("x", ["B", 4, 8]);
  const y = builder.input("y", [9, 3]);
  assert.throws(() => builder.matmul(x, y), /MatMul.*\[1, 9, 3\]|MatMul.*\[B, 4, 8\] and \[9, 3\]/);
});

test("operators and weights that no output needs are left out, and marks bring theirs back", () => {
  const builder = new GraphBuilder("test");
  const x = builder.input("x", [2, 512]);
  const unused = builder.weight("unused", [512], () => new Float32Array(512));
  builder.mark("shifted", builder.plus(x, unused));
  builder.output("y", builder.relu(x));
  const graph = builder.finish();
  const plain = emitOnnx(graph, { weightsFile: "w" });
  const marked = emitOnnx(graph, { weightsFile: "w", marks: ["shifted"] });
  const nodes = (model: Uint8Array) =>
    fromBinary(ModelProtoSchema, model).graph!.node.map((node) => node.opType);
  assert.deepEqual(nodes(plain.model), ["Relu", "Identity"]);
  assert.equal(plain.weightBytes, 0);
  assert.deepEqual(nodes(marked.model), ["Add", "Relu", "Identity", "Identity"]);
  assert.equal(marked.weightBytes, 2048);
});

test("weights are read one at a time, while their file is written", () => {
  const builder = new GraphBuilder("test");
  let reads = 0;
  const read = () => {
    reads++;
    return new Float32Array(4096).fill(reads);
  };
  const x = builder.input("x", [4096]);
  const sum = builder.plus(
    builder.plus(x, builder.weight("a", [4096], read)),
    builder.weight("b", [4096], read),
  );
  builder.output("y", sum);
  const { weights } = emitOnnx(builder.finish(), { weightsFile: "w" });
  assert.equal(reads, 0);
  const pieces = weights[Symbol.iterator]();
  pieces.next();
  assert.equal(reads, 1);
  pieces.next();
  assert.equal(reads, 2);
});

test("a weight whose numbers do not fill its shape is refused by name", () => {
  const builder = new GraphBuilder("test");
  const weight = builder.weight("short", [1000], () => new Float32Array(999));
  builder.output("y", builder.relu(weight));
  assert.throws(
    () => [...emitOnnx(builder.finish(), { weightsFile: "w" }).weights],
    /short has 3996 bytes/,
  );
});

for (const { configuration } of releasedModels) {
  test(`every graph of ${configuration.name} has fitting shapes at 1024 and 512`, () => {
    for (const imageSize of [1024, 512]) {
      const sized = { ...configuration, imageSize };
      const { graphs } = sam2Plan(sized, randomParameters(sized));
      const encode = graphs.encode!();
      assert.deepEqual(encode.outputs.fine!.shape, [1, (imageSize / 4) ** 2, 32]);
      assert.deepEqual(encode.outputs.middle!.shape, [1, (imageSize / 8) ** 2, 64]);
      assert.deepEqual(encode.outputs.coarse!.shape, [1, 256, imageSize / 16, imageSize / 16]);
      assert.deepEqual(graphs.attend!().outputs.coarse!.shape, [
        "B",
        256,
        imageSize / 16,
        imageSize / 16,
      ]);
      assert.deepEqual(graphs["decode-mask"]!().outputs.masks!.shape, [
        "B",
        4,
        imageSize / 4,
        imageSize / 4,
      ]);
      assert.deepEqual(graphs.remember!().outputs.memory!.shape, ["B", (imageSize / 16) ** 2, 64]);
    }
  });
}
