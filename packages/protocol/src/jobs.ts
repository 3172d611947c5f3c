// Long work: its state on the wire, tracking jobs, and the runs they leave behind.
import { type Static, Type } from "typebox";
import { Frame, Id, Moment, Track } from "./projects.ts";
import { WireMask } from "./prompts.ts";

export const Direction = Type.Union([
  Type.Literal("forward"),
  Type.Literal("backward"),
  Type.Literal("both"),
]);
export type Direction = Static<typeof Direction>;

/**
 * Track objects from their key frames. `origin` is the playhead: forward and backward count from it. The range
 * is inclusive. Frames a person touched are never overwritten. `only: "stale"` re-tracks what depends on
 * corrections and stops early where the new result agrees with the old for a run of frames.
 */
export const TrackRequest = Type.Object({
  objects: Type.Array(Track, { minItems: 1 }),
  direction: Direction,
  origin: Frame,
  from: Frame,
  to: Frame,
  only: Type.Union([Type.Literal("all"), Type.Literal("stale")]),
  /** The revision the studio saw: the server waits for it to be applied and refuses a newer conflicting one. */
  revision: Type.Integer({ minimum: 0 }),
  digest: Type.String(),
});
export type TrackRequest = Static<typeof TrackRequest>;

/** One object's part in a tracking job: the frames reached so far, ends included, and how its part stands. */
export const TrackLane = Type.Object({
  object: Track,
  reached: Type.Union([Type.Object({ from: Frame, to: Frame }), Type.Null()]),
  wanted: Type.Object({ from: Frame, to: Frame }),
  state: Type.Union([
    Type.Literal("waiting"),
    Type.Literal("running"),
    Type.Literal("at-cut"),
    Type.Literal("lost"),
    Type.Literal("done"),
  ]),
  /** The frame of the cut, or the first frame without the object. */
  at: Type.Union([Frame, Type.Null()]),
});
export type TrackLane = Static<typeof TrackLane>;

/**
 * A piece of long work. `asking` waits for an answer to `question` (a cut); other jobs and clicks go on
 * meanwhile. A cancelled or failed job has kept what it had finished. Jobs survive a restart of the server.
 */
export const Job = Type.Object(
  {
    id: Id,
    kind: Type.Union([
      Type.Literal("track"),
      Type.Literal("prepare"),
      Type.Literal("proxy"),
      Type.Literal("export"),
      Type.Literal("fetch-model"),
    ]),
    state: Type.Union([
      Type.Literal("waiting"),
      Type.Literal("running"),
      Type.Literal("asking"),
      Type.Literal("done"),
      Type.Literal("cancelled"),
      Type.Literal("failed"),
    ]),
    project: Type.Union([Id, Type.Null()]),
    video: Type.Union([Id, Type.Null()]),
    /** What the job is about: run id of a track, file name of an export, name of a model. */
    subject: Type.String(),
    done: Type.Number(),
    total: Type.Number(),
    unit: Type.Union([Type.Literal("masks"), Type.Literal("frames"), Type.Literal("bytes")]),
    /** Units a second over the last 20 s, or null in the first 3 s. */
    rate: Type.Union([Type.Number(), Type.Null()]),
    lanes: Type.Array(TrackLane),
    question: Type.Union([
      Type.Object({ kind: Type.Literal("cut"), frame: Frame, object: Track }),
      Type.Null(),
    ]),
    /** One sentence when failed (or something to say), else null. */
    message: Type.Union([Type.String(), Type.Null()]),
    createdAt: Moment,
  },
  { $id: "Job" },
);
export type Job = Static<typeof Job>;

/** The answer to a job's question: go on over the cut, or end there and keep what is done. */
export const JobAnswer = Type.Object({
  answer: Type.Union([Type.Literal("go-on"), Type.Literal("end")]),
});
export type JobAnswer = Static<typeof JobAnswer>;

/** One finished (or stopped) tracking run: a group of transactions that can be taken back as one. */
export const Run = Type.Object({
  id: Id,
  number: Type.Integer(),
  user: Id,
  model: Type.String(),
  direction: Direction,
  objects: Type.Array(Track),
  /** Key frames it started from. */
  anchors: Type.Array(Frame),
  from: Frame,
  to: Frame,
  framesChanged: Type.Integer(),
  seconds: Type.Number(),
  at: Moment,
  state: Type.Union([
    Type.Literal("running"),
    Type.Literal("kept"),
    Type.Literal("taken-back"),
    Type.Literal("part-kept"),
  ]),
  /** Largest 1 − IoU to what stood there before, or null when nothing was replaced. */
  largestDifference: Type.Union([Type.Number(), Type.Null()]),
});
export type Run = Static<typeof Run>;

/** What a run replaced, frame by frame, for comparing. `before` is null where nothing stood. */
export const RunComparison = Type.Object({
  run: Id,
  frames: Type.Array(
    Type.Object({
      object: Track,
      frame: Frame,
      before: Type.Union([WireMask, Type.Null()]),
      /** 1 − IoU of before and now. */
      difference: Type.Number(),
    }),
  ),
  pinned: Type.Integer(),
});
export type RunComparison = Static<typeof RunComparison>;

/** Take a run back: all of it, or all but one span (ends included). Refused `stale` where newer edits depend on it. */
export const TakeBackRequest = Type.Object({
  keep: Type.Union([Type.Object({ from: Frame, to: Frame }), Type.Null()]),
});
export type TakeBackRequest = Static<typeof TakeBackRequest>;
