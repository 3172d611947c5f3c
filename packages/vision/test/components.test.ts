// Connected components, holes and specks, against flood filling.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  area,
  bitmapFromMask,
  type Connectivity,
  components,
  crop,
  emptyMask,
  equal,
  fillEnclosedHoles,
  fillHolesOfLogits,
  fillSmallHoles,
  invert,
  isEmpty,
  type Mask,
  maskFromBitmap,
  maskFromLogits,
  paste,
  removeSmallRegions,
  removeSpecksOfLogits,
  subtract,
  union,
} from "../src/index.ts";
import { anyMask, drawn, picture } from "./drawn.ts";

/** The parts of a mask by flood filling, in the order of their first pixels down the columns. */
function flooded(mask: Mask, connectivity: Connectivity): Mask[] {
  const { width, height } = mask.size;
  const left = bitmapFromMask(mask).data;
  const parts: Mask[] = [];
  for (let n = 0; n < left.length; n++) {
    const first = (n % height) * width + Math.floor(n / height);
    if (left[first] === 0) continue;
    const part = new Uint8Array(left.length);
    const open = [first];
    left[first] = 0;
    for (let at = open.pop(); at !== undefined; at = open.pop()) {
      part[at] = 1;
      const x = at % width;
      const y = Math.floor(at / width);
      for (let dy = -1; dy <= 1; dy++) {
        for (let dx = -1; dx <= 1; dx++) {
          if (connectivity === 4 && dx !== 0 && dy !== 0) continue;
          const inside = x + dx >= 0 && x + dx < width && y + dy >= 0 && y + dy < height;
          const next = at + dy * width + dx;
          if (!inside || left[next] === 0) continue;
          left[next] = 0;
          open.push(next);
        }
      }
    }
    parts.push(maskFromBitmap({ size: mask.size, data: part }));
  }
  return parts;
}

const connectivities = fc.constantFrom<Connectivity>(4, 8);

test("components are those of flood filling, in order of their first pixels", () => {
  fc.assert(
    fc.property(anyMask(), connectivities, (mask, connectivity) => {
      const parts = components(mask, connectivity);
      const expected = flooded(mask, connectivity);
      assert.equal(parts.length, expected.length);
      for (const [i, part] of parts.entries()) assert.ok(equal(part, expected[i]!));
    }),
  );
});

test("a corner joins 8-connected parts and parts 4-connected ones", () => {
  const mask = drawn("#.", ".#");
  assert.equal(components(mask, 8).length, 1);
  assert.equal(components(mask, 4).length, 2);
  assert.equal(components(emptyMask(mask.size), 8).length, 0);
});

test("small holes are background parts up to the limit, at the border too", () => {
  fc.assert(
    fc.property(anyMask(), connectivities, fc.nat(12), (mask, connectivity, areaMax) => {
      const holes = flooded(invert(mask), connectivity).filter((part) => area(part) <= areaMax);
      const expected = holes.reduce(union, mask);
      assert.ok(equal(fillSmallHoles(mask, { areaMax, connectivity }), expected));
    }),
  );
});

test("small regions go, and the largest stays even if it is small", () => {
  fc.assert(
    fc.property(anyMask(), connectivities, fc.nat(12), (mask, connectivity, areaMax) => {
      const parts = flooded(mask, connectivity);
      const large = parts.filter((part) => area(part) > areaMax);
      const result = removeSmallRegions(mask, { areaMax, connectivity });
      if (large.length > 0) {
        assert.ok(equal(result, large.reduce(union)));
      } else if (parts.length === 0) {
        assert.ok(isEmpty(result));
      } else {
        const most = Math.max(...parts.map(area));
        assert.ok(equal(result, parts.find((part) => area(part) === most)!));
      }
    }),
  );
});

test("enclosed holes are filled, whatever their size, and bays are not", () => {
  const mask = drawn("######", "#....#", "#.##.#", "######", "#..#..", "#..###");
  const filled = ["######", "######", "######", "######", "#..#..", "#..###"];
  assert.deepEqual(picture(fillEnclosedHoles(mask)), filled);
  fc.assert(
    fc.property(anyMask(), (any) => {
      const added = subtract(fillEnclosedHoles(any), any);
      // A background that is let in from all around the frame is what stays background.
      const { width, height } = any.size;
      const around = { width: width + 2, height: height + 2 };
      const [outside] = flooded(invert(paste(any, { size: around, x: 1, y: 1 })), 4);
      const reached = crop(outside!, { x: 1, y: 1, width, height });
      assert.ok(equal(added, subtract(invert(any), reached)));
    }),
  );
});

test("holes and specks of logits get the given value and nothing else changes", () => {
  const size = { width: 5, height: 3 };
  const logits = Float32Array.of(3, 3, 3, 3, -2, 3, 0, 3, -1, -2, 3, 3, 3, 3, 9);
  const holes = fillHolesOfLogits(logits, { size, areaMax: 1, value: 0.125 });
  assert.deepEqual([...holes], [3, 3, 3, 3, -2, 3, 0.125, 3, -1, -2, 3, 3, 3, 3, 9]);
  const specks = removeSpecksOfLogits(
    Float32Array.from(logits, (v) => -v),
    {
      size,
      areaMax: 3,
      value: -10,
    },
  );
  assert.deepEqual([...specks], [-3, -3, -3, -3, -10, -3, -0, -3, -10, -10, -3, -3, -3, -3, -9]);
  assert.equal(logits[6], 0);
  const again = fillHolesOfLogits(holes, { size, areaMax: 1, value: 0.125 });
  assert.ok(equal(maskFromLogits(again, size), maskFromLogits(holes, size)));
});
