// The sample clip that the server carries is the one that our own drawing makes.
import assert from "node:assert/strict";
import { test } from "node:test";
import { openClip } from "@masklet/video/node";
import { sampleFrameCount, sampleFrames, sampleSize } from "@masklet/workbench";
import { sampleClip } from "../src/sample.ts";

/** Mean difference of a byte that the video's compression leaves at most; another frame differs by several times that. */
const COMPRESSION_MAX = 3;

test("the carried sample clip shows, frame by frame, what the drawing draws", async () => {
  const clip = await openClip(sampleClip);
  try {
    assert.deepEqual(clip.table.size, sampleSize);
    assert.equal(clip.table.frames.length, sampleFrameCount);
    const kept = clip.frames({ direction: "forward" })[Symbol.asyncIterator]();
    let frame = 0;
    for (const { rgb } of sampleFrames()) {
      const picture = (await kept.next()).value;
      assert.ok(picture, `frame ${frame} is missing`);
      const apart = meanDifference(picture.rgb, rgb);
      assert.ok(apart < COMPRESSION_MAX, `frame ${frame} is ${apart.toFixed(2)} apart`);
      frame++;
    }
  } finally {
    await clip.close();
  }
});

function meanDifference(a: Uint8Array, b: Uint8Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += Math.abs(a[i]! - b[i]!);
  return sum / a.length;
}
