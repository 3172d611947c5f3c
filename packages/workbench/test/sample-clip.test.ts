// The sample clip holds what the demonstration says of it.
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  sampleCut,
  sampleFrameCount,
  sampleFrames,
  sampleObjects,
  sampleSize,
} from "../src/sample-clip.ts";

const areas: number[][] = [];
let first = new Uint8Array();
for (const { labels } of sampleFrames()) {
  if (areas.length === 0) first = labels.slice();
  const counts = new Array<number>(4).fill(0);
  for (const label of labels) counts[label]! += 1;
  areas.push(counts);
}

test("each object's click lies on it", () => {
  for (const { id, click } of sampleObjects) {
    assert.equal(first[click.y * sampleSize.width + click.x], id);
  }
});

test("the ball is nearly hidden once and comes back whole", () => {
  const ball = areas.slice(0, sampleCut).map((counts) => counts[1]!);
  const whole = ball[0]!;
  const least = Math.min(...ball);
  assert.ok(least > 0 && least < 0.4 * whole, `least ${least} of ${whole}`);
  assert.ok(Math.abs(ball.at(-1)! - whole) < 0.01 * whole);
});

test("no object of the first shot is seen after the cut", () => {
  assert.equal(areas.length, sampleFrameCount);
  for (const counts of areas.slice(sampleCut))
    assert.equal(counts[0], sampleSize.width * sampleSize.height);
});
