// The embedded network's graphs against the training code's own outputs, on a tiny random network.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { openSafetensors } from "../src/checkpoint/safetensors.ts";
import { readNanoConfiguration } from "../src/configuration/nano-document.ts";
import type { Tensor, Tensors } from "../src/network.ts";
import { nanoPlan } from "../src/networks/nano.ts";
import { sourceFromFile } from "../src/node/file-source.ts";
import { openGraphs } from "../src/node/graphs.ts";

const FIXTURES = join(import.meta.dirname, "fixtures/nano");
const TOLERANCE = 2e-4; // float32 in another order of summation, through a network of 30 layers

const checkpoint = openSafetensors(sourceFromFile(join(FIXTURES, "model.safetensors")));
const expected = openSafetensors(sourceFromFile(join(FIXTURES, "tensors.safetensors")));
const document = JSON.parse(readFileSync(join(FIXTURES, "config.json"), "utf8"));
const folder = mkdtempSync(join(tmpdir(), "nano-graphs-"));
const graphs = openGraphs({
  plan: nanoPlan(readNanoConfiguration(document, "config.json"), (name) => {
    const { shape, data } = checkpoint.read(name);
    return { shape, read: () => data };
  }),
  cache: { folder, fingerprint: "tiny" },
  threads: 1,
});
after(async () => {
  await graphs.close();
  rmSync(folder, { recursive: true });
});

const tensor = (name: string): Tensor => expected.read(name);
const levels = (...names: readonly ("fine" | "middle" | "coarse")[]): Tensors =>
  Object.fromEntries(names.map((name) => [name, tensor(name)]));

function assertClose(found: Tensors, prefix: string, names: readonly string[]): void {
  for (const name of names) {
    const [got, want] = [found[name]!, tensor(prefix + name)];
    assert.deepEqual([...got.shape], [...want.shape], `shape of ${prefix}${name}`);
    const difference = want.data.reduce(
      (most, value, at) => Math.max(most, Math.abs(value - got.data[at]!)),
      0,
    );
    assert.ok(difference <= TOLERANCE, `${prefix}${name} differs by ${difference}`);
  }
}

const DECODED = ["masks", "quality", "object_score", "pointers"];

test("a picture is encoded as the training code encodes it", async () => {
  const found = await graphs.run("encode", { picture: tensor("picture") });
  assertClose(found, "", ["fine", "middle", "coarse"]);
});

test("clicks, a box, padding and a previous mask give the same masks and scores", async () => {
  const found = await graphs.run("decode", {
    ...levels("fine", "middle", "coarse"),
    points: tensor("points"),
    labels: tensor("labels"),
    mask: tensor("logits"),
    mask_given: tensor("mask_given"),
  });
  assertClose(found, "decode.", DECODED);
});

test("leaving the mask prompt out is the same as not giving one", async () => {
  const points = { points: tensor("points"), labels: tensor("labels") };
  const found = await graphs.run("decode", { ...levels("fine", "middle", "coarse"), ...points });
  assertClose(found, "decode_without_mask.", DECODED);
});

test("a present and an absent object are remembered alike", async () => {
  const logits = tensor("logits");
  const seen = await graphs.run("remember", {
    ...levels("middle"),
    logits,
    binarise: { shape: [2], data: Float32Array.of(1, 0) },
    object_present: { shape: [2], data: Float32Array.of(1, 1) },
  });
  assertClose(seen, "remember.", ["memory"]);
  const absent = await graphs.run("remember", {
    ...levels("middle"),
    logits: { ...logits, data: logits.data.map((value) => -value) },
    binarise: { shape: [2], data: Float32Array.of(0, 1) },
    object_present: { shape: [2], data: Float32Array.of(0, 1) },
  });
  assertClose(absent, "remember_absent.", ["memory"]);
});

test("memories condition a frame, and it is decoded without any prompt", async () => {
  const conditioned = await graphs.run("attend", {
    ...levels("fine", "middle", "coarse"),
    memory: tensor("memory"),
    memory_row: tensor("memory_row"),
  });
  assertClose(conditioned, "attend.", ["middle", "coarse"]);
  const found = await graphs.run("decode", {
    ...levels("fine"),
    ...conditioned,
    points: { shape: [2, 0, 2], data: new Float32Array() },
    labels: { shape: [2, 0], data: new Float32Array() },
  });
  assertClose(found, "decode_tracked.", DECODED);
});

test("a frame without memories keeps its features", async () => {
  const coarse = tensor("coarse");
  const found = await graphs.run("attend", levels("coarse"));
  assert.deepEqual(found.coarse!.data, coarse.data);
});
