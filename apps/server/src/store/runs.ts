// Runs: what each tracking job changed, kept so that it can be compared and taken back as one.
import type { Run } from "@masklet/protocol";
import type { Database } from "./database.ts";
import type { Beside } from "./jobs.ts";

export interface Runs {
  /** A new run, to be written with its job. */
  beginning(video: string, run: Omit<Run, "number">): Beside;
  change(run: string, change: Partial<Run>): Promise<Run>;
  /** Adds frames to a run and widens the largest difference it made. */
  grow(
    run: string,
    by: { readonly frames: number; readonly difference: number | null },
  ): Promise<void>;
  get(run: string): Promise<{ readonly run: Run; readonly video: string } | null>;
  /** Runs that are called running though no job works on them: their job ended, or never was. */
  orphans(): Promise<readonly Run[]>;
  /** Newest first. */
  list(video: string): Promise<readonly Run[]>;
}

export function createRuns(
  database: Database,
  options: { readonly announce: (video: string, run: Run) => void },
): Runs {
  async function get(id: string) {
    const row = await database
      .selectFrom("runs")
      .selectAll()
      .where("id", "=", id)
      .executeTakeFirst();
    return row === undefined ? null : { run: JSON.parse(row.value) as Run, video: row.video };
  }

  async function change(id: string, facts: Partial<Run>): Promise<Run> {
    const kept = await get(id);
    if (kept === null) throw new RangeError(`There is no run ${id}.`);
    const run = { ...kept.run, ...facts };
    const value = JSON.stringify(run);
    await database.updateTable("runs").set({ value }).where("id", "=", id).execute();
    options.announce(kept.video, run);
    return run;
  }

  return {
    get,
    change,
    beginning: (video, facts) => {
      let run: Run = { ...facts, number: 1 };
      return {
        write: async (open) => {
          const { last } = await open
            .selectFrom("runs")
            .select((builder) => builder.fn.max("number").as("last"))
            .where("video", "=", video)
            .executeTakeFirstOrThrow();
          run = { ...facts, number: (last ?? 0) + 1 };
          await open
            .insertInto("runs")
            .values({ id: run.id, video, number: run.number, value: JSON.stringify(run) })
            .execute();
        },
        written: () => options.announce(video, run),
      };
    },
    orphans: async () => {
      const rows = await database
        .selectFrom("runs")
        .select("value")
        .where(({ not, exists, selectFrom }) =>
          not(
            exists(
              selectFrom("jobs")
                .select("jobs.id")
                .whereRef("jobs.subject", "=", "runs.id")
                .where("jobs.ended_at", "is", null),
            ),
          ),
        )
        .execute();
      return rows
        .map(({ value }) => JSON.parse(value) as Run)
        .filter(({ state }) => state === "running");
    },
    grow: async (id, { frames, difference }) => {
      const kept = await get(id);
      if (kept === null) return;
      const before = kept.run.largestDifference;
      await change(id, {
        framesChanged: kept.run.framesChanged + frames,
        largestDifference:
          difference === null ? before : Math.max(before ?? 0, Math.round(difference * 1e4) / 1e4),
      });
    },
    list: async (video) => {
      const rows = await database
        .selectFrom("runs")
        .selectAll()
        .where("video", "=", video)
        .orderBy("number", "desc")
        .execute();
      return rows.map((row) => JSON.parse(row.value) as Run);
    },
  };
}
