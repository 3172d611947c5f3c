// Every released configuration at 1024 and 512: builds, loads and runs all doors once, in a process of its own.
//
//   node bench/engine_shapes.ts [--sizes 1024,512] [--models sam2.1_hiera_tiny,…] [--precision exact|fast]
//
// Weights are random and made on the way, in the names and shapes of the official checkpoints. Prints the seconds of each
// door and the peak memory; exits with 1 if a number is not finite or a door fails.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { releasedModels } from "../packages/engine/src/configuration/released.ts";
import type { Sam2Configuration } from "../packages/engine/src/configuration/sam2.ts";
import type { Tensor, Tensors } from "../packages/engine/src/network.ts";
import type { Precision } from "../packages/engine/src/networks/construction.ts";
import { sam2Plan } from "../packages/engine/src/networks/sam2.ts";
import { openGraphs } from "../packages/engine/src/node/graphs.ts";
import { randomParameters } from "../packages/engine/test/random-network.ts";

const { values: options } = parseArgs({
  options: {
    sizes: { type: "string", default: "1024,512" },
    models: { type: "string", default: releasedModels.map(({ name }) => name).join(",") },
    precision: { type: "string", default: "exact" },
    one: { type: "boolean", default: false },
  },
});

const MEMORIES = 7;
const POINTERS = 16;

if (options.one)
  await runOne(options.models, Number(options.sizes), options.precision as Precision);
else runAll();

function runAll(): void {
  for (const model of options.models.split(",")) {
    for (const size of options.sizes.split(",")) {
      const args = ["--one", "--models", model, "--sizes", size, "--precision", options.precision];
      const { status } = spawnSync(process.execPath, [import.meta.filename, ...args], {
        stdio: "inherit",
      });
      if (status !== 0) process.exitCode = 1;
    }
  }
}

function random(...shape: number[]): Tensor {
  const data = new Float32Array(shape.reduce((a, b) => a * b, 1));
  for (let i = 0; i < data.length; i++) data[i] = Math.random() * 2 - 1;
  return { shape, data };
}

async function runOne(name: string, imageSize: number, precision: Precision): Promise<void> {
  const { configuration: released } = releasedModels.find((model) => model.name === name)!;
  const configuration: Sam2Configuration = { ...released, imageSize };
  const folder = mkdtempSync(join(tmpdir(), "masklet-shapes-"));
  const plan = sam2Plan(configuration, randomParameters(configuration), precision);
  const graphs = openGraphs({ plan, cache: { folder, fingerprint: name } });
  const seconds: string[] = [];
  const run = async (
    door: "encode" | "attend" | "decode" | "remember",
    inputs: Tensors,
  ): Promise<Tensors> => {
    const start = performance.now();
    const outputs = await graphs.run(door, inputs);
    seconds.push(`${door} ${((performance.now() - start) / 1000).toFixed(1)} s`);
    for (const [output, { data }] of Object.entries(outputs)) {
      if (!data.every(Number.isFinite))
        throw new Error(`${name} at ${imageSize}: ${output} of ${door} is not finite`);
    }
    return outputs;
  };
  try {
    const features = await run("encode", { picture: random(1, 3, imageSize, imageSize) });
    const conditioned = await run("attend", {
      ...features,
      memory: random(1, MEMORIES, (imageSize / 16) ** 2, 64),
      memory_row: {
        shape: [1, MEMORIES],
        data: Float32Array.from({ length: MEMORIES }, (_, at) => (at + 6) % 7),
      },
      pointers: random(1, POINTERS, 256),
      pointer_distance: random(1, POINTERS),
    });
    const labels = { shape: [1, 2], data: Float32Array.of(1, -1) };
    await run("decode", { ...features, ...conditioned, points: random(1, 2, 2), labels });
    const one = { shape: [1], data: Float32Array.of(1) };
    const logits = random(1, 1, imageSize / 4, imageSize / 4);
    await run("remember", { ...features, logits, binarise: one, object_present: one });
    const peak = (process.resourceUsage().maxRSS / 1024).toFixed(0);
    console.log(
      `${name} at ${imageSize}, ${precision}: first runs with building ${seconds.join(", ")}; peak ${peak} MB`,
    );
  } finally {
    await graphs.close();
    rmSync(folder, { recursive: true, force: true });
  }
}
