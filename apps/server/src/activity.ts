// What people did and how long it took: batches kept as they came, sums kept beside them.
import type { Activity, ActivityBatch, ActivitySummary } from "@masklet/protocol";
import { sql } from "kysely";
import { counted } from "./store/counts.ts";
import type { Database, Tables } from "./store/database.ts";

/** Clicks are the actions of the click tool; the studio's registry names them so. */
const CLICK = /^click\./;
/** Actions that change masks: these frames count as edited. */
const EDIT = /^(click|box|brush|eraser|polygon|mask|state)\./;
/** Stands for no object in the tables of sums. */
const NO_OBJECT = -1;

/** Keeps a batch and adds it to the sums; a repeated one is counted once. */
export async function keepActivity(
  database: Database,
  video: string,
  { batch, client, records }: ActivityBatch,
  at: string,
): Promise<void> {
  const { sums, edited, looked, doubts } = summed(video, records);
  const seconds = sums.reduce((sum, row) => sum + row.seconds, 0);
  await database.transaction().execute(async (open) => {
    const { numInsertedOrUpdatedRows } = await open
      .insertInto("activity")
      .values({ batch, video, client, at, value: JSON.stringify(records), seconds })
      .onConflict((conflict) => conflict.doNothing())
      .executeTakeFirstOrThrow();
    if (numInsertedOrUpdatedRows === 0n) return;
    for (const row of sums) {
      await open
        .insertInto("activity_sums")
        .values(row)
        .onConflict((conflict) =>
          conflict.columns(["video", "object", "day"]).doUpdateSet({
            seconds: sql`activity_sums.seconds + excluded.seconds`,
            wait: sql`activity_sums.wait + excluded.wait`,
            clicks: sql`activity_sums.clicks + excluded.clicks`,
          }),
        )
        .execute();
    }
    for (const row of edited) {
      await open
        .insertInto("activity_frames")
        .values(row)
        .onConflict((conflict) => conflict.doNothing())
        .execute();
    }
    if (doubts !== null)
      await open.updateTable("videos").set({ doubts }).where("id", "=", video).execute();
    for (const row of looked) {
      await open
        .insertInto("looked")
        .values(row)
        .onConflict((conflict) =>
          conflict.columns(["video", "object", "frame"]).doUpdateSet({ at: row.at }),
        )
        .execute();
    }
  });
}

/** The rows that a batch adds. */
function summed(video: string, records: readonly Activity[]) {
  const sums = new Map<string, Tables["activity_sums"]>();
  const edited: Tables["activity_frames"][] = [];
  const looked: Tables["looked"][] = [];
  let doubts: number | null = null;
  for (const record of records) {
    if (record.kind === "doubts") {
      doubts = record.open;
      continue;
    }
    const { at, frame } = record;
    const object = record.object ?? NO_OBJECT;
    const day = at.slice(0, 10);
    const row = sums.get(`${object} ${day}`) ?? {
      ...{ video, object, day },
      ...{ seconds: 0, wait: 0, clicks: 0 },
    };
    sums.set(`${object} ${day}`, row);
    if (record.kind === "active") {
      row.seconds += record.seconds;
      row.wait += record.wait;
    } else if (record.kind === "action") {
      if (CLICK.test(record.action)) row.clicks++;
      if (EDIT.test(record.action)) edited.push({ video, object, frame });
    } else if (record.event === "looks-right" && record.object !== null) {
      looked.push({ video, object, frame, at });
    }
  }
  return { sums: [...sums.values()], edited, looked, doubts };
}

/** Sums for one video: as long as its objects, days and looked-at frames, however much was recorded. */
export async function summariseActivity(
  database: Database,
  video: string,
  today: string,
): Promise<ActivitySummary> {
  const days = await database
    .selectFrom("activity_sums")
    .selectAll()
    .where("video", "=", video)
    .execute();
  const frames = await database
    .selectFrom("activity_frames")
    .select(["object", (count) => count.fn.countAll<number>().as("frames")])
    .where("video", "=", video)
    .groupBy("object")
    .execute();
  const looked = await database
    .selectFrom("looked")
    .select(["object", "frame", "at"])
    .where("video", "=", video)
    .orderBy("at")
    .execute();
  const total = (rows: typeof days, fact: "seconds" | "wait" | "clicks") =>
    rows.reduce((sum, row) => sum + counted(row[fact]), 0);
  const editedOf = new Map(frames.map((row) => [row.object, row.frames]));
  const objects = new Set([...days, ...frames].map(({ object }) => object));
  objects.delete(NO_OBJECT);
  return {
    activeSeconds: total(days, "seconds"),
    activeSecondsToday: total(
      days.filter(({ day }) => day === today),
      "seconds",
    ),
    waitSeconds: total(days, "wait"),
    framesEdited: frames.reduce((sum, row) => sum + row.frames, 0),
    clicks: total(days, "clicks"),
    perObject: [...objects]
      .sort((a, b) => a - b)
      .map((object) => {
        const own = days.filter((row) => row.object === object);
        return {
          object,
          seconds: total(own, "seconds"),
          clicks: total(own, "clicks"),
          framesEdited: editedOf.get(object) ?? 0,
        };
      }),
    looked,
  };
}
