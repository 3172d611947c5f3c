// Projects, their labels, their videos.
import type { Label } from "@masklet/annotation";
import { type Static, Type } from "typebox";
import { NAME_CHARACTERS_MAX } from "./limits.ts";

/** Identifiers are opaque strings (the server makes them; transactions, clients and objects carry their maker's). */
export const Id = Type.String({ minLength: 1, maxLength: 64 });
/** Whole frame number, from 0 in presentation order. */
export const Frame = Type.Integer({ minimum: 0 });
/** ISO 8601 with zone, UTC. */
export const Moment = Type.String({ format: "date-time" });
const Name = Type.String({ minLength: 1, maxLength: NAME_CHARACTERS_MAX });

/** The number of a track in its document. */
export const Track = Type.Integer({ minimum: 0 });

/**
 * A class of the project, with its number. The project's list is the schema; each video's document carries the
 * labels themselves. The server carries a changed schema into every document of the project as a transaction.
 */
export const ProjectLabel = Type.Object({
  id: Type.Integer({ minimum: 0 }),
  label: Type.Unsafe<Label>({ type: "object" }),
});
export type ProjectLabel = Static<typeof ProjectLabel>;

export const VideoMetadata = Type.Object({
  country: Type.String(),
  event: Type.String(),
  source: Type.String(),
  licence: Type.String(),
  tags: Type.Array(Type.String()),
});
export type VideoMetadata = Static<typeof VideoMetadata>;

/** How far a video's labelling is, as object-frame counts; the project's rows draw a bar of it. */
export const VideoProgress = Type.Object({
  objects: Type.Integer(),
  framesHuman: Type.Integer(),
  framesModel: Type.Integer(),
  framesAccepted: Type.Integer(),
  /** objects × frames: the denominator of the bar. */
  framesTotal: Type.Integer(),
  activeSeconds: Type.Number(),
  /** Open doubts when the video was last worked on; null where nobody has opened it yet. */
  doubts: Type.Union([Type.Integer(), Type.Null()]),
});
export type VideoProgress = Static<typeof VideoProgress>;

/**
 * One video. While `state` is `preparing` the picture facts (size, frames, digest) are zero or empty and
 * `prepared` (0 … 1) rises; when `failed`, `problem` says why in one sentence.
 */
export const Video = Type.Object(
  {
    id: Id,
    project: Id,
    name: Name,
    state: Type.Union([
      Type.Literal("uploading"),
      Type.Literal("preparing"),
      Type.Literal("ready"),
      Type.Literal("failed"),
    ]),
    prepared: Type.Number({ minimum: 0, maximum: 1 }),
    problem: Type.Union([Type.String(), Type.Null()]),
    bytes: Type.Integer(),
    /** Displayed size after rotation. */
    width: Type.Integer(),
    height: Type.Integer(),
    /** Count of frames; valid frame numbers are 0 … frames − 1. */
    frames: Type.Integer(),
    /** Digest of the frame table; every edit, mask and tracking result is tied to it. */
    digest: Type.String(),
    /** Frames a second where the rate is constant, else null (shown as VFR). */
    rate: Type.Union([Type.Number(), Type.Null()]),
    seconds: Type.Number(),
    codec: Type.String(),
    /** First frames of new shots, ascending, 0 left out. */
    cuts: Type.Array(Frame),
    /** Where `/media` comes from: the original, a copy with the same frame numbers, or nothing (frames only). */
    media: Type.Union([Type.Literal("original"), Type.Literal("proxy"), Type.Literal("frames")]),
    metadata: VideoMetadata,
    progress: VideoProgress,
    createdAt: Moment,
    touchedAt: Moment,
  },
  { $id: "Video" },
);
export type Video = Static<typeof Video>;

export const Project = Type.Object(
  {
    id: Id,
    name: Name,
    guidelines: Type.String(),
    labels: Type.Array(ProjectLabel),
    /** True for the project made at the first start, so that the first-run steps know where they are. */
    sample: Type.Boolean(),
    videos: Type.Integer(),
    createdAt: Moment,
    touchedAt: Moment,
  },
  { $id: "Project" },
);
export type Project = Static<typeof Project>;

/** Presentation times of every frame: `seconds[k]` is frame k's, for the browser's own decoder to agree with. */
export const FrameTable = Type.Object({
  digest: Type.String(),
  /** Seconds of one unit of `pts`, as numerator and denominator. */
  timeBase: Type.Tuple([Type.Integer(), Type.Integer()]),
  pts: Type.Array(Type.Integer()),
});
export type FrameTable = Static<typeof FrameTable>;

/** What the server is and where to begin; the studio's first request. */
export const Hello = Type.Object({
  version: Type.String(),
  /** Changes when the server starts anew: event ids of another run are worthless. */
  run: Type.String(),
  user: Type.Object({ id: Id, name: Type.String() }),
  /** The address to open at the first start: the sample video, or null when others exist. */
  start: Type.Union([Type.Object({ project: Id, video: Id }), Type.Null()]),
  /** Folders from which a path may be imported. */
  allowedFolders: Type.Array(Type.String()),
});
export type Hello = Static<typeof Hello>;
