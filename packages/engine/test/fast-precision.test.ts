// The fast precision: eight-bit products, near the exact answer, and only where errors do not add up over frames.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { releasedModels } from "../src/configuration/released.ts";
import type { Sam2Configuration } from "../src/configuration/sam2.ts";
import type { Tensor } from "../src/network.ts";
import type { Precision } from "../src/networks/construction.ts";
import { sam2Plan } from "../src/networks/sam2.ts";
import { openGraphs } from "../src/node/graphs.ts";
import { randomParameters } from "./random-network.ts";

const S = 128;
const released = releasedModels[0]!.configuration;
const configuration: Sam2Configuration = {
  ...released,
  imageSize: S,
  trunk: { ...released.trunk, width: 16, stages: [1, 1, 2, 1], globalBlocks: [3] },
  width: 64,
  memoryEncoder: { ...released.memoryEncoder, width: 16 },
  memoryAttention: { layers: 2, feedForward: 64, ropeTheta: 10000 },
};
const folder = mkdtempSync(join(tmpdir(), "masklet-fast-"));
after(() => rmSync(folder, { recursive: true, force: true }));

const planOf = (precision: Precision) =>
  sam2Plan(configuration, randomParameters(configuration), precision);

function wave(shape: readonly number[], pace: number): Tensor {
  const data = new Float32Array(shape.reduce((a, b) => a * b, 1));
  for (let i = 0; i < data.length; i++) data[i] = Math.sin((i + 1) * pace) * 2;
  return { shape, data };
}

/** Root of the mean squared difference over the deviation of the exact numbers. */
function relativeError(exact: Tensor, fast: Tensor): number {
  const mean = exact.data.reduce((a, b) => a + b, 0) / exact.data.length;
  let error = 0;
  let spread = 0;
  for (let i = 0; i < exact.data.length; i++) {
    error += (exact.data[i]! - fast.data[i]!) ** 2;
    spread += (exact.data[i]! - mean) ** 2;
  }
  return Math.sqrt(error / spread);
}

test("fast features differ from exact ones by some per cent, and do differ", async () => {
  const [exact, fast] = await Promise.all(
    (["exact", "fast"] as const).map(async (precision) => {
      const graphs = openGraphs({
        plan: planOf(precision),
        cache: { folder, fingerprint: "random" },
      });
      try {
        const features = await graphs.run("encode", { picture: wave([1, 3, S, S], 0.37) });
        const bank = {
          memory: wave([1, 2, (S / 16) ** 2, 16], 1.1),
          memory_row: { shape: [1, 2], data: Float32Array.of(6, 0) },
          pointers: wave([1, 3, 64], 0.9),
          pointer_distance: { shape: [1, 3], data: Float32Array.of(0.1, 0.2, 0.3) },
        };
        const attended = await graphs.run("attend", { ...features, ...bank });
        return new Map([...Object.entries(features), ["attended", attended.coarse!] as const]);
      } finally {
        await graphs.close();
      }
    }),
  );
  for (const name of ["fine", "middle", "coarse", "attended"]) {
    const error = relativeError(exact!.get(name)!, fast!.get(name)!);
    assert.ok(error > 1e-5 && error < 0.05, `${name}: ${error}`);
  }
});

test("the path from mask to memory and the decoder stay exact in the fast precision", () => {
  const { graphs } = planOf("fast");
  const operators = (name: string) =>
    new Set(graphs[name]!().operations.map(({ operator }) => operator));
  for (const exact of ["decode", "decode-mask", "remember", "attend-nothing"]) {
    assert.ok(!operators(exact).has("MatMulIntegerToFloat"), exact);
  }
  for (const fast of ["encode", "attend"])
    assert.ok(operators(fast).has("MatMulIntegerToFloat"), fast);
});
