// Our side of bench/engine.ts: opens a checkpoint and times parts of a tracked frame, speaking lines of JSON.
//
// `{"op": "open", weights, size, threads, precision, home}`, `{"op": "time", part, objects}`, `{"op": "peak"}`, as in
// engine_reference.py. Everything runs through the port `Graphs`, with copying to and from the worker.
import { createInterface } from "node:readline";
import { bestOfThree } from "../packages/engine/src/mask-choice.ts";
import { bfloat16From, writeFloats } from "../packages/engine/src/memory/bfloat16.ts";
import type { Tensor, Tensors } from "../packages/engine/src/network.ts";
import { type LoadedModel, loadModel } from "../packages/engine/src/node/index.ts";
import { BATCH_DEFAULT } from "../packages/engine/src/session-options.ts";
import { type Mask, maskFromSmallLogits } from "../packages/vision/src/index.ts";

const MEMORIES = 7;
const POINTERS = 16;
const PICTURE = { width: 1280, height: 720 };

function random(...shape: number[]): Tensor {
  const data = new Float32Array(shape.reduce((a, b) => a * b, 1));
  for (let i = 0; i < data.length; i++) data[i] = Math.random() * 2 - 1;
  return { shape, data };
}

const filled = (shape: readonly number[], value: number): Tensor => ({
  shape,
  data: new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(value),
});

/** The parts of a tracked frame with a full bank: 7 memories and 16 pointers for each object. */
class Parts {
  readonly #model: LoadedModel;
  readonly #picture: Tensor;
  /** One object's bank as a session keeps it: memories in bfloat16, and pointers. */
  readonly #bank: { readonly memories: readonly Uint16Array[]; readonly pointers: Tensor };
  #features: Tensors = {};
  /** The features of a picture without any memory, which a session makes once a picture. */
  #picked: Tensors = {};

  constructor(model: LoadedModel) {
    const side = model.configuration.imageSize;
    const cells = (side / 16) ** 2;
    this.#model = model;
    this.#picture = random(1, 3, side, side);
    const memories = Array.from({ length: MEMORIES }, () => bfloat16From(random(cells, 64).data));
    this.#bank = { memories, pointers: random(1, POINTERS, 256) };
  }

  async prepare(): Promise<void> {
    this.#features = await this.encode();
    const conditioned = await this.#model.graphs.run("attend", this.#features);
    this.#picked = { ...this.#features, ...conditioned };
  }

  encode(): Promise<Tensors> {
    return this.#model.graphs.run("encode", { picture: this.#picture });
  }

  attend(objects: number): Promise<Tensors> {
    const cells = (this.#model.configuration.imageSize / 16) ** 2;
    const rows = Float32Array.from({ length: objects * MEMORIES }, (_, at) => (at + 6) % 7);
    const memory = new Float32Array(objects * MEMORIES * cells * 64);
    const pointers = new Float32Array(objects * POINTERS * 256);
    for (let object = 0; object < objects; object++) {
      for (const [at, data] of this.#bank.memories.entries())
        writeFloats(data, memory, (object * MEMORIES + at) * data.length);
      pointers.set(this.#bank.pointers.data, object * POINTERS * 256);
    }
    return this.#model.graphs.run("attend", {
      ...this.#features,
      memory: { shape: [objects, MEMORIES, cells, 64], data: memory },
      memory_row: { shape: [objects, MEMORIES], data: rows },
      pointers: { shape: [objects, POINTERS, 256], data: pointers },
      pointer_distance: random(objects, POINTERS),
    });
  }

  /** One click on an encoded picture: decoder, and three masks of the picture's size. */
  async click(): Promise<void> {
    const prompt = {
      points: filled([1, 2, 2], 100),
      labels: { shape: [1, 2], data: Float32Array.of(1, -1) },
    };
    const { masks } = await this.#model.graphs.run("decode", { ...this.#picked, ...prompt });
    for (const mask of [1, 2, 3]) this.#maskOf(masks!, mask);
  }

  /** A tracked frame of some objects; `features` already encoded. They go through in batches, as in a session. */
  async step(objects: number): Promise<void> {
    for (let rest = objects; rest > 0; rest -= BATCH_DEFAULT)
      await this.#stepOf(Math.min(rest, BATCH_DEFAULT));
  }

  async #stepOf(objects: number): Promise<void> {
    const { graphs } = this.#model;
    const conditioned = await this.attend(objects);
    const prompt = { points: filled([objects, 2, 2], 0), labels: filled([objects, 2], -1) };
    const { masks, quality } = await graphs.run("decode", {
      ...this.#features,
      ...conditioned,
      ...prompt,
    });
    const side = this.#model.configuration.imageSize / 4;
    const logits = filled([objects, 1, side, side], 0);
    for (let object = 0; object < objects; object++) {
      const best = bestOfThree(quality!.data.subarray(object * 4, object * 4 + 4));
      const at = (object * 4 + best) * side * side;
      logits.data.set(masks!.data.subarray(at, at + side * side), object * side * side);
      this.#maskOf(masks!, object * 4 + best);
    }
    const flags = { binarise: filled([objects], 0), object_present: filled([objects], 1) };
    await graphs.run("remember", { ...this.#features, logits, ...flags });
  }

  async frame(objects: number): Promise<void> {
    this.#features = await this.encode();
    await this.step(objects);
  }

  #maskOf(masks: Tensor, plane: number): Mask {
    const side = masks.shape[3]!;
    const logits = masks.data.subarray(plane * side * side, (plane + 1) * side * side);
    return maskFromSmallLogits(logits, { from: { width: side, height: side }, to: PICTURE });
  }
}

interface Request {
  readonly op: "open" | "time" | "peak";
  readonly weights: string;
  readonly size: number;
  readonly threads: number;
  readonly precision: "exact" | "fast";
  readonly home: string;
  readonly part: "encode" | "attend" | "click" | "step" | "frame";
  readonly objects: number;
}

let parts: Parts | undefined;

async function answer(request: Request): Promise<object> {
  if (request.op === "peak") return { megabytes: process.resourceUsage().maxRSS / 1024 };
  if (request.op === "open") {
    const { weights, home, threads, size: imageSize, precision } = request;
    const model = await loadModel(weights, { home, embedded: home, threads, imageSize, precision });
    parts = new Parts(model);
    await parts.prepare();
    return {};
  }
  const wall = performance.now();
  const processor = process.cpuUsage();
  await parts![request.part](request.objects ?? 1);
  const { user, system } = process.cpuUsage(processor);
  return { wall: performance.now() - wall, processor: (user + system) / 1000 };
}

for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(`${JSON.stringify(await answer(JSON.parse(line) as Request))}\n`);
}
process.exit(0);
