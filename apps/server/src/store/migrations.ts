// The schema, one migration after another; a migration that has shipped is never edited.
import { type Kysely, sql, type Transaction } from "kysely";

type Step = (database: Transaction<unknown>) => Promise<void>;

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

const MIGRATIONS: readonly Step[] = [first, sums];

/**
 * Runs the migrations that the database has not seen, each in a transaction of its own.
 * Throws when the database comes from a newer masklet.
 */
export async function migrate<T>(database: Kysely<T>): Promise<void> {
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
      await MIGRATIONS[next]!(transaction);
      await sql`insert into schema_version (version) values (${next + 1})`.execute(transaction);
    });
  }
}
