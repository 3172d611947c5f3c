// Identity surgery: split a track, join two, swap two from a frame on, move or delete a range. Each returns steps.
import type { FrameIndex } from "@masklet/vision";
import {
  type Document,
  type State,
  sortedFrames,
  type Track,
  type TrackId,
  type TrackInfo,
} from "./document.ts";
import type { Step } from "./step.ts";

/** Frames `from` … `to`, both included. */
export interface FrameRange {
  readonly from: FrameIndex;
  readonly to: FrameIndex;
}

/** Moves all states of a track from a frame on to a new track with the same facts. Throws a RangeError for unknown or taken numbers. */
export function splitTrack(
  document: Document,
  track: TrackId,
  cut: { readonly at: FrameIndex; readonly newTrack: TrackId },
): readonly Step[] {
  const { info, states } = known(document, track);
  if (document.tracks.has(cut.newTrack))
    throw new RangeError(`Track ${cut.newTrack} is there already.`);
  const put: Step = { type: "putTrack", track: cut.newTrack, before: null, after: info };
  return [put, ...moves(states, track, cut.newTrack, new Map(), (frame) => frame >= cut.at)];
}

/**
 * Gives all states of `gone` to `kept` and deletes `gone` with its review. Where both have a state,
 * that of `kept` stays, unless it says absent and the other visible. Parts of `gone` become parts of `kept`.
 */
export function joinTracks(
  document: Document,
  tracks: { readonly kept: TrackId; readonly gone: TrackId },
): readonly Step[] {
  const { kept, gone } = tracks;
  const [stays, goes] = [known(document, kept), known(document, gone)];
  if (kept === gone) throw new RangeError(`Track ${kept} cannot be joined with itself.`);
  const steps = [...clear(goes.states, gone, () => true)];
  for (const [frame, state] of goes.states) {
    const before = stays.states.get(frame) ?? null;
    if (before === null || (before.presence === "absent" && state.presence === "visible")) {
      steps.push({ type: "putState", track: kept, frame, before, after: state });
    }
  }
  if (goes.review) steps.push({ type: "putReview", track: gone, before: goes.review, after: null });
  for (const [track, { info }] of document.tracks) {
    if (info.partOf !== gone || track === gone) continue;
    const partOf = track === kept ? goes.info.partOf : kept;
    steps.push({ type: "putTrack", track, before: info, after: { ...info, partOf } });
  }
  steps.push({ type: "putTrack", track: gone, before: goes.info, after: null });
  return steps;
}

/** Exchanges the states of two tracks from a frame on (to a frame, where the range says so). */
export function swapTracks(
  document: Document,
  tracks: { readonly one: TrackId; readonly other: TrackId },
  range: { readonly from: FrameIndex; readonly to?: FrameIndex },
): readonly Step[] {
  const { one, other } = tracks;
  const [a, b] = [known(document, one).states, known(document, other).states];
  if (one === other) throw new RangeError(`Track ${one} cannot be swapped with itself.`);
  const frames = new Set(
    [...sortedFrames(a), ...sortedFrames(b)].filter((frame) => inside(frame, range)),
  );
  const steps: Step[] = [];
  for (const frame of frames) {
    const [x, y] = [a.get(frame) ?? null, b.get(frame) ?? null];
    steps.push({ type: "putState", track: one, frame, before: x, after: y });
    steps.push({ type: "putState", track: other, frame, before: y, after: x });
  }
  return steps;
}

/** Moves the states of a range to another track, over what it has there. */
export function moveRange(
  document: Document,
  tracks: { readonly from: TrackId; readonly to: TrackId },
  range: FrameRange,
): readonly Step[] {
  const [source, target] = [known(document, tracks.from), known(document, tracks.to)];
  if (tracks.from === tracks.to)
    throw new RangeError(`Track ${tracks.to} has these states already.`);
  return moves(source.states, tracks.from, tracks.to, target.states, (frame) =>
    inside(frame, range),
  );
}

/** Deletes the states of a range: nothing is known there afterwards. */
export function deleteRange(
  document: Document,
  track: TrackId,
  range: FrameRange,
): readonly Step[] {
  return clear(known(document, track).states, track, (frame) => inside(frame, range));
}

/** Deletes a track with everything known of it. Its parts are parts of nothing afterwards. */
export function deleteTrack(document: Document, track: TrackId): readonly Step[] {
  const { info, review, states } = known(document, track);
  const steps = [...clear(states, track, () => true)];
  if (review) steps.push({ type: "putReview", track, before: review, after: null });
  for (const [part, { info: facts }] of document.tracks) {
    if (facts.partOf !== track) continue;
    const after: TrackInfo = { ...facts, partOf: null };
    steps.push({ type: "putTrack", track: part, before: facts, after });
  }
  steps.push({ type: "putTrack", track, before: info, after: null });
  return steps;
}

function known(document: Document, track: TrackId): Track {
  const found = document.tracks.get(track);
  if (found === undefined) throw new RangeError(`There is no track ${track}.`);
  return found;
}

function inside(frame: FrameIndex, range: { from: FrameIndex; to?: FrameIndex }): boolean {
  return frame >= range.from && frame <= (range.to ?? Number.POSITIVE_INFINITY);
}

type States = ReadonlyMap<FrameIndex, State>;

function clear(states: States, track: TrackId, wanted: (frame: FrameIndex) => boolean): Step[] {
  return sortedFrames(states)
    .filter(wanted)
    .map((frame) => ({ type: "putState", track, frame, before: states.get(frame)!, after: null }));
}

function moves(
  states: States,
  from: TrackId,
  to: TrackId,
  target: States,
  wanted: (frame: FrameIndex) => boolean,
): Step[] {
  return clear(states, from, wanted).flatMap((step): Step[] => {
    if (step.type !== "putState") return [step];
    const { frame } = step;
    const before = target.get(frame) ?? null;
    return [step, { type: "putState", track: to, frame, before, after: step.before }];
  });
}
