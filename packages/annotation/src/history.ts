// Undo and redo of one window, taking back a whole run, and the numbered log that clients and server share.
import { apply, type Outcome, type Refusal } from "./apply.ts";
import type { Document, TrackId } from "./document.ts";
import { same } from "./same.ts";
import { currentOf, invert, type Step, squash, type Transaction } from "./step.ts";

/** One window's past and future. It reads transactions and is no part of the document. */
export interface History {
  readonly done: readonly Transaction[];
  readonly undone: readonly Transaction[];
}

/** More undo than anybody asks for; older entries leave the list, not the document. */
export const HISTORY_MAX = 1000;

export const emptyHistory: History = { done: [], undone: [] };

/** Remembers a transaction that was applied. Transactions of one run that follow each other become one entry. */
export function record(history: History, transaction: Transaction): History {
  const last = history.done.at(-1);
  if (transaction.run !== null && last?.run === transaction.run) {
    const { id, title } = transaction;
    const joined = squash([last, transaction], { id, title });
    return { done: [...history.done.slice(0, -1), joined], undone: [] };
  }
  return { done: [...history.done, transaction].slice(-HISTORY_MAX), undone: [] };
}

/** What undoing would apply, and the history once that has been applied; null where nothing is left. */
export function undo(
  history: History,
  id: string,
): { readonly transaction: Transaction; readonly history: History } | null {
  const last = history.done.at(-1);
  if (last === undefined) return null;
  return {
    transaction: { ...invert(last, { id }), run: null },
    history: { done: history.done.slice(0, -1), undone: [...history.undone, last] },
  };
}

/** What redoing would apply, and the history once that has been applied; null where nothing is left. */
export function redo(
  history: History,
  id: string,
): { readonly transaction: Transaction; readonly history: History } | null {
  const last = history.undone.at(-1);
  if (last === undefined) return null;
  return {
    transaction: { ...last, id },
    history: { done: [...history.done, last], undone: history.undone.slice(0, -1) },
  };
}

/**
 * Takes back what a run did, whenever it was: each thing returns to what it was before the run, unless
 * somebody changed it since. Those stay and are returned in `kept`; so does a track the run made that
 * has other states by now. `null` where nothing is left to take back.
 */
export function revert(
  document: Document,
  run: readonly Transaction[],
  as: { readonly id: string; readonly title: string; readonly author: string | null },
): { readonly transaction: Transaction | null; readonly kept: readonly Step[] } {
  const steps = invert(squash(run, as), as).steps;
  const back: Step[] = [];
  const kept: Step[] = [];
  const emptied = new Map<TrackId, number>();
  for (const step of steps) {
    if (!same(currentOf(document, step), step.before)) {
      kept.push(step);
      continue;
    }
    back.push(step);
    if ((step.type === "putState" || step.type === "putReview") && step.before && !step.after) {
      emptied.set(step.track, (emptied.get(step.track) ?? 0) + 1);
    }
  }
  const stays = (step: Step): boolean => {
    if (step.type !== "putTrack" || step.after !== null) return false;
    const track = document.tracks.get(step.track);
    const held = (track?.states.size ?? 0) + (track?.review ? 1 : 0);
    return held > (emptied.get(step.track) ?? 0);
  };
  const going = back.filter((step) => !stays(step));
  kept.push(...back.filter(stays));
  const transaction: Transaction = { ...as, origin: "person", run: null, steps: going };
  return { transaction: going.length > 0 ? transaction : null, kept };
}

/** A transaction in its place in the log: number 1 makes revision 1 out of revision 0. */
export interface LogEntry {
  readonly sequence: number;
  /** Milliseconds since 1970 on the clock of whoever wrote the log. */
  readonly at: number;
  readonly transaction: Transaction;
}

/** A document and how many transactions made it. */
export interface Versioned {
  readonly document: Document;
  readonly revision: number;
}

export type LogOutcome =
  | { readonly ok: true; readonly versioned: Versioned }
  | {
      readonly ok: false;
      readonly refusal:
        | Refusal
        | { readonly code: "out-of-order"; readonly step: -1; readonly message: string };
    };

/** Applies a log entry. Refuses one that does not follow the revision directly: nothing is skipped, nothing applied twice. */
export function applyEntry(versioned: Versioned, entry: LogEntry): LogOutcome {
  const { revision, document } = versioned;
  if (entry.sequence !== revision + 1) {
    const message = `Entry ${entry.sequence} does not follow revision ${revision}; ask for the entries between.`;
    return { ok: false, refusal: { code: "out-of-order", step: -1, message } };
  }
  const outcome: Outcome = apply(document, entry.transaction);
  if (!outcome.ok) return outcome;
  return { ok: true, versioned: { document: outcome.document, revision: entry.sequence } };
}
