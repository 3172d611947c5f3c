// Painted masks.
import assert from "node:assert/strict";
import { test } from "node:test";
import { emptyMask, maskFromBitmap } from "@masklet/vision";
import { objectColour, paintMasks } from "../src/overlay.ts";

const SIZE = { width: 9, height: 7 };
const picture = { size: SIZE, rgb: new Uint8Array(9 * 7 * 3).fill(100) };

/** A filled box as a mask. */
function box(x0: number, y0: number, x1: number, y1: number) {
  const data = new Uint8Array(9 * 7);
  for (let y = y0; y < y1; y++) data.fill(1, y * 9 + x0, y * 9 + x1);
  return maskFromBitmap({ size: SIZE, data });
}

function pixel(rgb: Uint8Array, x: number, y: number): number[] {
  return [...rgb.subarray((y * 9 + x) * 3, (y * 9 + x) * 3 + 3)];
}

test("Inside is tinted, the edge is the object's colour, outside stays", () => {
  const out = paintMasks(picture, [{ object: 1, mask: box(2, 1, 7, 6) }], { tint: 0.5, line: 1 });
  const colour = objectColour(1);
  assert.deepEqual(pixel(out, 1, 3), [100, 100, 100]);
  assert.deepEqual(pixel(out, 2, 3), colour);
  assert.deepEqual(pixel(out, 6, 5), colour);
  assert.deepEqual(
    pixel(out, 4, 3),
    colour.map((value) => Math.round(50 + value / 2)),
  );
  assert.equal(
    picture.rgb.every((value) => value === 100),
    true,
    "the input is not touched",
  );
});

test("A mask at the frame's edge and an empty one are painted without harm", () => {
  const masks = [
    { object: 1, mask: box(0, 0, 9, 7) },
    { object: 2, mask: emptyMask(SIZE) },
  ];
  const out = paintMasks(picture, masks, { tint: 0, line: 2 });
  assert.deepEqual(pixel(out, 1, 1), objectColour(1));
  assert.deepEqual(pixel(out, 4, 3), [100, 100, 100]);
});

test("The first twenty-one objects have different colours", () => {
  const colours = Array.from({ length: 21 }, (_, i) => objectColour(i + 1).join());
  assert.equal(new Set(colours).size, 21);
});

test("A mask of another size is refused by name", () => {
  const mask = emptyMask({ width: 3, height: 3 });
  assert.throws(() => paintMasks(picture, [{ object: 7, mask }]), /object 7 is 3 × 3 pixels/);
});
