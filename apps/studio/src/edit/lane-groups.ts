// Lanes grouped by label, and how many objects of a group are in view on each frame.
import type { Document, LabelId, Track, TrackId } from "@masklet/annotation";
import { laneOf } from "./lanes.ts";

/** Objects of one label, or of none. */
export interface LaneGroup {
  readonly label: LabelId | null;
  /** Null for objects without a label. */
  readonly name: string | null;
  readonly tracks: readonly TrackId[];
}

/** Groups in the order of the labels, objects without one last; within a group the given order stays. */
export function groupsOf(document: Document, order: readonly TrackId[]): readonly LaneGroup[] {
  const byLabel = Map.groupBy(order, (track) => {
    const label = document.tracks.get(track)?.info.label ?? null;
    // A label that the document does not know is none.
    return label !== null && document.labels.has(label) ? label : null;
  });
  const labels = [...byLabel.keys()].sort(
    (a, b) => (a ?? Number.POSITIVE_INFINITY) - (b ?? Number.POSITIVE_INFINITY),
  );
  return labels.map((label) => ({
    label,
    name: label === null ? null : (document.labels.get(label)?.name ?? null),
    tracks: byLabel.get(label) ?? [],
  }));
}

/** How many objects are in view on each frame, and the most at once. */
export interface InView {
  readonly counts: Uint16Array;
  readonly most: number;
}

/** Counts over the lanes of the tracks: one step up where a span of presence begins, one down after its end. */
export function inViewOf(states: readonly Track["states"][], frameCount: number): InView {
  const steps = new Int32Array(frameCount + 1);
  for (const own of states) {
    for (const { from, to, kind } of laneOf(own, frameCount).spans) {
      if (kind === "absent" || from >= frameCount) continue;
      steps[from]!++;
      steps[Math.min(to + 1, frameCount)]!--;
    }
  }
  const counts = new Uint16Array(frameCount);
  let [now, most] = [0, 0];
  for (let frame = 0; frame < frameCount; frame++) {
    now += steps[frame]!;
    counts[frame] = now;
    most = Math.max(most, now);
  }
  return { counts, most };
}
