// Clicking on single pictures: which objects count, what is averaged, when clicking ends.
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { frameIndex, iou, type Mask, writeIndexedPng } from "@masklet/vision";
import { keptIn } from "../src/evaluate/kept.ts";
import { evaluateStills } from "../src/evaluate/stills.ts";
import type { Answer, Tracker } from "../src/tracker.ts";
import { fakeTracker, square } from "./fake-tracker.ts";

const size = { width: 64, height: 64 };
const frame = { index: frameIndex(0), seconds: 0, size, rgb: new Uint8Array(64 * 64 * 3) };

/** Answers the n-th question about an object with the n-th mask, then with the last. */
function tracker(answers: readonly Mask[], asked: string[]): Tracker {
  return {
    ...fakeTracker({ size, objects: new Map() }),
    openPicture: async () => ({
      segment: async (hint, previous): Promise<Answer[]> => {
        asked.push(`${hint.clicks.length} ${previous === null ? "new" : "correcting"}`);
        const mask = answers[Math.min(hint.clicks.length, answers.length) - 1]!;
        return [{ mask, predictedIou: 0.5, logits: () => new Float32Array(64 * 64) }];
      },
      segmentAll: async () => [],
      close: async () => {},
    }),
  };
}

async function stills(t: TestContext, sets: Record<string, Uint8Array>): Promise<string> {
  const dir = mkdtempSync(join(tmpdir(), "masklet-stills-"));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  for (const [set, data] of Object.entries(sets)) {
    mkdirSync(join(dir, set));
    writeFileSync(join(dir, set, "a.jpg"), "not looked at by the fake");
    writeFileSync(join(dir, set, "a.png"), await writeIndexedPng({ size, data }));
  }
  return dir;
}

function labels(
  ...squares: readonly (readonly [value: number, x: number, y: number, side: number])[]
): Uint8Array {
  const data = new Uint8Array(64 * 64);
  for (const [value, x, y, side] of squares) {
    for (let row = y; row < y + side; row++) data.fill(value, row * 64 + x, row * 64 + x + side);
  }
  return data;
}

const common = {
  clicks: [1, 3],
  openPicture: async () => frame,
  signal: new AbortController().signal,
  progress: () => {},
};

test("figures are means over sets; clicking ends at 85 %, but not before the last figure asked for", async (t) => {
  const truth = square(size, { x: 10, y: 10, side: 20 });
  const half = square(size, { x: 10, y: 10, side: 14 });
  const near = square(size, { x: 10, y: 10, side: 19 });
  const dir = await stills(t, { one: labels([1, 10, 10, 20]), two: labels([1, 10, 10, 20]) });
  const asked: string[] = [];
  const report = await evaluateStills({
    ...common,
    dir,
    tracker: tracker([half, near, truth], asked),
  });
  assert.deepEqual(asked.slice(0, 3), ["1 new", "2 correcting", "3 correcting"]);
  assert.equal(asked.length, 6);
  assert.equal(report.count, 2);
  assert.ok(Math.abs(report.clicks[1]! - 100 * iou(half, truth)) < 1e-9);
  assert.equal(report.clicks[3], 100);
  assert.equal(report.noc85, 2);
  assert.deepEqual(
    report.sets.map((set) => set.name),
    ["one", "two"],
  );
});

test("what is too small and what is to be ignored is no target, and ignored pixels are not scored", async (t) => {
  const truth = square(size, { x: 10, y: 10, side: 20 });
  // The answer reaches into the band that is not scored.
  const wide = square(size, { x: 10, y: 10, side: 24 });
  const dir = await stills(t, { one: labels([255, 10, 10, 24], [1, 10, 10, 20], [2, 50, 50, 3]) });
  const report = await evaluateStills({ ...common, dir, tracker: tracker([wide, truth], []) });
  assert.equal(report.count, 1);
  assert.equal(report.clicks[1], 100);
  assert.equal(report.noc85, 1);
});

test("an object that is never reached counts twenty clicks", async (t) => {
  const poor = square(size, { x: 10, y: 10, side: 8 });
  const dir = await stills(t, { one: labels([1, 10, 10, 20]) });
  const asked: string[] = [];
  const report = await evaluateStills({ ...common, dir, tracker: tracker([poor], asked) });
  assert.equal(report.noc85, 20);
  assert.equal(asked.length, 20);
});

test("of a crowd six are drawn, always the same", async (t) => {
  const crowd = Array.from(
    { length: 9 },
    (_, at) => [at + 1, 20 * (at % 3), 20 * Math.floor(at / 3), 12] as const,
  );
  const dir = await stills(t, { one: labels(...crowd) });
  const seen: string[][] = [];
  for (let round = 0; round < 2; round++) {
    const asked: string[] = [];
    const report = await evaluateStills({
      ...common,
      dir,
      tracker: tracker([square(size, { x: 0, y: 0, side: 12 })], asked),
    });
    assert.equal(report.count, 6);
    seen.push(asked);
  }
  assert.deepEqual(seen[0], seen[1]);
});

test("a picture without its mask is named", async (t) => {
  const dir = await stills(t, { one: labels([1, 10, 10, 20]) });
  rmSync(join(dir, "one", "a.png"));
  await assert.rejects(evaluateStills({ ...common, dir, tracker: tracker([], []) }), {
    code: "input",
    message: /a\.jpg has no mask a\.png/,
  });
});

test("the best of the first answers and the reliability of predictions are reported", async (t) => {
  const truth = square(size, { x: 10, y: 10, side: 20 });
  const half = square(size, { x: 10, y: 10, side: 10 });
  const dir = await stills(t, { set: labels([1, 10, 10, 20]) });
  const answer = (mask: Mask, predictedIou: number): Answer => ({
    mask,
    predictedIou,
    logits: () => new Float32Array(64 * 64),
  });
  const report = await evaluateStills({
    ...common,
    dir,
    tracker: {
      ...fakeTracker({ size, objects: new Map() }),
      openPicture: async () => ({
        segment: async () => [answer(half, 0.9), answer(truth, 0.1)],
        segmentAll: async () => [],
        close: async () => {},
      }),
    },
  });
  assert.equal(report.clicks[1], 25);
  assert.equal(report.bestOfFirst, 100);
  const { count, bins, error, correlation } = report.reliability[1]!;
  assert.equal(count, 1);
  assert.deepEqual(bins.at(-1), { from: 0.8, to: 1, count: 1, predicted: 90, real: 25 });
  assert.equal(error, 65);
  assert.equal(correlation, null);
});

test("what was kept is not measured again; what another evaluation kept is", async (t) => {
  const dir = await stills(t, { set: labels([1, 10, 10, 20]) });
  const folder = join(dir, "kept");
  const asked: string[] = [];
  const run = async (evaluation: object) =>
    evaluateStills({
      ...common,
      dir,
      tracker: tracker([square(size, { x: 10, y: 10, side: 19 })], asked),
      kept: await keptIn(folder, evaluation),
    });
  const first = await run({ weights: "a" });
  const questions = asked.length;
  assert.deepEqual(await run({ weights: "a" }), first);
  assert.equal(asked.length, questions);
  assert.deepEqual(await run({ weights: "b" }), first);
  assert.equal(asked.length, 2 * questions);
  writeFileSync(join(folder, "set%20a.jpg.json"), "half a fi");
  assert.deepEqual(await run({ weights: "b" }), first);
  assert.equal(asked.length, 3 * questions);
});
