// The log of transactions as it is read: entries in their order, and in words what is wrong with one that cannot be read.
import { type Step, type Transaction, thingOf, transactionFromJson } from "@masklet/annotation";
import { Refusal } from "../problem.ts";
import type { Database, Tables } from "./database.ts";

/** A transaction in its place in the log. */
export interface Entry {
  readonly sequence: number;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly client: string | null;
  readonly transaction: Transaction;
}

/** Entries looked through at a time. */
export const ENTRIES_AT_A_TIME = 200;

/** The rows of a video's log after `sequence`, rising. */
export function logAfter(database: Database, video: string, sequence: number) {
  return database
    .selectFrom("log")
    .selectAll()
    .where("video", "=", video)
    .where("sequence", ">", sequence)
    .orderBy("sequence");
}

/** Throws a refused request that names the video and the entry where the entry cannot be read. */
export async function entriesOf(
  database: Database,
  rows: readonly Tables["log"][],
): Promise<readonly Entry[]> {
  const entries: Entry[] = [];
  for (const row of rows) {
    try {
      entries.push(entryOf(row));
    } catch (error) {
      throw await unreadableEntry(database, row, error);
    }
  }
  return entries;
}

function entryOf(row: Tables["log"]): Entry {
  return {
    sequence: row.sequence,
    at: row.at,
    client: row.client,
    transaction: transactionFromJson(JSON.parse(row.value)),
  };
}

async function unreadableEntry(
  database: Database,
  { video, sequence }: Pick<Tables["log"], "video" | "sequence">,
  error: unknown,
): Promise<Refusal> {
  const { name } = await database
    .selectFrom("videos")
    .select("name")
    .where("id", "=", video)
    .executeTakeFirstOrThrow();
  const cause = (error as Error).message.replace(/\.$/, "");
  return new Refusal(
    "internal",
    `Entry ${sequence} in the log of ${name} (video ${video}) cannot be read (${cause}): bring the server's folder back from a copy, or delete this video.`,
    { video, sequence },
  );
}

/** The first entry of a video's log that cannot be read, as a refused request; null where all of them can. */
export async function unreadable(database: Database, video: string): Promise<Refusal | null> {
  for (let after = 0; ; ) {
    const rows = await logAfter(database, video, after).limit(ENTRIES_AT_A_TIME).execute();
    for (const row of rows) {
      try {
        entryOf(row);
      } catch (error) {
        return unreadableEntry(database, row, error);
      }
    }
    const last = rows.at(-1);
    if (last === undefined) return null;
    after = last.sequence;
  }
}

/** The newest entry with a step on the same thing: who was faster. */
export async function newestToTouch(
  database: Database,
  video: string,
  step: Step | undefined,
): Promise<Entry | null> {
  if (step === undefined) return null;
  const rows = await database
    .selectFrom("log")
    .selectAll()
    .where("video", "=", video)
    .orderBy("sequence", "desc")
    .limit(ENTRIES_AT_A_TIME)
    .execute();
  const thing = thingOf(step);
  for (const row of rows) {
    const entry = (await entriesOf(database, [row]))[0]!;
    if (entry.transaction.steps.some((other) => thingOf(other) === thing)) return entry;
  }
  return null;
}
