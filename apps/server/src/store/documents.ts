// Documents: the log of transactions and the tables they are applied to, always in one database transaction.
import {
  apply,
  type Document,
  newDocument,
  type Refusal,
  type Step,
  type TrackId,
  type Transaction,
  thingOf,
  transactionFromJson,
  transactionToJson,
  type VideoInfo,
} from "@masklet/annotation";
import type { Transaction as DatabaseTransaction } from "kysely";
import { type Counts, NO_COUNTS, recount } from "./counts.ts";
import type { Database, Tables } from "./database.ts";
import {
  ENTRIES_AT_A_TIME,
  type Entry,
  entriesOf,
  logAfter,
  newestToTouch,
  unreadable,
} from "./log.ts";

/** A document with the number of the last transaction in it. */
export interface Kept {
  readonly document: Document;
  readonly revision: number;
}

/** A kept document with its counts, which are stored beside it. */
interface Counted extends Kept {
  readonly counts: Counts;
}

export interface Refused {
  readonly transaction: string;
  readonly refusal: Refusal;
  /** The newest entry that touched the same thing, or null. */
  readonly by: Entry | null;
}

export interface Committed {
  readonly revision: number;
  readonly accepted: readonly Entry[];
  readonly refused: Refused | null;
}

/** Documents held in memory; the rest is read again from the tables. */
const DOCUMENTS_KEPT = 16;
/** Rows of one insert: SQLite binds at most 32,766 values. */
const ROWS_PER_INSERT = 2_000;

/** All documents of a server. `announce` hears of every entry after it is on the disk. */
export interface Documents {
  /** Begins a video's document; does nothing where there is one. */
  begin(video: string, facts: VideoInfo): Promise<void>;
  /** Throws a RangeError where the video has no document. */
  read(video: string): Promise<Kept>;
  /**
   * Applies transactions in order, each whole or not at all, and ends at the first that is refused.
   * One whose id is in the log already is acknowledged again. When this resolves they are on the disk.
   */
  commit(
    video: string,
    transactions: readonly Transaction[],
    from: { readonly client: string | null },
  ): Promise<Committed>;
  /** Entries after `since`, rising, at most `limit`. */
  entries(video: string, since: number, limit: number): Promise<readonly Entry[]>;
  /** The first entry after `since`, of no run, with a step on one of the tracks; null where there is none. */
  firstEdit(video: string, since: number, tracks: ReadonlySet<TrackId>): Promise<Entry | null>;
  /** The entries of one run, rising. */
  run(video: string, run: string): Promise<readonly Entry[]>;
  /** Forgets what is held in memory of a video that is deleted. */
  forget(video: string): Promise<void>;
}

export function createDocuments(
  database: Database,
  options: { readonly now: () => number; readonly announce: (video: string, entry: Entry) => void },
): Documents {
  const kept = new Map<string, Counted>();
  const queues = new Map<string, Promise<unknown>>();

  /** One after another for each video: a commit must see the one before it. */
  function inTurn<T>(video: string, work: () => Promise<T>): Promise<T> {
    const turn = (queues.get(video) ?? Promise.resolve()).then(work, work);
    queues.set(video, turn);
    const forget = () => {
      if (queues.get(video) === turn) queues.delete(video);
    };
    turn.then(forget, forget);
    return turn;
  }

  function keep(video: string, value: Counted): Counted {
    kept.delete(video);
    kept.set(video, value);
    for (const oldest of kept.keys()) {
      if (kept.size <= DOCUMENTS_KEPT) break;
      kept.delete(oldest);
    }
    return value;
  }

  async function load(video: string): Promise<Counted> {
    const inMemory = kept.get(video);
    if (inMemory !== undefined) return keep(video, inMemory);
    try {
      return keep(video, await readTables(database, video));
    } catch (error) {
      throw (await unreadable(database, video)) ?? error;
    }
  }

  async function commitOne(
    video: string,
    transaction: Transaction,
    client: string | null,
  ): Promise<Entry | Refused> {
    const known = await database
      .selectFrom("log")
      .selectAll()
      .where("video", "=", video)
      .where("id", "=", transaction.id)
      .executeTakeFirst();
    if (known !== undefined) return (await entriesOf(database, [known]))[0]!;
    const { document, revision, counts: before } = await load(video);
    const outcome = apply(document, transaction);
    if (!outcome.ok) {
      const by = await newestToTouch(database, video, transaction.steps[outcome.refusal.step]);
      return { transaction: transaction.id, refusal: outcome.refusal, by };
    }
    const entry = { sequence: revision + 1, at: options.now(), client, transaction };
    const counts = recount(before, { transaction, from: document, to: outcome.document });
    await database.transaction().execute((open) => write(open, video, entry, counts));
    keep(video, { document: outcome.document, revision: entry.sequence, counts });
    options.announce(video, entry);
    return entry;
  }

  return {
    begin: async (video, facts) => {
      const json = factsJson(facts);
      await database
        .insertInto("documents")
        .values({ video, revision: 0, facts: json, counts: JSON.stringify(NO_COUNTS) })
        .onConflict((conflict) => conflict.doNothing())
        .execute();
    },
    read: (video) => inTurn(video, () => load(video)),
    commit: (video, transactions, { client }) =>
      inTurn(video, async () => {
        const accepted: Entry[] = [];
        let refused: Refused | null = null;
        for (const transaction of transactions) {
          const result = await commitOne(video, transaction, client);
          if ("refusal" in result) {
            refused = result;
            break;
          }
          accepted.push(result);
        }
        return { revision: (await load(video)).revision, accepted, refused };
      }),
    entries: async (video, since, limit) => {
      return entriesOf(database, await logAfter(database, video, since).limit(limit).execute());
    },
    firstEdit: async (video, since, tracks) => {
      for (let after = since; ; ) {
        const piece = logAfter(database, video, after).limit(ENTRIES_AT_A_TIME);
        const rows = await piece.where("run", "is", null).execute();
        const entries = await entriesOf(database, rows);
        const found = entries.find(({ transaction }) =>
          transaction.steps.some((step) => "track" in step && tracks.has(step.track)),
        );
        const last = rows.at(-1);
        if (found !== undefined || last === undefined) return found ?? null;
        after = last.sequence;
      }
    },
    run: async (video, run) => {
      return entriesOf(
        database,
        await logAfter(database, video, 0).where("run", "=", run).execute(),
      );
    },
    forget: (video) => inTurn(video, async () => void kept.delete(video)),
  };
}

// What a step puts is stored as annotation's own JSON writes it: one reader, one writer, one form on wire and disk.

type StepJson = Record<string, unknown> & { readonly after: unknown };

function stepJsons(transaction: Transaction): readonly StepJson[] {
  return (transactionToJson(transaction) as unknown as { steps: readonly StepJson[] }).steps;
}

async function write(
  open: DatabaseTransaction<Tables>,
  video: string,
  entry: Entry,
  counts: Counts,
): Promise<void> {
  const { transaction } = entry;
  const jsons = stepJsons(transaction);
  const states: Tables["states"][] = [];
  const reviews: (() => Promise<void>)[] = [];
  const last = new Map(transaction.steps.map((step, index) => [thingOf(step), index]));
  for (const [index, step] of transaction.steps.entries()) {
    if (last.get(thingOf(step)) !== index) continue;
    const after = jsons[index]!.after;
    const value = after === null ? null : JSON.stringify(after);
    if (step.type === "putState" && value !== null) {
      states.push({ video, track: step.track, frame: step.frame, value });
    } else if (step.type === "putReview") reviews.push(() => put(open, video, step, value));
    else await put(open, video, step, value);
  }
  // A review lies in its track's row, which a later step of the same transaction may have made.
  for (const putReview of reviews) await putReview();
  for (let at = 0; at < states.length; at += ROWS_PER_INSERT) {
    await open
      .insertInto("states")
      .values(states.slice(at, at + ROWS_PER_INSERT))
      .onConflict((conflict) =>
        conflict
          .columns(["video", "track", "frame"])
          .doUpdateSet((row) => ({ value: row.ref("excluded.value") })),
      )
      .execute();
  }
  await open
    .insertInto("log")
    .values({
      video,
      sequence: entry.sequence,
      id: transaction.id,
      at: entry.at,
      client: entry.client,
      author: transaction.author,
      run: transaction.run,
      value: JSON.stringify(transactionToJson(transaction)),
    })
    .execute();
  await open
    .updateTable("documents")
    .set({ revision: entry.sequence, counts: JSON.stringify(counts) })
    .where("video", "=", video)
    .execute();
  await open
    .updateTable("videos")
    .set({ touched_at: new Date(entry.at).toISOString() })
    .where("id", "=", video)
    .execute();
}

/** Writes one thing, or takes it away where `value` is null. */
async function put(
  open: DatabaseTransaction<Tables>,
  video: string,
  step: Step,
  value: string | null,
): Promise<void> {
  switch (step.type) {
    case "putVideo":
      await open
        .updateTable("documents")
        .set({ facts: value! })
        .where("video", "=", video)
        .execute();
      return;
    case "putLabel":
      await open
        .deleteFrom("labels")
        .where("video", "=", video)
        .where("label", "=", step.label)
        .execute();
      if (value !== null)
        await open.insertInto("labels").values({ video, label: step.label, value }).execute();
      return;
    case "putTrack":
      if (value === null) {
        await open
          .deleteFrom("tracks")
          .where("video", "=", video)
          .where("track", "=", step.track)
          .execute();
        return;
      }
      await open
        .insertInto("tracks")
        .values({ video, track: step.track, info: value, review: null })
        .onConflict((conflict) => conflict.columns(["video", "track"]).doUpdateSet({ info: value }))
        .execute();
      return;
    case "putReview":
      await open
        .updateTable("tracks")
        .set({ review: value })
        .where("video", "=", video)
        .where("track", "=", step.track)
        .execute();
      return;
    case "putState":
      await open
        .deleteFrom("states")
        .where("video", "=", video)
        .where("track", "=", step.track)
        .where("frame", "=", step.frame)
        .execute();
  }
}

/** A video's facts as a step writes them. */
function factsJson(facts: VideoInfo): string {
  const carrier: Transaction = {
    id: "facts",
    title: "",
    origin: "import",
    author: null,
    run: null,
    steps: [{ type: "putVideo", before: facts, after: facts }],
  };
  return JSON.stringify(stepJsons(carrier)[0]!.after);
}

/** The document as the tables hold it: one transaction of everything, applied to an empty document. */
async function readTables(database: Database, video: string): Promise<Counted> {
  const head = await database
    .selectFrom("documents")
    .selectAll()
    .where("video", "=", video)
    .executeTakeFirst();
  if (head === undefined) throw new RangeError(`There is no document for video ${video}.`);
  const [labels, tracks, states] = [
    await database.selectFrom("labels").selectAll().where("video", "=", video).execute(),
    await database.selectFrom("tracks").selectAll().where("video", "=", video).execute(),
    await database
      .selectFrom("states")
      .selectAll()
      .where("video", "=", video)
      .orderBy("track")
      .orderBy("frame")
      .execute(),
  ];
  const facts: unknown = JSON.parse(head.facts);
  const steps: unknown[] = [{ type: "putVideo", before: facts, after: facts }];
  const everything = {
    version: 1,
    id: "tables",
    title: "",
    origin: "import",
    author: null,
    run: null,
    steps,
  };
  const start = newDocument(videoOf(transactionFromJson(everything)));
  const made = (rest: object, value: string) => ({
    ...rest,
    before: null,
    after: JSON.parse(value) as unknown,
  });
  for (const row of labels) steps.push(made({ type: "putLabel", label: row.label }, row.value));
  for (const row of tracks) {
    steps.push(made({ type: "putTrack", track: row.track }, row.info));
    if (row.review !== null) steps.push(made({ type: "putReview", track: row.track }, row.review));
  }
  for (const row of states)
    steps.push(made({ type: "putState", track: row.track, frame: row.frame }, row.value));
  const outcome = apply(start, transactionFromJson(everything));
  if (!outcome.ok)
    throw new Error(`The tables of video ${video} do not add up: ${outcome.refusal.message}`);
  const counts = JSON.parse(head.counts) as Counts;
  return { document: outcome.document, revision: head.revision, counts };
}

function videoOf(transaction: Transaction): VideoInfo {
  const [step] = transaction.steps;
  if (step?.type !== "putVideo") throw new Error("The first step must put the video's facts.");
  return step.after;
}
