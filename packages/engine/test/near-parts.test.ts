// Parts of a mask far from where the object is known to be.
import assert from "node:assert/strict";
import { test } from "node:test";
import { type Mask, maskFromBitmap } from "@masklet/vision";
import fc from "fast-check";
import { nearParts, partsPointedAt } from "../src/near-parts.ts";

const SIDE = 24;

/** Logits that are 2 inside these boxes (column, row, side) and −2 elsewhere. */
function boxes(...places: readonly (readonly [number, number, number])[]): Float32Array {
  return Float32Array.from({ length: SIDE * SIDE }, (_, at) => {
    const [column, row] = [at % SIDE, Math.floor(at / SIDE)];
    const isInside = places.some(
      ([x, y, side]) => column >= x && column < x + side && row >= y && row < y + side,
    );
    return isInside ? 2 : -2;
  });
}

function maskOf(logits: Float32Array): Mask {
  const data = Uint8Array.from(logits, (logit) => Number(logit > 0));
  return maskFromBitmap({ size: { width: SIDE, height: SIDE }, data });
}

const object = [2, 2, 8] as const;
const besideIt = [11, 2, 3] as const;
const twin = [15, 14, 8] as const;

test("a twin far from the last mask goes, a part beside it stays", () => {
  const kept = nearParts(boxes(object, besideIt, twin), maskOf(boxes(object)), 0.6);
  assert.deepEqual(maskOf(kept), maskOf(boxes(object, besideIt)));
});

test("an object that jumped stays: what is nowhere near is better than nothing", () => {
  const logits = boxes(twin, [2, 20, 2]);
  assert.equal(nearParts(logits, maskOf(boxes([2, 2, 2])), 0.6), logits);
});

test("where nothing is known nothing goes", () => {
  const logits = boxes(object, twin);
  assert.equal(nearParts(logits, maskOf(boxes()), 0.6), logits);
});

test("a click keeps its own part of the answer, in model pixels of another side", () => {
  const points = { coordinates: Float32Array.of(24, 24), labels: Float32Array.of(1) };
  const kept = partsPointedAt(boxes(object, twin), { points, before: null, imageSize: 4 * SIDE });
  assert.deepEqual(maskOf(kept), maskOf(boxes(object)));
});

test("a correction elsewhere keeps the answer before it", () => {
  const points = { coordinates: Float32Array.of(18, 18), labels: Float32Array.of(1) };
  const before = { side: SIDE, data: boxes(object) };
  const logits = boxes(object, twin);
  assert.equal(partsPointedAt(logits, { points, before, imageSize: SIDE }), logits);
});

test("excluding clicks and boxes take nothing away", () => {
  const logits = boxes(object, twin);
  const exclude = { coordinates: Float32Array.of(18, 18), labels: Float32Array.of(0) };
  const box = { coordinates: Float32Array.of(1, 1, 11, 11), labels: Float32Array.of(2, 3) };
  for (const points of [exclude, box])
    assert.equal(partsPointedAt(logits, { points, before: null, imageSize: SIDE }), logits);
});

test("what is kept was there before, and what touches the known place is kept", () => {
  const place = fc.tuple(
    fc.integer({ min: 0, max: SIDE - 6 }),
    fc.integer({ min: 0, max: SIDE - 6 }),
    fc.integer({ min: 1, max: 6 }),
  );
  fc.assert(
    fc.property(fc.array(place, { maxLength: 4 }), place, (places, known) => {
      const logits = boxes(...places);
      const kept = nearParts(logits, maskOf(boxes(known)), 0.6);
      const around = boxes(known);
      for (let at = 0; at < logits.length; at++) {
        if (kept[at]! > 0) assert.ok(logits[at]! > 0);
        if (logits[at]! > 0 && around[at]! > 0) assert.ok(kept[at]! > 0);
      }
    }),
  );
});
