// Masks of resized logits against resizing first and cutting then.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { equal, maskFromLogits, maskFromSmallLogits, resizeBilinear } from "../src/index.ts";

const side = fc.integer({ min: 1, max: 12 });
const size = fc.record({ width: side, height: side });
/** Small whole numbers, so that a mix of two is often exactly zero; others; and hardly any foreground. */
const logit = fc.oneof(
  fc.integer({ min: -2, max: 2 }),
  fc.double({ min: -40, max: 40, noNaN: true }),
  fc.constant(-1024),
);
const wish = fc
  .tuple(
    size,
    fc.record({ width: fc.integer({ min: 1, max: 40 }), height: fc.integer({ min: 1, max: 40 }) }),
  )
  .chain(([from, to]) => {
    const length = from.width * from.height;
    const plane = fc.array(logit, { minLength: length, maxLength: length });
    return plane.map((values) => ({ from, to, logits: Float32Array.from(values) }));
  });

test("the mask is that of the resized logits to the pixel, enlarged or shrunk", () => {
  fc.assert(
    fc.property(wish, ({ from, to, logits }) => {
      const expected = maskFromLogits(resizeBilinear(logits, { from, to }), to);
      assert.ok(equal(maskFromSmallLogits(logits, { from, to }), expected));
    }),
    { numRuns: 400 },
  );
});

test("a blob on the network's grid comes out as it does by resizing first", () => {
  const from = { width: 128, height: 128 };
  const to = { width: 1280, height: 720 };
  const logits = new Float32Array(128 * 128);
  for (let i = 0; i < logits.length; i++) {
    const [x, y] = [i % 128, Math.floor(i / 128)];
    logits[i] = 30 - Math.hypot(x - 70, y - 50) + 3 * Math.sin(x) * Math.cos(y / 2);
  }
  const expected = maskFromLogits(resizeBilinear(logits, { from, to }), to);
  assert.ok(equal(maskFromSmallLogits(logits, { from, to }), expected));
});

test("logits that are no plane of their size are refused", () => {
  const square = { width: 2, height: 2 };
  assert.throws(
    () => maskFromSmallLogits(new Float32Array(5), { from: square, to: square }),
    /2 × 2/,
  );
});
