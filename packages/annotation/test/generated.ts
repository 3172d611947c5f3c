// Generated documents and transactions for property tests, here and in formats.
import { type FrameIndex, type Mask, maskFromBitmap, type Size } from "@masklet/vision";
import fc from "fast-check";
import {
  absent,
  type Document,
  type Label,
  type LabelId,
  labelId,
  newDocument,
  type PolygonPart,
  type Prompts,
  type Provenance,
  type Review,
  type Shape,
  type State,
  type Step,
  type Track,
  type TrackId,
  type TrackInfo,
  trackId,
  visible,
} from "../src/index.ts";

/** Names in several scripts, with quotes, slashes and marks that formats must escape. */
const NAMES = [
  "dog",
  "зебра",
  "犬",
  "كلب",
  'a "b" <c> & d',
  "x/y\\z",
  "e\u0301",
  "🐎",
  "comma, semi; colon:",
  " spaced ",
];
export const anyName = fc.oneof(
  fc.constantFrom(...NAMES),
  fc.string({ minLength: 1, maxLength: 12, unit: "grapheme" }),
);

const anyAttributes = fc.dictionary(
  fc.constantFrom("colour", "возраст", "is old", "n"),
  fc.oneof(anyName, fc.integer({ min: -5, max: 5 }), fc.boolean(), fc.constant(0.25)),
  { maxKeys: 3, noNullPrototype: true },
);

/** A mask with at least one pixel: holes, parts, single pixels and full frames included. */
export function anyMask(size: Size): fc.Arbitrary<Mask> {
  const pixels = size.width * size.height;
  const scattered = fc.uint8Array({ minLength: pixels, maxLength: pixels, max: 1 });
  const single = fc
    .nat(pixels - 1)
    .map((at) => Uint8Array.from({ length: pixels }, (_, i) => (i === at ? 1 : 0)));
  const block = fc
    .tuple(
      fc.nat(size.width - 1),
      fc.nat(size.height - 1),
      fc.nat(size.width - 1),
      fc.nat(size.height - 1),
    )
    .map(([x0, y0, x1, y1]) =>
      Uint8Array.from({ length: pixels }, (_, i) => {
        const [x, y] = [i % size.width, Math.floor(i / size.width)];
        const inside =
          x >= Math.min(x0, x1) &&
          x <= Math.max(x0, x1) &&
          y >= Math.min(y0, y1) &&
          y <= Math.max(y0, y1);
        const hole =
          x === (x0 + x1) >> 1 &&
          y === (y0 + y1) >> 1 &&
          Math.abs(x0 - x1) > 1 &&
          Math.abs(y0 - y1) > 1;
        return inside && !hole ? 1 : 0;
      }),
    );
  const full = fc.constant(new Uint8Array(pixels).fill(1));
  return fc
    .oneof({ weight: 4, arbitrary: block }, { weight: 2, arbitrary: scattered }, single, full)
    .filter((data) => data.includes(1))
    .map((data) => maskFromBitmap({ size, data }));
}

const coordinate = (side: number): fc.Arbitrary<number> =>
  fc.integer({ min: 0, max: side * 8 }).map((eighths) => eighths / 8);

export function anyPart(size: Size): fc.Arbitrary<PolygonPart> {
  const point = fc.record({ x: coordinate(size.width), y: coordinate(size.height) });
  const ring = fc.array(point, { minLength: 3, maxLength: 6 });
  return fc.record({ outer: ring, holes: fc.array(ring, { maxLength: 1 }) });
}

export function anyShape(size: Size): fc.Arbitrary<Shape> {
  const span = (side: number) =>
    fc
      .tuple(coordinate(side), coordinate(side))
      .map(([a, b]) => [Math.min(a, b), Math.abs(a - b)] as const);
  const box = fc
    .tuple(span(size.width), span(size.height))
    .map(([[x, width], [y, height]]): Shape => ({ kind: "box", x, y, width, height }));
  const turned = fc
    .tuple(
      coordinate(size.width),
      coordinate(size.height),
      fc.integer({ min: 1, max: 40 }),
      fc.integer({ min: 1, max: 40 }),
      fc.integer({ min: -179, max: 180 }),
    )
    .map(
      ([x, y, width, height, degrees]): Shape => ({
        kind: "rotated-box",
        centre: { x, y },
        width,
        height,
        degrees,
      }),
    );
  const polygon = fc
    .array(anyPart(size), { minLength: 1, maxLength: 2 })
    .map((parts): Shape => ({ kind: "polygon", parts }));
  const mask = anyMask(size).map((one): Shape => ({ kind: "mask", mask: one }));
  return fc.oneof({ weight: 5, arbitrary: mask }, box, turned, polygon);
}

const anyProvenance: fc.Arbitrary<Provenance> = fc.oneof(
  fc.record({ by: fc.constant("person" as const), person: fc.option(anyName) }),
  fc.record({
    by: fc.constant("model" as const),
    model: fc.constantFrom("masklet-nano", "sam2.1-tiny"),
    version: fc.option(fc.constant("1.0")),
    policy: fc.option(fc.constantFrom("masklet", "reference")),
    run: fc.option(fc.constant("run-1")),
    prompted: fc.array(fc.nat(5) as fc.Arbitrary<FrameIndex>, { maxLength: 2 }),
  }),
  fc.record({
    by: fc.constant("imported" as const),
    format: fc.constantFrom("coco", "davis"),
    source: fc.option(anyName),
  }),
);

function anyPrompts(size: Size): fc.Arbitrary<Prompts> {
  const at = fc.record({ x: coordinate(size.width - 1), y: coordinate(size.height - 1) });
  return fc.record({
    points: fc.array(
      fc.record({ at, sign: fc.constantFrom("include" as const, "exclude" as const) }),
      { maxLength: 2 },
    ),
    box: fc.option(fc.record({ from: at, to: at })),
    mask: fc.option(anyMask(size)),
  });
}

export function anyState(size: Size): fc.Arbitrary<State> {
  const facts = fc.record({
    key: fc.boolean(),
    pinned: fc.boolean(),
    after: fc.constantFrom(
      "nothing" as const,
      "nothing" as const,
      "linear" as const,
      "hold" as const,
    ),
    score: fc.option(fc.integer({ min: 0, max: 64 }).map((n) => n / 64)),
    prompts: fc.option(anyPrompts(size), { freq: 3 }),
    attributes: anyAttributes,
  });
  const seen = fc
    .tuple(anyShape(size), anyProvenance, facts, fc.boolean())
    .map(([shape, provenance, more, occluded]) =>
      visible(shape, provenance, { ...more, occluded }),
    );
  const gone = fc.tuple(anyProvenance, facts).map(([provenance, more]) => absent(provenance, more));
  return fc.oneof({ weight: 4, arbitrary: seen }, gone);
}

const anyReview: fc.Arbitrary<Review> = fc.record({
  verdict: fc.option(
    fc.constantFrom("satisfactory" as const, "unsatisfactory" as const, "ill-defined" as const),
  ),
  reason: fc.option(anyName),
  reviewer: fc.option(anyName),
  notes: fc.array(
    fc.record({
      frame: fc.option(fc.nat(3) as fc.Arbitrary<FrameIndex>),
      text: anyName,
      author: fc.option(anyName),
    }),
    { maxLength: 2 },
  ),
});

export const anyLabel: fc.Arbitrary<Label> = fc.record({
  name: anyName,
  parent: fc.option(anyName),
  colour: fc.option(fc.constantFrom("#ff0000", "#35fde0")),
  key: fc.option(fc.constantFrom("1", "d")),
  attributes: fc.constant([]),
});

function anyInfo(labels: readonly LabelId[]): fc.Arbitrary<TrackInfo> {
  return fc.record({
    label:
      labels.length > 0 ? fc.option(fc.constantFrom(...labels), { freq: 4 }) : fc.constant(null),
    name: fc.option(anyName),
    colour: fc.option(fc.constantFrom("#00ff00")),
    order: fc.integer({ min: -2, max: 2 }),
    exclusive: fc.option(fc.constantFrom("people")),
    partOf: fc.constant(null),
    attributes: anyAttributes,
  });
}

/** Bounds of a generated document. */
export interface Bounds {
  readonly tracksMax: number;
  readonly framesMax: number;
}

/** Documents with gaps, absent frames, unknown frames, overlaps, parts, holes and names in any script. */
export function anyDocument({ tracksMax, framesMax }: Bounds): fc.Arbitrary<Document> {
  return fc
    .record({
      width: fc.integer({ min: 1, max: 13 }),
      height: fc.integer({ min: 1, max: 11 }),
      frameCount: fc.integer({ min: 1, max: framesMax }),
      name: anyName,
      labels: fc.uniqueArray(fc.tuple(fc.integer({ min: 1, max: 200 }), anyLabel), {
        maxLength: 3,
        selector: ([id]) => id,
      }),
    })
    .chain(({ width, height, frameCount, name, labels }) => {
      const size = { width, height };
      const ids = labels.map(([id]) => labelId(id));
      const states = fc.uniqueArray(
        fc.tuple(fc.nat(frameCount - 1) as fc.Arbitrary<FrameIndex>, anyState(size)),
        { maxLength: Math.min(frameCount, 6), selector: ([frame]) => frame },
      );
      const track = fc
        .tuple(anyInfo(ids), fc.option(anyReview, { freq: 2 }), states)
        .map(([info, review, list]): Track => ({ info, review, states: new Map(list) }));
      const tracks = fc.uniqueArray(fc.tuple(fc.integer({ min: 0, max: 400 }), track), {
        maxLength: tracksMax,
        selector: ([id]) => id,
      });
      return tracks.map(
        (list): Document => ({
          ...newDocument({ name, size, frameCount }),
          labels: new Map(labels.map(([id, label]) => [labelId(id), label])),
          tracks: new Map(list.map(([id, one]) => [trackId(id), one])),
        }),
      );
    });
}

/** Steps that may or may not fit a document: what is there becomes something else, appears or goes. */
export function anySteps(document: Document): fc.Arbitrary<readonly Step[]> {
  const { size, frameCount } = document.video;
  const labels = [...document.labels.keys()];
  const tracks = [...document.tracks.keys()];
  const frame = fc.nat(frameCount - 1) as fc.Arbitrary<FrameIndex>;
  const someTrack = fc.oneof(
    fc.integer({ min: 0, max: 5 }).map(trackId),
    ...(tracks.length > 0 ? [fc.constantFrom(...tracks)] : []),
  );
  const trackOf = (id: TrackId): Track | undefined => document.tracks.get(id);
  const putState = fc.tuple(someTrack, frame, fc.option(anyState(size))).map(
    ([track, at, after]): Step => ({
      type: "putState",
      track,
      frame: at,
      before: trackOf(track)?.states.get(at) ?? null,
      after,
    }),
  );
  const putTrack = fc.tuple(someTrack, fc.option(anyInfo(labels))).map(
    ([track, after]): Step => ({
      type: "putTrack",
      track,
      before: trackOf(track)?.info ?? null,
      after,
    }),
  );
  const putReview = fc.tuple(someTrack, fc.option(anyReview)).map(
    ([track, after]): Step => ({
      type: "putReview",
      track,
      before: trackOf(track)?.review ?? null,
      after,
    }),
  );
  const putLabel = fc
    .tuple(
      fc.oneof(
        fc.integer({ min: 1, max: 5 }).map(labelId),
        ...(labels.length > 0 ? [fc.constantFrom(...labels)] : []),
      ),
      fc.option(anyLabel),
    )
    .map(
      ([label, after]): Step => ({
        type: "putLabel",
        label,
        before: document.labels.get(label) ?? null,
        after,
      }),
    );
  const putVideo = anyName.map(
    (name): Step => ({
      type: "putVideo",
      before: document.video,
      after: { ...document.video, name },
    }),
  );
  const any = fc.oneof(
    { weight: 6, arbitrary: putState },
    { weight: 2, arbitrary: putTrack },
    putReview,
    putLabel,
    putVideo,
  );
  return fc.array(any, { minLength: 1, maxLength: 6 });
}
