// Export and import: formats, loss reports, options, finished files.
import { type Static, Type } from "typebox";
import { Frame, Id, Moment, Track } from "./projects.ts";

export const FormatInfo = Type.Object({
  id: Type.String(),
  name: Type.String(),
  group: Type.Union([
    Type.Literal("archive"),
    Type.Literal("research"),
    Type.Literal("general"),
    Type.Literal("video"),
    /** Pictures for editors: they hold masks as they look, and are not read back. */
    Type.Literal("post"),
  ]),
  canExport: Type.Boolean(),
  canImport: Type.Boolean(),
  /** Which options the format knows. */
  options: Type.Array(
    Type.Union([
      Type.Literal("frames"),
      Type.Literal("step"),
      Type.Literal("edge"),
      Type.Literal("crop"),
    ]),
  ),
});
export type FormatInfo = Static<typeof FormatInfo>;

/** One row of the report: what happens to one kind of fact. `sentence` is English; `code` and `numbers` translate. */
export const LossRow = Type.Object({
  verdict: Type.Union([Type.Literal("kept"), Type.Literal("changed"), Type.Literal("lost")]),
  code: Type.String(),
  topic: Type.String(),
  sentence: Type.String(),
  numbers: Type.Array(Type.Number()),
  /** Where to look, at most 200 places; frame and object are null where the loss concerns all of them. */
  where: Type.Array(
    Type.Object({
      video: Id,
      object: Type.Union([Track, Type.Null()]),
      frame: Type.Union([Frame, Type.Null()]),
    }),
  ),
});
export type LossRow = Static<typeof LossRow>;

export const LossReport = Type.Object({
  format: Type.String(),
  rows: Type.Array(LossRow),
  /** Bytes of the file to come, an estimate. */
  bytes: Type.Integer(),
});
export type LossReport = Static<typeof LossReport>;

export const ExportOptions = Type.Object({
  format: Type.String(),
  videos: Type.Array(Id, { minItems: 1 }),
  /** Put the frames in beside the labels. */
  frames: Type.Boolean(),
  /** Every n-th frame; 1 = all. */
  step: Type.Integer({ minimum: 1, maximum: 1000 }),
  onlyAccepted: Type.Boolean(),
  report: Type.Boolean(),
  /** Add a masklet archive beside it. */
  archive: Type.Boolean(),
  /** For `cut-outs`: a soft edge and whole frames where left out. */
  cutOut: Type.Optional(
    Type.Object({
      /** Smoothed over about two pixels, or the mask pixel by pixel. */
      edge: Type.Union([Type.Literal("soft"), Type.Literal("hard")]),
      /** Whole frames, or the box around all masks of the object. */
      crop: Type.Union([Type.Literal("frame"), Type.Literal("object")]),
    }),
  ),
});
export type ExportOptions = Static<typeof ExportOptions>;

/** A finished export; the file is at `/api/exports/:id/file` until it is deleted. */
export const ExportFile = Type.Object({
  id: Id,
  job: Id,
  format: Type.String(),
  name: Type.String(),
  bytes: Type.Integer(),
  at: Moment,
});
export type ExportFile = Static<typeof ExportFile>;

/** Brings labels made elsewhere into a video. `upload` is a finished upload; `path` a file or folder on the server. */
export const ImportRequest = Type.Object({
  format: Type.String(),
  source: Type.Union([Type.Object({ upload: Id }), Type.Object({ path: Type.String() })]),
});
export type ImportRequest = Static<typeof ImportRequest>;
export const ImportReply = Type.Object({
  objects: Type.Integer(),
  masks: Type.Integer(),
  rows: Type.Array(LossRow),
});
export type ImportReply = Static<typeof ImportReply>;
