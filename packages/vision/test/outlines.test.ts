// Outlines from masks and back, COCO's polygons, simplification.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  area,
  components,
  emptyMask,
  equal,
  iou,
  maskFromBitmap,
  maskFromCocoPolygons,
  maskFromOutlines,
  outlinesFromMask,
  type Ring,
  rleString,
  simplifyRing,
} from "../src/index.ts";
import { anyMask, drawn, picture } from "./drawn.ts";

function enclosed(ring: Ring): number {
  let sum = 0;
  for (let i = 0; i < ring.length; i += 2) {
    const next = (i + 2) % ring.length;
    sum += ring[i]! * ring[next + 1]! - ring[next]! * ring[i + 1]!;
  }
  return sum / 2;
}

test("outlines give their mask back, whatever its holes and corners", () => {
  fc.assert(
    fc.property(anyMask(), (mask) => {
      const outlines = outlinesFromMask(mask);
      assert.ok(equal(maskFromOutlines(outlines, mask.size), mask));
      const parts = components(mask, 4);
      assert.equal(outlines.length, parts.length);
      const areas = outlines.map(
        ({ outer, holes }) =>
          enclosed(outer) + holes.reduce((sum, hole) => sum + enclosed(hole), 0),
      );
      const sorted = (values: number[]) => values.toSorted((a, b) => a - b);
      assert.deepEqual(sorted(areas), sorted(parts.map(area)));
      for (const { outer, holes } of outlines) {
        assert.ok(enclosed(outer) > 0);
        assert.ok(holes.every((hole) => enclosed(hole) < 0));
      }
    }),
  );
});

test("each hole belongs to its own part, an island in a hole to none", () => {
  const mask = drawn("#####.###", "#...#.#.#", "#.#.#.###", "#...#....", "#####....");
  const outlines = outlinesFromMask(mask);
  assert.deepEqual(
    outlines.map(({ outer, holes }) => [[...outer.subarray(0, 2)], holes.length]),
    [
      [[0, 0], 1],
      [[6, 0], 1],
      [[2, 2], 0],
    ],
  );
  assert.deepEqual([...outlines[2]!.outer], [2, 2, 3, 2, 3, 3, 2, 3]);
});

test("rings run either way, and what lies outside the frame is cut", () => {
  const size = { width: 6, height: 4 };
  const square = Float64Array.of(-3, 1, -3, 9, 2, 9, 2, 1);
  const expected = ["......", "##....", "##....", "##...."];
  assert.deepEqual(picture(maskFromOutlines([{ outer: square, holes: [] }], size)), expected);
  const reversed = Float64Array.of(-3, 1, 2, 1, 2, 9, -3, 9);
  const both = maskFromOutlines(
    [
      { outer: reversed, holes: [] },
      { outer: square, holes: [] },
    ],
    size,
  );
  assert.deepEqual(picture(both), expected);
  const hole = Float64Array.of(0, 2, 1, 2, 1, 3, 0, 3);
  const ring = maskFromOutlines([{ outer: reversed, holes: [hole] }], size);
  assert.deepEqual(picture(ring), ["......", "##....", ".#....", "##...."]);
});

test("a slanted edge takes the pixels whose centres it encloses", () => {
  const triangle = Float64Array.of(0, 0, 4, 0, 0, 4);
  const mask = maskFromOutlines([{ outer: triangle, holes: [] }], { width: 4, height: 4 });
  assert.deepEqual(picture(mask), ["###.", "##..", "#...", "...."]);
});

test("rings that are no rings are refused", () => {
  const size = { width: 4, height: 4 };
  for (const ring of [
    [],
    [1, 1, 2, 2],
    [0, 0, 1, 1, 2],
    [0, 0, 1, Number.NaN, 2, 2],
    [0, 0, 1, 1, Infinity, 0],
  ]) {
    const outlines = [{ outer: Float64Array.from(ring), holes: [] }];
    assert.throws(() => maskFromOutlines(outlines, size), { code: "polygon-invalid" });
  }
  const zigzag = new Float64Array(2e5).map((_, i) => (i % 4 === 0 ? 0 : i % 4 === 2 ? 2000 : i));
  const wide = { width: 2000, height: 4 };
  assert.throws(() => maskFromOutlines([{ outer: zigzag, holes: [] }], wide), /Simplify them/);
});

/** Polygons in a frame of 30 × 26 with the string and the area that pycocotools 2.0.11 gives. */
const COCO: readonly [number[][], string, number][] = [
  [[[10, 10, 20, 10, 20, 20, 10, 20]], "^8:`000000000000000000j7", 100],
  [
    [
      [5, 5, 25, 5, 25, 25, 5, 25],
      [10, 10, 20, 10, 20, 20, 10, 20],
    ],
    "W4d060000000000000000000000000000000000000m3",
    400,
  ],
  [[[2.3, 1.7, 17.9, 4.4, 9.1, 21.6]], "`23g03M3M3N2M2N2NN2N2N3M2N2N2N2Nf9", 145],
  [
    [[-6.5, -3, 30.2, 8, 12.5, 12.5, 40, 33]],
    "02h01O1O1O10O01O100O001O100O1OOAH?7BI=73O2OAK95HK757O2OCM33NM12=O0000FOK0S1",
    168,
  ],
  [
    [[3, 3, 20, 18, 3, 18, 20, 3]],
    "o21;020N10001N021L041J061H081F0:80HF0:OH08OJ06OL04ON02O000O20<0c7",
    129,
  ],
  [[[0, 0, 30, 0, 30, 26, 0, 26]], String.raw`0\h0`, 780],
  [[[4, 4, 4, 4, 12, 9, 12, 9, 6.5, 20]], String.raw`\33h05K5JO2M2N3M3M]>`, 57],
  [[[40, 40, 50, 40, 50, 50]], String.raw`\h0`, 0],
];

test("COCO's polygons are filled as pycocotools fills them", () => {
  for (const [polygons, text, pixels] of COCO) {
    const mask = maskFromCocoPolygons(polygons, { width: 30, height: 26 });
    assert.equal(rleString(mask), text);
    assert.equal(area(mask), pixels);
  }
});

test("polygons of COCO that are none, or endless, are refused", () => {
  const size = { width: 30, height: 26 };
  for (const polygon of [
    [],
    [1, 2, 3, 4],
    [1, 2, 3, 4, 5, 6, 7],
    [0, 0, Number.NaN, 1, 2, 2],
    [0, 0, 1e9, 0, 0, 9],
  ]) {
    assert.throws(() => maskFromCocoPolygons([polygon], size), { code: "polygon-invalid" });
  }
  assert.ok(equal(maskFromCocoPolygons([], size), emptyMask(size)));
});

test("a simplified ring stays within its tolerance and keeps at least a triangle", () => {
  const size = { width: 200, height: 150 };
  const data = new Uint8Array(200 * 150);
  for (let i = 0; i < data.length; i++) {
    const [x, y] = [i % 200, Math.floor(i / 200)];
    data[i] = ((x - 100) / 80) ** 2 + ((y - 75) / 50) ** 2 <= 1 ? 1 : 0;
  }
  const ellipse = maskFromBitmap({ size, data });
  const [outline] = outlinesFromMask(ellipse);
  const simple = simplifyRing(outline!.outer, 1);
  assert.ok(simple.length < outline!.outer.length / 5);
  assert.ok(iou(maskFromOutlines([{ outer: simple, holes: [] }], size), ellipse) > 0.97);
  assert.equal(simplifyRing(outline!.outer, 1e6).length, 6);
  assert.equal(simplifyRing(outline!.outer, 0), outline!.outer);
});

test("every point left out lies within the tolerance of the simplified ring", () => {
  const coordinate = fc.integer({ min: 0, max: 40 });
  fc.assert(
    fc.property(fc.array(coordinate, { minLength: 8, maxLength: 60 }), (numbers) => {
      const ring = Float64Array.from(numbers.slice(0, numbers.length & ~1));
      const simple = simplifyRing(ring, 3);
      assert.ok(simple.length >= 6 || ring.length < 6);
      for (let i = 0; i < ring.length; i += 2) {
        assert.ok(distanceToRing(ring[i]!, ring[i + 1]!, simple) <= 3 + 1e-9);
      }
    }),
  );
});

function distanceToRing(x: number, y: number, ring: Ring): number {
  let best = Infinity;
  for (let i = 0; i < ring.length; i += 2) {
    const next = (i + 2) % ring.length;
    const dx = ring[next]! - ring[i]!;
    const dy = ring[next + 1]! - ring[i + 1]!;
    const length = dx * dx + dy * dy;
    const along = length === 0 ? 0 : ((x - ring[i]!) * dx + (y - ring[i + 1]!) * dy) / length;
    const t = Math.min(Math.max(along, 0), 1);
    best = Math.min(best, Math.hypot(x - ring[i]! - t * dx, y - ring[i + 1]! - t * dy));
  }
  return best;
}
