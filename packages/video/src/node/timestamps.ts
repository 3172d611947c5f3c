// Timestamps that strictly rise, out of those that a file really has.

/**
 * The same timestamps where they strictly rise; a missing one (usual at the end of containers that
 * keep no presentation times), or one that runs backwards, becomes the one before plus `step`.
 * Leading missing ones count back from the first known. Also says how many ran backwards.
 */
export function strictTicks(
  stamps: readonly (number | null)[],
  step: number,
): { readonly ticks: number[]; readonly backward: number } {
  const known = stamps.findIndex((stamp) => stamp !== null);
  let last = known < 0 ? -step : (stamps[known] ?? 0) - (known + 1) * step;
  let backward = 0;
  const ticks = stamps.map((stamp) => {
    if (stamp !== null && stamp <= last) backward++;
    last = stamp !== null && stamp > last ? stamp : last + step;
    return last;
  });
  return { ticks, backward };
}
