// Exact and fast side by side: scores, the worst frame, times, and stopping early.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Mask } from "@masklet/vision";
import { comparePrecision } from "../src/evaluate/precision.ts";
import type { Prompt } from "../src/prompts.ts";
import { planTrack } from "../src/track.ts";
import { fakeClip } from "./fake-clip.ts";
import { fakeTracker, square } from "./fake-tracker.ts";

const size = { width: 60, height: 40 };
const frameCount = 6;
const at = (frame: number, shift = 0): Mask => square(size, { x: frame + shift, y: 5, side: 20 });
const truth = Array.from({ length: frameCount }, (_, frame) => at(frame));
const click: Prompt = {
  object: 1,
  frame: 0,
  clicks: [{ x: 5, y: 8, sign: "include" }],
  box: null,
  maskFile: null,
};

/** A fast tracker that is off by `shift` pixels on the frames it names; the clock ticks 10 ms a call for exact, 5 for fast. */
async function compared(
  shifts: ReadonlyMap<number, number>,
  signal = new AbortController().signal,
) {
  const objects = new Map([[1, truth]]);
  const order = { direction: "forward", from: null, count: null } as const;
  let progressed = 0;
  let ticks = 0;
  const plan = await planTrack(fakeClip(size, frameCount), [click], order);
  const report = await comparePrecision({
    plan,
    exact: fakeTracker({ size, objects }),
    fast: fakeTracker({ size, objects, track: (_, frame) => at(frame, shifts.get(frame)) }),
    policy: "masklet",
    signal,
    now: () => ticks++ * 10,
    progress: (done) => {
      progressed = done;
    },
  });
  return { report, progressed };
}

test("equal masks score 100 on every frame", async () => {
  const { report, progressed } = await compared(new Map());
  assert.deepEqual(report.mean, { J: 100, F: 100, JF: 100 });
  assert.equal(report.objects[0]?.identical, frameCount);
  assert.equal(report.complete, true);
  assert.equal(progressed, frameCount);
  assert.equal(report.speedup, 1);
});

test("the worst frame is named, and the mean goes over all frames", async () => {
  const { report } = await compared(
    new Map([
      [2, 1],
      [4, 10],
    ]),
  );
  const [own] = report.objects;
  assert.equal(own?.worst.frame, 4);
  // Twenty columns each, ten of them shared.
  assert.ok(Math.abs(own.worst.J - 100 / 3) < 1e-9);
  assert.equal(own.identical, frameCount - 2);
  const mean = report.frames.reduce((sum, { objects }) => sum + objects[0]!.J, 0) / frameCount;
  assert.ok(Math.abs(own.J - mean) < 1e-9);
  assert.ok(own.J < 100);
});

test("what was compared before an interrupt is reported, and nothing at all is an error", async () => {
  const stopped = new AbortController();
  stopped.abort();
  await assert.rejects(compared(new Map(), stopped.signal), { code: "interrupted" });
});
