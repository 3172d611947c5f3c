// Hand tools, lanes, doubts: the pure part of editing.
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  absent,
  type Document,
  newDocument,
  type Provenance,
  type State,
  type TrackId,
  trackId,
  trackInfo,
  visible,
} from "@masklet/annotation";
import {
  area,
  bitmapFromMask,
  type FrameIndex,
  frameIndex,
  type Mask,
  maskFromBitmap,
} from "@masklet/vision";
import fc from "fast-check";

import {
  maskFromRing,
  maskFromShape,
  maskFromStroke,
  polygonFromMask,
  smoothed,
} from "../src/edit/brush.ts";
import { findDoubts } from "../src/edit/doubts.ts";
import { laneOf } from "../src/edit/lanes.ts";
import {
  canAsk,
  noPrompts,
  withBox,
  withMovedPoint,
  withoutPoint,
  withPoint,
} from "../src/edit/prompts.ts";

const size = { width: 12, height: 9 };

/** A mask drawn with characters: `#` is inside. */
function drawn(...rows: string[]): Mask {
  const [width, height] = [rows[0]!.length, rows.length];
  const data = Uint8Array.from(rows.join(""), (letter) => (letter === "#" ? 1 : 0));
  return maskFromBitmap({ size: { width, height }, data });
}

function shown(mask: Mask): string[] {
  const { size: of, data } = bitmapFromMask(mask);
  return Array.from({ length: of.height }, (_, y) =>
    Array.from({ length: of.width }, (_, x) => (data[y * of.width + x] ? "#" : ".")).join(""),
  );
}

test("a dot of the smallest brush paints the pixel under it", () => {
  const mask = maskFromStroke([{ x: 3.5, y: 4.5 }], 1, size);
  assert.equal(area(mask), 1);
  assert.equal(shown(mask)[4]![3], "#");
});

test("a stroke paints exactly the pixels whose centres are near enough to it", () => {
  const place = fc.record({
    x: fc.double({ min: -4, max: 16, noNaN: true }),
    y: fc.double({ min: -4, max: 13, noNaN: true }),
  });
  const near = (at: { x: number; y: number }, a: { x: number; y: number }, b: typeof a) => {
    const [dx, dy] = [b.x - a.x, b.y - a.y];
    const squared = dx * dx + dy * dy;
    const along =
      squared === 0
        ? 0
        : Math.max(0, Math.min(1, ((at.x - a.x) * dx + (at.y - a.y) * dy) / squared));
    return Math.hypot(at.x - a.x - along * dx, at.y - a.y - along * dy);
  };
  fc.assert(
    fc.property(place, place, fc.double({ min: 2, max: 9, noNaN: true }), (a, b, diameter) => {
      const { data } = bitmapFromMask(maskFromStroke([a, b], diameter, size));
      return data.every((painted, i) => {
        const centre = { x: (i % size.width) + 0.5, y: Math.floor(i / size.width) + 0.5 };
        const distance = near(centre, a, b) - diameter / 2;
        return Math.abs(distance) < 1e-6 || painted === (distance < 0 ? 1 : 0);
      });
    }),
    { numRuns: 200 },
  );
});

test("a stroke is painted without gaps however far apart its points are", () => {
  const mask = maskFromStroke(
    [
      { x: 1, y: 4.5 },
      { x: 11, y: 4.5 },
    ],
    2,
    size,
  );
  assert.equal(shown(mask)[4], "############");
});

test("a ring covers exactly the pixels whose centres it encloses", () => {
  const ring = [
    { x: 2, y: 1 },
    { x: 6, y: 1 },
    { x: 6, y: 4 },
    { x: 2, y: 4 },
  ];
  assert.equal(area(maskFromRing(ring, size)), 12);
  assert.equal(area(maskFromShape({ kind: "box", x: 2, y: 1, width: 4, height: 3 }, size)), 12);
});

test("mask to polygon and back is the same mask, holes included", () => {
  const ring = drawn("######", "#....#", "#.##.#", "#....#", "######");
  const again = maskFromShape(polygonFromMask(ring, 0), ring.size);
  assert.deepEqual(shown(again), shown(ring));
});

test("smoothing takes specks and pinholes away and keeps a plain area", () => {
  const rough = drawn(
    "............",
    ".########...",
    ".####.###...",
    ".########.#.",
    ".########...",
    "............",
  );
  const even = shown(smoothed(rough));
  assert.equal(even[2]![5], "#", "the pinhole is filled");
  assert.equal(even[3]![10], ".", "the speck is gone");
});

test("prompts are values: moving and removing leave the old set as it was", () => {
  const one = withPoint(noPrompts, { x: 1, y: 2 }, "include");
  const two = withPoint(one, { x: 5, y: 5 }, "exclude");
  assert.equal(one.points.length, 1);
  assert.deepEqual(withMovedPoint(two, 0, { x: 9, y: 9 }).points[0]!.at, { x: 9, y: 9 });
  assert.deepEqual(two.points[0]!.at, { x: 1, y: 2 });
  assert.equal(withoutPoint(two, 0).points[0]!.sign, "exclude");
});

test("negative points alone are not asked; a box or a mask to correct makes them a question", () => {
  const negative = withPoint(noPrompts, { x: 1, y: 1 }, "exclude");
  assert.equal(canAsk(negative), false);
  assert.equal(canAsk(withBox(negative, { from: { x: 4, y: 4 }, to: { x: 1, y: 1 } })), true);
  assert.deepEqual(withBox(noPrompts, { from: { x: 4, y: 1 }, to: { x: 1, y: 5 } }).box, {
    from: { x: 1, y: 1 },
    to: { x: 4, y: 5 },
  });
});

const f = (frame: number): FrameIndex => frameIndex(frame);
const square = (width: number) =>
  maskFromRing(
    [
      { x: 1, y: 1 },
      { x: 1 + width, y: 1 },
      { x: 1 + width, y: 5 },
      { x: 1, y: 5 },
    ],
    size,
  );
const model = (...prompted: number[]): Provenance => ({
  by: "model",
  model: "m",
  version: null,
  policy: null,
  run: "r",
  prompted: prompted.map(f),
});

function documentOf(states: readonly (readonly [number, State])[], frameCount = 100): Document {
  const base = newDocument({ name: "v", size, frameCount });
  const track = {
    info: trackInfo(),
    review: null,
    states: new Map(states.map(([k, s]) => [f(k), s])),
  };
  return { ...base, tracks: new Map([[trackId(1) as TrackId, track]]) };
}

const seen = (score: number, width = 4, ...prompted: number[]) =>
  visible({ kind: "mask", mask: square(width) }, model(...prompted), { score });

test("a lane joins neighbouring frames of one kind and shows in-betweens of boxes", () => {
  const box = visible(
    { kind: "box", x: 0, y: 0, width: 2, height: 2 },
    { by: "person", person: null },
    { after: "linear" },
  );
  const states = documentOf([
    [0, box],
    [10, box],
    [20, absent({ by: "person", person: null }, { after: "hold" })],
  ]).tracks.get(trackId(1))!.states;
  const { spans, keys } = laneOf(states, 100);
  assert.deepEqual(
    spans.map(({ from, to, kind }) => `${from}–${to} ${kind}`),
    ["0–0 human", "1–9 between", "10–10 human", "11–19 between", "20–99 absent"],
  );
  assert.deepEqual(
    keys.map((key) => key.kind),
    ["hand", "hand", "hand"],
  );
});

test("a result is stale once a nearer key frame than those it rests on appears", () => {
  const click = visible({ kind: "mask", mask: square(4) }, model(0), { key: true, pinned: true });
  const frames = Array.from({ length: 20 }, (_, i) => [i + 1, seen(0.9, 4, 0)] as const);
  const before = documentOf([[0, click], ...frames]).tracks.get(trackId(1))!;
  assert.deepEqual(laneOf(before.states, 100).stale, []);
  const after = documentOf([[0, click], ...frames, [10, click]]).tracks.get(trackId(1))!;
  assert.deepEqual(laneOf(after.states, 100).stale, [{ from: 11, to: 20 }]);
});

test("doubts: a fall of the score and a jump of the area are found, near key frames not", () => {
  const click = visible({ kind: "mask", mask: square(4) }, model(0), { key: true, pinned: true });
  const rows: (readonly [number, State])[] = [[0, click]];
  for (let i = 1; i < 60; i++) {
    const dip = i >= 28 && i <= 32;
    rows.push([i, seen(dip ? 0.5 + Math.abs(i - 30) / 50 : 0.95, i >= 50 ? 9 : 4, 0)]);
  }
  const doubts = findDoubts(documentOf(rows), { cuts: [], looked: [], locked: new Set() });
  assert.deepEqual(doubts.map(({ reason, frame }) => `${reason} ${frame}`).sort(), [
    "area 50",
    "score 30",
  ]);
  assert.equal(doubts[0]!.reason, "score", "the larger risk comes first");
  const looked = findDoubts(documentOf(rows), {
    cuts: [],
    looked: [{ object: 1, frame: 30 }],
    locked: new Set(),
  });
  assert.deepEqual(
    looked.map((doubt) => doubt.reason),
    ["area"],
  );
});

test("of two like dips the one where the object looks unlike its key frame comes first", () => {
  const click = visible({ kind: "mask", mask: square(4) }, model(0), { key: true, pinned: true });
  const rows: (readonly [number, State])[] = [[0, click]];
  for (let i = 1; i < 60; i++) {
    const dip = (i >= 18 && i <= 22) || (i >= 43 && i <= 47);
    const score = dip ? 0.5 : 0.95;
    rows.push([i, seen(score, i > 36 ? 7 : i > 25 ? 5 : 4, 0)]);
  }
  const doubts = findDoubts(documentOf(rows), { cuts: [], looked: [], locked: new Set() });
  assert.deepEqual(
    doubts.map(({ reason, frame }) => `${reason} ${frame}`),
    ["score 43", "score 18"],
  );
});
