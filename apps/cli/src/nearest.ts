// The word somebody probably meant.

/** The nearest of `words` to `typed` by edit distance, or null where none is near enough to be a slip. */
export function nearest(typed: string, words: readonly string[]): string | null {
  let best: string | null = null;
  // Two slips, as in letters swapped; a third of a long word; one in a short word.
  let least = (typed.length < 4 ? 1 : Math.max(2, Math.floor(typed.length / 3))) + 1;
  for (const word of words) {
    const distance = typed.length > 2 && word.startsWith(typed) ? 1 : editDistance(typed, word);
    if (distance < least) {
      least = distance;
      best = word;
    }
  }
  return best;
}

/** Levenshtein distance: the fewest insertions, deletions and replacements of letters. */
function editDistance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, at) => at);
  for (let i = 1; i <= from.length; i++) {
    const next = [i];
    for (let j = 1; j <= to.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (from[i - 1] === to[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[to.length] ?? 0;
}
