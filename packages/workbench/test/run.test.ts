// Re-tracking: when a pass may end because nothing changes any more.
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  apply,
  type Document,
  newDocument,
  type Step,
  trackId,
  trackInfo,
  visible,
} from "@masklet/annotation";
import { emptyMask, frameIndex, fullMask } from "@masklet/vision";
import { AGREEMENT_FRAMES, agreementWatch, type Pass } from "../src/run.ts";

const size = { width: 8, height: 6 };
const FRAMES = 100;
const track = trackId(1);

/** One object of full masks on every frame, tracked from the given key frames. */
function trackedFrom(prompted: readonly number[]): Document {
  const provenance = {
    by: "model",
    run: "r",
    model: "m",
    version: null,
    policy: "masklet",
    prompted: prompted.map(frameIndex),
  } as const;
  const after = visible({ kind: "mask", mask: fullMask(size) }, provenance, { score: 1 });
  const steps: Step[] = [
    { type: "putTrack", track, before: null, after: trackInfo({ name: "a" }) },
  ];
  for (let frame = 0; frame < FRAMES; frame++) {
    steps.push({ type: "putState", track, frame: frameIndex(frame), before: null, after });
  }
  const document = newDocument({ name: "clip", size, frameCount: FRAMES, digest: "d" });
  const made = { id: "t", title: "", origin: "engine", author: null, run: null, steps } as const;
  const outcome = apply(document, made);
  assert.ok(outcome.ok);
  return outcome.document;
}

const pass: Pass = {
  ...{ direction: "forward", first: frameIndex(0), last: frameIndex(FRAMES - 1) },
  cutAfter: null,
};

/** The frame a pass ends at, whose masks are those of the old one from `since` on. */
function endOf(document: Document, prompted: readonly number[], since = 0): number {
  const agreed = agreementWatch(document, { prompted: prompted.map(frameIndex), pass });
  for (let frame = 0; frame < FRAMES; frame++) {
    const mask = frame < since ? emptyMask(size) : fullMask(size);
    if (agreed(frameIndex(frame), [{ object: track, mask, score: 1 }])) return frame;
  }
  return FRAMES;
}

test("a pass ends after a run of frames that agree, counted from the last that does not", () => {
  assert.equal(endOf(trackedFrom([0]), [0]), AGREEMENT_FRAMES);
  assert.equal(endOf(trackedFrom([0]), [0], 30), 30 + AGREEMENT_FRAMES - 1);
});

test("a pass does not end before a key frame that the old masks were made without", () => {
  assert.equal(endOf(trackedFrom([0]), [0, 60]), 60 + AGREEMENT_FRAMES);
  assert.equal(endOf(trackedFrom([0, 60]), [0, 60]), AGREEMENT_FRAMES);
});
