// Re-acquire: an object that rests since a cut is taken up again where it is surely the same one, and not otherwise.
// The bounds are the object's own: how the network saw it in the shots in which a person named it.

/** How the network sees an object on a frame. */
export interface Sight {
  /** Object score (logit). */
  readonly score: number;
  /** Predicted IoU, 0…1. */
  readonly quality: number;
  /** Pixels of the mask at the network's size. */
  readonly area: number;
}

/** Sights that are kept of an object: enough for the bounds, and a session stays small. */
export const SIGHTS_MAX = 32;
/** With fewer of its own sights nothing is known of what is usual for an object. */
export const SIGHTS_MIN = 4;
/** The object must be seen well on so many frames in a row before it is taken up. */
export const SIGHTS_IN_A_ROW = 3;
/** While nothing is seen, only every so manyth frame of the shot is searched. */
export const SEARCH_STRIDE = 3;

/** Of its own sights, so many are below the bounds. */
const BOUND_QUANTILE = 0.1;
/** A good sight reaches this share of the object's own low score … */
const SCORE_SHARE = 0.95;
/** … its own low predicted IoU but for this … */
const QUALITY_SLACK = 0.02;
/** … and is at most so many times larger or smaller than the object was. */
const AREA_FACTOR = 1.5;

/** Whether the network sees the object as well as it usually does where a person named it. */
export function isGoodSight({ score, quality, area }: Sight, own: readonly Sight[]): boolean {
  if (score <= 0 || own.length < SIGHTS_MIN) return false;
  const low = (pick: (sight: Sight) => number) => quantile(own.map(pick), BOUND_QUANTILE);
  const smallest = low((sight) => sight.area);
  const largest = -low((sight) => -sight.area);
  return (
    score >= SCORE_SHARE * low((sight) => sight.score) &&
    quality >= low((sight) => sight.quality) - QUALITY_SLACK &&
    area * AREA_FACTOR >= smallest &&
    area <= AREA_FACTOR * largest
  );
}

/** How far the search for a resting object is in a shot. */
export interface Search {
  readonly shot: number | null;
  /** Good sights in a row. */
  readonly run: number;
  /** Frames until the next look. */
  readonly wait: number;
}

/** The search as it goes on in this shot: each shot begins anew. */
export function searchIn(shot: number | null, before: Search | undefined): Search {
  return before?.shot === shot ? before : { shot, run: 0, wait: 0 };
}

/** The search after a look at a frame, or after a frame that was not looked at (`good` is null). */
export function searchAfter(search: Search, good: boolean | null): Search {
  if (good === null) return { ...search, wait: Math.max(0, search.wait - 1) };
  return good
    ? { ...search, run: search.run + 1, wait: 0 }
    : { ...search, run: 0, wait: SEARCH_STRIDE - 1 };
}

function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(share * (sorted.length - 1))]!;
}
