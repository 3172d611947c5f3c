// Masks composited by the processor: every pixel right far in, no hole in a lone mask, overlaps, what is cleared.
import assert from "node:assert/strict";
import { test } from "node:test";
import { type Mask, maskFromBitmap } from "@masklet/vision";
import fc from "fast-check";
import { distanceField } from "../src/stage/distance-field.ts";
import type { MaskLook } from "../src/stage/mask-look.ts";
import { createPainter, type Placement, unpremultiplied } from "../src/stage/paint-masks.ts";

const size = { width: 12, height: 9 };
const bits = fc.array(fc.boolean(), { minLength: 108, maxLength: 108 });
const maskOf = (values: readonly boolean[]): Mask =>
  maskFromBitmap({ size, data: Uint8Array.from(values, Number) });
const lookOf = (mask: Mask, facts: Partial<MaskLook> = {}): MaskLook => ({
  mask,
  colour: [1, 0, 0],
  fill: 0.5,
  line: 0,
  dim: 1,
  dash: null,
  hatch: false,
  ...facts,
});
const placed = (scale: number, x = 0, y = 0): Placement => ({
  x,
  y,
  scale,
  ratio: 1,
  picture: size,
});
const alphaOf = (pixel: number) => pixel >>> 24;

test("a distance field has the mask's sign wherever the neighbours agree with the pixel", () => {
  fc.assert(
    fc.property(bits, (values) => {
      const field = distanceField(maskOf(values), 3);
      if (!field) return !values.includes(true);
      const { box, data } = field;
      const at = (x: number, y: number) =>
        x >= 0 &&
        y >= 0 &&
        x < size.width &&
        y < size.height &&
        values[y * size.width + x] === true;
      for (let y = 0; y < size.height; y++) {
        for (let x = 0; x < size.width; x++) {
          const side = at(x, y);
          const steps = [-1, 0, 1];
          if (!steps.every((dy) => steps.every((dx) => at(x + dx, y + dy) === side))) continue;
          const [column, row] = [x - box.x, y - box.y];
          if (column < 0 || row < 0 || column >= box.width || row >= box.height) continue;
          if (data[row * box.width + column]! > 128 !== side) return false;
        }
      }
      return true;
    }),
    { numRuns: 60 },
  );
});

test("far in, every pixel of the mask is filled to its edges and no other", () => {
  fc.assert(
    fc.property(bits, fc.integer({ min: -20, max: 20 }), (values, shift) => {
      const scale = 8;
      const painter = createPainter({ width: 96, height: 72 });
      painter.paint([lookOf(maskOf(values))], placed(scale, shift, -shift));
      for (let y = 0; y < 72; y++) {
        for (let x = 0; x < 96; x++) {
          const [column, row] = [Math.floor((x - shift) / scale), Math.floor((y + shift) / scale)];
          const inside =
            column >= 0 && row >= 0 && column < 12 && row < 9 && values[row * 12 + column] === true;
          // The half pixel on either side of an edge is shared between the two.
          const alpha = alphaOf(painter.pixels[y * 96 + x]!);
          const middle = (x - shift) % scale !== 0 && (y + shift) % scale !== 0;
          if (middle && inside && alpha === 0) return false;
          if (!inside && alpha > 64) return false;
        }
      }
      return true;
    }),
    { numRuns: 30 },
  );
});

test("a mask shown small is filled inside, outlined at its edge and haloed outside", () => {
  const disc = Array.from(
    { length: 108 },
    (_, i) => Math.hypot((i % 12) - 5.5, Math.floor(i / 12) - 4) < 3.6,
  );
  const painter = createPainter({ width: 36, height: 27 });
  painter.paint([lookOf(maskOf(disc), { fill: 0.26, line: 1.5 })], placed(3));
  const at = (x: number, y: number) => painter.pixels[y * 36 + x]!;
  assert.equal(alphaOf(at(18, 13)), Math.round(0.26 * 255));
  const row = Array.from({ length: 18 }, (_, x) => at(x, 13));
  assert.ok(
    row.some((pixel) => (pixel & 255) > 200),
    "the outline has the object's colour",
  );
  assert.ok(
    row.some((pixel) => alphaOf(pixel) > 60 && (pixel & 255) < 40),
    "the halo is dark",
  );
  assert.equal(at(0, 0), 0);
});

test("a later mask lies over an earlier one, and both outlines over both fills", () => {
  const half = (from: number) =>
    maskOf(Array.from({ length: 108 }, (_, i) => i % 12 >= from && i % 12 < from + 6));
  const painter = createPainter({ width: 48, height: 36 });
  const red = lookOf(half(0), { line: 2 });
  const blue = lookOf(half(3), { line: 2, colour: [0, 0, 1], fill: 0.9 });
  painter.paint([red, blue], placed(4));
  // Red's right edge lies at column 6, under blue's fill.
  const pixel = painter.pixels[18 * 48 + 24]!;
  assert.ok((pixel & 255) > 120, "red's outline shows through blue's fill");
});

test("a second scene clears the first, and the rectangle told covers both", () => {
  const one = maskOf(Array.from({ length: 108 }, (_, i) => i === 0));
  const other = maskOf(Array.from({ length: 108 }, (_, i) => i === 107));
  const painter = createPainter({ width: 24, height: 18 });
  painter.paint([lookOf(one)], placed(2));
  const changed = painter.paint([lookOf(other)], placed(2));
  assert.equal(painter.pixels[0], 0);
  assert.deepEqual([changed?.x, changed?.y], [0, 0]);
  assert.deepEqual(painter.paint([], placed(2)) !== null, true);
  assert.ok(painter.pixels.every((pixel) => pixel === 0));
  assert.equal(painter.paint([], placed(2)), null);
});

test("pixels come back from premultiplied colours within a step", () => {
  const pixels = new Uint32Array(256);
  for (let alpha = 0; alpha < 256; alpha++)
    pixels[alpha] = ((alpha << 24) | Math.round(alpha * 0.5)) >>> 0;
  const into = new Uint32Array(256);
  unpremultiplied(
    { pixels, size: { width: 256, height: 1 } },
    { x: 0, y: 0, width: 256, height: 1 },
    into,
  );
  for (let alpha = 8; alpha < 256; alpha++)
    assert.ok(Math.abs((into[alpha]! & 255) - 127.5) <= 128 / alpha + 1);
});
