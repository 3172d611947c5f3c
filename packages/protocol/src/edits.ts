// Edits on the wire: the document, transactions going up, log entries coming down.
import { type Static, Type } from "typebox";
import { TRANSACTIONS_PER_POST_MAX } from "./limits.ts";
import { Id } from "./projects.ts";

/** A document in annotation's JSON form; annotation's own reader checks it at the door. */
export const DocumentJson = Type.Unknown();
/** A transaction in annotation's JSON form; annotation's own reader checks it at the door. */
export const TransactionJson = Type.Unknown();

/** A document with the number of the last transaction in it. */
export const DocumentReply = Type.Object({
  revision: Type.Integer({ minimum: 0 }),
  digest: Type.String(),
  document: DocumentJson,
});
export type DocumentReply = Static<typeof DocumentReply>;

/** A transaction in its place in the log: entry 1 makes revision 1 out of revision 0. `at` is in ms since 1970. */
export const WireLogEntry = Type.Object({
  sequence: Type.Integer({ minimum: 1 }),
  at: Type.Number(),
  /** The client that sent it, so that it knows its own; null for the engine and imports. */
  client: Type.Union([Type.String(), Type.Null()]),
  transaction: TransactionJson,
});
export type WireLogEntry = Static<typeof WireLogEntry>;

/**
 * Edits in the order they were made. Safe to repeat: a transaction whose id is in the log is acknowledged again.
 * `digest` is the frame table's that the browser holds; another one refuses the post (`digest-mismatch`).
 * Each transaction is checked against what it says was there (`before`), so edits of different things never
 * refuse each other; the first refused one ends the post, those before it stand.
 */
export const TransactionsPost = Type.Object({
  client: Type.String(),
  /** The revision the newest of them was made on; for the log and for messages. */
  revision: Type.Integer({ minimum: 0 }),
  digest: Type.String(),
  transactions: Type.Array(TransactionJson, { minItems: 1, maxItems: TRANSACTIONS_PER_POST_MAX }),
});
export type TransactionsPost = Static<typeof TransactionsPost>;

/** Why one transaction was not taken, and who was faster. */
export const WireRefusal = Type.Object({
  transaction: Id,
  code: Type.String(),
  step: Type.Integer(),
  message: Type.String(),
  /** The newest log entry that touched what this transaction wanted to change; 0 where there is none. */
  by: Type.Object({ sequence: Type.Integer(), author: Type.Union([Type.String(), Type.Null()]) }),
});
export type WireRefusal = Static<typeof WireRefusal>;

export const TransactionsReply = Type.Object({
  revision: Type.Integer({ minimum: 0 }),
  /** In the order sent. */
  accepted: Type.Array(
    Type.Object({ transaction: Id, sequence: Type.Integer(), at: Type.Number() }),
  ),
  refused: Type.Union([WireRefusal, Type.Null()]),
});
export type TransactionsReply = Static<typeof TransactionsReply>;

/** Log entries after `since`, rising, at most `limit`; the last of a user's own rebuild undo after a reload. */
export const LogReply = Type.Object({
  revision: Type.Integer({ minimum: 0 }),
  entries: Type.Array(WireLogEntry),
});
export type LogReply = Static<typeof LogReply>;
