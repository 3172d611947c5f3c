// This window's name: the server tells windows apart by it, and undo after a reload finds its own edits.

const KEPT = "masklet.client";
let madeHere = false;

/**
 * The same for a window through reloads. A duplicated tab inherits the old one's storage but was navigated to,
 * not reloaded: it gets a name of its own.
 */
export function clientId(): string {
  const kept = sessionStorage.getItem(KEPT);
  const [navigation] = performance.getEntriesByType("navigation");
  const arrived = (navigation as PerformanceNavigationTiming | undefined)?.type === "navigate";
  if (kept && (madeHere || !arrived)) return kept;
  const made = crypto.randomUUID().slice(0, 13);
  sessionStorage.setItem(KEPT, made);
  madeHere = true;
  return made;
}
