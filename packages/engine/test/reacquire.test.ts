// Re-acquire: when a resting object is the same one, and how a session takes it up again.
import assert from "node:assert/strict";
import { test } from "node:test";
import { frameIndex } from "@masklet/vision";
import { maskletPolicy } from "../src/policy/masklet.ts";
import type { TrackingPolicy } from "../src/policy/policy.ts";
import {
  isGoodSight,
  SEARCH_STRIDE,
  SIGHTS_IN_A_ROW,
  SIGHTS_MIN,
  type Sight,
  searchAfter,
  searchIn,
} from "../src/policy/reacquire.ts";
import { VideoSession } from "../src/video-predictor.ts";
import { fakeModel } from "./fake-graphs.ts";

const own: readonly Sight[] = [
  { score: 8, quality: 0.8, area: 400 },
  { score: 9.1, quality: 0.82, area: 420 },
  { score: 7.9, quality: 0.81, area: 380 },
  { score: 8.7, quality: 0.8, area: 440 },
];

test("a sight is good only where score, predicted IoU and size are what they usually are", () => {
  const usual = { score: 8, quality: 0.8, area: 410 };
  assert.equal(isGoodSight(usual, own), true);
  assert.equal(isGoodSight({ ...usual, score: 7 }, own), false);
  assert.equal(isGoodSight({ ...usual, quality: 0.75 }, own), false);
  assert.equal(isGoodSight({ ...usual, area: 800 }, own), false);
  assert.equal(isGoodSight({ ...usual, area: 200 }, own), false);
});

test("an object of which too little is known, and one that is out of view, is never taken up", () => {
  const [first] = own;
  assert.equal(isGoodSight(first!, own.slice(0, SIGHTS_MIN - 1)), false);
  const faint = own.map((sight) => ({ ...sight, score: -sight.score }));
  assert.equal(isGoodSight(faint[0]!, faint), false);
});

test("a search counts good sights in a row, waits after a poor one, and begins anew in each shot", () => {
  let search = searchIn(1, undefined);
  for (let run = 1; run < SIGHTS_IN_A_ROW; run++) {
    search = searchAfter(search, true);
    assert.deepEqual(search, { shot: 1, run, wait: 0 });
  }
  assert.equal(searchIn(2, search).run, 0);
  search = searchAfter(search, false);
  assert.deepEqual(search, { shot: 1, run: 0, wait: SEARCH_STRIDE - 1 });
  for (let wait = SEARCH_STRIDE - 2; wait >= 0; wait--) {
    search = searchAfter(search, null);
    assert.equal(search.wait, wait);
  }
  assert.equal(searchAfter(search, null).wait, 0);
});

/** States of an object through two shots, a letter a frame, and how often the network decoded. */
async function through(recognises: TrackingPolicy["recognises"], frameCount = 14) {
  const model = fakeModel();
  const frameSize = { width: 12, height: 9 };
  const frame = (index: number) => ({
    index: frameIndex(index),
    picture: { size: frameSize, channels: 3 as const, data: new Uint8Array(324).fill(9 * index) },
    shot: Number(index >= 6),
  });
  const policy = { ...maskletPolicy, recognises };
  const session = new VideoSession(model, { policy, frameSize, frameCount, history: "bounded" });
  const clicks = [{ at: { x: 3, y: 4 }, sign: "include" as const }];
  await session.addPoints({ object: 1, frame: frame(0), clicks, earlier: "replace" });
  const frames = Array.from({ length: frameCount }, (_, index) => frame(index));
  let states = "";
  for await (const { objects } of session.track(frames, { direction: "forward" }))
    states += objects[0]!.state[0];
  return { states, decoded: model.runs.filter((graph) => graph === "decode").length, session };
}

test("a session follows a resting object again after three good frames, and remembers that it did", async () => {
  const { states, session } = await through(() => true);
  assert.equal(states, "ptttttrrtttttt");
  assert.deepEqual(session.tracks[0]!.foundIn, [1]);
});

test("an object that is not recognised keeps resting and is searched on every third frame only", async () => {
  const { states, decoded } = await through(() => false);
  assert.equal(states, "ptttttrrrrrrrr");
  assert.equal(decoded, 1 + 5 + 3);
});
