// Every released configuration at 1024 and 512: opens, builds and runs all doors once, in a process of its own.
//
//   node bench/engine_shapes.ts [--sizes 1024,512] [--models sam2.1_hiera_tiny,…] [--precision exact|fast] [--python PYTHON]
//
// With a PYTHON that can import torch and the official package `sam2` (PYTHONPATH may name a checkout), each network is
// randomly initialised by the official code, written as an official `.pt` (zip and pickle) and opened as a user's file is.
// Without one the weights are made here, in the names and shapes of the official checkpoints. Prints the seconds of each
// door and the peak memory; exits with 1 if a number is not finite or a door fails.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { releasedModels } from "../packages/engine/src/configuration/released.ts";
import type { GraphName, Graphs, Tensor, Tensors } from "../packages/engine/src/network.ts";
import type { Precision } from "../packages/engine/src/networks/construction.ts";
import { sam2Plan } from "../packages/engine/src/networks/sam2.ts";
import { openGraphs } from "../packages/engine/src/node/graphs.ts";
import { loadModel } from "../packages/engine/src/node/index.ts";
import { randomParameters } from "../packages/engine/test/random-network.ts";

const { values: options } = parseArgs({
  options: {
    sizes: { type: "string", default: "1024,512" },
    models: { type: "string", default: releasedModels.map(({ name }) => name).join(",") },
    precision: { type: "string", default: "exact" },
    python: { type: "string" },
    // Set for the process that runs one network at one size.
    one: { type: "boolean", default: false },
    home: { type: "string" },
    weights: { type: "string" },
  },
});

const MEMORIES = 7;
const POINTERS = 16;
const CHANNELS = 256;

/** How the official package's files call the four sizes. */
const YAML_SIZES: Readonly<Record<string, string>> = {
  tiny: "t",
  small: "s",
  base_plus: "b+",
  large: "l",
};

if (options.one) await runOne();
else runAll();

function runAll(): void {
  for (const model of options.models.split(",")) {
    const home = mkdtempSync(join(tmpdir(), "masklet-shapes-"));
    try {
      const weights = options.python ? officialWeights(model, options.python, home) : undefined;
      for (const size of options.sizes.split(",")) {
        const own = ["--one", "--models", model, "--sizes", size, "--home", home];
        const args = [...own, "--precision", options.precision];
        if (weights) args.push("--weights", weights);
        const { status } = spawnSync(process.execPath, [import.meta.filename, ...args], {
          stdio: "inherit",
        });
        if (status !== 0) process.exitCode = 1;
      }
    } finally {
      rmSync(home, { recursive: true, force: true });
    }
  }
}

/** An official checkpoint of this network, made by the official code. */
function officialWeights(model: string, python: string, folder: string): string {
  const [, version, size] = /^(sam2(?:\.1)?)_hiera_(.+)$/.exec(model)!;
  const config = `configs/${version}/${version}_hiera_${YAML_SIZES[size!]}.yaml`;
  const path = join(folder, `${model}.pt`);
  const script = join(import.meta.dirname, "official_checkpoint.py");
  const { status } = spawnSync(python, [script, config, path], { stdio: "inherit" });
  if (status !== 0) throw new Error(`${python} could not write ${model}`);
  return path;
}

function random(...shape: number[]): Tensor {
  const data = new Float32Array(shape.reduce((a, b) => a * b, 1));
  for (let i = 0; i < data.length; i++) data[i] = Math.random() * 2 - 1;
  return { shape, data };
}

interface Opened {
  readonly name: string;
  readonly imageSize: number;
  readonly graphs: Graphs;
}

async function opened(home: string): Promise<Opened> {
  const imageSize = Number(options.sizes);
  const precision = options.precision as Precision;
  if (options.weights) {
    const model = await loadModel(options.weights, { home, embedded: home, imageSize, precision });
    if (model.name !== options.models) throw new Error(`${options.models} opened as ${model.name}`);
    return { name: model.name, imageSize, graphs: model.graphs };
  }
  const { name, configuration } = releasedModels.find((model) => model.name === options.models)!;
  const plan = sam2Plan(
    { ...configuration, imageSize },
    randomParameters(configuration),
    precision,
  );
  const graphs = openGraphs({ plan, cache: { folder: home, fingerprint: name } });
  return { name, imageSize, graphs };
}

async function runOne(): Promise<void> {
  const start = performance.now();
  const { name, imageSize, graphs } = await opened(options.home!);
  const since = (from: number) => ((performance.now() - from) / 1000).toFixed(1);
  const seconds = [`opening ${since(start)} s`];
  const run = async (door: GraphName, inputs: Tensors): Promise<Tensors> => {
    const from = performance.now();
    const outputs = await graphs.run(door, inputs);
    seconds.push(`${door} ${since(from)} s`);
    for (const [output, { data }] of Object.entries(outputs)) {
      if (!data.every(Number.isFinite))
        throw new Error(`${name} at ${imageSize}: ${output} of ${door} is not finite`);
    }
    return outputs;
  };
  const features = await run("encode", { picture: random(1, 3, imageSize, imageSize) });
  const row = Float32Array.from({ length: MEMORIES }, (_, at) => (at + 6) % 7);
  const conditioned = await run("attend", {
    ...features,
    memory: random(1, MEMORIES, (imageSize / 16) ** 2, 64),
    memory_row: { shape: [1, MEMORIES], data: row },
    pointers: random(1, POINTERS, CHANNELS),
    pointer_distance: random(1, POINTERS),
  });
  const labels = { shape: [1, 2], data: Float32Array.of(1, -1) };
  await run("decode", { ...features, ...conditioned, points: random(1, 2, 2), labels });
  const one = { shape: [1], data: Float32Array.of(1) };
  const logits = random(1, 1, imageSize / 4, imageSize / 4);
  await run("remember", { ...features, logits, binarise: one, object_present: one });
  await graphs.close();
  const peak = (process.resourceUsage().maxRSS / 1024).toFixed(0);
  const size = options.weights
    ? `.pt of ${(statSync(options.weights).size / 1e6).toFixed(0)} MB`
    : "weights made here";
  console.log(
    `${name} at ${imageSize}, ${options.precision}, ${size}: first runs with building ${seconds.join(", ")}; peak ${peak} MB`,
  );
}
