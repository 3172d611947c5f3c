// Jobs on the disk: what was asked, how far it is, how it ended; so that a restart goes on where it stopped.
import type { Job } from "@masklet/protocol";
import type { Transaction } from "kysely";
import type { Database, JobRow, Tables } from "./database.ts";

export type JobKind = JobRow["kind"];

/** What changes while a job runs. `payload` is the job's own account of how far it is. */
export type JobChange = Partial<
  Pick<Job, "state" | "done" | "total" | "lanes" | "question" | "message">
> & { readonly payload?: unknown };

export interface NewJob {
  readonly id: string;
  readonly kind: JobKind;
  readonly project: string | null;
  readonly video: string | null;
  readonly subject: string;
  readonly total: number;
  readonly unit: Job["unit"];
  readonly lanes: Job["lanes"];
  readonly payload: unknown;
}

/** Finished jobs are listed for so long. */
const ENDED_SHOWN_MS = 10 * 60 * 1000;
/** The rate is taken over so long, and not told before so long. */
const RATE_WINDOW_MS = 20_000;
const RATE_SILENT_MS = 3_000;

/** Rows that appear with a job or not at all. */
export interface Beside {
  write(open: Transaction<Tables>): Promise<void>;
  /** Called when they are on the disk. */
  written(): void;
}

export interface Jobs {
  /** Adds a job and, in the same database transaction, what belongs to it. */
  add(job: NewJob, beside?: Beside): Promise<Job>;
  change(id: string, change: JobChange): Promise<Job>;
  /** Lets a job that asks go on with a new payload; null where it does not ask (any more). */
  answer(id: string, payload: unknown): Promise<Job | null>;
  get(id: string): Promise<{ readonly job: Job; readonly payload: unknown } | null>;
  /** Whether there is or was a job of a kind for a video, however it ended. */
  any(kind: JobKind, video: string): Promise<boolean>;
  /** Unfinished ones and those that ended within the last minutes. */
  list(): Promise<readonly Job[]>;
  unfinished(): Promise<readonly { readonly job: Job; readonly payload: unknown }[]>;
}

export const ENDED: readonly Job["state"][] = ["done", "cancelled", "failed"];

export function createJobs(
  database: Database,
  options: { readonly now: () => number; readonly announce: (job: Job) => void },
): Jobs {
  /** Progress as it was seen, newest last; only of jobs that run in this process. */
  const seen = new Map<string, { at: number; done: number }[]>();

  function rateOf(id: string, done: number): number | null {
    const now = options.now();
    const marks = seen.get(id) ?? [];
    marks.push({ at: now, done });
    while (marks.length > 1 && now - marks[0]!.at > RATE_WINDOW_MS) marks.shift();
    seen.set(id, marks);
    const [oldest] = marks;
    const passed = now - oldest!.at;
    return passed < RATE_SILENT_MS ? null : ((done - oldest!.done) * 1000) / passed;
  }

  function jobOf(row: JobRow): Job {
    return {
      id: row.id,
      kind: row.kind,
      state: row.state,
      project: row.project,
      video: row.video,
      subject: row.subject,
      done: row.done,
      total: row.total,
      unit: row.unit,
      rate: row.state === "running" ? rateOf(row.id, row.done) : null,
      lanes: JSON.parse(row.lanes) as Job["lanes"],
      question: row.question === null ? null : (JSON.parse(row.question) as Job["question"]),
      message: row.message,
      createdAt: row.created_at,
    };
  }

  async function rowOf(id: string): Promise<JobRow | undefined> {
    return database.selectFrom("jobs").selectAll().where("id", "=", id).executeTakeFirst();
  }

  async function told(id: string): Promise<Job> {
    const row = await rowOf(id);
    if (row === undefined) throw new RangeError(`There is no job ${id}.`);
    const job = jobOf(row);
    if (ENDED.includes(job.state)) seen.delete(id);
    options.announce(job);
    return job;
  }

  return {
    add: async ({ lanes, payload, ...job }, beside) => {
      await database.transaction().execute(async (open) => {
        await beside?.write(open);
        await open
          .insertInto("jobs")
          .values({
            ...job,
            state: "waiting",
            done: 0,
            lanes: JSON.stringify(lanes),
            question: null,
            message: null,
            payload: JSON.stringify(payload),
            created_at: new Date(options.now()).toISOString(),
            ended_at: null,
          })
          .execute();
      });
      beside?.written();
      return told(job.id);
    },
    change: async (id, { lanes, question, payload, ...change }) => {
      const ended = change.state !== undefined && ENDED.includes(change.state);
      await database
        .updateTable("jobs")
        .set({
          ...change,
          ...(lanes !== undefined && { lanes: JSON.stringify(lanes) }),
          ...(question !== undefined && {
            question: question === null ? null : JSON.stringify(question),
          }),
          ...(payload !== undefined && { payload: JSON.stringify(payload) }),
          ...(ended && { ended_at: new Date(options.now()).toISOString() }),
        })
        .where("id", "=", id)
        .execute();
      return told(id);
    },
    answer: async (id, payload) => {
      const { numUpdatedRows } = await database
        .updateTable("jobs")
        .set({ state: "waiting", question: null, payload: JSON.stringify(payload) })
        .where("id", "=", id)
        .where("state", "=", "asking")
        .executeTakeFirstOrThrow();
      return numUpdatedRows === 0n ? null : told(id);
    },
    get: async (id) => {
      const row = await rowOf(id);
      return row === undefined
        ? null
        : { job: jobOf(row), payload: JSON.parse(row.payload) as unknown };
    },
    any: async (kind, video) => {
      const row = await database
        .selectFrom("jobs")
        .select("id")
        .where("kind", "=", kind)
        .where("video", "=", video)
        .limit(1)
        .executeTakeFirst();
      return row !== undefined;
    },
    list: async () => {
      const since = new Date(options.now() - ENDED_SHOWN_MS).toISOString();
      const rows = await database
        .selectFrom("jobs")
        .selectAll()
        .where((is) => is.or([is("ended_at", "is", null), is("ended_at", ">", since)]))
        .orderBy("created_at")
        .execute();
      return rows.map(jobOf);
    },
    unfinished: async () => {
      const rows = await database
        .selectFrom("jobs")
        .selectAll()
        .where("ended_at", "is", null)
        .orderBy("created_at")
        .execute();
      return rows.map((row) => ({ job: jobOf(row), payload: JSON.parse(row.payload) as unknown }));
    },
  };
}
