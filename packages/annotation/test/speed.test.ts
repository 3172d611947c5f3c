// The bar: a propagation of 50 objects through 300 frames is applied and undone within 50 ms each.
import assert from "node:assert/strict";
import { test } from "node:test";
import { maskFromCounts } from "@masklet/vision";
import {
  apply,
  invert,
  newDocument,
  type Step,
  trackId,
  trackInfo,
  visible,
} from "../src/index.ts";
import { at, tracker, transaction } from "./drawn.ts";

/** The bar of the design on one core of its own; the test allows a shared machine twice that. */
const BAR_MS = 50;
const SHARED_MACHINE = 2;

test("S1 15,000 states are applied and undone quickly", (t) => {
  const size = { width: 1280, height: 720 };
  const empty = newDocument({ name: "clip", size, frameCount: 300 });
  const tracks = Array.from(
    { length: 50 },
    (_, i): Step => ({ type: "putTrack", track: trackId(i + 1), before: null, after: trackInfo() }),
  );
  const start = apply(empty, transaction(tracks));
  assert.ok(start.ok);
  const counts = new Uint32Array(401).fill(300);
  counts[400] = 1280 * 720 - 400 * 300;
  const shape = { kind: "mask", mask: maskFromCounts(counts, size) } as const;
  const steps = tracks.flatMap((_, i) =>
    Array.from(
      { length: 300 },
      (_, frame): Step => ({
        type: "putState",
        track: trackId(i + 1),
        frame: at(frame),
        before: null,
        after: visible(shape, tracker),
      }),
    ),
  );
  const run = transaction(steps, { run: "r" });
  const times = { apply: Infinity, undo: Infinity };
  for (let i = 0; i < 5; i++) {
    const begun = performance.now();
    const done = apply(start.document, run);
    const middle = performance.now();
    assert.ok(done.ok);
    const undone = apply(done.document, invert(run, { id: "back" }));
    times.undo = Math.min(times.undo, performance.now() - middle);
    times.apply = Math.min(times.apply, middle - begun);
    assert.ok(undone.ok && undone.document.tracks.get(trackId(1))!.states.size === 0);
  }
  t.diagnostic(`apply ${times.apply.toFixed(1)} ms, undo ${times.undo.toFixed(1)} ms`);
  assert.ok(
    times.apply < BAR_MS * SHARED_MACHINE && times.undo < BAR_MS * SHARED_MACHINE,
    JSON.stringify(times),
  );
});
