// The schema, one migration after another; a migration that has shipped is never edited.
import { existsSync } from "node:fs";
import { basename, dirname, isAbsolute, join, relative, sep } from "node:path";
import { type Kysely, sql, type Transaction } from "kysely";

/** `home` is the folder that the database lies in. */
type Step = (database: Transaction<unknown>, home: string) => Promise<void>;

const first: Step = async (db) => {
  const text = (name: string) => sql.raw(`${name} text not null`);
  const tables: Readonly<Record<string, readonly ReturnType<typeof text>[]>> = {
    projects: [
      sql.raw("id text primary key"),
      ...["name", "guidelines", "labels", "created_at", "touched_at"].map(text),
      sql.raw("sample integer not null"),
    ],
    videos: [
      sql.raw("id text primary key"),
      sql.raw("project text not null references projects(id) on delete cascade"),
      ...["name", "state", "digest", "codec", "cuts", "media", "source", "metadata"].map(text),
      ...["created_at", "touched_at"].map(text),
      sql.raw("problem text"),
      sql.raw("prepared real not null"),
      sql.raw("rate real"),
      sql.raw("seconds real not null"),
      ...["bytes", "width", "height", "frames"].map((name) => sql.raw(`${name} integer not null`)),
    ],
    frame_tables: [
      sql.raw("video text primary key references videos(id) on delete cascade"),
      ...["digest", "ticks"].map(text),
      sql.raw("numerator integer not null"),
      sql.raw("denominator integer not null"),
    ],
    documents: [
      sql.raw("video text primary key references videos(id) on delete cascade"),
      sql.raw("revision integer not null"),
      text("facts"),
    ],
    labels: [
      sql.raw("video text not null references videos(id) on delete cascade"),
      sql.raw("label integer not null"),
      text("value"),
      sql.raw("primary key (video, label)"),
    ],
    tracks: [
      sql.raw("video text not null references videos(id) on delete cascade"),
      sql.raw("track integer not null"),
      text("info"),
      sql.raw("review text"),
      sql.raw("primary key (video, track)"),
    ],
    states: [
      sql.raw("video text not null references videos(id) on delete cascade"),
      sql.raw("track integer not null"),
      sql.raw("frame integer not null"),
      text("value"),
      sql.raw("primary key (video, track, frame)"),
    ],
    log: [
      sql.raw("video text not null references videos(id) on delete cascade"),
      sql.raw("sequence integer not null"),
      text("id"),
      sql.raw("at real not null"),
      sql.raw("client text"),
      sql.raw("author text"),
      sql.raw("run text"),
      text("value"),
      sql.raw("primary key (video, sequence)"),
      sql.raw("unique (video, id)"),
    ],
    jobs: [
      sql.raw("id text primary key"),
      ...["kind", "state", "subject", "unit", "lanes", "payload", "created_at"].map(text),
      ...["project text", "video text", "question text", "message text", "ended_at text"].map((c) =>
        sql.raw(c),
      ),
      sql.raw("done real not null"),
      sql.raw("total real not null"),
    ],
    runs: [
      sql.raw("id text primary key"),
      sql.raw("video text not null references videos(id) on delete cascade"),
      sql.raw("number integer not null"),
      text("value"),
    ],
    exports: [
      sql.raw("id text primary key"),
      sql.raw("project text not null references projects(id) on delete cascade"),
      ...["job", "format", "name", "path", "at"].map(text),
      sql.raw("bytes integer not null"),
    ],
    activity: [
      sql.raw("batch text primary key"),
      sql.raw("video text not null references videos(id) on delete cascade"),
      ...["client", "at", "value"].map(text),
    ],
    settings: [sql.raw("name text primary key"), text("value")],
  };
  for (const [name, columns] of Object.entries(tables)) {
    await sql`create table ${sql.raw(name)} (${sql.join(columns)})`.execute(db);
  }
  await sql`create index videos_of_project on videos (project)`.execute(db);
  await sql`create index log_of_run on log (video, run)`.execute(db);
  await sql`create index jobs_by_state on jobs (state)`.execute(db);
};

/** Sums beside what they are sums of, so that a list of videos reads neither documents nor activity. */
const sums: Step = async (db) => {
  await sql`alter table documents add column counts text not null default '{}'`.execute(db);
  await sql`alter table activity add column seconds real not null default 0`.execute(db);
  await sql`alter table videos add column proxy text`.execute(db);
  await sql`create index activity_of_video on activity (video)`.execute(db);
  const documents = await sql<{ video: string }>`select video from documents`.execute(db);
  for (const { video } of documents.rows) {
    const rows = await sql<{ value: string }>`
      select value from states where video = ${video}`.execute(db);
    const tracks = await sql<{ review: string | null; frames: number }>`
      select review, (select count(*) from states
        where states.video = tracks.video and states.track = tracks.track) as frames
      from tracks where video = ${video}`.execute(db);
    type Kept = { provenance?: { by?: string }; verdict?: string };
    const read = (text: string) => JSON.parse(text) as Kept;
    const byPerson = rows.rows.filter(({ value }) => read(value).provenance?.by === "person");
    const accepted = tracks.rows.filter(
      ({ review }) => review !== null && read(review).verdict === "satisfactory",
    );
    const counts = JSON.stringify({
      objects: tracks.rows.length,
      framesHuman: byPerson.length,
      framesModel: rows.rows.length - byPerson.length,
      framesAccepted: accepted.reduce((sum, { frames }) => sum + frames, 0),
    });
    await sql`update documents set counts = ${counts} where video = ${video}`.execute(db);
  }
  const batches = await sql<{ batch: string; value: string }>`
    select batch, value from activity`.execute(db);
  for (const { batch, value } of batches.rows) {
    const records = JSON.parse(value) as { kind: string; seconds?: number }[];
    const seconds = records.reduce(
      (sum, { kind, seconds = 0 }) => sum + (kind === "active" ? seconds : 0),
      0,
    );
    await sql`update activity set seconds = ${seconds} where batch = ${batch}`.execute(db);
  }
};

/** Paths inside the home without the home, so that it can be moved; activity as sums, so that reading it is short. */
const movable: Step = async (db, home) => {
  for (const [table, column] of [
    ["videos", "source"],
    ["videos", "proxy"],
    ["exports", "path"],
  ] as const) {
    const [name, path] = [sql.raw(table), sql.raw(column)];
    const rows = await sql<{ id: string; path: string | null }>`
      select id, ${path} as path from ${name}`.execute(db);
    for (const { id, path: whole } of rows.rows) {
      const inside = whole === null ? null : insideHome(whole, home);
      if (inside !== null)
        await sql`update ${name} set ${path} = ${inside} where id = ${id}`.execute(db);
    }
  }
  await sql`create table activity_sums (
    video text not null references videos(id) on delete cascade, object integer not null,
    day text not null, seconds real not null, wait real not null, clicks integer not null,
    primary key (video, object, day))`.execute(db);
  await sql`create table activity_frames (
    video text not null references videos(id) on delete cascade, object integer not null,
    frame integer not null, primary key (video, object, frame))`.execute(db);
  await sql`create table looked (
    video text not null references videos(id) on delete cascade, object integer not null,
    frame integer not null, at text not null, primary key (video, object, frame))`.execute(db);
  const batches = await sql<{ video: string; value: string }>`
    select video, value from activity order by at`.execute(db);
  for (const { video, value } of batches.rows) {
    for (const record of JSON.parse(value) as ActivityRecord[]) await sumUp(db, video, record);
  }
};

interface ActivityRecord {
  readonly kind: string;
  readonly at: string;
  readonly object: number | null;
  readonly frame: number;
  readonly seconds?: number;
  readonly wait?: number;
  readonly action?: string;
  readonly event?: string;
}

async function sumUp(db: Transaction<unknown>, video: string, record: ActivityRecord) {
  const { at, frame, action = "", seconds = 0, wait = 0 } = record;
  const object = record.object ?? -1;
  const clicks = action.startsWith("click.") ? 1 : 0;
  await sql`insert into activity_sums (video, object, day, seconds, wait, clicks)
    values (${video}, ${object}, ${at.slice(0, 10)}, ${seconds}, ${wait}, ${clicks})
    on conflict (video, object, day) do update set seconds = activity_sums.seconds + excluded.seconds,
      wait = activity_sums.wait + excluded.wait, clicks = activity_sums.clicks + excluded.clicks`.execute(
    db,
  );
  if (/^(click|box|brush|eraser|polygon|mask|state)\./.test(action)) {
    await sql`insert into activity_frames (video, object, frame) values (${video}, ${object}, ${frame})
      on conflict do nothing`.execute(db);
  }
  if (record.event === "looks-right" && record.object !== null) {
    await sql`insert into looked (video, object, frame, at) values (${video}, ${object}, ${frame}, ${at})
      on conflict (video, object, frame) do update set at = excluded.at`.execute(db);
  }
}

/** A path of a home without the home, which may have been moved since; null for one that lies elsewhere. */
function insideHome(path: string, home: string): string | null {
  const inside = relative(home, path);
  if (inside !== "" && !inside.startsWith("..") && !isAbsolute(inside)) {
    return inside.split(sep).join("/");
  }
  for (const folder of ["media", "exports"]) {
    const moved = `${folder}/${basename(path)}`;
    const wasThere = basename(dirname(path)) === folder && !existsSync(path);
    if (wasThere && existsSync(join(home, moved))) return moved;
  }
  return null;
}

/** How many doubts the studio saw, beside each video: the list of videos computes none. */
const doubts: Step = async (db) => {
  await sql`alter table videos add column doubts integer`.execute(db);
};

const MIGRATIONS: readonly Step[] = [first, sums, movable, doubts];

/**
 * Runs the migrations that the database has not seen, each in a transaction of its own.
 * Throws when the database comes from a newer masklet.
 */
export async function migrate<T>(database: Kysely<T>, home: string): Promise<void> {
  const plain = database as unknown as Kysely<unknown>;
  await sql`create table if not exists schema_version (version integer not null)`.execute(plain);
  const rows = await sql<{ version: number | null }>`
    select max(version) as version from schema_version`.execute(plain);
  const version = rows.rows[0]?.version ?? 0;
  if (version > MIGRATIONS.length) {
    throw new Error(
      `The database has schema ${version} and this masklet knows up to ${MIGRATIONS.length}: start a newer masklet.`,
    );
  }
  for (let next = version; next < MIGRATIONS.length; next++) {
    await plain.transaction().execute(async (transaction) => {
      await MIGRATIONS[next]!(transaction, home);
      await sql`insert into schema_version (version) values (${next + 1})`.execute(transaction);
    });
  }
}
