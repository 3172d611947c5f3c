// A track as a lane of the timeline: spans by presence and provenance, key frames, scores. Derived, kept per track.
import { type State, sortedFrames, stateAt, type Track } from "@masklet/annotation";
import { type FrameIndex, frameIndex } from "@masklet/vision";

export type SpanKind = "model" | "human" | "between" | "imported" | "occluded" | "absent";

/** Frames `from` … `to`, both included, of one kind. */
export interface LaneSpan {
  readonly from: number;
  readonly to: number;
  readonly kind: SpanKind;
}

export interface KeyMark {
  readonly frame: FrameIndex;
  /** By hand (filled), from prompts (hollow), imported (hollow without tint). */
  readonly kind: "hand" | "prompt" | "imported";
  readonly pinned: boolean;
}

export interface Lane {
  readonly spans: readonly LaneSpan[];
  readonly keys: readonly KeyMark[];
  /** Frames that carry a score, rising, and the scores. */
  readonly scored: Int32Array;
  readonly scores: Float32Array;
  /** Spans that rest on key frames which changed since. */
  readonly stale: readonly { readonly from: number; readonly to: number }[];
}

/** Below it a score is drawn amber. */
export const SCORE_THRESHOLD = 0.78;

const lanes = new WeakMap<Track["states"], Lane>();

/** The lane of a track; computed once for each version of its states. */
export function laneOf(states: Track["states"], frameCount: number): Lane {
  let lane = lanes.get(states);
  if (!lane) {
    lane = computed(states, frameCount);
    lanes.set(states, lane);
  }
  return lane;
}

function kindOf(state: State): SpanKind {
  if (state.presence === "absent") return "absent";
  if (state.occluded) return "occluded";
  const { by } = state.provenance;
  if (by === "imported") return "imported";
  if (by === "interpolated") return "between";
  return by === "person" ? "human" : "model";
}

function computed(states: Track["states"], frameCount: number): Lane {
  const frames = sortedFrames(states);
  const spans: LaneSpan[] = [];
  const keys: KeyMark[] = [];
  const scored: number[] = [];
  const scores: number[] = [];
  const add = (from: number, to: number, kind: SpanKind) => {
    const last = spans.at(-1);
    if (last && last.kind === kind && last.to === from - 1)
      spans[spans.length - 1] = { ...last, to };
    else spans.push({ from, to, kind });
  };
  for (let i = 0; i < frames.length; i++) {
    const frame = frames[i]!;
    const state = states.get(frame)!;
    add(frame, frame, kindOf(state));
    if (state.key) keys.push({ frame, kind: keyKind(state), pinned: state.pinned });
    // A key frame was looked at by a person: its score is no doubt.
    // Where the object is not in view there is no mask to judge.
    if (state.score !== null && !state.key && state.presence === "visible") {
      scored.push(frame);
      scores.push(state.score);
    }
    const next = frames[i + 1] ?? frameCount;
    if (state.after === "nothing" || next <= frame + 1) continue;
    // One look in the middle tells what holds between two neighbours.
    const middle = stateAt(states, frameIndex(frame + 1));
    if (middle) add(frame + 1, next - 1, middle.presence === "absent" ? "absent" : "between");
  }
  return {
    spans,
    keys,
    scored: Int32Array.from(scored),
    scores: Float32Array.from(scores),
    stale: staleSpans(states, frames),
  };
}

function keyKind(state: State): KeyMark["kind"] {
  const { by } = state.provenance;
  if (by === "imported") return "imported";
  return by === "model" || state.prompts !== null ? "prompt" : "hand";
}

/**
 * A model's result is stale where the key frames around it are not those it rests on: a nearer one was added,
 * or one it names is gone. Key frames of the frame itself do not count.
 */
function staleSpans(
  states: Track["states"],
  frames: readonly FrameIndex[],
): { from: number; to: number }[] {
  const keyFrames = frames.filter((frame) => states.get(frame)!.key);
  const known = new Set<number>(keyFrames);
  const spans: { from: number; to: number }[] = [];
  let before = -1;
  for (const frame of frames) {
    const state = states.get(frame)!;
    if (state.key) {
      before++;
      continue;
    }
    if (state.provenance.by !== "model" || state.pinned) continue;
    const { prompted } = state.provenance;
    const rests = (at: FrameIndex | undefined) => at === undefined || prompted.includes(at);
    const nearest = [keyFrames[before], keyFrames[before + 1]];
    const first = prompted[0];
    // A run in one direction rests on one side only: the other side counts when the run reached over it.
    const needsBefore = first !== undefined && prompted.some((one) => one < frame);
    const needsAfter = first !== undefined && prompted.some((one) => one > frame);
    const stale =
      prompted.some((one) => !known.has(one)) ||
      (needsBefore && !rests(nearest[0])) ||
      (needsAfter && !rests(nearest[1]));
    if (!stale) continue;
    const last = spans.at(-1);
    if (last && last.to === frame - 1) last.to = frame;
    else spans.push({ from: frame, to: frame });
  }
  return spans;
}

/** True where the track's result on this frame awaits re-tracking. */
export function isStale(lane: Lane, frame: number): boolean {
  return lane.stale.some((span) => frame >= span.from && frame <= span.to);
}
