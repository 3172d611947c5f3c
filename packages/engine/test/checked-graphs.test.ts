// Weights that are damaged are told apart from pictures without an object.
import assert from "node:assert/strict";
import { test } from "node:test";
import { checkedGraphs } from "../src/checked-graphs.ts";
import type { Graphs } from "../src/network.ts";

function graphsWithQuality(...values: number[]): Graphs {
  return {
    run: async () => ({ quality: { shape: [1, values.length], data: Float32Array.from(values) } }),
    close: async () => {},
  };
}

test("a decoder whose estimates are no numbers is refused by the model's name", async () => {
  for (const value of [Number.NaN, Number.POSITIVE_INFINITY]) {
    const graphs = checkedGraphs(graphsWithQuality(0.1, value, 0.3, 0.4), "tiny");
    await assert.rejects(graphs.run("decode", {}), {
      code: "graph-failed",
      message: /The model tiny does not answer with numbers/,
    });
  }
});

test("numbers pass, and other graphs are not looked at", async () => {
  const numbers = await checkedGraphs(graphsWithQuality(0, 1), "tiny").run("decode", {});
  assert.deepEqual([...numbers.quality!.data], [0, 1]);
  await checkedGraphs(graphsWithQuality(Number.NaN), "tiny").run("attend", {});
});
