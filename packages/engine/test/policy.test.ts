// The rules of the policy "masklet": each a function over scores, masks and frame numbers.
import assert from "node:assert/strict";
import { test } from "node:test";
import { releasedMemoryRules as released } from "../src/configuration/rules.ts";
import { emptyBank, type FrameOutput, withOutput } from "../src/memory/bank.ts";
import {
  afterContest,
  containmentOf,
  hiddenOf,
  isCollision,
  overlapOf,
} from "../src/policy/collisions.ts";
import { staleFrames } from "../src/policy/corrections.ts";
import { restsInShot, servesInShot } from "../src/policy/cuts.ts";
import { maskletPolicy } from "../src/policy/masklet.ts";
import { chooseGatedMemories, confidenceOf, rememberedFrames } from "../src/policy/memory-gate.ts";
import type { Candidate } from "../src/policy/policy.ts";

/** "##." as logits: # is 5, lower-case letters nothing, digits their own value. */
const logits = (...rows: string[]) =>
  Float32Array.from(rows.join(""), (c) => (c === "#" ? 5 : c === "." ? -5 : Number(c)));

const output = (over: Partial<FrameOutput> = {}): FrameOutput => ({
  logits: logits("##", ".."),
  pointer: new Float32Array(2),
  score: 4,
  quality: 0.9,
  memory: { channels: 1, data: new Uint16Array(4) },
  shot: null,
  withheld: false,
  ...over,
});

const good = (frame: number) => ({ frame, confidence: 0.8 });
const poor = (frame: number) => ({ frame, confidence: 0 });

test("gate: confidence is quality times presence, and nothing when the object is out of view", () => {
  assert.equal(confidenceOf({ score: -3, quality: 0.9 }), 0);
  assert.equal(confidenceOf({ score: 0, quality: 0.9 }), 0);
  assert(Math.abs(confidenceOf({ score: 20, quality: 0.9 }) - 0.9) < 1e-6);
});

test("gate: through an occlusion the last good views are remembered, and always the neighbour", () => {
  const tracked = [...[1, 2, 3, 4, 5].map(good), ...[6, 7, 8, 9].map(poor)];
  assert.deepEqual(
    rememberedFrames(tracked, { now: 10, direction: "forward", max: 4 }),
    [9, 5, 4, 3],
  );
  assert.deepEqual(rememberedFrames(tracked, { now: 0, direction: "backward", max: 3 }), [1, 2, 3]);
  assert.deepEqual(rememberedFrames(tracked, { now: 8, direction: "forward", max: 2 }), [7, 5]);
});

test("gate: remembered frames take rows and distances by rank, after the conditioning frames", () => {
  const choice = chooseGatedMemories({
    frame: 10,
    direction: "forward",
    conditioning: [0],
    tracked: [...[1, 2, 3].map(good), ...[4, 5, 6, 7, 8, 9].map(poor)],
    frameCount: null,
    rules: released,
  });
  assert.deepEqual(
    choice.memories.map(({ frame, row }) => [frame, row]),
    [
      [0, 6],
      [1, 3],
      [2, 2],
      [3, 1],
      [9, 0],
    ],
  );
  assert.deepEqual(
    choice.pointers.map(({ frame, distance }) => [frame, distance]),
    [
      [0, 10],
      [9, 1],
      [3, 2],
      [2, 3],
      [1, 4],
    ],
  );
});

test("gate: a network with few pointers still gets all its memory rows", () => {
  const rules = { ...released, slots: 3, pointersMax: 1 };
  const choice = chooseGatedMemories({
    frame: 5,
    direction: "forward",
    conditioning: [0],
    tracked: [1, 2, 3, 4].map(good),
    frameCount: null,
    rules,
  });
  assert.deepEqual(
    choice.memories.map(({ frame, row }) => [frame, row]),
    [
      [0, 2],
      [3, 1],
      [4, 0],
    ],
  );
  assert.deepEqual(
    choice.pointers.map(({ frame }) => frame),
    [0],
  );
});

test("cuts: an object is followed only in shots where a person named it", () => {
  assert.equal(restsInShot(1, [0]), true);
  assert.equal(restsInShot(0, [0]), false);
  assert.equal(restsInShot(2, [0, 2]), false);
  assert.equal(restsInShot(null, [0]), false, "unknown shots never rest");
  assert.equal(restsInShot(3, [null]), false);
  assert.equal(servesInShot(0, 1), false);
  assert.equal(servesInShot(1, 1), true);
});

test("corrections: only what was tracked through the corrected frame is stale, up to the next person's frame", () => {
  const tracked = [1, 2, 3, 4, 6, 7, 8, 9, 11].map((frame) => [frame, "forward" as const] as const);
  assert.deepEqual(staleFrames({ corrected: 5, conditioning: [0, 10], tracked }), [6, 7, 8, 9]);
  const backward = tracked.map(([frame]) => [frame, "backward" as const] as const);
  assert.deepEqual(
    staleFrames({ corrected: 5, conditioning: [0, 10], tracked: backward }),
    [1, 2, 3, 4],
  );
  assert.deepEqual(staleFrames({ corrected: 5, conditioning: [3], tracked }), [6, 7, 8, 9, 11]);
});

test("corrections: stale frames can be shown but not looked back on", () => {
  let bank = withOutput(emptyBank, "conditioning", 0, output());
  for (const frame of [1, 2, 3, 4]) bank = withOutput(bank, "tracked", frame, output());
  const visits = [{ from: 1, to: 4, direction: "forward" as const }];
  const after = maskletPolicy.afterCorrection(bank, 2, visits);
  assert.deepEqual(
    [...after.tracked].filter(([, { memory }]) => memory !== null).map(([frame]) => frame),
    [1, 2],
  );
  assert.equal(after.tracked.size, 4);
});

test("collisions: overlap is counted in pixels and judged by the smaller object, with hysteresis", () => {
  const overlap = overlapOf(logits("###.", "...."), logits("..##", "####"));
  assert.deepEqual(overlap, { a: 3, b: 6, shared: 1 });
  assert.equal(containmentOf(overlap), 1 / 3);
  assert.equal(isCollision(overlap, false), true);
  assert.equal(isCollision({ a: 10, b: 10, shared: 2 }, false), false);
  assert.equal(isCollision({ a: 10, b: 10, shared: 2 }, true), true);
  assert.equal(isCollision({ a: 10, b: 10, shared: 1 }, true), false);
  assert.equal(isCollision({ a: 0, b: 10, shared: 0 }, true), false);
});

test("collisions: of two nearly equal masks the clearly lower score is hidden, else the more restless one", () => {
  const same = { a: 10, b: 10, shared: 9.5 };
  const a = { object: 1, score: 5, recentScores: [5, 5, 5] };
  assert.equal(hiddenOf(a, { object: 2, score: -1, recentScores: [5, 5, 5] }, same), 2);
  assert.equal(hiddenOf(a, { object: 2, score: 5, recentScores: [1, 5, 2] }, same), 2);
  assert.equal(
    hiddenOf({ ...a, recentScores: [0, 5] }, { object: 2, score: 5, recentScores: [5, 5] }, same),
    1,
  );
  assert.equal(
    hiddenOf(a, { object: 2, score: -1, recentScores: [] }, { a: 10, b: 10, shared: 4 }),
    null,
  );
});

test("collisions: the shared region goes to the higher logit, and a shred of a mask is no mask", () => {
  assert.deepEqual([...afterContest(logits("4444"), logits("9..."))!], [-10, 4, 4, 4]);
  assert.equal(afterContest(logits("4444"), logits("999.")), null);
});

const candidate = (
  object: number,
  mask: Float32Array,
  over: Partial<Candidate> = {},
): Candidate => ({
  object,
  output: output({ logits: mask }),
  bank: emptyBank,
  isHuman: false,
  recentScores: [],
  ...over,
});

test("in a collision neither side is remembered, and the meeting is reported", () => {
  const { verdicts, collisions } = maskletPolicy.judge(
    [candidate(1, logits("44..")), candidate(2, logits(".999"))],
    new Set(),
  );
  assert.deepEqual(
    [...verdicts.values()].map(({ remember }) => remember),
    [false, false],
  );
  assert.deepEqual([...verdicts.get(1)!.output.logits], [4, -10, -5, -5]);
  assert.deepEqual([...verdicts.get(2)!.output.logits], [-5, 9, 9, 9]);
  assert.deepEqual(collisions, [{ objects: [1, 2], containment: 0.5, hidden: null }]);
  const apart = maskletPolicy.judge(
    [candidate(1, logits("4...")), candidate(2, logits(".999"))],
    new Set(),
  );
  assert.deepEqual(
    [...apart.verdicts.values()].map(({ remember }) => remember),
    [true, true],
  );
});

test("a mask that a person gave loses no pixel, whatever meets it", () => {
  const human = candidate(1, logits("44.."), { isHuman: true });
  const { verdicts, collisions } = maskletPolicy.judge(
    [human, candidate(2, logits("99.."))],
    new Set(),
  );
  assert.deepEqual([...verdicts.get(1)!.output.logits], [4, 4, -5, -5]);
  assert.equal(verdicts.get(1)!.remember, true);
  assert.equal(collisions[0]!.hidden, 2);
  assert(verdicts.get(2)!.output.score < 0);
});

test("an object drawn as part of another does not collide with it", () => {
  const shorts = withOutput(emptyBank, "conditioning", 0, output({ logits: logits("#...") }));
  const fighter = withOutput(emptyBank, "conditioning", 0, output({ logits: logits("###.") }));
  const { collisions } = maskletPolicy.judge(
    [
      candidate(1, logits("#..."), { bank: shorts }),
      candidate(2, logits("###."), { bank: fighter }),
    ],
    new Set(),
  );
  assert.deepEqual(collisions, []);
});
