// Counts of a document, kept beside it so that a list of videos reads no document.
import type { Document, Track, TrackId, Transaction } from "@masklet/annotation";

export interface Counts {
  readonly objects: number;
  /** Object-frames: states made by a person, by anything else, and those of satisfactory tracks. */
  readonly framesHuman: number;
  readonly framesModel: number;
  readonly framesAccepted: number;
}

export const NO_COUNTS: Counts = { objects: 0, framesHuman: 0, framesModel: 0, framesAccepted: 0 };

/** The largest sum of activity of a video, an object and a day that can be true, with room for many people. */
export const SUM_MAX = 1e9;

/** A sum of activity as it counts: what older servers let in without a bound counts as nothing. */
export function counted(sum: number): number {
  return sum >= 0 && sum <= SUM_MAX ? sum : 0;
}

/** The counts after a transaction: only tracks it touches are counted again. */
export function recount(
  before: Counts,
  {
    transaction,
    from,
    to,
  }: { readonly transaction: Transaction; readonly from: Document; readonly to: Document },
): Counts {
  const touched = new Set<TrackId>();
  for (const step of transaction.steps) if ("track" in step) touched.add(step.track);
  let counts = before;
  for (const track of touched) {
    counts = sum(counts, countsOf(to.tracks.get(track)), 1);
    counts = sum(counts, countsOf(from.tracks.get(track)), -1);
  }
  return counts;
}

function countsOf(track: Track | undefined): Counts {
  if (track === undefined) return NO_COUNTS;
  let framesHuman = 0;
  for (const { provenance } of track.states.values()) if (provenance.by === "person") framesHuman++;
  return {
    objects: 1,
    framesHuman,
    framesModel: track.states.size - framesHuman,
    framesAccepted: track.review?.verdict === "satisfactory" ? track.states.size : 0,
  };
}

function sum(one: Counts, other: Counts, sign: 1 | -1): Counts {
  return {
    objects: one.objects + sign * other.objects,
    framesHuman: one.framesHuman + sign * other.framesHuman,
    framesModel: one.framesModel + sign * other.framesModel,
    framesAccepted: one.framesAccepted + sign * other.framesAccepted,
  };
}
