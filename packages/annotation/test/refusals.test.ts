// Each rule of the document and the refusal that guards it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { emptyMask } from "@masklet/vision";
import {
  absent,
  apply,
  labelId,
  type Refusal,
  type Step,
  trackId,
  trackInfo,
  visible,
} from "../src/index.ts";
import { applied, at, boxState, documentOf, mask, person, transaction } from "./drawn.ts";

const start = documentOf({ 0: boxState(1), 5: boxState(2) }, {});
const [one, two, three] = [trackId(1), trackId(2), trackId(3)];
const infoOne = start.tracks.get(one)!.info;
const infoTwo = start.tracks.get(two)!.info;

function refusalOf(...steps: readonly Step[]): Refusal {
  const outcome = apply(start, transaction(steps));
  assert.ok(!outcome.ok);
  return outcome.refusal;
}

test("R1 a step whose before is not what the document holds is stale, and says which one", () => {
  const fine: Step = {
    type: "putState",
    track: one,
    frame: at(1),
    before: null,
    after: boxState(3),
  };
  const late: Step = {
    type: "putState",
    track: one,
    frame: at(0),
    before: boxState(9),
    after: null,
  };
  const refusal = refusalOf(fine, late);
  assert.equal(refusal.code, "stale");
  assert.equal(refusal.step, 1);
  assert.match(refusal.message, /Frame 0 of track 1/);
});

test("R2 a state needs its track, a track its label and its whole", () => {
  const state: Step = {
    type: "putState",
    track: three,
    frame: at(0),
    before: null,
    after: boxState(1),
  };
  assert.equal(refusalOf(state).code, "unknown-track");
  const label: Step = {
    type: "putTrack",
    track: three,
    before: null,
    after: trackInfo({ label: labelId(7) }),
  };
  assert.equal(refusalOf(label).code, "unknown-label");
  const whole: Step = {
    type: "putTrack",
    track: three,
    before: null,
    after: trackInfo({ partOf: trackId(99) }),
  };
  assert.equal(refusalOf(whole).code, "unknown-track");
});

test("R3 a track that still has states, a label that is used and a whole that has parts cannot go", () => {
  assert.equal(
    refusalOf({ type: "putTrack", track: one, before: infoOne, after: null }).code,
    "track-not-empty",
  );
  const used = applied(
    start,
    transaction([
      {
        type: "putLabel",
        label: labelId(1),
        before: null,
        after: { name: "dog", parent: null, colour: null, key: null, attributes: [] },
      },
      {
        type: "putTrack",
        track: one,
        before: infoOne,
        after: { ...infoOne, label: labelId(1), partOf: two },
      },
    ]),
  );
  const label = apply(
    used,
    transaction([
      { type: "putLabel", label: labelId(1), before: used.labels.get(labelId(1))!, after: null },
    ]),
  );
  assert.ok(!label.ok && label.refusal.code === "label-in-use");
  const whole = apply(
    used,
    transaction([{ type: "putTrack", track: two, before: infoTwo, after: null }]),
  );
  assert.ok(!whole.ok && whole.refusal.code === "track-in-use");
});

test("R4 no track is part of itself, not even through others", () => {
  const refusal = refusalOf(
    { type: "putTrack", track: one, before: infoOne, after: { ...infoOne, partOf: two } },
    { type: "putTrack", track: two, before: infoTwo, after: { ...infoTwo, partOf: one } },
  );
  assert.equal(refusal.code, "part-of-itself");
});

test("R5 states lie inside the video and masks have its size and at least one pixel", () => {
  const late: Step = {
    type: "putState",
    track: one,
    frame: at(20),
    before: null,
    after: absent(person),
  };
  assert.deepEqual(
    [refusalOf(late).code, refusalOf(late).message],
    ["outside-video", "Frame 20 of track 1 is outside the video (0–19)."],
  );
  const small = visible({ kind: "mask", mask: mask("#.") }, person);
  assert.equal(
    refusalOf({ type: "putState", track: one, frame: at(1), before: null, after: small }).code,
    "wrong-size",
  );
  const empty = visible({ kind: "mask", mask: emptyMask(start.video.size) }, person);
  assert.equal(
    refusalOf({ type: "putState", track: one, frame: at(1), before: null, after: empty }).code,
    "empty-mask",
  );
});

test("R6 a video cannot shrink below its states", () => {
  const refusal = refusalOf({
    type: "putVideo",
    before: start.video,
    after: { ...start.video, frameCount: 5 },
  });
  assert.equal(refusal.code, "outside-video");
});

test("R7 rules hold at the end of a transaction, whatever the order of its steps", () => {
  const steps: Step[] = [
    { type: "putState", track: three, frame: at(0), before: null, after: boxState(1) },
    { type: "putTrack", track: three, before: null, after: trackInfo({ label: labelId(1) }) },
    {
      type: "putLabel",
      label: labelId(1),
      before: null,
      after: { name: "dog", parent: null, colour: null, key: null, attributes: [] },
    },
  ];
  assert.equal(applied(start, transaction(steps)).tracks.get(three)!.states.size, 1);
});
