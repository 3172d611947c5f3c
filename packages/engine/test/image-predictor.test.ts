// Pictures: the reference's answers for single prompts, batches, and the automatic search with its filters.
import assert from "node:assert/strict";
import { test } from "node:test";
import { contains, type Picture } from "@masklet/vision";
import { automaticMasks } from "../src/automatic-masks.ts";
import { releasedModels } from "../src/configuration/released.ts";
import {
  encodePicture,
  type PicturePrompt,
  segmentBatch,
  segmentPicture,
} from "../src/image-predictor.ts";
import type { GraphName, Graphs, Tensors } from "../src/network.ts";
import type { TrackingModel } from "../src/tracking-model.ts";

const S = 64;
const SMALL = S / 4;

/** Logits S/4 × S/4: `inside` in the box, −inside elsewhere; columns and rows from `from` up to before `to`. */
function boxLogits(from: number, to: number, inside = 8): Float32Array {
  return Float32Array.from({ length: SMALL * SMALL }, (_, at) => {
    const [x, y] = [at % SMALL, Math.floor(at / SMALL)];
    return x >= from && x < to && y >= from && y < to ? inside : -inside;
  });
}

/** A network that finds a large thing in the top-left corner of the square for clicks there, and noise elsewhere. */
function fakeModel(): {
  readonly model: TrackingModel;
  readonly runs: { graph: GraphName; inputs: Tensors }[];
} {
  const runs: { graph: GraphName; inputs: Tensors }[] = [];
  const empty = { shape: [1, 1, 1, 1], data: new Float32Array(1) };
  const graphs: Graphs = {
    run: async (graph, inputs) => {
      runs.push({ graph, inputs });
      if (graph === "encode") return { fine: empty, middle: empty, coarse: empty };
      if (graph === "attend") return { coarse: empty };
      const points = inputs.points!;
      const [objects, count] = points.shape as readonly [number, number];
      const masks = new Float32Array(objects * 4 * SMALL * SMALL);
      const quality = new Float32Array(objects * 4);
      for (let object = 0; object < objects; object++) {
        const x = points.data[object * count * 2] ?? 0;
        const hit = x < S / 2;
        const planes = [
          boxLogits(2, 6, 0.01),
          boxLogits(2, 6, 200),
          boxLogits(0, SMALL, 200),
          boxLogits(2, 3, 0.5),
        ];
        for (const [at, plane] of planes.entries())
          masks.set(plane, (object * 4 + at) * plane.length);
        quality.set(hit ? [0.99, 0.9, 0.7, 0.95] : [0.1, 0.2, 0.3, 0.4], object * 4);
      }
      return {
        masks: { shape: [objects, 4, SMALL, SMALL], data: masks },
        quality: { shape: [objects, 4], data: quality },
      };
    },
    close: async () => {},
  };
  const configuration = { ...releasedModels[0]!.configuration, imageSize: S };
  const constants = {
    noObjectPointer: new Float32Array(1),
    maskPrompt: { weight: new Float32Array(16), bias: 0 },
  };
  return { model: { configuration, graphs, constants }, runs };
}

const picture: Picture = {
  size: { width: 128, height: 64 },
  channels: 3,
  data: new Uint8Array(128 * 64 * 3),
};
const click = (x: number, y: number): PicturePrompt => ({
  clicks: [{ at: { x, y }, sign: "include" }],
});

test("three answers come in the network's order at the picture's size", async () => {
  const { model } = fakeModel();
  const encoded = await encodePicture(model, picture);
  const answers = await segmentPicture(model, encoded, click(20, 10), "three");
  assert.deepEqual(
    answers.map(({ quality }) => Math.round(quality * 100)),
    [90, 70, 95],
  );
  assert.deepEqual(answers[0]!.mask.size, picture.size);
  assert.ok(contains(answers[0]!.mask, 30, 15));
  assert.ok(!contains(answers[0]!.mask, 100, 50));
});

test("one answer falls back to the best of three where the single mask is unstable", async () => {
  const { model } = fakeModel();
  const encoded = await encodePicture(model, picture);
  const [answer] = await segmentPicture(model, encoded, click(20, 10), "one");
  assert.equal(Math.round(answer!.quality * 100), 95);
});

test("points are closed by a padding point, and logits alone have no point", async () => {
  const { model, runs } = fakeModel();
  const encoded = await encodePicture(model, picture);
  await segmentPicture(model, encoded, click(32, 16), "three");
  assert.deepEqual([...runs.at(-1)!.inputs.points!.data.subarray(0, 2)], [16, 16]);
  assert.deepEqual([...runs.at(-1)!.inputs.labels!.data], [1, -1]);
  assert.equal(runs.at(-1)!.inputs.mask, undefined);
  await segmentPicture(model, encoded, { logits: new Float32Array(SMALL * SMALL).fill(50) }, "one");
  assert.deepEqual(runs.at(-1)!.inputs.points!.shape, [1, 0, 2]);
  assert.equal(runs.at(-1)!.inputs.mask!.data[0], 32);
});

test("a batch answers each prompt as it is answered alone, and mixed kinds are refused", async () => {
  const { model } = fakeModel();
  const encoded = await encodePicture(model, picture);
  const prompts = [click(20, 10), click(120, 10)];
  const together = await segmentBatch(model, encoded, prompts, "one");
  for (const [at, prompt] of prompts.entries()) {
    assert.deepEqual(together[at], await segmentPicture(model, encoded, prompt, "one"));
  }
  const box = { box: { from: { x: 0, y: 0 }, to: { x: 5, y: 5 } } };
  await assert.rejects(segmentBatch(model, encoded, [click(1, 1), box], "one"), {
    code: "prompt-invalid",
  });
});

test("prompts without content, outside the picture or with foreign logits are refused", async () => {
  const { model } = fakeModel();
  const encoded = await encodePicture(model, picture);
  const ask = (prompt: PicturePrompt) => segmentPicture(model, encoded, prompt, "one");
  await assert.rejects(ask({}), { code: "prompt-invalid" });
  await assert.rejects(ask(click(128, 0)), { code: "prompt-invalid" });
  await assert.rejects(ask({ logits: new Float32Array(5) }), {
    code: "prompt-invalid",
    message: /16 × 16/,
  });
});

test("the automatic search keeps one of many equal masks and drops poor and unstable ones", async () => {
  const { model } = fakeModel();
  const progress: number[] = [];
  const masks = await automaticMasks(model, picture, {
    pointsPerSide: 8,
    onProgress: ({ clicks, of }) => progress.push(clicks / of),
  });
  assert.deepEqual(
    masks.map(({ quality }) => Math.round(quality * 100)),
    [90],
  );
  assert.ok(masks[0]!.stability >= 0.95);
  assert.equal(masks[0]!.point.x, 8);
  assert.equal(
    masks[0]!.area,
    masks[0]!.mask.counts.filter((_, at) => at % 2 === 1).reduce((a, b) => a + b, 0),
  );
  assert.deepEqual(progress, [0.25, 0.5, 0.75, 1]);
});

test("crops are searched too, and what a crop's edge cuts off is dropped", async () => {
  const { model, runs } = fakeModel();
  const large: Picture = {
    size: { width: 512, height: 512 },
    channels: 3,
    data: new Uint8Array(512 * 512 * 3),
  };
  const masks = await automaticMasks(model, large, {
    pointsPerSide: 4,
    cropLayers: 1,
    qualityMin: 0.6,
  });
  assert.equal(runs.filter(({ graph }) => graph === "encode").length, 5);
  for (const { mask } of masks) assert.deepEqual(mask.size, large.size);
  const crops = masks.filter(({ crop }) => crop.width < 512);
  assert.ok(crops.length >= 1);
  // The mask that fills a whole crop is cut off by it; the one of the whole picture is not.
  assert.ok(crops.every(({ box, crop }) => box.width < crop.width - 40));
  assert.ok(masks.some(({ box }) => box.width === 512));
});

test("an aborted search throws the signal's reason between two batches", async () => {
  const { model } = fakeModel();
  const abort = new AbortController();
  const search = automaticMasks(model, picture, {
    pointsPerSide: 8,
    signal: abort.signal,
    onProgress: () => abort.abort(new Error("enough")),
  });
  await assert.rejects(search, /enough/);
});
