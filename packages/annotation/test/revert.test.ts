// Taking back one run among other edits.
import assert from "node:assert/strict";
import { test } from "node:test";
import { revert, type Step, trackId, trackInfo, visible } from "../src/index.ts";
import { applied, at, box, boxState, documentOf, tracker, transaction } from "./drawn.ts";

const one = trackId(1);
const put = (frame: number, before: Step["before"], x: number): Step =>
  ({
    type: "putState",
    track: one,
    frame: at(frame),
    before,
    after: visible(box(x), tracker),
  }) as Step;

test("V1 a run is taken back whole, and what a person changed since stays", () => {
  const start = documentOf({ 0: boxState(0), 2: boxState(9) });
  const run = [
    transaction([put(1, null, 1), put(2, boxState(9), 2)], { id: "a", run: "r" }),
    transaction([put(3, null, 3), put(4, null, 4)], { id: "b", run: "r" }),
  ];
  const ran = run.reduce(applied, start);
  const fix: Step = {
    type: "putState",
    track: one,
    frame: at(3),
    before: visible(box(3), tracker),
    after: boxState(30),
  };
  const fixed = applied(ran, transaction([fix]));
  const { transaction: back, kept } = revert(fixed, run, {
    id: "c",
    title: "Take back",
    author: null,
  });
  assert.ok(back);
  assert.deepEqual([...applied(fixed, back).tracks.get(one)!.states].sort(), [
    [0, boxState(0)],
    [2, boxState(9)],
    [3, boxState(30)],
  ]);
  assert.deepEqual(
    kept.map((step) => step.type === "putState" && step.frame),
    [3],
  );
});

test("V2 a track that a run made stays when somebody put more into it", () => {
  const start = documentOf();
  const make: Step = { type: "putTrack", track: one, before: null, after: trackInfo() };
  const run = [transaction([make, put(1, null, 1)], { run: "r" })];
  const more = applied(
    run.reduce(applied, start),
    transaction([{ type: "putState", track: one, frame: at(2), before: null, after: boxState(2) }]),
  );
  const { transaction: back, kept } = revert(more, run, {
    id: "c",
    title: "Take back",
    author: null,
  });
  assert.deepEqual([...applied(more, back!).tracks.get(one)!.states.keys()], [2]);
  assert.deepEqual(
    kept.map(({ type }) => type),
    ["putTrack"],
  );
});
