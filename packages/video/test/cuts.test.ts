// Cuts: the colour arithmetic, and what is and is not a cut.
import assert from "node:assert/strict";
import { test } from "node:test";
import { changeMeter, contentChange, findCuts, hsvOf, smallSize } from "../src/cuts.ts";

/** A noisy picture of one colour; `shift` moves the noise as a camera would. */
function scene(colour: readonly [number, number, number], shift = 0): Uint8Array {
  const rgb = Uint8Array.from({ length: 32 * 18 * 3 }, (_, i) => {
    const noise = ((((i / 3) | 0) + shift) * 37) % 23;
    return Math.min(255, (colour[i % 3] ?? 0) + noise);
  });
  return hsvOf(rgb);
}

function cutsOf(pictures: readonly Uint8Array[]): number[] {
  return findCuts(pictures.map(changeMeter()));
}

const RED = [180, 30, 30] as const;
const BLUE = [30, 60, 180] as const;
const WHITE = [232, 232, 232] as const;
const shots = (...parts: [readonly [number, number, number], number][]) =>
  parts.flatMap(([colour, length]) => Array.from({ length }, (_, i) => scene(colour, i)));

test("HSV is OpenCV's 8-bit form", () => {
  // Values of cv2.cvtColor(…, COLOR_RGB2HSV).
  const rgb = [255, 0, 0, 0, 255, 0, 0, 0, 255, 128, 128, 128, 10, 20, 30, 200, 100, 50];
  const hsv = [0, 255, 255, 60, 255, 255, 120, 255, 255, 0, 0, 128, 105, 170, 30, 10, 191, 200];
  assert.deepEqual([...hsvOf(Uint8Array.from(rgb))], hsv);
});

test("The content change is the mean over hue, saturation and value, hue the short way round", () => {
  const change = contentChange(Uint8Array.from([1, 10, 20]), Uint8Array.from([179, 16, 10]));
  assert.equal(change, (2 + 6 + 10) / 3);
});

test("A change of scene is a cut at the first frame of the new shot", () => {
  assert.deepEqual(cutsOf(shots([RED, 20], [BLUE, 20], [RED, 20])), [20, 40]);
});

test("A flash of one to three frames is no cut", () => {
  for (const length of [1, 2, 3]) {
    assert.deepEqual(cutsOf(shots([RED, 20], [WHITE, length], [RED, 20])), [], `${length} frames`);
  }
});

test("A new shot that begins with a flash is one cut", () => {
  assert.equal(cutsOf(shots([RED, 20], [WHITE, 1], [BLUE, 20])).length, 1);
});

test("A picture that changes much all the time, as in a fast pan, has no cuts", () => {
  const hues = Array.from({ length: 30 }, (_, i) => (i % 2 === 0 ? RED : BLUE));
  const pan = hues.map((colour, i) => scene(colour, i * 7));
  assert.deepEqual(cutsOf(pan), []);
});

test("A still clip, one frame, and no frame have no cuts", () => {
  assert.deepEqual(cutsOf(shots([RED, 30])), []);
  assert.deepEqual(cutsOf(shots([RED, 1])), []);
  assert.deepEqual(cutsOf([]), []);
});

test("Small pictures keep the shape and are never enlarged", () => {
  assert.deepEqual(smallSize({ width: 1280, height: 720 }), { width: 128, height: 72 });
  assert.deepEqual(smallSize({ width: 3, height: 4000 }), { width: 1, height: 128 });
  assert.deepEqual(smallSize({ width: 20, height: 10 }), { width: 20, height: 10 });
});
