// The search for objects that rest since a cut, frame by frame (`docs/decisions/0043`).
import { type Following, looksFor } from "./follow.ts";
import type { TrackingPolicy } from "./policy/policy.ts";
import {
  type Search,
  SIGHTS_IN_A_ROW,
  type Sight,
  searchAfter,
  searchIn,
} from "./policy/reacquire.ts";
import type { ObjectTrack } from "./video-session-state.ts";

/**
 * Those of the resting objects that are surely seen again on a frame of this shot: they are followed from here on.
 * `searches` holds how far the search for each object is and moves on; `following` is asked for only when a look is due.
 */
export async function searchForResting(
  resting: readonly ObjectTrack[],
  {
    searches,
    shot,
    policy,
    following,
  }: {
    readonly searches: Map<number, Search>;
    readonly shot: number | null;
    readonly policy: TrackingPolicy;
    readonly following: () => Promise<Following>;
  },
): Promise<readonly ObjectTrack[]> {
  const searchOf = ({ object }: ObjectTrack) => searchIn(shot, searches.get(object));
  const due = resting.filter((track) => searchOf(track).wait === 0 && track.sights.length > 0);
  const sights: ReadonlyMap<number, Sight> =
    due.length === 0 ? new Map() : await looksFor(due, await following());
  return resting.flatMap((track) => {
    const sight = sights.get(track.object);
    const good = sight && policy.recognises(sight, track.sights);
    const search = searchAfter(searchOf(track), good ?? null);
    searches.set(track.object, search);
    const isFound = search.run === SIGHTS_IN_A_ROW && shot !== null;
    return isFound ? [{ ...track, foundIn: [...track.foundIn, shot] }] : [];
  });
}
