// Cuts: an object is not carried into another shot unless somebody asked for it.
// Evidence: trackers jump to whatever is salient in the next scene; SAM 2 loses 21 J&F on clips with cuts
// (Segment Anything Across Shots, AAAI 2026).

/**
 * Whether an object rests on a frame. It is followed only in shots in which a person named it; where
 * shots are not known, everywhere.
 */
export function restsInShot(
  shot: number | null,
  shotsWithPrompts: readonly (number | null)[],
): boolean {
  if (shot === null) return false;
  return !shotsWithPrompts.some((named) => named === null || named === shot);
}

/** Whether a frame's memory may serve in this shot: tracked views do not cross a cut, a person's word does. */
export function servesInShot(memoryShot: number | null, shot: number | null): boolean {
  return memoryShot === null || shot === null || memoryShot === shot;
}
