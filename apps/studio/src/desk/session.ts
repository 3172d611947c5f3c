// One video's document in this window: what the server has, what still waits to be sent, undo and redo.
import {
  apply,
  currentOf,
  type Document,
  documentFromJson,
  emptyHistory,
  type History,
  record,
  redo,
  revert,
  type Step,
  type Transaction,
  transactionFromJson,
  transactionToJson,
  undo,
} from "@masklet/annotation";
import type { Video } from "@masklet/protocol";
import { createStore, type StoreApi } from "zustand/vanilla";
import { call, LinkError } from "../link/call.ts";
import type { Outbox } from "../link/outbox.ts";

/** An edit the server or a colleague's faster one stands in the way of. */
export interface Conflict {
  readonly transaction: Transaction;
  readonly author: string | null;
  readonly message: string;
}

export interface SessionState {
  /** What is seen: the server's document with the waiting edits on top. */
  readonly document: Document;
  readonly revision: number;
  readonly history: History;
  readonly waiting: number;
  readonly link: "idle" | "sending" | "away";
  readonly conflicts: readonly Conflict[];
}

export interface Session {
  readonly state: StoreApi<SessionState>;
  readonly client: string;
  /** Applies an edit here at once and sends it. False (and nothing happens) where it does not fit the document. */
  commit(edit: {
    readonly title: string;
    readonly steps: readonly Step[];
    readonly id?: string;
  }): boolean;
  undo(): Transaction | null;
  redo(): Transaction | null;
  /** Takes in a log entry from the event stream. */
  receive(entry: { sequence: number; client: string | null; transaction: unknown }): void;
  /** Reads from the server what this window missed. */
  catchUp(): Promise<void>;
  /** Sends what waits now rather than at the next retry. */
  sendNow(): void;
  keepTheirs(): void;
  keepMine(): void;
  /** Resolves to true once everything made so far is acknowledged; to false when the server is away. */
  settled(): Promise<boolean>;
  close(): void;
}

const UNDO = "undo:";
const REDO = "redo:";
const RETRY_MS = [500, 1000, 2000, 4000, 8000];
/** Entries behind an undo stack rebuilt after a reload. */
const REBUILT_ENTRIES = 300;
const PIECE = 64;
/** "Saving" is shown only when it takes longer than this. */
export const SAVING_SHOWN_AFTER_MS = 400;

/** Opens a video's document. Waiting edits of an earlier visit are applied and sent first. */
export async function openSession(
  video: Video,
  facts: { readonly user: string; readonly client: string; readonly outbox: Outbox },
): Promise<Session> {
  const { client, outbox, user } = facts;
  const at = { video: video.id };
  const reply = await call("GET /api/videos/:video/document", { at });
  let server: Document = documentFromJson(reply.document);
  let revision = reply.revision;
  let pending = [...(await outbox.load(video.id))];
  const early = new Map<number, Transaction>();
  const own = new Set<string>();
  let sending = false;
  let failures = 0;
  let retry: ReturnType<typeof setTimeout> | undefined;
  let closed = false;
  let count = 0;

  const state = createStore<SessionState>(() => ({
    document: server,
    revision,
    history: emptyHistory,
    waiting: pending.length,
    link: "idle",
    conflicts: [],
  }));

  const freshId = () => `${client}.${Date.now().toString(36)}.${(count++).toString(36)}`;

  /** Puts the waiting edits on the server's document again; those that no longer fit become conflicts. */
  function rebase(author: string | null): void {
    let document = server;
    const fitting: Transaction[] = [];
    const conflicts: Conflict[] = [];
    for (const transaction of pending) {
      const outcome = apply(document, transaction);
      if (outcome.ok) {
        document = outcome.document;
        fitting.push(transaction);
      } else conflicts.push({ transaction, author, message: outcome.refusal.message });
    }
    if (conflicts.length > 0) {
      pending = fitting;
      void outbox.remove(conflicts.map((conflict) => conflict.transaction.id));
    }
    state.setState((now) => ({
      document,
      revision,
      waiting: pending.length,
      conflicts: conflicts.length > 0 ? [...now.conflicts, ...conflicts] : now.conflicts,
    }));
  }

  /** Moves the server's document on by every entry that follows directly. */
  function advance(): void {
    let foreign: Transaction | null = null;
    for (let next = early.get(revision + 1); next; next = early.get(revision + 1)) {
      early.delete(revision + 1);
      revision++;
      const outcome = apply(server, next);
      if (!outcome.ok) {
        void reload();
        return;
      }
      server = outcome.document;
      if (pending[0]?.id === next.id) pending.shift();
      else {
        pending = pending.filter((waiting) => waiting.id !== next.id);
        foreign = next;
        if (next.origin === "engine" && !own.has(next.id)) remember(next);
      }
    }
    if (foreign) rebase(foreign.author);
    else state.setState({ revision, waiting: pending.length });
  }

  function remember(transaction: Transaction): void {
    state.setState((now) => ({ history: record(now.history, transaction) }));
  }

  /** The last resort where what we hold and what the log says part ways: read it all again. */
  async function reload(): Promise<void> {
    const fresh = await call("GET /api/videos/:video/document", { at });
    server = documentFromJson(fresh.document);
    revision = fresh.revision;
    for (const sequence of early.keys()) if (sequence <= revision) early.delete(sequence);
    rebase(null);
  }

  async function catchUp(): Promise<void> {
    for (;;) {
      const log = await call("GET /api/videos/:video/log", { at, query: { since: revision } });
      for (const entry of log.entries) {
        if (entry.sequence > revision && !early.has(entry.sequence))
          early.set(entry.sequence, transactionFromJson(entry.transaction));
      }
      advance();
      if (log.entries.length === 0 || revision >= log.revision) return;
    }
  }

  async function send(): Promise<void> {
    if (sending || closed || pending.length === 0) return;
    sending = true;
    clearTimeout(retry);
    state.setState((now) => ({ link: now.link === "away" ? "away" : "sending" }));
    const piece = pending.slice(0, PIECE);
    try {
      const answer = await call("POST /api/videos/:video/transactions", {
        at,
        body: {
          client,
          revision,
          digest: video.digest,
          transactions: piece.map(transactionToJson),
        },
      });
      failures = 0;
      const accepted = new Map(answer.accepted.map((one) => [one.transaction, one.sequence]));
      for (const transaction of piece) {
        const sequence = accepted.get(transaction.id);
        if (sequence === undefined) continue;
        if (sequence > revision) early.set(sequence, transaction);
        else pending = pending.filter((waiting) => waiting.id !== transaction.id);
      }
      advance();
      await outbox.remove([...accepted.keys()]);
      if (early.size > 0 || answer.refused) await catchUp();
      if (answer.refused) refused(answer.refused);
      state.setState({ link: "idle", waiting: pending.length });
    } catch (error) {
      fail(error);
    } finally {
      sending = false;
    }
    if (pending.length > 0 && failures === 0) void send();
  }

  /** The server said no although it fits here: drop it into the conflicts, so that the rest can go on. */
  function refused(refusal: {
    transaction: string;
    message: string;
    by: { author: string | null };
  }): void {
    const transaction = pending.find((waiting) => waiting.id === refusal.transaction);
    if (!transaction) return;
    pending = pending.filter((waiting) => waiting !== transaction);
    void outbox.remove([transaction.id]);
    const conflict = { transaction, author: refusal.by.author, message: refusal.message };
    state.setState((now) => ({ conflicts: [...now.conflicts, conflict] }));
    rebase(refusal.by.author);
  }

  function fail(error: unknown): void {
    failures++;
    const away = error instanceof LinkError && error.code !== "offline" ? "idle" : "away";
    state.setState({ link: away, waiting: pending.length });
    if (error instanceof LinkError && (error.code === "bad-request" || error.code === "too-large"))
      refused({ transaction: pending[0]?.id ?? "", message: error.message, by: { author: null } });
    retry = setTimeout(
      () => void send(),
      RETRY_MS[Math.min(failures, RETRY_MS.length) - 1] ?? 8000,
    );
  }

  function push(transaction: Transaction): boolean {
    const outcome = apply(state.getState().document, transaction);
    if (!outcome.ok) return false;
    own.add(transaction.id);
    pending.push(transaction);
    state.setState({ document: outcome.document, waiting: pending.length });
    // Where the browser's storage refuses it (full), the server can still have it.
    void outbox.add(video.id, transaction).then(send, send);
    return true;
  }

  /** An inverse that others' later edits stand against takes back what is still as it was left. */
  function pushInverse(transaction: Transaction, of: Transaction): boolean {
    if (push(transaction)) return true;
    const { id, title, author } = transaction;
    const partly = revert(state.getState().document, [of], { id, title, author });
    return partly.transaction !== null && push(partly.transaction);
  }

  const session: Session = {
    state,
    client,
    commit({ title, steps, id = freshId() }) {
      if (steps.length === 0) return false;
      const transaction: Transaction = {
        id,
        title,
        origin: "person",
        author: user,
        run: null,
        steps,
      };
      if (!push(transaction)) return false;
      remember(transaction);
      return true;
    },
    undo() {
      const { history } = state.getState();
      const last = history.done.at(-1);
      const back = undo(history, `${UNDO}${freshId()}`);
      if (!back || !last) return null;
      const transaction = { ...back.transaction, origin: "person" as const, author: user };
      state.setState({ history: back.history });
      return pushInverse(transaction, last) ? last : null;
    },
    redo() {
      const { history } = state.getState();
      const last = history.undone.at(-1);
      const again = redo(history, `${REDO}${freshId()}`);
      if (!again || !last) return null;
      const transaction = {
        ...again.transaction,
        origin: "person" as const,
        author: user,
        run: null,
      };
      if (!push(transaction)) return null;
      state.setState({ history: again.history });
      return last;
    },
    receive(entry) {
      if (entry.sequence <= revision || early.has(entry.sequence)) return;
      const waiting =
        entry.client === client
          ? pending.find((one) => one.id === (entry.transaction as { id?: string }).id)
          : undefined;
      early.set(entry.sequence, waiting ?? transactionFromJson(entry.transaction));
      advance();
      if (early.size > 0) void catchUp().catch(() => {});
    },
    catchUp,
    sendNow: () => void send(),
    keepTheirs() {
      state.setState((now) => ({ conflicts: now.conflicts.slice(1) }));
    },
    keepMine() {
      const [first, ...rest] = state.getState().conflicts;
      if (!first) return;
      const { document } = state.getState();
      const steps = first.transaction.steps.map(
        (step) => ({ ...step, before: currentOf(document, step) }) as Step,
      );
      state.setState({ conflicts: rest });
      session.commit({ title: first.transaction.title, steps });
    },
    async settled() {
      // As long as the server is there: a slow one is waited for.
      while (pending.length > 0 && !closed) {
        if (state.getState().link === "away") return false;
        await new Promise((done) => setTimeout(done, 20));
      }
      return pending.length === 0;
    },
    close() {
      closed = true;
      clearTimeout(retry);
    },
  };

  rebase(null);
  await rebuildHistory();
  void send();
  return session;

  /** Undo survives a reload: this window's entries of the log, undone ones taken out again. */
  async function rebuildHistory(): Promise<void> {
    const log = await call("GET /api/videos/:video/log", { at, query: { last: REBUILT_ENTRIES } });
    let history: History = emptyHistory;
    for (const entry of log.entries) {
      const transaction = transactionFromJson(entry.transaction);
      if (entry.sequence > revision) continue;
      if (entry.client !== client && transaction.origin !== "engine") continue;
      if (transaction.id.startsWith(UNDO)) {
        const last = history.done.at(-1);
        if (last) history = { done: history.done.slice(0, -1), undone: [...history.undone, last] };
      } else if (transaction.id.startsWith(REDO)) {
        const last = history.undone.at(-1);
        if (last) history = { done: [...history.done, last], undone: history.undone.slice(0, -1) };
      } else history = record(history, transaction);
    }
    for (const transaction of pending) history = record(history, transaction);
    state.setState({ history });
  }
}
