// Identity surgery: each operation, and that its inverse puts everything back.
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  absent,
  type Document,
  deleteRange,
  deleteTrack,
  invert,
  joinTracks,
  moveRange,
  type Step,
  same,
  splitTrack,
  swapTracks,
  trackId,
} from "../src/index.ts";
import { applied, at, boxState, documentOf, person, transaction } from "./drawn.ts";

const [one, two, three] = [trackId(1), trackId(2), trackId(3)];
const start = documentOf(
  { 0: boxState(0), 4: boxState(4), 8: boxState(8) },
  { 4: absent(person), 6: boxState(6) },
);

/** Applies the steps, checks that the inverse restores the document, and tells which frames each track has. */
function after(steps: readonly Step[]): { document: Document; frames: Record<string, number[]> } {
  const edit = transaction(steps);
  const document = applied(start, edit);
  assert.ok(same(applied(document, invert(edit, { id: "back" })), start));
  const frames = Object.fromEntries(
    [...document.tracks].map(([id, { states }]) => [id, [...states.keys()].sort((a, b) => a - b)]),
  );
  return { document, frames };
}

test("I1 a split gives what comes from the frame on to a new track with the same facts", () => {
  const { document, frames } = after(splitTrack(start, one, { at: at(4), newTrack: three }));
  assert.deepEqual(frames, { 1: [0], 2: [4, 6], 3: [4, 8] });
  assert.deepEqual(document.tracks.get(three)!.info, start.tracks.get(one)!.info);
  assert.throws(() => splitTrack(start, one, { at: at(4), newTrack: two }), /there already/);
});

test("I2 a join keeps what the first has, takes what only the second has, and prefers seen to absent", () => {
  const kept = after(joinTracks(start, { kept: one, gone: two }));
  assert.deepEqual(kept.frames, { 1: [0, 4, 6, 8] });
  assert.deepEqual(kept.document.tracks.get(one)!.states.get(at(4)), boxState(4));
  const seen = after(joinTracks(start, { kept: two, gone: one }));
  assert.deepEqual(seen.document.tracks.get(two)!.states.get(at(4)), boxState(4));
});

test("I3 a swap exchanges two tracks from a frame on, or within a range", () => {
  assert.deepEqual(after(swapTracks(start, { one, other: two }, { from: at(5) })).frames, {
    1: [0, 4, 6],
    2: [4, 8],
  });
  assert.deepEqual(
    after(swapTracks(start, { one, other: two }, { from: at(5), to: at(6) })).frames,
    { 1: [0, 4, 6, 8], 2: [4] },
  );
});

test("I4 a range moves over what is there, or goes", () => {
  const moved = after(moveRange(start, { from: one, to: two }, { from: at(3), to: at(4) }));
  assert.deepEqual(moved.frames, { 1: [0, 8], 2: [4, 6] });
  assert.deepEqual(moved.document.tracks.get(two)!.states.get(at(4)), boxState(4));
  assert.deepEqual(after(deleteRange(start, one, { from: at(0), to: at(4) })).frames, {
    1: [8],
    2: [4, 6],
  });
});

test("I5 a deleted track leaves nothing and its parts are parts of nothing", () => {
  assert.deepEqual(after(deleteTrack(start, two)).frames, { 1: [0, 4, 8] });
  assert.throws(() => deleteTrack(start, three), /no track 3/);
});
