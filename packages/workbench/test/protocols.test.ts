// The simulated person prompts as the protocols say.
import assert from "node:assert/strict";
import { test } from "node:test";
import { emptyMask, iou, isEmpty, type Mask } from "@masklet/vision";
import { predictFromStart, predictInteractively, type Run } from "../src/evaluate/protocols.ts";
import { type Truth, truthFromFrames } from "../src/evaluate/truth.ts";
import { blankFrames, type FakeWorld, fakeTracker, square } from "./fake-tracker.ts";

const size = { width: 32, height: 24 };
const frameCount = 12;

/** Object 1 moves right; object 2 appears on frame 4. */
function world(): Truth {
  return truthFromFrames(
    size,
    Array.from({ length: frameCount }, (_, frame) => {
      const shown = new Map<number, Mask>([[1, square(size, { x: frame, y: 2, side: 9 })]]);
      if (frame >= 4) shown.set(2, square(size, { x: 20, y: 12, side: 7 }));
      return shown;
    }),
  );
}

function runOn(truth: Truth, track?: FakeWorld["track"]) {
  const tracker = fakeTracker({ size, objects: truth.objects, ...(track && { track }) });
  const frames = blankFrames(size, frameCount);
  const counted = { frames: 0 };
  const run: Run = {
    truth,
    open: () => tracker.openTracking(frames, { policy: "masklet", cuts: [], history: "all" }),
    signal: new AbortController().signal,
    frameDone: () => {
      counted.frames += 1;
    },
  };
  return { tracker, run, counted };
}

test("each object is prompted where it first appears, and is empty before", async () => {
  const truth = world();
  const { tracker, run, counted } = runOn(truth);
  const predicted = await predictFromStart(run, "mask");
  assert.deepEqual(tracker.asked, ["prompt 1@0 mask", "prompt 2@4 mask", "track forward 0+12"]);
  assert.equal(tracker.open, 0);
  assert.equal(counted.frames, 12);
  assert.ok(predicted.get(2)?.slice(0, 4).every(isEmpty));
  for (const [object, track] of truth.objects) {
    for (const [frame, mask] of track.entries()) {
      assert.equal(iou(predicted.get(object)![frame]!, mask), 1);
    }
  }
});

test("a click is the deepest pixel of the object, a box its outermost pixels", async () => {
  const { tracker, run } = runOn(world());
  await predictFromStart(run, "click");
  assert.equal(tracker.asked[0], "prompt 1@0 +4,6");
  await predictFromStart(run, "box");
  assert.ok(tracker.asked.includes("prompt 1@0 box"));
});

test("three clicks stop early where the first one is already perfect", async () => {
  const { tracker, run } = runOn(world());
  await predictFromStart(run, "clicks3");
  assert.equal(tracker.asked.filter((line) => line.startsWith("prompt 1")).length, 1);
});

/** Follows only the four frames after a prompt; loses the object then. */
const shortMemory: FakeWorld["track"] = (object, frame, prompted) => {
  const near = [...prompted].some((each) => frame >= each && frame - each <= 4);
  return near ? (world().objects.get(object)?.[frame] ?? emptyMask(size)) : emptyMask(size);
};

test("offline, every round corrects the worst frame nobody has worked on, and tracks again", async () => {
  const { tracker, run } = runOn(world(), shortMemory);
  const rounds = await predictInteractively(run, 1, "offline");
  const prompted = tracker.asked
    .filter((line) => line.startsWith("prompt"))
    .map((line) => line.split(" ")[1]);
  assert.deepEqual(prompted.slice(0, 3), ["1@0", "1@5", "1@10"]);
  const right = rounds.map(({ masks }) => masks.filter((mask) => !isEmpty(mask)).length);
  assert.deepEqual(right, [5, 10, 12]);
  assert.deepEqual(
    rounds.map((round) => round.interactions),
    [1, 2, 3],
  );
  assert.ok(Math.abs(rounds[0]!.seconds - (1.2 + 1 + 4.5)) < 1e-9);
  assert.ok(Math.abs(rounds[2]!.seconds - 3 * (1.2 + 1 + 4.5)) < 1e-9);
});

test("online, the person stops at the first bad frame and never goes back", async () => {
  const { tracker, run } = runOn(world(), shortMemory);
  const rounds = await predictInteractively(run, 1, "online");
  const last = rounds.at(-1)!;
  assert.equal(last.interactions, 3);
  assert.ok(last.masks.every((mask) => !isEmpty(mask)));
  assert.equal(
    rounds.length,
    4,
    "one, two, three frames allowed, and a fourth that was not needed",
  );
  assert.equal(rounds[0]!.masks.filter((mask) => !isEmpty(mask)).length, 5);
  assert.ok(Math.abs(last.seconds - (1.2 + 3 * 5.5)) < 1e-9);
  assert.equal(tracker.open, 0);
});
