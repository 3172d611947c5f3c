// Documents, states and transactions as JSON, both ways. Facts that are left out have their usual value.
import type { FrameIndex } from "@masklet/vision";
import {
  type AttributeDefinition,
  type AttributeValue,
  type AttributeValues,
  type Document,
  type Label,
  LIMITS,
  labelId,
  type Note,
  type Prompts,
  type Provenance,
  type Review,
  type State,
  sortedFrames,
  type Track,
  type TrackInfo,
  trackId,
  trackInfo,
  type VideoInfo,
} from "./document.ts";
import type { LogEntry } from "./history.ts";
import { Value } from "./reading.ts";
import { same } from "./same.ts";
import { maskFromJson, maskToJson, shapeFromJson, shapeToJson } from "./shape-json.ts";
import type { Step, Transaction } from "./step.ts";

export type Json =
  | null
  | boolean
  | number
  | string
  | readonly Json[]
  | { readonly [key: string]: Json };

/** The version of this JSON; readers refuse a newer one. Fields are only ever added. */
export const JSON_VERSION = 1;

/** The members of `facts` that differ from their usual values. */
function saying<T extends object>(facts: T, usual: Partial<T>): Record<string, Json> {
  const said = Object.entries(facts).filter(([key, value]) => !same(value, usual[key as keyof T]));
  return Object.fromEntries(said) as Record<string, Json>;
}

function attributesFromJson(value: Value): AttributeValues {
  if (value.missing) return {};
  return Object.fromEntries(value.entries().map(([name, one]) => [name, attributeFromJson(one)]));
}

function attributeFromJson(value: Value): AttributeValue {
  const { raw } = value;
  return typeof raw === "string" || typeof raw === "boolean" ? raw : value.number();
}

const text = (value: Value): string => value.text();
const frame = (value: Value): FrameIndex => value.whole(0, LIMITS.frames) as FrameIndex;

export function videoToJson(video: VideoInfo): Json {
  const { size, ...rest } = video;
  const usual = {
    digest: null,
    rate: null,
    timestamps: null,
    annotated: null,
    pictures: null,
    attributes: {},
  };
  return { ...saying(rest, usual), width: size.width, height: size.height };
}

export function videoFromJson(value: Value): VideoInfo {
  return {
    name: value.at("name").text(),
    size: {
      width: value.at("width").whole(1, LIMITS.side),
      height: value.at("height").whole(1, LIMITS.side),
    },
    frameCount: value.at("frameCount").whole(0, LIMITS.frames),
    digest: value.at("digest").maybe(text),
    rate: value.at("rate").maybe((one) => one.number()),
    timestamps: value.at("timestamps").maybe((one) => ({
      numerator: one.at("numerator").whole(1),
      denominator: one.at("denominator").whole(1),
      ticks: one
        .at("ticks")
        .items(LIMITS.frames)
        .map((tick) => tick.whole(Number.MIN_SAFE_INTEGER)),
    })),
    annotated: value.at("annotated").maybe((one) => one.items(LIMITS.frames).map(frame)),
    pictures: value.at("pictures").maybe((one) => one.items(LIMITS.frames).map(text)),
    attributes: attributesFromJson(value.at("attributes")),
  };
}

const USUAL_LABEL = { parent: null, colour: null, key: null, attributes: [] };

export function labelToJson(label: Label): Json {
  return saying(label, USUAL_LABEL);
}

export function labelFromJson(value: Value): Label {
  const definition = (one: Value): AttributeDefinition => ({
    name: one.at("name").text(),
    type: one.at("type").oneOf(["text", "number", "boolean", "choice"]),
    choices: one.at("choices").items().map(text),
    mutable: one.at("mutable").flag(),
    initial: one.at("initial").maybe(attributeFromJson),
  });
  return {
    name: value.at("name").text(),
    parent: value.at("parent").maybe(text),
    colour: value.at("colour").maybe(text),
    key: value.at("key").maybe(text),
    attributes: value.at("attributes").maybe((list) => list.items().map(definition)) ?? [],
  };
}

export function trackToJson(info: TrackInfo): Json {
  return saying(info, trackInfo());
}

export function trackFromJson(value: Value): TrackInfo {
  return {
    label: value.at("label").maybe((one) => labelId(one.whole())),
    name: value.at("name").maybe(text),
    colour: value.at("colour").maybe(text),
    order: value.at("order").maybe((one) => one.number()) ?? 0,
    exclusive: value.at("exclusive").maybe(text),
    partOf: value.at("partOf").maybe((one) => trackId(one.whole())),
    attributes: attributesFromJson(value.at("attributes")),
  };
}

export function reviewToJson(review: Review): Json {
  return saying(review, { verdict: null, reason: null, reviewer: null, notes: [] });
}

export function reviewFromJson(value: Value): Review {
  const note = (one: Value): Note => ({
    frame: one.at("frame").maybe(frame),
    text: one.at("text").text(),
    author: one.at("author").maybe(text),
  });
  const verdicts = ["satisfactory", "unsatisfactory", "ill-defined"] as const;
  return {
    verdict: value.at("verdict").maybe((one) => one.oneOf(verdicts)),
    reason: value.at("reason").maybe(text),
    reviewer: value.at("reviewer").maybe(text),
    notes: value.at("notes").maybe((list) => list.items().map(note)) ?? [],
  };
}

function promptsToJson(prompts: Prompts): Json {
  const points = prompts.points.map(({ at, sign }) => [at.x, at.y, sign === "include" ? 1 : 0]);
  const { box, mask } = prompts;
  return {
    ...(points.length > 0 && { points }),
    ...(box && { box: [box.from.x, box.from.y, box.to.x, box.to.y] }),
    ...(mask && { mask: maskToJson(mask) }),
  };
}

function promptsFromJson(value: Value): Prompts {
  const point = (one: Value): Prompts["points"][number] => {
    const [x, y, sign] = one.items(3);
    if (!x || !y || !sign) return one.fail("a point is [x, y, 1 or 0]");
    return {
      at: { x: x.number(), y: y.number() },
      sign: sign.whole(0, 1) === 1 ? "include" : "exclude",
    };
  };
  const box = (one: Value): NonNullable<Prompts["box"]> => {
    const [x0, y0, x1, y1] = one.items(4).map((side) => side.number());
    if (x0 === undefined || y0 === undefined || x1 === undefined || y1 === undefined) {
      return one.fail("a box is [x0, y0, x1, y1]");
    }
    return { from: { x: x0, y: y0 }, to: { x: x1, y: y1 } };
  };
  return {
    points: value.at("points").maybe((list) => list.items().map(point)) ?? [],
    box: value.at("box").maybe(box),
    mask: value.at("mask").maybe(maskFromJson),
  };
}

function provenanceFromJson(value: Value): Provenance {
  const by = value.at("by").oneOf(["person", "model", "interpolated", "imported"]);
  if (by === "person") return { by, person: value.at("person").maybe(text) };
  if (by === "interpolated")
    return { by, from: frame(value.at("from")), to: value.at("to").maybe(frame) };
  if (by === "imported") {
    return { by, format: value.at("format").text(), source: value.at("source").maybe(text) };
  }
  return {
    by,
    model: value.at("model").text(),
    version: value.at("version").maybe(text),
    policy: value.at("policy").maybe(text),
    run: value.at("run").maybe(text),
    prompted: value.at("prompted").maybe((list) => list.items().map(frame)) ?? [],
  };
}

const USUAL_STATE = {
  key: false,
  pinned: false,
  after: "nothing",
  score: null,
  occluded: false,
  attributes: {},
} as const;

export function stateToJson(state: State): Json {
  const { prompts, provenance, ...facts } = state;
  return {
    ...saying({ ...facts, shape: undefined }, { ...USUAL_STATE, shape: undefined }),
    provenance: saying(provenance, { person: null, source: null } as Partial<Provenance>),
    ...(state.presence === "visible" && { shape: shapeToJson(state.shape) }),
    ...(prompts && { prompts: promptsToJson(prompts) }),
  } as Json;
}

export function stateFromJson(value: Value): State {
  const facts = {
    key: value.at("key").maybe((one) => one.flag()) ?? false,
    pinned: value.at("pinned").maybe((one) => one.flag()) ?? false,
    after: value.at("after").maybe((one) => one.oneOf(["nothing", "linear", "hold"])) ?? "nothing",
    provenance: provenanceFromJson(value.at("provenance")),
    score: value.at("score").maybe((one) => one.number()),
    prompts: value.at("prompts").maybe(promptsFromJson),
    attributes: attributesFromJson(value.at("attributes")),
  };
  const presence = value.at("presence").oneOf(["visible", "absent"]);
  if (presence === "absent") return { ...facts, presence };
  const occluded = value.at("occluded").maybe((one) => one.flag()) ?? false;
  return { ...facts, presence, occluded, shape: shapeFromJson(value.at("shape")) };
}

/** A whole document as one JSON value. */
export function documentToJson(document: Document): Json {
  return {
    version: JSON_VERSION,
    video: videoToJson(document.video),
    labels: [...document.labels].map(([id, label]) => ({ id, ...(labelToJson(label) as object) })),
    tracks: [...document.tracks].map(([id, { info, review, states }]) => ({
      id,
      ...(trackToJson(info) as object),
      ...(review && { review: reviewToJson(review) }),
      states: sortedFrames(states).map((at) => ({
        frame: at,
        ...(stateToJson(states.get(at)!) as object),
      })),
    })),
  } as Json;
}

/** Throws ReadingError naming the place of the first value that is not as `documentToJson` writes it. */
export function documentFromJson(json: unknown): Document {
  const value = new Value(json);
  checkVersion(value);
  const labels = unique(value.at("labels").items(LIMITS.labels), "label", (one) => [
    labelId(one.at("id").whole()),
    labelFromJson(one),
  ]);
  const track = (one: Value): Track => ({
    info: trackFromJson(one),
    review: one.at("review").maybe(reviewFromJson),
    states: unique(one.at("states").items(LIMITS.frames), "frame", (state) => [
      frame(state.at("frame")),
      stateFromJson(state),
    ]),
  });
  const tracks = unique(value.at("tracks").items(LIMITS.tracks), "track", (one) => [
    trackId(one.at("id").whole()),
    track(one),
  ]);
  return { video: videoFromJson(value.at("video")), labels, tracks };
}

function unique<K, V>(
  values: readonly Value[],
  what: string,
  read: (value: Value) => [K, V],
): Map<K, V> {
  const map = new Map<K, V>();
  for (const value of values) {
    const [key, one] = read(value);
    if (map.has(key)) value.fail(`${what} ${key} is there twice`);
    map.set(key, one);
  }
  return map;
}

function checkVersion(value: Value): void {
  const version = value.at("version").whole(1);
  if (version > JSON_VERSION) {
    value
      .at("version")
      .fail(`version ${version} is newer than ${JSON_VERSION}; update masklet to read it`);
  }
}

type StepType = Step["type"];
const WRITE: { readonly [T in StepType]: (thing: never) => Json } = {
  putVideo: videoToJson as (thing: never) => Json,
  putLabel: labelToJson as (thing: never) => Json,
  putTrack: trackToJson as (thing: never) => Json,
  putReview: reviewToJson as (thing: never) => Json,
  putState: stateToJson as (thing: never) => Json,
};
const READ: { readonly [T in StepType]: (value: Value) => unknown } = {
  putVideo: videoFromJson,
  putLabel: labelFromJson,
  putTrack: trackFromJson,
  putReview: reviewFromJson,
  putState: stateFromJson,
};
const STEP_TYPES = Object.keys(READ) as StepType[];

export function transactionToJson(transaction: Transaction): Json {
  const write = (step: Step, thing: unknown): Json =>
    thing === null ? null : WRITE[step.type](thing as never);
  const steps = transaction.steps.map((step) => ({
    ...step,
    before: write(step, step.before),
    after: write(step, step.after),
  }));
  return { ...transaction, version: JSON_VERSION, steps } as unknown as Json;
}

/** Throws ReadingError naming the place of the first value that is not as `transactionToJson` writes it. */
export function transactionFromJson(json: unknown): Transaction {
  const value = json instanceof Value ? json : new Value(json);
  checkVersion(value);
  return {
    id: value.at("id").text(),
    title: value.at("title").text(),
    origin: value.at("origin").oneOf(["person", "engine", "import"]),
    author: value.at("author").maybe(text),
    run: value.at("run").maybe(text),
    steps: value.at("steps").items(LIMITS.stepsOfTransaction).map(stepFromJson),
  };
}

function stepFromJson(value: Value): Step {
  const type = value.at("type").oneOf(STEP_TYPES);
  const change = {
    before: value.at("before").maybe(READ[type]),
    after: value.at("after").maybe(READ[type]),
  };
  if (type === "putVideo" && (change.before === null || change.after === null)) {
    value.fail("a video is changed, never made or deleted");
  }
  const where = {
    ...(type === "putLabel" && { label: labelId(value.at("label").whole()) }),
    ...((type === "putTrack" || type === "putReview" || type === "putState") && {
      track: trackId(value.at("track").whole()),
    }),
    ...(type === "putState" && { frame: frame(value.at("frame")) }),
  };
  return { type, ...where, ...change } as Step;
}

export function entryToJson(entry: LogEntry): Json {
  return {
    sequence: entry.sequence,
    at: entry.at,
    transaction: transactionToJson(entry.transaction),
  };
}

export function entryFromJson(json: unknown): LogEntry {
  const value = new Value(json);
  return {
    sequence: value.at("sequence").whole(1),
    at: value.at("at").number(),
    transaction: transactionFromJson(value.at("transaction")),
  };
}
