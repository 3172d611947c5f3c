// Applying a transaction: all of its steps or none, checked against what is there and against the document's rules.
import type { FrameIndex } from "@masklet/vision";
import type {
  Document,
  Label,
  LabelId,
  Review,
  State,
  Track,
  TrackId,
  TrackInfo,
  VideoInfo,
} from "./document.ts";
import { LIMITS } from "./document.ts";
import { same } from "./same.ts";
import type { Step, Transaction } from "./step.ts";

export type RefusalCode =
  | "stale"
  | "unknown-track"
  | "unknown-label"
  | "label-in-use"
  | "track-in-use"
  | "track-not-empty"
  | "part-of-itself"
  | "outside-video"
  | "wrong-size"
  | "empty-mask"
  | "too-large";

export interface Refusal {
  readonly code: RefusalCode;
  /** The index of the first step that stands in the way. */
  readonly step: number;
  readonly message: string;
}

export type Outcome =
  | { readonly ok: true; readonly document: Document }
  | { readonly ok: false; readonly refusal: Refusal };

/** A track being rewritten: its states are copied once a transaction, at the first step that touches them. */
interface Draft {
  info: TrackInfo | null;
  review: Review | null;
  states: ReadonlyMap<FrameIndex, State>;
  copied: boolean;
  firstStep: number;
}

interface Bench {
  readonly document: Document;
  video: VideoInfo;
  videoStep: number;
  labels: ReadonlyMap<LabelId, Label>;
  readonly labelsRemoved: Map<LabelId, number>;
  readonly drafts: Map<TrackId, Draft>;
}

const NOTHING: ReadonlyMap<FrameIndex, State> = new Map();

/**
 * Applies a transaction. The document given stays as it is; the new one shares all that did not change.
 * Refuses (and changes nothing) where a `before` is not what the document holds, or where the result
 * would break a rule of SPEC.md. Rules hold at the end of a transaction, so the order of steps that
 * concern different things does not matter.
 */
export function apply(document: Document, transaction: Transaction): Outcome {
  const { steps } = transaction;
  if (steps.length > LIMITS.stepsOfTransaction) {
    return refuse("too-large", LIMITS.stepsOfTransaction, "The transaction has too many steps.");
  }
  const bench: Bench = {
    document,
    video: document.video,
    videoStep: -1,
    labels: document.labels,
    labelsRemoved: new Map(),
    drafts: new Map(),
  };
  for (let i = 0; i < steps.length; i++) {
    const refusal = take(bench, steps[i]!, i);
    if (refusal) return { ok: false, refusal };
  }
  const refusal = brokenRule(bench, steps);
  if (refusal) return { ok: false, refusal };
  return { ok: true, document: finished(bench) };
}

function take(bench: Bench, step: Step, index: number): Refusal | null {
  switch (step.type) {
    case "putVideo":
      if (!same(bench.video, step.before)) return stale(index, "The video's facts");
      bench.video = step.after;
      bench.videoStep = index;
      return null;
    case "putLabel": {
      if (!same(bench.labels.get(step.label) ?? null, step.before)) {
        return stale(index, `Label ${step.label}`);
      }
      const labels = new Map(bench.labels);
      if (step.after) labels.set(step.label, step.after);
      else labels.delete(step.label);
      if (step.after === null) bench.labelsRemoved.set(step.label, index);
      bench.labels = labels;
      return null;
    }
    case "putTrack": {
      const draft = draftOf(bench, step.track, index);
      if (!same(draft.info, step.before)) return stale(index, `Track ${step.track}`);
      draft.info = step.after;
      return null;
    }
    case "putReview": {
      const draft = draftOf(bench, step.track, index);
      if (!same(draft.review, step.before))
        return stale(index, `The review of track ${step.track}`);
      draft.review = step.after;
      return null;
    }
    case "putState": {
      const draft = draftOf(bench, step.track, index);
      if (!same(draft.states.get(step.frame) ?? null, step.before)) {
        return stale(index, `Frame ${step.frame} of track ${step.track}`);
      }
      if (!draft.copied) draft.states = new Map(draft.states);
      draft.copied = true;
      const states = draft.states as Map<FrameIndex, State>;
      if (step.after) states.set(step.frame, step.after);
      else states.delete(step.frame);
      return null;
    }
  }
}

function draftOf(bench: Bench, id: TrackId, firstStep: number): Draft {
  let draft = bench.drafts.get(id);
  if (draft === undefined) {
    const track = bench.document.tracks.get(id);
    const { info = null, review = null, states = NOTHING } = track ?? {};
    draft = { info, review, states, copied: false, firstStep };
    bench.drafts.set(id, draft);
  }
  return draft;
}

/** Looks at what the steps touched, and at everything where labels or tracks went or the video changed. */
function brokenRule(bench: Bench, steps: readonly Step[]): Refusal | null {
  for (const [id, draft] of bench.drafts) {
    const refusal = brokenTrack(bench, id, draft);
    if (refusal) return refusal;
  }
  for (let i = 0; i < steps.length; i++) {
    const step = steps[i]!;
    if (step.type !== "putState" || step.after === null) continue;
    const refusal = misplaced(bench.video, step.track, step.frame, step.after, i);
    if (refusal) return refusal;
  }
  return bench.videoStep >= 0 ? brokenVideo(bench) : brokenUse(bench);
}

function brokenTrack(bench: Bench, id: TrackId, draft: Draft): Refusal | null {
  const { info, firstStep } = draft;
  if (info === null) {
    if (draft.states.size > 0 || draft.review !== null) {
      return bench.document.tracks.has(id)
        ? refusal("track-not-empty", firstStep, `Track ${id} still has states or a review.`)
        : refusal("unknown-track", firstStep, `There is no track ${id}.`);
    }
    return null;
  }
  if (info.label !== null && !bench.labels.has(info.label)) {
    return refusal(
      "unknown-label",
      firstStep,
      `Track ${id} names label ${info.label}, which is not there.`,
    );
  }
  const seen = new Set<TrackId>([id]);
  for (let whole = info.partOf; whole !== null; ) {
    if (seen.has(whole))
      return refusal("part-of-itself", firstStep, `Track ${id} would be part of itself.`);
    seen.add(whole);
    const next = infoOf(bench, whole);
    if (next === null)
      return refusal(
        "unknown-track",
        firstStep,
        `Track ${id} is part of track ${whole}, which is not there.`,
      );
    whole = next.partOf;
  }
  return null;
}

function infoOf(bench: Bench, id: TrackId): TrackInfo | null {
  const draft = bench.drafts.get(id);
  return draft ? draft.info : (bench.document.tracks.get(id)?.info ?? null);
}

/** Tracks that were not touched but use a label or a track that went. */
function brokenUse(bench: Bench): Refusal | null {
  const gone = new Map<TrackId, number>();
  for (const [id, draft] of bench.drafts) if (draft.info === null) gone.set(id, draft.firstStep);
  const labelsGone = [...bench.labelsRemoved].filter(([label]) => !bench.labels.has(label));
  if (gone.size === 0 && labelsGone.length === 0) return null;
  const lost = new Map(labelsGone);
  for (const [id, track] of bench.document.tracks) {
    if (bench.drafts.has(id)) continue;
    const { label, partOf } = track.info;
    const labelStep = label === null ? undefined : lost.get(label);
    if (labelStep !== undefined)
      return refusal("label-in-use", labelStep, `Track ${id} uses label ${label}.`);
    const wholeStep = partOf === null ? undefined : gone.get(partOf);
    if (wholeStep !== undefined)
      return refusal("track-in-use", wholeStep, `Track ${id} is part of track ${partOf}.`);
  }
  return null;
}

/** A changed video may leave states outside of it: all are looked at. */
function brokenVideo(bench: Bench): Refusal | null {
  for (const [id, track] of bench.document.tracks) {
    const states = bench.drafts.get(id)?.states ?? track.states;
    for (const [frame, state] of states) {
      const refusal = misplaced(bench.video, id, frame, state, bench.videoStep);
      if (refusal) return refusal;
    }
  }
  return brokenUse(bench);
}

function misplaced(
  video: VideoInfo,
  id: TrackId,
  frame: FrameIndex,
  state: State,
  step: number,
): Refusal | null {
  const { frameCount, size } = video;
  if (frame >= frameCount || frame < 0) {
    return refusal(
      "outside-video",
      step,
      `Frame ${frame} of track ${id} is outside the video (0–${frameCount - 1}).`,
    );
  }
  const masks = [
    state.presence === "visible" && state.shape.kind === "mask" ? state.shape.mask : null,
    state.prompts?.mask ?? null,
  ];
  for (const mask of masks) {
    if (mask && (mask.size.width !== size.width || mask.size.height !== size.height)) {
      const [got, want] = [
        `${mask.size.width}×${mask.size.height}`,
        `${size.width}×${size.height}`,
      ];
      return refusal(
        "wrong-size",
        step,
        `The mask of track ${id} on frame ${frame} is ${got}, the video ${want}.`,
      );
    }
  }
  if (masks[0]?.counts.length === 1) {
    return refusal(
      "empty-mask",
      step,
      `Track ${id} is visible on frame ${frame} with an empty mask; say absent instead.`,
    );
  }
  return null;
}

function finished(bench: Bench): Document {
  const { document, video, labels, drafts } = bench;
  if (drafts.size === 0) return { video, labels, tracks: document.tracks };
  const tracks = new Map(document.tracks);
  for (const [id, draft] of drafts) {
    if (draft.info === null) tracks.delete(id);
    else
      tracks.set(id, {
        info: draft.info,
        review: draft.review,
        states: draft.states,
      } satisfies Track);
  }
  return { video, labels, tracks };
}

function refusal(code: RefusalCode, step: number, message: string): Refusal {
  return { code, step, message };
}

function refuse(code: RefusalCode, step: number, message: string): Outcome {
  return { ok: false, refusal: { code, step, message } };
}

function stale(step: number, what: string): Refusal {
  return refusal("stale", step, `${what} changed meanwhile; look at it again before changing it.`);
}
