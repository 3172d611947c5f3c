// This window's name: the server tells windows apart by it, and undo after a reload finds its own edits.

const KEPT = "masklet.client";

/** The same for a window until it is closed. A duplicated tab gets its own (the old one still holds the lock). */
export function clientId(): string {
  const kept = sessionStorage.getItem(KEPT);
  const reloaded = performance.getEntriesByType("navigation")[0] as
    | PerformanceNavigationTiming
    | undefined;
  if (kept && reloaded?.type !== "navigate") return kept;
  if (kept && madeHere) return kept;
  const made = crypto.randomUUID().slice(0, 13);
  sessionStorage.setItem(KEPT, made);
  madeHere = true;
  return made;
}

let madeHere = false;
