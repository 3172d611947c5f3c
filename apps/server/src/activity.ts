// What people did and how long it took: batches kept as they came, sums made when asked for.
import type { Activity, ActivityBatch, ActivitySummary } from "@masklet/protocol";
import type { Database } from "./store/database.ts";

/** Clicks are the actions of the click tool; the studio's registry names them so. */
const CLICK = /^click\./;
/** Actions that change masks: these frames count as edited. */
const EDIT = /^(click|box|brush|eraser|polygon|mask|state)\./;

/** Keeps a batch; a repeated one is counted once. */
export async function keepActivity(
  database: Database,
  video: string,
  { batch, client, records }: ActivityBatch,
  at: string,
): Promise<void> {
  const seconds = records.reduce(
    (sum, record) => sum + (record.kind === "active" ? record.seconds : 0),
    0,
  );
  await database
    .insertInto("activity")
    .values({ batch, video, client, at, value: JSON.stringify(records), seconds })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

export async function summariseActivity(
  database: Database,
  video: string,
  today: string,
): Promise<ActivitySummary> {
  const rows = await database
    .selectFrom("activity")
    .select("value")
    .where("video", "=", video)
    .execute();
  const records = rows.flatMap(({ value }) => JSON.parse(value) as Activity[]);
  const active = records.filter((record) => record.kind === "active");
  const actions = records.filter((record) => record.kind === "action");
  const seconds = (list: readonly { readonly seconds: number }[]) =>
    list.reduce((sum, record) => sum + record.seconds, 0);
  const edited = (list: typeof actions) =>
    new Set(
      list
        .filter(({ action }) => EDIT.test(action))
        .map(({ object, frame }) => `${object}:${frame}`),
    ).size;
  const objects = new Set(records.flatMap(({ object }) => (object === null ? [] : [object])));
  return {
    activeSeconds: seconds(active),
    activeSecondsToday: seconds(active.filter(({ at }) => at.startsWith(today))),
    waitSeconds: active.reduce((sum, { wait }) => sum + wait, 0),
    framesEdited: edited(actions),
    clicks: actions.filter(({ action }) => CLICK.test(action)).length,
    perObject: [...objects]
      .sort((a, b) => a - b)
      .map((object) => {
        const own = actions.filter((record) => record.object === object);
        return {
          object,
          seconds: seconds(active.filter((record) => record.object === object)),
          clicks: own.filter(({ action }) => CLICK.test(action)).length,
          framesEdited: edited(own),
        };
      }),
    looked: records.flatMap((record) =>
      record.kind === "doubt" && record.event === "looks-right" && record.object !== null
        ? [{ object: record.object, frame: record.frame, at: record.at }]
        : [],
    ),
  };
}
