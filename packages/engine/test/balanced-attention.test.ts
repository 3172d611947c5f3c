// Attention in equal shares gives what the fused operator gives, and no more than that operator where there is nothing to win.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { GraphBuilder } from "../src/graph/builder.ts";
import type { Graph } from "../src/graph/graph.ts";
import type { Tensor } from "../src/network.ts";
import { balancedAttention } from "../src/networks/balanced-attention.ts";
import { openGraphs } from "../src/node/graphs.ts";

const folder = mkdtempSync(join(tmpdir(), "masklet-attention-"));
after(() => rmSync(folder, { recursive: true, force: true }));

/** The answers of the fused operator and of equal shares as two outputs. */
function bothGraph(length: number): Graph {
  const builder = new GraphBuilder("both");
  const query = builder.input("query", ["B", length, 32]);
  const key = builder.input("key", ["B", "K", 32]);
  const value = builder.input("value", ["B", "K", 8]);
  builder.output("fused", builder.attention(query, key, value, { heads: 1, scale: 0.2 }));
  builder.output("shares", balancedAttention(builder, query, key, value, { scale: 0.2 }));
  return builder.finish();
}

function wave(shape: readonly number[], pace: number): Tensor {
  const data = new Float32Array(shape.reduce((a, b) => a * b, 1));
  for (let i = 0; i < data.length; i++) data[i] = Math.sin((i + 1) * pace) * 2;
  return { shape, data };
}

const operatorsOf = (graph: Graph) => graph.operations.map(({ operator }) => operator);

test("equal shares for several objects are the fused operator's answer", async () => {
  assert.ok(operatorsOf(bothGraph(1024)).includes("Softmax"));
  const plan = { graphs: { both: () => bothGraph(1024) }, graphFor: () => "both" };
  const graphs = openGraphs({ plan, cache: { folder, fingerprint: "none" } });
  try {
    const { fused, shares } = await graphs.run("attend", {
      query: wave([2, 1024, 32], 0.37),
      key: wave([2, 90, 32], 1.1),
      value: wave([2, 90, 8], 0.9),
    });
    assert.deepEqual(shares!.shape, [2, 1024, 8]);
    for (const [at, x] of fused!.data.entries())
      assert.ok(Math.abs(x - shares!.data[at]!) < 1e-5, `${at}: ${x} and ${shares!.data[at]}`);
  } finally {
    await graphs.close();
  }
});

test("few queries stay with the fused operator", () => {
  assert.ok(!operatorsOf(bothGraph(256)).includes("Softmax"));
});
