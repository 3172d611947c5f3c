// J and F by their definitions, and DAVIS's statistics.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  bitmapFromMask,
  boundaryAccuracy,
  emptyMask,
  fullMask,
  type Mask,
  maskFromBitmap,
  regionSimilarity,
  scoreMasklet,
  statistics,
  translate,
} from "../src/index.ts";
import { anyPair, drawn } from "./drawn.ts";

/** `seg2bmap` written out with its three cases, as pixel numbers. */
function boundaryPixels(mask: Mask): number[] {
  const { width, height } = mask.size;
  const { data } = bitmapFromMask(mask);
  const at = (x: number, y: number) => data[y * width + x]!;
  return [...data.keys()].filter((i) => {
    const x = i % width;
    const y = Math.floor(i / width);
    if (x === width - 1 && y === height - 1) return false;
    if (y === height - 1) return at(x, y) !== at(x + 1, y);
    if (x === width - 1) return at(x, y) !== at(x, y + 1);
    return [at(x + 1, y), at(x, y + 1), at(x + 1, y + 1)].some((v) => v !== at(x, y));
  });
}

function boundaryAccuracyByDisks(prediction: Mask, truth: Mask): number {
  const { width, height } = truth.size;
  const radius = Math.ceil(0.008 * Math.sqrt(width ** 2 + height ** 2));
  const p = boundaryPixels(prediction);
  const t = boundaryPixels(truth);
  const near = (i: number, others: number[]) =>
    others.some((j) => {
      const dx = (i % width) - (j % width);
      const dy = Math.floor(i / width) - Math.floor(j / width);
      return dx * dx + dy * dy <= radius * radius;
    });
  if (p.length === 0 && t.length === 0) return 1;
  if (p.length === 0 || t.length === 0) return 0;
  const precision = p.filter((i) => near(i, t)).length / p.length;
  const recall = t.filter((i) => near(i, p)).length / t.length;
  return precision + recall === 0 ? 0 : (2 * precision * recall) / (precision + recall);
}

test("F is DAVIS's, by disks around every boundary pixel", () => {
  fc.assert(
    fc.property(anyPair, ([prediction, truth]) => {
      const expected = boundaryAccuracyByDisks(prediction, truth);
      assert.ok(Math.abs(boundaryAccuracy(prediction, truth) - expected) < 1e-12);
    }),
  );
});

test("the tolerance grows with the frame: 8 pixels at 854 × 480", () => {
  const size = { width: 854, height: 480 };
  const data = new Uint8Array(854 * 480);
  for (let y = 100; y < 200; y++) data.fill(1, y * 854 + 100, y * 854 + 200);
  const square = maskFromBitmap({ size, data });
  assert.equal(boundaryAccuracy(translate(square, { dx: 8, dy: 0 }), square), 1);
  assert.ok(boundaryAccuracy(translate(square, { dx: 9, dy: 0 }), square) < 1);
});

test("nothing against nothing is perfect, nothing against something is zero", () => {
  const nothing = emptyMask({ width: 4, height: 3 });
  const something = drawn("....", ".##.", "....");
  for (const score of [regionSimilarity, boundaryAccuracy]) {
    assert.equal(score(nothing, nothing), 1);
    assert.equal(score(nothing, something), 0);
    assert.equal(score(something, nothing), 0);
    assert.equal(score(something, something), 1);
  }
  // A whole frame has no boundary, so against nothing F is 1 while J is 0: that is the definition.
  assert.equal(boundaryAccuracy(fullMask(nothing.size), nothing), 1);
  assert.equal(regionSimilarity(fullMask(nothing.size), nothing), 0);
});

test("masks of different sizes are not compared", () => {
  assert.throws(() => boundaryAccuracy(drawn("##"), drawn("#", "#")), RangeError);
  assert.throws(() => regionSimilarity(drawn("##"), drawn("#", "#")), RangeError);
});

test("statistics are DAVIS's, with quarters that share their limits", () => {
  // NumPy: ids = round(linspace(1, 10, 5) + 1e-10) − 1 = 0, 2, 5, 7, 9.
  const values = [1, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1];
  const result = statistics(values);
  assert.ok(Math.abs(result.mean - 0.55) < 1e-12);
  assert.equal(result.recall, 0.5);
  assert.ok(Math.abs(result.decay - (0.9 - 0.2)) < 1e-12);
  assert.deepEqual(statistics([0.5]), { mean: 0.5, recall: 0, decay: 0 });
});

test("decay of more than 255 frames does not wrap", () => {
  const values = Array.from({ length: 1000 }, (_, i) => 1 - i / 999);
  assert.ok(Math.abs(statistics(values).decay - 0.75) < 1e-3);
  assert.throws(() => statistics([]), RangeError);
});

test("the first and the last frame do not count", () => {
  const truth = Array.from({ length: 5 }, () => drawn("....", ".##.", ".##.", "...."));
  const empty = emptyMask(truth[0]!.size);
  const ends = scoreMasklet({ truth, prediction: [empty, truth[1]!, truth[2]!, truth[3]!, empty] });
  assert.deepEqual([ends.frames, ends.J.mean, ends.F.mean, ends.JF], [3, 1, 1, 1]);
  const middle = scoreMasklet({
    truth,
    prediction: [truth[0]!, truth[1]!, empty, truth[3]!, truth[4]!],
  });
  assert.ok(Math.abs(middle.JF - 2 / 3) < 1e-12);
  assert.throws(() => scoreMasklet({ truth, prediction: [empty] }), /1 and 5/);
  assert.throws(
    () => scoreMasklet({ truth: [empty, empty], prediction: [empty, empty] }),
    /at least 3/,
  );
});
