// Cut-outs: alpha of soft and hard edges, colours kept straight, any box.
import assert from "node:assert/strict";
import { test } from "node:test";
import { bitmapFromMask, maskFromBitmap, type PixelBox } from "@masklet/vision";
import fc from "fast-check";
import { CUT_OUT_MARGIN, cutOut } from "../src/index.ts";

const SIZE = { width: 12, height: 8 };
const WHOLE: PixelBox = { x: 0, y: 0, ...SIZE };
/** Every pixel's colour tells where it is. */
const PICTURE = {
  size: SIZE,
  rgb: Uint8Array.from({ length: 96 * 3 }, (_, i) => 1 + (Math.floor(i / 3) % 200) + (i % 3)),
};

function maskOf(inside: (x: number, y: number) => boolean) {
  const data = Uint8Array.from({ length: 96 }, (_, i) =>
    inside(i % SIZE.width, Math.floor(i / SIZE.width)) ? 1 : 0,
  );
  return maskFromBitmap({ size: SIZE, data });
}

test("a hard edge is the mask, and colours are the picture's own", () => {
  const mask = maskOf((x, y) => x >= 4 && x < 8 && y >= 2 && y < 6);
  const rgba = cutOut(PICTURE, mask, { box: WHOLE, edge: "hard" });
  for (let i = 0; i < 96; i++) {
    const [x, y] = [i % 12, Math.floor(i / 12)];
    const inside = x >= 4 && x < 8 && y >= 2 && y < 6;
    assert.equal(rgba[4 * i + 3], inside ? 255 : 0);
    if (inside)
      assert.deepEqual(
        [...rgba.subarray(4 * i, 4 * i + 3)],
        [...PICTURE.rgb.subarray(3 * i, 3 * i + 3)],
      );
  }
});

test("a soft edge falls over two pixels, half-way on the outline, and keeps the frame's border whole", () => {
  const rgba = cutOut(
    PICTURE,
    maskOf((x) => x < 6),
    { box: WHOLE, edge: "soft" },
  );
  const alphas = Array.from({ length: 12 }, (_, x) => rgba[4 * (3 * 12 + x) + 3]!);
  assert.deepEqual(alphas.slice(0, 4), [255, 255, 255, 255]);
  assert.ok(alphas[5]! > 200 && alphas[5]! < 255 && alphas[6]! > 0 && alphas[6]! < 55);
  assert.equal(alphas[5]! + alphas[6]!, 255);
  assert.deepEqual(alphas.slice(8), [0, 0, 0, 0]);
  // Colour goes on a little under full transparency, and is black further out.
  assert.equal(rgba[4 * (3 * 12 + 7)], PICTURE.rgb[3 * (3 * 12 + 7)]);
  assert.equal(rgba[4 * (3 * 12 + 9)], 0);
});

test("a box with its margin has exactly the pixels of the whole picture", () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 96, maxLength: 96, max: 1 }),
      fc.constantFrom("soft" as const, "hard" as const),
      (data, edge) => {
        // The object stays away from the rim, so that the margin lies inside the picture.
        const inner = data.map((value, i) => {
          const [x, y] = [i % 12, Math.floor(i / 12)];
          return x >= 4 && x < 8 && y >= 3 && y < 5 ? value : 0;
        });
        const mask = maskFromBitmap({ size: SIZE, data: inner });
        const box = {
          x: 4 - CUT_OUT_MARGIN,
          y: 3 - CUT_OUT_MARGIN,
          width: 4 + 2 * CUT_OUT_MARGIN,
          height: 2 + 2 * CUT_OUT_MARGIN,
        };
        const whole = cutOut(PICTURE, mask, { box: WHOLE, edge });
        const part = cutOut(PICTURE, mask, { box, edge });
        for (let y = 0; y < box.height; y++) {
          const from = ((box.y + y) * 12 + box.x) * 4;
          const row = whole.subarray(from, from + box.width * 4);
          assert.deepEqual(part.subarray(y * box.width * 4, (y + 1) * box.width * 4), row);
        }
        const opaque = bitmapFromMask(mask).data.some((value) => value === 1);
        if (edge === "hard")
          assert.equal(
            whole.some((value, i) => i % 4 === 3 && value > 0),
            opaque,
          );
      },
    ),
  );
});

test("a mask of another size is refused", () => {
  const mask = maskFromBitmap({ size: { width: 2, height: 2 }, data: new Uint8Array(4) });
  assert.throws(() => cutOut(PICTURE, mask, { box: WHOLE, edge: "soft" }), RangeError);
});
