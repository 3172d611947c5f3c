// Distances, growing, shrinking, in-betweens and the simulated click, against brute force.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  area,
  bitmapFromMask,
  centroid,
  contains,
  dilate,
  emptyMask,
  equal,
  erode,
  firstClick,
  fullMask,
  intersection,
  type Mask,
  maskFromBitmap,
  morph,
  nextClick,
  signedDistance,
  translate,
} from "../src/index.ts";
import { anyMask, anyPair, drawn, picture } from "./drawn.ts";

interface Pixel {
  readonly x: number;
  readonly y: number;
}

function pixelsOf(mask: Mask, value: 0 | 1): Pixel[] {
  const { width } = mask.size;
  const { data } = bitmapFromMask(mask);
  return [...data].flatMap((v, i) =>
    v === value ? [{ x: i % width, y: Math.floor(i / width) }] : [],
  );
}

function nearestSquared(from: Pixel, to: readonly Pixel[]): number {
  return Math.min(...to.map((p) => (p.x - from.x) ** 2 + (p.y - from.y) ** 2));
}

test("signed distances are the exact Euclidean ones, positive inside", () => {
  fc.assert(
    fc.property(anyMask(), (mask) => {
      const inside = pixelsOf(mask, 1);
      const outside = pixelsOf(mask, 0);
      const distances = signedDistance(mask);
      const expect = (p: Pixel, value: number) =>
        assert.equal(distances[p.y * mask.size.width + p.x], Math.fround(value));
      for (const p of inside) expect(p, Math.sqrt(nearestSquared(p, outside)) - 0.5);
      for (const p of outside) expect(p, 0.5 - Math.sqrt(nearestSquared(p, inside)));
    }),
  );
});

test("an empty mask is infinitely far away, a full one infinitely deep", () => {
  const size = { width: 2, height: 1 };
  assert.deepEqual([...signedDistance(emptyMask(size))], [-Infinity, -Infinity]);
  assert.deepEqual([...signedDistance(fullMask(size))], [Infinity, Infinity]);
});

test("growing and shrinking by a disk do what their definitions say", () => {
  const radii = fc.constantFrom(0, 0.9, 1, 1.4, 1.5, 2, 3.2, 5, 30);
  fc.assert(
    fc.property(anyMask(), radii, (mask, radius) => {
      const inside = pixelsOf(mask, 1);
      const outside = pixelsOf(mask, 0);
      const wide = dilate(mask, radius);
      const narrow = erode(mask, radius);
      for (const p of [...inside, ...outside]) {
        const near = nearestSquared(p, inside) <= radius ** 2;
        assert.equal(contains(wide, p.x, p.y), near);
        const deep = contains(mask, p.x, p.y) && nearestSquared(p, outside) > radius ** 2;
        assert.equal(contains(narrow, p.x, p.y), deep);
      }
    }),
  );
});

test("a radius that is no number or beyond the limit is refused", () => {
  assert.throws(() => dilate(drawn("#"), -1), RangeError);
  assert.throws(() => erode(drawn("#"), Number.NaN), RangeError);
  assert.throws(() => signedDistance(drawn("#".repeat(20000))), /16383/);
});

test("the in-between of two masks starts at one and ends at the other", () => {
  fc.assert(
    fc.property(anyPair, ([a, b]) => {
      assert.ok(equal(morph(a, b, 0), a));
      assert.ok(equal(morph(a, b, 1), b));
      assert.ok(equal(morph(a, a, 0.3), a));
    }),
  );
});

test("half way between a mask and itself moved by an even step, it has made half the step", () => {
  const blank = ".".repeat(16);
  const a = drawn(
    blank,
    "..###...........",
    ".#####..........",
    "..##............",
    blank,
    blank,
    blank,
  );
  const b = translate(a, { dx: 8, dy: 2 });
  assert.deepEqual(picture(morph(a, b, 0.5)), picture(translate(a, { dx: 4, dy: 1 })));
});

test("the centroid is the mean of the pixel centres", () => {
  fc.assert(
    fc.property(anyMask(), (mask) => {
      const inside = pixelsOf(mask, 1);
      const center = centroid(mask);
      if (center === null) return assert.equal(inside.length, 0);
      const mean = (key: "x" | "y") => inside.reduce((sum, p) => sum + p[key], 0) / inside.length;
      assert.ok(Math.abs(center.x - mean("x")) < 1e-9);
      assert.ok(Math.abs(center.y - mean("y")) < 1e-9);
    }),
  );
});

test("the next click is the deepest pixel of the larger error, the first in reading order", () => {
  fc.assert(
    fc.property(anyPair, ([prediction, truth]) => {
      const { width, height } = truth.size;
      const all = pixelsOf(fullMask(truth.size), 1);
      const border: Pixel[] = [];
      for (let x = -1; x <= width; x++) border.push({ x, y: -1 }, { x, y: height });
      for (let y = -1; y <= height; y++) border.push({ x: -1, y }, { x: width, y });
      const deepest = (a: Mask, b: Mask) => {
        const wrong = all.filter((p) => contains(a, p.x, p.y) && !contains(b, p.x, p.y));
        const keys = new Set(wrong.map((p) => p.y * width + p.x));
        const right = [...border, ...all.filter((p) => !keys.has(p.y * width + p.x))];
        let best = { depth: 0, point: { x: 0, y: 0 } };
        for (const point of wrong) {
          const depth = nearestSquared(point, right);
          if (depth > best.depth) best = { depth, point };
        }
        return best;
      };
      const missing = deepest(truth, prediction);
      const surplus = deepest(prediction, truth);
      const click = nextClick({ prediction, truth });
      if (missing.depth === 0 && surplus.depth === 0) return assert.equal(click, null);
      const label = missing.depth > surplus.depth ? 1 : 0;
      assert.deepEqual(click, { point: (label === 1 ? missing : surplus).point, label });
    }),
    { numRuns: 60 },
  );
});

test("the first click lies in the object, and there is none on nothing", () => {
  const click = firstClick(drawn(".....", ".###.", ".###.", ".###.", "....."));
  assert.deepEqual(click, { point: { x: 2, y: 2 }, label: 1 });
  assert.equal(firstClick(emptyMask({ width: 3, height: 3 })), null);
});

test("equal errors give a click that takes away", () => {
  const truth = drawn("#....", ".....");
  const prediction = drawn("....#", ".....");
  assert.deepEqual(nextClick({ prediction, truth }), { point: { x: 4, y: 0 }, label: 0 });
});

test("distances on a frame of 720p agree with a disk's own radius", () => {
  const size = { width: 1280, height: 720 };
  const inside = (x: number, y: number) => (x - 600) ** 2 + (y - 300) ** 2 <= 200 ** 2;
  const data = Uint8Array.from({ length: 1280 * 720 }, (_, i) =>
    inside(i % 1280, Math.floor(i / 1280)) ? 1 : 0,
  );
  const disk = maskFromBitmap({ size, data });
  assert.ok(Math.abs(signedDistance(disk)[300 * 1280 + 600]! - 200) < 1);
  const grown = dilate(disk, 10);
  assert.ok(Math.abs(Math.sqrt(area(grown) / Math.PI) - 210) < 0.5);
  assert.equal(area(intersection(grown, disk)), area(disk));
});
