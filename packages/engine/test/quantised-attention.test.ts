// Attention with eight-bit scores against the exact operator, on a hard case for eight bits.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { GraphBuilder } from "../src/graph/builder.ts";
import type { Graph } from "../src/graph/graph.ts";
import type { Tensor } from "../src/network.ts";
import { quantisedAttention } from "../src/networks/quantised-attention.ts";
import { openGraphs } from "../src/node/graphs.ts";

const folder = mkdtempSync(join(tmpdir(), "masklet-attention-"));
after(() => rmSync(folder, { recursive: true, force: true }));

interface Case {
  readonly batch: number;
  readonly length: number;
  readonly count: number;
  readonly heads: number;
  readonly width: number;
  /** Number of keys that the length of a block is chosen for. */
  readonly keys: number;
}

/** The exact and the quantised answer to one question as two outputs. */
function bothGraph({ length, heads, width, keys }: Case): Graph {
  const builder = new GraphBuilder("both");
  const query = builder.input("query", ["B", length, heads * width]);
  const key = builder.input("key", ["B", "K", heads * width]);
  const value = builder.input("value", ["B", "K", heads * width]);
  const options = { heads, scale: 1 / Math.sqrt(width) };
  builder.output("exact", builder.attention(query, key, value, options));
  builder.output("fast", quantisedAttention(builder, query, key, value, { ...options, keys }));
  return builder.finish();
}

function noise(shape: readonly number[], shift: (channel: number) => number): Tensor {
  let state = shape.reduce((a, b) => a * 31 + b, 7);
  const data = new Float32Array(shape.reduce((a, b) => a * b, 1));
  for (let i = 0; i < data.length; i++) {
    let sum = 0;
    for (let k = 0; k < 3; k++) {
      state = (Math.imul(state, 1664525) + 1013904223) | 0;
      sum += state / 2 ** 31;
    }
    data[i] = sum + shift(i % shape.at(-1)!);
  }
  return { shape, data };
}

async function relativeError(given: Case, keyShift: (channel: number) => number): Promise<number> {
  const plan = { graphs: { both: () => bothGraph(given) }, graphFor: () => "both" };
  const graphs = openGraphs({ plan, cache: { folder, fingerprint: "none" } });
  try {
    const { batch, length, count, heads, width } = given;
    const { exact, fast } = await graphs.run("attend", {
      query: noise([batch, length, heads * width], () => 0),
      key: noise([batch, count, heads * width], keyShift),
      value: noise([batch, count, heads * width], () => 0),
    });
    assert.deepEqual(fast!.shape, exact!.shape);
    const square = (numbers: Float32Array) => numbers.reduce((sum, x) => sum + x * x, 0);
    const difference = exact!.data.map((x, at) => x - fast!.data[at]!);
    return Math.sqrt(square(difference) / square(exact!.data));
  } finally {
    await graphs.close();
  }
}

const plain: Case = { batch: 1, length: 40, count: 100, heads: 1, width: 32, keys: 100 };

for (const [name, given] of Object.entries<Case>({
  "one head": plain,
  "several heads": { ...plain, heads: 4 },
  "several objects": { ...plain, batch: 3 },
  "blocks of queries, the last one shorter": { ...plain, keys: 2 ** 18 },
  "fewer keys than one sample of their mean": { ...plain, count: 3 },
})) {
  test(`eight-bit scores stay within two per cent: ${name}`, async () => {
    const error = await relativeError(given, () => 0);
    assert.ok(error > 1e-6 && error < 0.02, String(error));
  });
}

test("what all keys share costs no precision, as large as it may be", async () => {
  const error = await relativeError(plain, (channel) => (channel % 8 === 0 ? 60 : 0));
  assert.ok(error < 0.02, String(error));
});

test("keys that are all zero share the attention equally", async () => {
  const { batch, length, heads, width } = plain;
  const plan = { graphs: { both: () => bothGraph(plain) }, graphFor: () => "both" };
  const graphs = openGraphs({ plan, cache: { folder, fingerprint: "none" } });
  try {
    const { fast } = await graphs.run("attend", {
      query: noise([batch, length, heads * width], () => 0),
      key: { shape: [1, 2, width], data: new Float32Array(2 * width) },
      value: { shape: [1, 2, width], data: Float32Array.from({ length: 2 * width }, (_, i) => i) },
    });
    for (const [at, x] of fast!.data.entries())
      assert.ok(Math.abs(x - ((at % width) + width / 2)) < 1e-4);
  } finally {
    await graphs.close();
  }
});
