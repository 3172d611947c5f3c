// COCO's run-length strings against vectors of pycocotools 2.0.11.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  emptyMask,
  equal,
  type Mask,
  maskFromBitmap,
  maskFromCounts,
  maskFromRleString,
  rleString,
} from "../src/index.ts";
import { anyMask, drawn } from "./drawn.ts";

const checkerboard = drawn(".#.#.#", "#.#.#.", ".#.#.#", "#.#.#.", ".#.#.#", "#.#.#.");

const ring = drawn(
  "..........",
  "..######..",
  "..######..",
  "..##..##..",
  "..##..##..",
  "..######..",
  "..######..",
  "..........",
);

function of(counts: number[], height: number, width: number): Mask {
  return maskFromCounts(counts, { width, height });
}

function disk(): Mask {
  const inside = (x: number, y: number) => (x - 8) ** 2 + (y - 8) ** 2 <= 36;
  const data = Uint8Array.from({ length: 256 }, (_, i) => (inside(i % 16, i >> 4) ? 1 : 0));
  return maskFromBitmap({ size: { width: 16, height: 16 }, data });
}

const VECTORS: readonly [string, Mask, string][] = [
  ["empty 5x7", of([35], 5, 7), "S1"],
  ["full 5x7", of([0, 35], 5, 7), "0S1"],
  ["first pixel", of([0, 1, 34], 5, 7), "01R1"],
  ["last pixel", of([34, 1], 5, 7), "R11"],
  ["one pixel", of([17, 1, 17], 5, 7), "a01a0"],
  ["a ring", ring, "a06200L0000000400?"],
  ["a block", of([27, 2, 5, 3, 5, 3, 5, 3, 27], 8, 10), "k02510000f0"],
  ["two parts", of([0, 2, 4, 2, 26, 2, 4, 2, 4, 2], 6, 8), "0240f00ZO000"],
  ["a checkerboard", checkerboard, "1110010O0010O0010O0010O0010O000"],
  ["a disk", disk(), "X11<6L2N2O000O20N10001N2N4J;"],
  ["right half of 1080p", of([1036800, 1036800], 1080, 1920), "P`do0P`do0"],
  ["a column and a pixel", of([108000, 1080, 1964519, 1], 1080, 1920), "P_Y3hQ1W_nk1YnN"],
  ["empty 4K", of([8294400], 2160, 3840), "PPTm7"],
  ["full 4K", of([0, 8294400], 2160, 3840), "0PPTm7"],
  ["last pixel of 4K", of([8294399, 1], 2160, 3840), "ooSm71"],
  ["empty 848x480", of([407040], 480, 848), "P`]<"],
];

for (const [name, mask, text] of VECTORS) {
  test(`the string of ${name} is COCO's, both ways`, () => {
    assert.equal(rleString(mask), text);
    assert.ok(equal(maskFromRleString(text, mask.size), mask));
  });
}

test("one row of 4K, the worst shape, has COCO's length, start and end", () => {
  const row = (3840 - 1) * 2;
  const counts = [
    1080,
    ...Array.from({ length: row }, (_, i) => (i % 2 === 0 ? 1 : 2159)),
    1,
    1079,
  ];
  const text = rleString(of(counts, 2160, 3840));
  assert.equal(text.length, 7687);
  assert.ok(text.startsWith("hQ11_S2000") && text.endsWith("000XnN"));
});

test("every mask survives its string", () => {
  fc.assert(
    fc.property(anyMask(), (mask) => {
      assert.ok(equal(maskFromRleString(rleString(mask), mask.size), mask));
    }),
  );
});

test("runs up to the largest frame survive their string", () => {
  const size = { width: 2 ** 15, height: 2 ** 15 };
  for (const counts of [
    [2 ** 30],
    [0, 2 ** 30],
    [1, 2 ** 30 - 3, 1, 1],
    [1, 1, 1, 2 ** 30 - 4, 1],
  ]) {
    const mask = maskFromCounts(counts, size);
    assert.ok(equal(maskFromRleString(rleString(mask), size), mask));
  }
  assert.equal(rleString(emptyMask(size)), "PPPPPP1");
});

test("zero runs inside a foreign string are joined away", () => {
  // 2, 0, 3, 3 as pycocotools would store it: plain, plain, plain, 3 − 0.
  assert.deepEqual([...maskFromRleString("2033", { width: 4, height: 2 }).counts], [5, 3]);
});

test("a damaged string is refused in one sentence that names the place", () => {
  const size = { width: 7, height: 5 };
  const cases: [string, RegExp][] = [
    ["", /sum to 0/],
    ["S", /character 1: .*cut short/],
    ["S 1", /character 1: " "/],
    ["S1\u{1F600}", /character 2/],
    ["p", /alphabet/],
    ["S2", /more than 35/],
    ["R1", /sum to 34/],
    ["O", /negative/],
    ["000O", /negative/],
    ["ooooooo", /cut short/],
    ["oooooooo0", /too long/],
    ["oooooo?", /more than/],
  ];
  for (const [text, message] of cases) {
    assert.throws(() => maskFromRleString(text, size), { code: "rle-invalid", message }, text);
  }
});

test("no string of the alphabet makes the reader loop, crash or break a mask", () => {
  const characters = fc.array(fc.integer({ min: 47, max: 112 }), { maxLength: 60 });
  fc.assert(
    fc.property(characters, (codes) => {
      const text = String.fromCharCode(...codes);
      try {
        const mask = maskFromRleString(text, { width: 9, height: 7 });
        assert.equal(
          mask.counts.reduce((a, b) => a + b, 0),
          63,
        );
      } catch (error) {
        assert.equal((error as { code?: string }).code, "rle-invalid");
      }
    }),
    { numRuns: 500 },
  );
});
