// Collisions: where two objects' masks meet, who is in front, and what may be remembered of it.
// Sources: SAM 3 (`_suppress_overlapping…`), SAM2MOT (cross-object interaction), thresholds as cited.

/** Shared area over the smaller area that begins a collision (a reasonable start, to be measured). */
export const COLLISION_BEGINS = 0.25;
/** A collision lasts until the share falls below half of that, so that it does not flicker. */
export const COLLISION_ENDS = COLLISION_BEGINS / 2;
/** IoU from which one object has swallowed the other (SAM2MOT). */
export const SWALLOWED_IOU = 0.8;
/** A score is clearly higher by this factor (SAM2MOT). */
export const CLEAR_MARGIN = 1.2;
/** An object left with less than this share of its mask after the contest is hidden (SAM 3). */
export const SHRUNK_SHARE = 0.3;

/** Areas of two masks and of what they share, in pixels of any one resolution. */
export interface Overlap {
  readonly a: number;
  readonly b: number;
  readonly shared: number;
}

/** Counts two masks given by logits (above 0 is the mask). */
export function overlapOf(a: Float32Array, b: Float32Array): Overlap {
  let areaA = 0;
  let areaB = 0;
  let shared = 0;
  for (let pixel = 0; pixel < a.length; pixel++) {
    const inA = a[pixel]! > 0;
    const inB = b[pixel]! > 0;
    if (inA) areaA++;
    if (inB) areaB++;
    if (inA && inB) shared++;
  }
  return { a: areaA, b: areaB, shared };
}

/** Shared area over the smaller area, 0…1. */
export function containmentOf({ a, b, shared }: Overlap): number {
  const smaller = Math.min(a, b);
  return smaller === 0 ? 0 : shared / smaller;
}

/** Whether two objects are in collision, given whether they were on the frame before. */
export function isCollision(overlap: Overlap, wasColliding: boolean): boolean {
  return containmentOf(overlap) > (wasColliding ? COLLISION_ENDS : COLLISION_BEGINS);
}

/** What speaks for an object in a contest. */
export interface Contender {
  readonly object: number;
  /** Object score (logit) on this frame. */
  readonly score: number;
  /** Object scores of its recent tracked frames. */
  readonly recentScores: readonly number[];
}

/**
 * Which of two objects with nearly the same mask is hidden behind the other: the one whose score is clearly
 * lower, else the one whose recent scores vary more. Null while the masks are still told apart.
 */
export function hiddenOf(
  a: Contender,
  b: Contender,
  { a: areaA, b: areaB, shared }: Overlap,
): number | null {
  const iou = shared === 0 ? 0 : shared / (areaA + areaB - shared);
  if (iou < SWALLOWED_IOU) return null;
  const [chanceA, chanceB] = [presence(a.score), presence(b.score)];
  if (chanceA > CLEAR_MARGIN * chanceB) return b.object;
  if (chanceB > CLEAR_MARGIN * chanceA) return a.object;
  return variance(a.recentScores) > variance(b.recentScores) ? a.object : b.object;
}

function presence(score: number): number {
  return 1 / (1 + Math.exp(-score));
}

function variance(values: readonly number[]): number {
  if (values.length === 0) return 0;
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
}

/** Logits of absent or contested pixels that another object won. Source: the reference's non-overlap rule. */
const LOST = -10;

/**
 * The contested region goes, pixel by pixel, to the higher logit; the other side keeps the rest of its mask.
 * Returns new logits for `mine`, or null when so little would be left that the object counts as hidden.
 */
export function afterContest(mine: Float32Array, theirs: Float32Array): Float32Array | null {
  let before = 0;
  let after = 0;
  const kept = mine.slice();
  for (let pixel = 0; pixel < mine.length; pixel++) {
    if (mine[pixel]! <= 0) continue;
    before++;
    if (theirs[pixel]! > mine[pixel]!) kept[pixel] = LOST;
    else after++;
  }
  return after < SHRUNK_SHARE * before ? null : kept;
}
