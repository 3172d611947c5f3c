// Where a run differs from what it replaced: spans of frames, and what each mask lost and gained.
import { type Mask, subtract } from "@masklet/vision";

/** Frames, both ends included, that differ; `most` is the largest 1 − IoU among them. */
export interface DifferingSpan {
  readonly from: number;
  readonly to: number;
  readonly most: number;
}

/** Frames that differ less than this are the same to the eye. */
const DIFFERS_FROM = 0.05;
/** Spans with so few equal frames between them are one. */
const BRIDGED_FRAMES = 2;

/** The spans of one object by size of difference, the largest first. */
export function differingSpans(
  frames: ReadonlyMap<number, { readonly difference: number }> | undefined,
): readonly DifferingSpan[] {
  const spans: { from: number; to: number; most: number }[] = [];
  for (const [frame, { difference }] of [...(frames ?? [])].sort((a, b) => a[0] - b[0])) {
    if (difference < DIFFERS_FROM) continue;
    const last = spans.at(-1);
    if (last && frame - last.to <= BRIDGED_FRAMES) {
      last.to = frame;
      last.most = Math.max(last.most, difference);
    } else spans.push({ from: frame, to: frame, most: difference });
  }
  return spans.sort((a, b) => b.most - a.most);
}

const changes = new WeakMap<Mask, WeakMap<Mask, { lost: Mask; gained: Mask }>>();

/** What `now` lacks of `before` and what it has beyond it; worked out once a pair. */
export function changeOf(before: Mask, now: Mask): { readonly lost: Mask; readonly gained: Mask } {
  const known = changes.get(before)?.get(now);
  if (known) return known;
  const change = { lost: subtract(before, now), gained: subtract(now, before) };
  const ofBefore = changes.get(before) ?? new WeakMap<Mask, typeof change>();
  changes.set(before, ofBefore.set(now, change));
  return change;
}
