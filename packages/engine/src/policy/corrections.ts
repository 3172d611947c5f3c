// Corrections: what was tracked from a frame that a person changed is stale, and nothing else is.
import type { Direction } from "../memory/bank.ts";

/**
 * The tracked frames that depend on a corrected one: those that were tracked through it, on either side,
 * up to the next conditioning frame, which holds its own ground. A frame tracked forward depends on what
 * lies before it, one tracked backward on what lies after.
 */
export function staleFrames(question: {
  readonly corrected: number;
  readonly conditioning: readonly number[];
  readonly tracked: Iterable<readonly [number, Direction | undefined]>;
}): readonly number[] {
  const { corrected, conditioning, tracked } = question;
  const before = Math.max(
    Number.NEGATIVE_INFINITY,
    ...conditioning.filter((frame) => frame < corrected),
  );
  const after = Math.min(
    Number.POSITIVE_INFINITY,
    ...conditioning.filter((frame) => frame > corrected),
  );
  const stale: number[] = [];
  for (const [frame, direction] of tracked) {
    const isAhead = frame > corrected && frame < after && direction !== "backward";
    const isBehind = frame < corrected && frame > before && direction !== "forward";
    if (isAhead || isBehind) stale.push(frame);
  }
  return stale;
}
