// The runtime behind the port: results, batches, the cache on disk, failures and closing.
import assert from "node:assert/strict";
import {
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  truncate,
  utimes,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { releasedModels } from "../src/configuration/released.ts";
import type { Sam2Configuration } from "../src/configuration/sam2.ts";
import type { Graphs, Tensor, Tensors } from "../src/network.ts";
import { sam2Plan } from "../src/networks/sam2.ts";
import { openGraphs } from "../src/node/graphs.ts";
import { randomParameters } from "./random-network.ts";

const S = 128;
const SIDE = S / 16;
const configuration: Sam2Configuration = {
  ...releasedModels[0]!.configuration,
  imageSize: S,
  trunk: {
    ...releasedModels[0]!.configuration.trunk,
    width: 16,
    stages: [1, 1, 2, 1],
    globalBlocks: [3],
  },
  width: 64,
  memoryEncoder: { ...releasedModels[0]!.configuration.memoryEncoder, width: 16 },
  memoryAttention: { layers: 2, feedForward: 64, ropeTheta: 10000 },
};

let folder: string;
let graphs: Graphs;
const plan = sam2Plan(configuration, randomParameters(configuration));

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "masklet-graphs-"));
  graphs = openGraphs({ plan, cache: { folder, fingerprint: "random" } });
});
after(async () => {
  await graphs.close();
  await rm(folder, { recursive: true, force: true });
});

/** Numbers that look random and are the same each time. */
function tensor(shape: readonly number[], seed: number): Tensor {
  const data = new Float32Array(shape.reduce((a, b) => a * b, 1));
  for (let i = 0; i < data.length; i++) data[i] = Math.sin((i + 1) * (seed + 1.7)) * 2;
  return { shape, data };
}

const filled = (shape: readonly number[], value: number): Tensor => ({
  shape,
  data: new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(value),
});

function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  assert.equal(a.length, b.length);
  let largest = 0;
  for (let i = 0; i < a.length; i++) largest = Math.max(largest, Math.abs(a[i]! - b[i]!));
  return largest;
}

/** Object `at` of a batch. */
function row({ shape, data }: Tensor, at: number): Tensor {
  const length = data.length / shape[0]!;
  return { shape: [1, ...shape.slice(1)], data: data.slice(at * length, (at + 1) * length) };
}

function memories(objects: number): Tensors {
  return {
    memory: tensor([objects, 3, SIDE * SIDE, 16], 2),
    memory_row: {
      shape: [objects, 3],
      data: Float32Array.from({ length: objects * 3 }, (_, at) => at % 7),
    },
    pointers: tensor([objects, 5, 64], 3),
    pointer_distance: tensor([objects, 5], 4),
  };
}

test("a batch of objects gives each the answer that it gets alone", async () => {
  const features = await graphs.run("encode", { picture: tensor([1, 3, S, S], 0) });
  const bank = memories(3);
  const together = await graphs.run("attend", { ...features, ...bank });
  const prompts = { points: tensor([3, 2, 2], 5), labels: filled([3, 2], 1) };
  const masks = await graphs.run("decode", { ...features, ...together, ...prompts });
  const kept = {
    logits: tensor([3, 1, S / 4, S / 4], 6),
    binarise: filled([3], 0),
    object_present: filled([3], 1),
  };
  kept.binarise.data[1] = 1;
  kept.object_present.data[2] = 0;
  const remembered = await graphs.run("remember", { ...features, ...kept });
  for (let object = 0; object < 3; object++) {
    const alone = (tensors: Tensors) =>
      Object.fromEntries(
        Object.entries(tensors).map(([name, value]) => [name, row(value, object)]),
      );
    const coarse = await graphs.run("attend", { ...features, ...alone(bank) });
    assert.ok(largestDifference(coarse.coarse!.data, row(together.coarse!, object).data) < 1e-4);
    const decoded = await graphs.run("decode", { ...features, ...coarse, ...alone(prompts) });
    assert.ok(largestDifference(decoded.masks!.data, row(masks.masks!, object).data) < 1e-3);
    assert.ok(largestDifference(decoded.pointers!.data, row(masks.pointers!, object).data) < 1e-3);
    const memory = await graphs.run("remember", { ...features, ...alone(kept) });
    assert.ok(largestDifference(memory.memory!.data, row(remembered.memory!, object).data) < 1e-4);
  }
});

test("an object without a mask prompt in a batch with one is decoded as without masks", async () => {
  const features = await graphs.run("encode", { picture: tensor([1, 3, S, S], 1) });
  const prompts = { points: tensor([2, 2, 2], 5), labels: filled([2, 2], 1) };
  const without = await graphs.run("decode", { ...features, ...prompts }, ["masks"]);
  assert.deepEqual(Object.keys(without), ["masks"]);
  const mask_given = { shape: [2], data: Float32Array.of(0, 1) };
  const mask = tensor([2, 1, S / 4, S / 4], 9);
  const mixed = await graphs.run("decode", { ...features, ...prompts, mask, mask_given }, [
    "masks",
  ]);
  assert.ok(largestDifference(row(mixed.masks!, 0).data, row(without.masks!, 0).data) < 1e-4);
  assert.ok(largestDifference(row(mixed.masks!, 1).data, row(without.masks!, 1).data) > 1e-3);
});

test("no points at all, and no pointers at all, are prompts and banks like others", async () => {
  const features = await graphs.run("encode", { picture: tensor([1, 3, S, S], 0) });
  const none = { points: tensor([1, 0, 2], 0), labels: tensor([1, 0], 0) };
  const decoded = await graphs.run("decode", { ...features, ...none });
  assert.ok(decoded.masks!.data.every(Number.isFinite));
  const bank = {
    ...memories(1),
    pointers: tensor([1, 0, 64], 0),
    pointer_distance: tensor([1, 0], 0),
  };
  const attended = await graphs.run("attend", { ...features, ...bank });
  assert.ok(attended.coarse!.data.every(Number.isFinite));
});

test("the main thread goes on turning while a graph runs", async () => {
  // Many, so that this thread gets its turns between their answers however quick the machine is.
  const running = Promise.all(
    Array.from({ length: 40 }, () => graphs.run("encode", { picture: tensor([1, 3, S, S], 0) })),
  );
  let turns = 0;
  let done = false;
  const turn = () => {
    turns++;
    if (!done) setImmediate(turn);
  };
  setImmediate(turn);
  await running;
  done = true;
  // Runs that block this thread would leave room for one or two.
  assert.ok(turns > 5, `${turns} turns`);
});

test("a damaged entry of the cache is found out and rebuilt", async () => {
  const picture = { picture: tensor([1, 3, S, S], 0) };
  const before = await graphs.run("encode", picture);
  const entry = (await readdir(folder)).find((name) => name.startsWith("encode-"))!;
  const weights = join(folder, entry, "graph.weights");
  const whole = await readFile(weights);
  const flipped = Buffer.from(whole);
  flipped[Math.floor(flipped.length / 2)]! ^= 0x40;
  for (const damage of [
    () => truncate(weights, whole.length - 1),
    () => writeFile(weights, flipped),
  ]) {
    await damage();
    const again = openGraphs({ plan, cache: { folder, fingerprint: "random" } });
    const after = await again.run("encode", picture);
    await again.close();
    assert.deepEqual(after.coarse!.data, before.coarse!.data);
    assert.deepEqual(await readFile(weights), whole);
  }
  assert.equal((await readdir(folder)).filter((name) => name.includes(".part")).length, 0);
});

test("what a killed program left, and graphs unused for long, are removed when another is built", async () => {
  const old = new Date(Date.now() - 100 * 24 * 3600 * 1000);
  for (const name of ["encode-1.2.part", "attend-unused", "decode-used"])
    await mkdir(join(folder, name));
  for (const name of ["encode-1.2.part", "attend-unused"])
    await utimes(join(folder, name), old, old);
  const other = openGraphs({ plan, cache: { folder, fingerprint: "other" } });
  await other.run("attend", { coarse: tensor([1, 64, SIDE, SIDE], 0) });
  await other.close();
  const left = await readdir(folder);
  assert.ok(left.includes("decode-used"));
  assert.ok(!left.includes("encode-1.2.part") && !left.includes("attend-unused"));
});

test("a missing input is a graph that failed, by name, and the next run is answered", async () => {
  const features = await graphs.run("encode", { picture: tensor([1, 3, S, S], 0) });
  await assert.rejects(graphs.run("decode", features), {
    code: "graph-failed",
    message: /decode.*points is missing/,
  });
  const again = await graphs.run("encode", { picture: tensor([1, 3, S, S], 0) });
  assert.deepEqual(again.coarse!.data, features.coarse!.data);
});

test("a cache folder that cannot be written is said in one sentence", async () => {
  const blocked = join(folder, "file");
  await writeFile(blocked, "");
  const refused = openGraphs({
    plan,
    cache: { folder: join(blocked, "graphs"), fingerprint: "random" },
  });
  await assert.rejects(refused.run("encode", { picture: tensor([1, 3, S, S], 0) }), {
    code: "graph-failed",
    message: /cannot be kept in .*MASKLET_HOME/,
  });
  await refused.close();
});

test("closing ends the runs that wait", async () => {
  const closing = openGraphs({ plan, cache: { folder, fingerprint: "random" } });
  const waiting = closing.run("encode", { picture: tensor([1, 3, S, S], 0) });
  await closing.close();
  await assert.rejects(waiting, { code: "graph-failed" });
});
