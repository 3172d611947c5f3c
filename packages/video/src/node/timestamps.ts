// Timestamps that strictly rise, out of those that a file really has.

/**
 * The same timestamps where they strictly rise; a missing one, or one that does not rise, becomes
 * the one before plus `step`. Leading missing ones count back from the first known. Also says how
 * many were replaced.
 */
export function strictTicks(
  stamps: readonly (number | null)[],
  step: number,
): { readonly ticks: number[]; readonly repaired: number } {
  const known = stamps.findIndex((stamp) => stamp !== null);
  let last = known < 0 ? -step : (stamps[known] ?? 0) - (known + 1) * step;
  let repaired = 0;
  const ticks = stamps.map((stamp) => {
    const good = stamp !== null && stamp > last;
    if (!good) repaired++;
    last = good ? stamp : last + step;
    return last;
  });
  return { ticks, repaired };
}
