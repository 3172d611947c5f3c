// The laws of edits: inverse, undo-all, squash, JSON, refusals, selective undo.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  apply,
  applyEntry,
  type Document,
  emptyHistory,
  invert,
  record,
  redo,
  revert,
  type Step,
  same,
  squash,
  type Transaction,
  undo,
} from "../src/index.ts";
import {
  documentFromJson,
  documentToJson,
  entryFromJson,
  entryToJson,
  transactionFromJson,
  transactionToJson,
} from "../src/json.ts";
import { anyDocument, anySteps } from "./generated.ts";

const BOUNDS = { tracksMax: 4, framesMax: 8 };
const RUNS = { numRuns: 200 };

function transaction(steps: readonly Step[], id = "t", run: string | null = null): Transaction {
  return { id, title: "Edit", origin: "person", author: null, run, steps };
}

/** A document and transactions that follow each other, those that are refused left out. */
const anyEdits = anyDocument(BOUNDS).chain((start) =>
  fc.gen().map((g) => {
    const applied: Transaction[] = [];
    let document = start;
    for (let i = 0; i < 5; i++) {
      const next = transaction(g(anySteps, document), `t${i}`);
      const outcome = apply(document, next);
      if (!outcome.ok) continue;
      document = outcome.document;
      applied.push(next);
    }
    return { start, applied, end: document };
  }),
);

function applied(document: Document, ...transactions: readonly Transaction[]): Document {
  for (const one of transactions) {
    const outcome = apply(document, one);
    assert.ok(outcome.ok, outcome.ok ? "" : outcome.refusal.message);
    document = outcome.document;
  }
  return document;
}

test("A1 a transaction and its inverse leave the document as it was", () => {
  fc.assert(
    fc.property(anyEdits, ({ start, applied: done }) => {
      if (done.length === 0) return;
      const after = applied(start, done[0]!);
      assert.ok(same(applied(after, invert(done[0]!, { id: "back" })), start));
    }),
    RUNS,
  );
});

test("A2 undoing everything gives the first document, redoing everything the last", () => {
  fc.assert(
    fc.property(anyEdits, ({ start, applied: done, end }) => {
      let history = done.reduce(record, emptyHistory);
      let document = end;
      for (let back = undo(history, "u"); back; back = undo(history, "u")) {
        document = applied(document, back.transaction);
        history = back.history;
      }
      assert.ok(same(document, start));
      for (let on = redo(history, "r"); on; on = redo(history, "r")) {
        document = applied(document, on.transaction);
        history = on.history;
      }
      assert.ok(same(document, end));
    }),
    RUNS,
  );
});

test("A3 squashed transactions do what they do one by one, in one step for each thing", () => {
  fc.assert(
    fc.property(anyEdits, ({ start, applied: done, end }) => {
      if (done.length === 0) return;
      const squashed = squash(done, { id: "all" });
      assert.ok(same(applied(start, squashed), end));
      assert.ok(same(applied(end, invert(squashed, { id: "back" })), start));
    }),
    RUNS,
  );
});

test("A4 documents, transactions and log entries come back from JSON text as they were", () => {
  fc.assert(
    fc.property(anyEdits, ({ end, applied: done }) => {
      const reread = (value: unknown): unknown => JSON.parse(JSON.stringify(value));
      assert.ok(same(documentFromJson(reread(documentToJson(end))), end));
      for (const one of done) {
        assert.ok(same(transactionFromJson(reread(transactionToJson(one))), one));
        const entry = { sequence: 3, at: 17, transaction: one };
        assert.ok(same(entryFromJson(reread(entryToJson(entry))), entry));
      }
    }),
    RUNS,
  );
});

test("A5 a refusal names its step and leaves the document whole", () => {
  let refused = 0;
  fc.assert(
    fc.property(anyDocument(BOUNDS), fc.gen(), (document, g) => {
      const before = JSON.stringify(documentToJson(document));
      const one = transaction(g(anySteps, document));
      const outcome = apply(document, one);
      assert.equal(JSON.stringify(documentToJson(document)), before);
      if (outcome.ok) return;
      refused++;
      assert.ok(outcome.refusal.step >= 0 && outcome.refusal.step < one.steps.length);
      assert.match(outcome.refusal.message, /^[A-Z].*\.$/);
    }),
    RUNS,
  );
  assert.ok(refused > 10, "the generator must reach refusals");
});

test("A6 a transaction that was made for another state of things is refused as stale", () => {
  fc.assert(
    fc.property(anyEdits, ({ start, applied: done }) => {
      const changing = done
        .slice(0, 1)
        .filter((one) => !same(squash([one], { id: "x" }).steps, []));
      for (const one of changing) {
        const outcome = apply(applied(start, one), one);
        assert.ok(!outcome.ok && outcome.refusal.code === "stale");
      }
    }),
    RUNS,
  );
});

test("A7 taking back a run right after it is undoing it; later edits by others stay", () => {
  fc.assert(
    fc.property(anyEdits, ({ start, applied: done, end }) => {
      if (done.length < 2) return;
      const as = { id: "revert", title: "Take back", author: null };
      const all = revert(end, done, as);
      assert.deepEqual(all.kept, []);
      assert.ok(same(all.transaction ? applied(end, all.transaction) : end, start));
      const first = revert(end, done.slice(0, 1), as);
      if (first.transaction === null) return;
      const outcome = apply(end, first.transaction);
      // A label or a track that somebody uses by now cannot go: then the whole is refused, nothing half done.
      if (!outcome.ok) assert.match(outcome.refusal.code, /in-use|unknown|not-empty/);
    }),
    RUNS,
  );
});

test("A8 a log is applied in order: a gap and a repetition are refused", () => {
  fc.assert(
    fc.property(anyEdits, ({ start, applied: done, end }) => {
      let versioned = { document: start, revision: 0 };
      for (const [i, one] of done.entries()) {
        const entry = { sequence: i + 1, at: 0, transaction: one };
        const skipped = applyEntry(versioned, { ...entry, sequence: i + 2 });
        assert.ok(!skipped.ok && skipped.refusal.code === "out-of-order");
        const outcome = applyEntry(versioned, entry);
        assert.ok(outcome.ok);
        versioned = outcome.versioned;
        const again = applyEntry(versioned, entry);
        assert.ok(!again.ok && again.refusal.code === "out-of-order");
      }
      assert.ok(same(versioned, { document: end, revision: done.length }));
    }),
    { numRuns: 100 },
  );
});
