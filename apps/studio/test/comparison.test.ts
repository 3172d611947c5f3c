// What a comparison of two runs tells: spans that differ, pixels lost and gained.
import assert from "node:assert/strict";
import { test } from "node:test";
import { area, type Mask, maskFromBitmap } from "@masklet/vision";
import { changeOf, differingSpans } from "../src/edit/comparison.ts";

const differences = (...values: number[]) =>
  new Map(values.map((difference, frame) => [frame, { difference }]));

test("frames that differ join over a short gap, the span that differs most comes first", () => {
  const spans = differingSpans(differences(0.1, 0, 0.2, 0, 0, 0, 0.6, 0.01));
  assert.deepEqual(spans, [
    { from: 6, to: 6, most: 0.6 },
    { from: 0, to: 2, most: 0.2 },
  ]);
});

test("an object that a run did not touch has no spans", () => {
  assert.deepEqual(differingSpans(undefined), []);
  assert.deepEqual(differingSpans(differences(0, 0.04)), []);
});

test("lost and gained pixels are those of one mask alone", () => {
  const row = (...pixels: number[]): Mask =>
    maskFromBitmap({ size: { width: pixels.length, height: 1 }, data: Uint8Array.from(pixels) });
  const { lost, gained } = changeOf(row(1, 1, 0, 0), row(0, 1, 1, 1));
  assert.equal(area(lost), 1);
  assert.equal(area(gained), 2);
});
