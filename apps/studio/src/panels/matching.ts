// How well a text matches what was typed, and the known word nearest to a mistyped one.

/** 4 it begins with it, 3 a word begins with it, 2 it stands inside, 1 its letters come in this order, 0 no. */
export function rankOf(text: string, query: string): number {
  if (query === "") return 1;
  if (text.startsWith(query)) return 4;
  if (text.split(/\s+/).some((word) => word.startsWith(query))) return 3;
  if (text.includes(query)) return 2;
  return query.length >= 3 &&
    text.split(/\s+/).some((_, i, all) => runsThrough(all.slice(i), query))
    ? 1
    : 0;
}

/** True where the letters come in this order from a word's beginning on, with few others between them. */
function runsThrough(words: readonly string[], query: string): boolean {
  const text = words.join(" ");
  if (text[0] !== query[0]) return false;
  let at = 0;
  for (const letter of query) {
    at = text.indexOf(letter, at) + 1;
    if (at === 0) return false;
  }
  return at <= 2 * query.length;
}

/** So many letters may be wrong for a word to be offered. */
const WRONG_LETTERS_MAX = 2;

/** The word of `names` nearest to `typed`, or null where none is near. Names are split into words. */
export function nearestWord(typed: string, names: readonly string[]): string | null {
  const wanted = typed.trim().toLowerCase();
  let best: { word: string; wrong: number } | null = null;
  for (const word of new Set(names.flatMap((name) => name.split(/\s+/)))) {
    if (Math.abs(word.length - wanted.length) > WRONG_LETTERS_MAX || word.length < 3) continue;
    const wrong = distance(word.toLowerCase(), wanted);
    if (wrong <= WRONG_LETTERS_MAX && wrong < word.length / 2 && wrong < (best?.wrong ?? 99))
      best = { word, wrong };
  }
  return best?.word ?? null;
}

/** Letters to add, drop or change to make one text of the other (Levenshtein). */
function distance(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, i) => i);
  for (let i = 1; i <= one.length; i++) {
    const next = [i];
    for (let j = 1; j <= other.length; j++) {
      const changed = row[j - 1]! + (one[i - 1] === other[j - 1] ? 0 : 1);
      next.push(Math.min(changed, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[other.length]!;
}
