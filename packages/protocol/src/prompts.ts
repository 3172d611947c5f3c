// Prompts and what the model answers: clicks, previews, candidates, proposals.
import { type Static, Type } from "typebox";
import { PROMPT_POINTS_MAX, WARM_FRAMES_MAX } from "./limits.ts";
import { Frame } from "./projects.ts";

/** A mask on the wire: compressed COCO RLE (column-major), `size` is [height, width] as COCO writes it. */
export const WireMask = Type.Object({
  size: Type.Tuple([Type.Integer({ minimum: 1 }), Type.Integer({ minimum: 1 })]),
  counts: Type.String(),
});
export type WireMask = Static<typeof WireMask>;

/** A point in pixel indices of the displayed frame; fractions allowed. */
export const WirePoint = Type.Object({
  x: Type.Number(),
  y: Type.Number(),
  sign: Type.Union([Type.Literal("include"), Type.Literal("exclude")]),
});
export type WirePoint = Static<typeof WirePoint>;

/** Corners x0 < x1, y0 < y1 in pixel indices of the displayed frame. */
export const WireBox = Type.Object({
  x0: Type.Number(),
  y0: Type.Number(),
  x1: Type.Number(),
  y1: Type.Number(),
});
export type WireBox = Static<typeof WireBox>;

/**
 * One question to the model about one frame. `ticket` rises within a client; the reply carries it back and a
 * client drops replies older than its newest question. A `preview` yields to any `click` and may be answered
 * 409 `stale` when a newer one of the same client overtook it. At least one include point or a box.
 */
export const SegmentRequest = Type.Object({
  ticket: Type.Integer({ minimum: 0 }),
  client: Type.String(),
  purpose: Type.Union([Type.Literal("click"), Type.Literal("preview")]),
  frame: Frame,
  digest: Type.String(),
  points: Type.Array(WirePoint, { maxItems: PROMPT_POINTS_MAX }),
  box: Type.Union([WireBox, Type.Null()]),
  /** The mask being corrected, given to the model as a dense prompt; null for the first click. */
  mask: Type.Union([WireMask, Type.Null()]),
});
export type SegmentRequest = Static<typeof SegmentRequest>;

/** `score` is the model's own estimate of the IoU, 0 … 1. */
export const Candidate = Type.Object({ mask: WireMask, score: Type.Number() });
export type Candidate = Static<typeof Candidate>;

/** Best first; one to three. An empty list: the model found nothing here. */
export const SegmentReply = Type.Object({
  ticket: Type.Integer(),
  candidates: Type.Array(Candidate),
  model: Type.String(),
  /** Milliseconds on the server: waiting, encoding (0 when the frame was encoded), decoding. */
  timing: Type.Object({ wait: Type.Number(), encode: Type.Number(), decode: Type.Number() }),
});
export type SegmentReply = Static<typeof SegmentReply>;

/** Frames worth encoding now, most wanted first; replaces the wish before it. */
export const WarmRequest = Type.Object({
  client: Type.String(),
  digest: Type.String(),
  frames: Type.Array(Frame, { maxItems: WARM_FRAMES_MAX }),
});
export type WarmRequest = Static<typeof WarmRequest>;

export const ProposeRequest = Type.Object({ frame: Frame, digest: Type.String() });
export type ProposeRequest = Static<typeof ProposeRequest>;
/** Objects found on a frame without prompts, best first. */
export const ProposeReply = Type.Object({
  proposals: Type.Array(Candidate),
  model: Type.String(),
});
export type ProposeReply = Static<typeof ProposeReply>;
