// Masks as runs: building, measuring, sets, moving.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  area,
  bitmapFromMask,
  contains,
  crop,
  emptyMask,
  equal,
  fullMask,
  intersection,
  intersectionArea,
  invert,
  iou,
  isEmpty,
  labelsFromMasks,
  type Mask,
  maskFromBitmap,
  maskFromCounts,
  maskFromLogits,
  masksFromLabels,
  paste,
  subtract,
  tightBox,
  translate,
  union,
} from "../src/index.ts";
import { anyMask, anyPair, anySize, drawn, picture } from "./drawn.ts";

function checkCanonical(mask: Mask): void {
  const sum = mask.counts.reduce((a, b) => a + b, 0);
  assert.equal(sum, mask.size.width * mask.size.height);
  assert.ok(mask.counts.slice(1).every((run) => run > 0));
}

function bits(mask: Mask): number[] {
  return [...bitmapFromMask(mask).data];
}

test("runs go down the columns, background first", () => {
  assert.deepEqual([...drawn("#.", "#.", ".#").counts], [0, 2, 3, 1]);
  assert.deepEqual([...drawn("...", "...").counts], [6]);
  assert.deepEqual([...drawn("###", "###").counts], [0, 6]);
});

test("a bitmap survives the way into runs and back", () => {
  fc.assert(
    fc.property(anySize, fc.infiniteStream(fc.integer({ min: 0, max: 1 })), (size, stream) => {
      const data = Uint8Array.from({ length: size.width * size.height }, () => stream.next().value);
      const mask = maskFromBitmap({ size, data });
      checkCanonical(mask);
      assert.deepEqual(bitmapFromMask(mask).data, data);
    }),
  );
});

test("a bitmap that starts at an odd byte of its buffer is read like any other", () => {
  const data = Uint8Array.from([9, 0, 1, 1, 0, 0, 1, 0, 1]).subarray(1);
  const mask = maskFromBitmap({ size: { width: 4, height: 2 }, data });
  assert.deepEqual(picture(mask), [".##.", ".#.#"]);
});

test("a mask of any number of runs keeps its last one", () => {
  for (let pairs = 1; pairs < 70; pairs++) {
    const size = { width: 1, height: pairs * 2 + 1 };
    const data = Uint8Array.from({ length: size.height }, (_, i) => i % 2);
    const mask = maskFromBitmap({ size, data });
    checkCanonical(mask);
    assert.deepEqual(bits(mask), [...data]);
  }
});

test("any non-zero byte is foreground", () => {
  const mask = maskFromBitmap({ size: { width: 1, height: 4 }, data: Uint8Array.of(1, 255, 2, 0) });
  assert.deepEqual([...mask.counts], [0, 3, 1]);
});

test("logits are cut strictly above the threshold, and NaN is background", () => {
  const size = { width: 3, height: 2 };
  const logits = Float32Array.of(0, 1e-7, -1, Number.NaN, 2, 0.5);
  assert.deepEqual(picture(maskFromLogits(logits, size)), [".#.", ".##"]);
  assert.deepEqual(picture(maskFromLogits(logits, size, 0.5)), ["...", ".#."]);
});

test("values and pixels that do not match in number are refused", () => {
  const size = { width: 3, height: 2 };
  assert.throws(() => maskFromLogits(new Float32Array(5), size), /6|3 × 2/);
  assert.throws(() => maskFromBitmap({ size, data: new Uint8Array(7) }), RangeError);
  assert.throws(() => emptyMask({ width: 0, height: 2 }), RangeError);
  assert.throws(() => emptyMask({ width: 2 ** 16, height: 2 ** 16 }), RangeError);
});

test("counts from outside are made canonical or refused", () => {
  const size = { width: 4, height: 2 };
  assert.deepEqual([...maskFromCounts([2, 0, 3, 1, 0, 2], size).counts], [5, 3]);
  assert.deepEqual([...maskFromCounts([0, 0, 8], size).counts], [8]);
  assert.deepEqual([...maskFromCounts([0, 8, 0, 0], size).counts], [0, 8]);
  for (const counts of [[7], [9], [], [4, -1, 5], [4.5, 3.5], [Number.NaN], [2 ** 40]]) {
    assert.throws(() => maskFromCounts(counts, size), { code: "rle-invalid" }, `${counts}`);
  }
});

test("area, box and membership agree with the bitmap", () => {
  fc.assert(
    fc.property(anyMask(), (mask) => {
      const { width, height } = mask.size;
      const on = bits(mask).flatMap((v, i) => (v === 1 ? [i] : []));
      assert.equal(area(mask), on.length);
      assert.equal(isEmpty(mask), on.length === 0);
      const box = tightBox(mask);
      if (box === null) return assert.equal(on.length, 0);
      const xs = on.map((i) => i % width);
      const ys = on.map((i) => Math.floor(i / width));
      assert.deepEqual(
        [box.x, box.y, box.x + box.width - 1, box.y + box.height - 1],
        [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)],
      );
      for (let y = -1; y <= height; y++) {
        for (let x = -1; x <= width; x++) {
          const inside = x >= 0 && y >= 0 && x < width && y < height;
          assert.equal(contains(mask, x, y), inside && bits(mask)[y * width + x] === 1);
        }
      }
    }),
  );
});

test("set operations on runs are those on pixels, and their results are canonical", () => {
  fc.assert(
    fc.property(anyPair, ([a, b]) => {
      const pixelsB = bits(b);
      const cases: [Mask, (p: number, q: number) => number][] = [
        [union(a, b), (p, q) => p | q],
        [intersection(a, b), (p, q) => p & q],
        [subtract(a, b), (p, q) => p & ~q],
        [invert(a), (p) => 1 - p],
      ];
      for (const [result, rule] of cases) {
        checkCanonical(result);
        assert.deepEqual(
          bits(result),
          bits(a).map((p, i) => rule(p, pixelsB[i]!)),
        );
      }
      assert.equal(intersectionArea(a, b), area(intersection(a, b)));
      const either = area(union(a, b));
      assert.equal(iou(a, b), either === 0 ? 1 : intersectionArea(a, b) / either);
      assert.ok(equal(invert(invert(a)), a));
      assert.equal(equal(a, b), bits(a).join() === pixelsB.join());
    }),
  );
});

test("masks of different sizes are not combined, even with equal numbers of pixels", () => {
  const wide = fullMask({ width: 4, height: 2 });
  const tall = fullMask({ width: 2, height: 4 });
  assert.throws(() => union(wide, tall), /4 × 2 and 2 × 4/);
  assert.equal(equal(wide, tall), false);
});

test("moving, cropping and pasting move pixels and cut what falls outside", () => {
  const offset = fc.integer({ min: -19, max: 19 });
  fc.assert(
    fc.property(anyMask(), anySize, offset, offset, (mask, size, dx, dy) => {
      const moved = paste(mask, { size, x: dx, y: dy });
      checkCanonical(moved);
      for (let i = 0; i < size.width * size.height; i++) {
        const x = i % size.width;
        const y = Math.floor(i / size.width);
        assert.equal(contains(moved, x, y), contains(mask, x - dx, y - dy));
      }
      assert.ok(equal(crop(mask, { x: -dx, y: -dy, ...size }), moved));
      assert.ok(equal(translate(mask, { dx, dy }), paste(mask, { size: mask.size, x: dx, y: dy })));
    }),
  );
});

test("a mask cropped to its box and pasted back is the same mask", () => {
  fc.assert(
    fc.property(anyMask(), (mask) => {
      const box = tightBox(mask);
      if (box === null) return;
      assert.ok(equal(paste(crop(mask, box), { size: mask.size, x: box.x, y: box.y }), mask));
    }),
  );
});

test("a label map gives one mask a label, and painting them gives it back", () => {
  const size = { width: 5, height: 3 };
  const data = Uint8Array.of(0, 7, 7, 2, 2, 0, 7, 255, 2, 0, 0, 0, 255, 255, 0);
  const masks = masksFromLabels({ size, data });
  assert.deepEqual([...masks.keys()], [2, 7, 255]);
  assert.deepEqual(picture(masks.get(7)!), [".##..", ".#...", "....."]);
  assert.deepEqual(labelsFromMasks(masks, size).data, data);
  const wide = { size, data: Uint16Array.from(data, (v) => v * 100) };
  assert.deepEqual([...masksFromLabels(wide).keys()], [200, 700, 25500]);
});

test("later masks are painted over earlier ones; numbers beyond a byte are refused", () => {
  const size = { width: 3, height: 1 };
  const painted = labelsFromMasks(
    [
      [1, drawn("##.")],
      [2, drawn(".##")],
    ],
    size,
  );
  assert.deepEqual([...painted.data], [1, 2, 2]);
  assert.throws(() => labelsFromMasks([[256, drawn("##.")]], size), /256/);
  assert.throws(() => labelsFromMasks([[1, drawn("##")]], size), /2 × 1/);
});
