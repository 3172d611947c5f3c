// Fitting one track to formats that derive in-betweens themselves: which spans they keep, which are written out.
import type { Absent, State } from "@masklet/annotation";
import type { FrameIndex } from "@masklet/vision";
import type { Holds } from "./format.ts";
import type { LossReport, LossWhere } from "./report.ts";

export interface TimelineRules {
  readonly holds: Holds;
  readonly frameCount: number;
  readonly report: LossReport;
  readonly where: LossWhere;
  /** What stands for "not in view". */
  readonly nowhere: Absent;
  /** The in-between of a frame as the format can say it. */
  readonly derive: (frame: FrameIndex) => State | null;
}

/**
 * Keeps the spans that the format derives as masklet does, writes out all others frame by frame, and,
 * where the format knows only visible and absent, ends what is unknown by an absent state.
 */
export function fitTimeline(
  states: ReadonlyMap<FrameIndex, State>,
  rules: TimelineRules,
): ReadonlyMap<FrameIndex, State> {
  const { holds, frameCount, report, where, nowhere, derive } = rules;
  const fitted = new Map<FrameIndex, State>();
  const frames = [...states.keys()];
  frames.forEach((frame, i) => {
    const state = states.get(frame)!;
    const nextFrame = frames[i + 1];
    const next = nextFrame === undefined ? null : states.get(nextFrame)!;
    const end = nextFrame ?? frameCount;
    const open = end - frame > 1;
    const unsaid =
      open && (state.after === "nothing" || (state.after === "linear" && next === null));
    if (unsaid && holds.presence === "timeline" && state.presence === "visible") {
      fitted.set(frame, { ...state, after: "nothing" });
      fitted.set((frame + 1) as FrameIndex, { ...nowhere, key: true });
      report.add("unknown-as-absent", where, end - frame - 1);
    } else if (!open || unsaid || holds.keepsSpan?.(state, next)) {
      if (unsaid && holds.presence === "timeline")
        report.add("unknown-as-absent", where, end - frame - 1);
      fitted.set(frame, state);
    } else {
      fitted.set(frame, { ...state, after: "nothing" });
      for (let at = frame + 1; at < end; at++) {
        const between = derive(at as FrameIndex);
        if (between) fitted.set(at as FrameIndex, { ...between, after: "nothing" });
      }
      report.add("in-betweens-baked", where, end - frame - 1);
    }
  });
  return canonicalSpans(fitted, { holds, frameCount });
}

/**
 * The one way to write what follows each state: `nothing` where the next frame has its own, else what
 * the format's own rule makes of it. Readers of such formats use it too.
 */
export function canonicalSpans(
  states: ReadonlyMap<FrameIndex, State>,
  { holds, frameCount }: { readonly holds: Holds; readonly frameCount: number },
): ReadonlyMap<FrameIndex, State> {
  const frames = [...states.keys()];
  const keys = frames.filter((frame) => states.get(frame)!.key);
  return new Map(
    frames.map((frame, i) => {
      const state = states.get(frame)!;
      const end = frames[i + 1] ?? frameCount;
      const next = frames[i + 1] === undefined ? null : states.get(frames[i + 1]!)!;
      const after = spanAfter(state, next, end - frame > 1, holds);
      const marked = holds.keyFrames === "marked" && !state.key;
      const provenance = marked ? interpolatedAt(frame, keys) : state.provenance;
      return [frame, { ...state, after, provenance }];
    }),
  );
}

/** What is no key frame was interpolated between the key frames around it. */
function interpolatedAt(frame: FrameIndex, keys: readonly FrameIndex[]): State["provenance"] {
  const from = keys.findLast((key) => key < frame) ?? frame;
  return { by: "interpolated", from, to: keys.find((key) => key > frame) ?? null };
}

function spanAfter(state: State, next: State | null, open: boolean, holds: Holds): State["after"] {
  if (!open) return "nothing";
  if (holds.presence !== "timeline")
    return holds.keepsSpan?.(state, next) ? state.after : "nothing";
  const holding = state.presence === "absent" || next === null || next.presence === "absent";
  const after = holding ? "hold" : "linear";
  return holds.keepsSpan?.({ ...state, after }, next) ? after : "nothing";
}
