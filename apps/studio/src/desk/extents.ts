// Edits made on the timeline: moving a key frame, dragging the end of a bar.
import { absent, type Step, type TrackId } from "@masklet/annotation";
import type { FrameIndex } from "@masklet/vision";
import type { LaneSpan } from "../edit/lanes.ts";
import { type Core, lastFrame, nameOf, trackOf } from "./core.ts";

/** A mask belongs to its picture and stays; boxes, polygons and "absent" may move to another frame. */
export function canMoveKey(core: Core, track: TrackId, frame: FrameIndex): boolean {
  const state = trackOf(core, track)?.states.get(frame);
  if (!state || core.view.getState().locked.has(track)) return false;
  return state.presence === "absent" || state.shape.kind !== "mask";
}

export function moveKey(core: Core, track: TrackId, from: FrameIndex, to: FrameIndex): void {
  const states = trackOf(core, track)?.states;
  const state = states?.get(from);
  if (!states || !state || from === to) return;
  core.session.commit({
    title: core.words().did.moveKey(nameOf(core, track)),
    steps: [
      { type: "putState", track, frame: from, before: state, after: null },
      { type: "putState", track, frame: to, before: states.get(to) ?? null, after: state },
    ],
  });
}

/** The end (or start) of a bar dragged to a frame: shorter deletes, longer holds the last state to there. */
export function setExtent(
  core: Core,
  track: TrackId,
  span: LaneSpan,
  end: "start" | "end",
  to: FrameIndex,
): void {
  const states = trackOf(core, track)?.states;
  if (!states || core.view.getState().locked.has(track)) return;
  const steps: Step[] = [];
  const put = (frame: number, after: Extract<Step, { type: "putState" }>["after"]) => {
    const at = frame as FrameIndex;
    const before = states.get(at) ?? null;
    if (before !== after) steps.push({ type: "putState", track, frame: at, before, after });
  };
  const frames = [...states.keys()].filter((frame) => frame >= span.from && frame <= span.to);
  const edge = (end === "end" ? Math.max(...frames) : Math.min(...frames)) as FrameIndex;
  const kept = states.get(edge);
  if (!kept) return;
  const person = { by: "person" as const, person: core.hello.user.id };
  if (end === "end" && to < span.to) {
    for (const frame of frames) if (frame > to) put(frame, null);
    const last = Math.max(...frames.filter((frame) => frame <= to)) as FrameIndex;
    const state = states.get(last);
    // What held or moved on beyond the cut now ends in "not in view".
    if (state && state.after !== "nothing" && to < lastFrame(core)) put(to + 1, absent(person));
  } else if (end === "end" && to > span.to) {
    put(edge, { ...kept, after: "hold" });
    if (to < lastFrame(core) && !states.has((to + 1) as FrameIndex)) put(to + 1, absent(person));
  } else if (end === "start" && to > span.from) {
    for (const frame of frames) if (frame < to) put(frame, null);
  } else if (end === "start" && to < span.from) {
    put(to, { ...kept, key: true, after: "hold", provenance: person, prompts: null, score: null });
  }
  if (steps.length > 0)
    core.session.commit({ title: core.words().did.extent(nameOf(core, track)), steps });
}
