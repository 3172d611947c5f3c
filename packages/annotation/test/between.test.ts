// In-betweens of boxes, rotated boxes, polygons and masks, and where they disagree with what was measured.
import assert from "node:assert/strict";
import { test } from "node:test";
import { area, equal, iou, maskFromBitmap, translate } from "@masklet/vision";
import fc from "fast-check";
import {
  absent,
  betweenShapes,
  chooseKeyFrames,
  disagreements,
  type PolygonShape,
  type Ring,
  type State,
  same,
  stateAt,
  visible,
} from "../src/index.ts";
import { at, box, mask, person, tracker } from "./drawn.ts";
import { anyMask, anyPart } from "./generated.ts";

const SIZE = { width: 12, height: 9 };
const linear = { after: "linear" } as const;
const states = (entries: Readonly<Record<number, State>>) =>
  new Map(Object.entries(entries).map(([frame, state]) => [at(Number(frame)), state]));

test("B1 a linear key frame moves to the next one, and says that it was interpolated from where", () => {
  const track = states({ 2: visible(box(0), person, linear), 6: visible(box(8), person) });
  const middle = stateAt(track, at(3));
  assert.ok(middle?.presence === "visible");
  assert.deepEqual(middle.shape, box(2));
  assert.deepEqual(middle.provenance, { by: "interpolated", from: 2, to: 6 });
  assert.deepEqual(
    [middle.key, middle.pinned, stateAt(track, at(7)), stateAt(track, at(1))],
    [false, false, null, null],
  );
});

test("B2 hold lasts to the next state or the end, absence is held, and before an absent frame the shape stays", () => {
  const hold = { after: "hold" } as const;
  const track = states({
    0: visible(box(0), person, linear),
    4: absent(person, hold),
    8: visible(box(8), person, hold),
  });
  assert.deepEqual((stateAt(track, at(3)) as { shape: unknown }).shape, box(0));
  assert.equal(stateAt(track, at(6))?.presence, "absent");
  assert.deepEqual((stateAt(track, at(19)) as { shape: unknown }).shape, box(8));
});

test("B3 a rotated box turns the short way round", () => {
  const turned = (degrees: number) =>
    ({ kind: "rotated-box", centre: { x: 5, y: 5 }, width: 4, height: 2, degrees }) as const;
  const middle = betweenShapes(turned(170), turned(-170), 0.5);
  assert.equal(middle.kind === "rotated-box" && middle.degrees, 180);
});

const polygonOf = (...outer: Ring) =>
  ({ kind: "polygon", parts: [{ outer, holes: [] }] }) as const satisfies PolygonShape;

test("B4 vertices answer to each other by place, whatever vertex the outline starts at and whichever way it runs", () => {
  const square = [
    { x: 0, y: 0 },
    { x: 4, y: 0 },
    { x: 4, y: 4 },
    { x: 0, y: 4 },
  ] as const;
  const moved = square.map(({ x, y }) => ({ x: x + 10, y }));
  for (const end of [moved, [...moved.slice(2), ...moved.slice(0, 2)], [...moved].reverse()]) {
    assert.deepEqual(
      betweenShapes(polygonOf(...square), polygonOf(...end), 0.5),
      polygonOf(...square.map(({ x, y }) => ({ x: x + 5, y }))),
    );
  }
});

test("B5 outlines with different numbers of vertices meet: both ends keep their area", () => {
  const doubleArea = (ring: Ring): number =>
    Math.abs(
      ring.reduce(
        (sum, p, i) =>
          sum + p.x * ring[(i + 1) % ring.length]!.y - ring[(i + 1) % ring.length]!.x * p.y,
        0,
      ),
    );
  fc.assert(
    fc.property(anyPart(SIZE), anyPart(SIZE), (a, b) => {
      const from = { kind: "polygon", parts: [a] } as const;
      const to = { kind: "polygon", parts: [b] } as const;
      for (const [part, end] of [
        [0, a],
        [1, b],
      ] as const) {
        const shape = betweenShapes(from, to, part);
        assert.ok(shape.kind === "polygon");
        assert.ok(Math.abs(doubleArea(shape.parts[0]!.outer) - doubleArea(end.outer)) < 1e-6);
      }
    }),
  );
});

test("B6 a mask on the way to itself stays itself, and both ends of every way are the key frames", () => {
  fc.assert(
    fc.property(
      anyMask(SIZE),
      anyMask(SIZE),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (a, b, part) => {
        const still = betweenShapes({ kind: "mask", mask: a }, { kind: "mask", mask: a }, part);
        assert.ok(still.kind === "mask" && equal(still.mask, a));
        for (const [end, wanted] of [
          [0, a],
          [1, b],
        ] as const) {
          const shape = betweenShapes({ kind: "mask", mask: a }, { kind: "mask", mask: b }, end);
          assert.ok(shape.kind === "mask" && equal(shape.mask, wanted));
        }
      },
    ),
    { numRuns: 60 },
  );
});

test("B7 a moved copy of a mask arrives in whole steps, its hole with it", () => {
  const ring = mask(".........", ".####....", ".#..#....", ".####....", ".........");
  const moved = translate(ring, { dx: 4, dy: 0 });
  const half = betweenShapes({ kind: "mask", mask: ring }, { kind: "mask", mask: moved }, 0.5);
  assert.ok(half.kind === "mask" && equal(half.mask, translate(ring, { dx: 2, dy: 0 })));
});

test("B8 between a small and a large disk lies a disk of the mean radius", () => {
  const disk = (radius: number) => {
    const size = { width: 64, height: 48 };
    const data = Uint8Array.from({ length: 64 * 48 }, (_, i) =>
      ((i % 64) - 31) ** 2 + (Math.floor(i / 64) - 23) ** 2 <= radius ** 2 ? 1 : 0,
    );
    return maskFromBitmap({ size, data });
  };
  const half = betweenShapes(
    { kind: "mask", mask: disk(6) },
    { kind: "mask", mask: disk(18) },
    0.5,
  );
  assert.ok(
    half.kind === "mask" && iou(half.mask, disk(12)) > 0.97,
    String(half.kind === "mask" && area(half.mask)),
  );
});

test("B9 disagreement is 1 − IoU between key frames, 1 where one says absent, and nothing outside of them", () => {
  const track = states({
    0: visible(box(0), person, linear),
    1: visible(box(2), tracker),
    2: visible(box(6), tracker),
    3: absent(tracker),
    4: visible(box(8), person),
    5: visible(box(9), tracker),
  });
  const found = disagreements(track);
  assert.deepEqual(
    found.map(({ frame }) => frame),
    [1, 2, 3],
  );
  assert.deepEqual(
    found.map(({ difference }) => difference.toFixed(3)),
    ["0.000", "0.667", "1.000"],
  );
});

test("B10 key frames chosen from a track are enough to stay within the tolerance", () => {
  const path = fc.array(fc.integer({ min: 0, max: 30 }), { minLength: 1, maxLength: 12 });
  fc.assert(
    fc.property(path, fc.constantFrom(0, 0.2, 0.6), (xs, tolerance) => {
      const track = states(Object.fromEntries(xs.map((x, i) => [i * 2, visible(box(x), tracker)])));
      const keys = chooseKeyFrames(track, tolerance);
      assert.ok(
        disagreements(track, keys).every(({ difference }) => difference <= tolerance + 1e-9),
      );
      assert.deepEqual([keys[0], keys.at(-1)], [0, (xs.length - 1) * 2]);
    }),
  );
  const straight = states(
    Object.fromEntries([0, 1, 2, 3].map((i) => [i, visible(box(i * 2), tracker)])),
  );
  assert.deepEqual(chooseKeyFrames(straight, 0.01), [0, 3]);
  assert.ok(same(chooseKeyFrames(new Map(), 0.1), []));
});
