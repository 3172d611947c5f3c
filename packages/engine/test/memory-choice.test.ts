// Which memories a frame attends to: numbers in, numbers out, no tensor.
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { test } from "node:test";
import fc from "fast-check";
import { releasedMemoryRules as released } from "../src/configuration/rules.ts";
import { readFlows } from "../src/golden/flows.ts";
import { chooseMemories, nearestConditioning, recentFrame } from "../src/memory/choose.ts";

const numbers = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, i) => from + i);

function choose(
  frame: number,
  over: Partial<Parameters<typeof chooseMemories>[0]> & { tracked?: readonly number[] } = {},
) {
  const { tracked = numbers(1, frame - 1), ...rest } = over;
  return chooseMemories({
    frame,
    direction: "forward",
    conditioning: [0],
    hasTracked: (candidate) => tracked.includes(candidate),
    frameCount: null,
    rules: released,
    ...rest,
  });
}

const rows = ({ memories }: ReturnType<typeof choose>) =>
  memories.map(({ frame, row }) => [frame, row]);
const distances = ({ pointers }: ReturnType<typeof choose>) =>
  pointers.map(({ frame, distance }) => [frame, distance]);

test("conditioning frames come first in row 6, then six recent frames, oldest first", () => {
  assert.deepEqual(rows(choose(9)), [
    [0, 6],
    [3, 5],
    [4, 4],
    [5, 3],
    [6, 2],
    [7, 1],
    [8, 0],
  ]);
  assert.deepEqual(rows(choose(3)), [
    [0, 6],
    [1, 1],
    [2, 0],
  ]);
});

test("missing frames are skipped and leave their row free", () => {
  assert.deepEqual(rows(choose(9, { tracked: [4, 8] })), [
    [0, 6],
    [4, 4],
    [8, 0],
  ]);
});

test("backward tracking looks ahead, and finds what an earlier pass left there", () => {
  const choice = choose(4, {
    direction: "backward",
    conditioning: [6],
    tracked: [1, 2, 3, 5, 9, 10],
  });
  assert.deepEqual(rows(choice), [
    [6, 6],
    [10, 5],
    [9, 4],
    [5, 0],
  ]);
  assert.deepEqual(distances(choice), [
    [6, 2],
    [5, 1],
    [9, 5],
    [10, 6],
  ]);
});

test("pointers reach fifteen frames back, no further than the clip is long, and stop at its start", () => {
  assert.equal(choose(40).pointers.length, 16);
  assert.deepEqual(distances(choose(40)).at(-1), [25, 15]);
  const short = choose(4, { frameCount: 5 });
  assert.deepEqual(distances(short), [
    [0, 4],
    [3, 1],
    [2, 2],
    [1, 3],
  ]);
  assert.equal(short.distanceScale, 4);
  assert.equal(choose(9).distanceScale, 15);
  assert.equal(choose(0, { frameCount: 1, conditioning: [0] }).distanceScale, 1);
});

test("a conditioning frame of the future is seen but its pointer is not, unless the rules allow it", () => {
  const future = choose(2, { conditioning: [5], tracked: [] });
  assert.deepEqual(rows(future), [[5, 6]]);
  assert.deepEqual(future.pointers, []);
  const rules = { ...released, pointersOnlyFromPast: false };
  assert.deepEqual(distances(choose(2, { conditioning: [5], tracked: [], rules })), [[5, -3]]);
  assert.deepEqual(
    distances(
      choose(2, { conditioning: [5], tracked: [], rules: { ...rules, signedDistances: false } }),
    ),
    [[5, 3]],
  );
});

test("over the limit, the nearest before and after are kept, then the nearest of the rest", () => {
  assert.deepEqual(nearestConditioning([0, 3, 6, 12, 9], 7, 2), [6, 9]);
  assert.deepEqual(nearestConditioning([0, 3, 6, 12, 9], 7, 3), [6, 9, 3]);
  assert.deepEqual(nearestConditioning([0, 3, 6, 12, 9], 6, 3), [3, 6, 9]);
  assert.deepEqual(nearestConditioning([0, 20], 7, 2), [0, 20]);
  assert.deepEqual(nearestConditioning([8, 6, 2, 12], 20, 3), [12, 8, 6]);
});

test("a conditioning frame over the limit serves as if it had been tracked", () => {
  const rules = { ...released, conditioningMax: 2 };
  const choice = choose(8, { conditioning: [0, 6, 7, 9], tracked: [5], rules });
  assert.deepEqual(rows(choice), [
    [7, 6],
    [9, 6],
    [5, 2],
    [6, 1],
  ]);
  assert.deepEqual(
    choice.memories.map(({ from }) => from),
    ["conditioning", "conditioning", "tracked", "conditioning"],
  );
});

test("with a stride, older memories lie on a grid counted from frame 0", () => {
  const back = (ago: number) => recentFrame({ frame: 11, direction: "forward", ago, stride: 3 });
  assert.deepEqual([1, 2, 3, 4].map(back), [10, 9, 6, 3]);
  const ahead = (ago: number) => recentFrame({ frame: 11, direction: "backward", ago, stride: 3 });
  assert.deepEqual([1, 2, 3].map(ahead), [12, 15, 18]);
});

test("whatever the bank, no memory is the frame itself or outside what exists, and rows stay in range", () => {
  fc.assert(
    fc.property(
      fc.record({
        frame: fc.nat(60),
        direction: fc.constantFrom("forward" as const, "backward" as const),
        conditioning: fc.uniqueArray(fc.nat(60), { minLength: 1, maxLength: 6 }),
        tracked: fc.uniqueArray(fc.nat(60), { maxLength: 40 }),
        stride: fc.integer({ min: 1, max: 5 }),
        conditioningMax: fc.option(fc.integer({ min: 2, max: 4 })),
      }),
      ({ frame, direction, conditioning, tracked, stride, conditioningMax }) => {
        const rules = { ...released, stride, conditioningMax };
        const choice = choose(frame, { direction, conditioning, tracked, rules });
        for (const { frame: chosen, from, row } of choice.memories) {
          assert((from === "tracked" ? tracked : conditioning).includes(chosen));
          assert(row >= 0 && row < released.slots);
          if (from === "tracked") assert.notEqual(chosen, frame);
        }
        assert.equal(
          new Set(choice.memories.map(({ frame: chosen, from }) => `${chosen} ${from}`)).size,
          choice.memories.length,
        );
        assert(choice.memories.length < released.slots + conditioning.length);
        assert(choice.pointers.length < released.pointersMax + conditioning.length);
      },
    ),
  );
});

const golden = new URL("../../../../shared/golden/small21.flows.json", import.meta.url);
const skip = existsSync(golden) ? false : "the reference flows (../shared/golden) are not here";

test("a single click tracked through the reference's clip gives the reference's bank on every frame", {
  skip,
}, () => {
  const flow = readFlows(JSON.parse(readFileSync(golden, "utf8")), "small21").video!.find(
    ({ name }) => name === "v01_one_click",
  )!;
  for (const call of flow.steps[1]!.calls!.filter(({ memory_bank }) => memory_bank)) {
    const choice = choose(call.frame, { frameCount: flow.num_frames });
    assert.deepEqual(
      rows(choice),
      call.memory_bank!.spatial.map(({ frame, tpos_row }) => [frame, tpos_row]),
    );
    assert.deepEqual(
      distances(choice),
      call.memory_bank!.pointers.map(({ frame, pos }) => [frame, pos]),
    );
  }
});
