// The database: SQLite behind Kysely, opened durable, its tables typed.
import { DatabaseSync } from "node:sqlite";
import { Kysely, SqliteDialect } from "kysely";
import { migrate } from "./migrations.ts";

interface ProjectRow {
  id: string;
  name: string;
  guidelines: string;
  labels: string;
  sample: number;
  created_at: string;
  touched_at: string;
}

export interface VideoRow {
  id: string;
  project: string;
  name: string;
  state: "uploading" | "preparing" | "ready" | "failed";
  prepared: number;
  problem: string | null;
  bytes: number;
  width: number;
  height: number;
  frames: number;
  digest: string;
  rate: number | null;
  seconds: number;
  codec: string;
  /** JSON array of first frames of new shots. */
  cuts: string;
  media: "original" | "proxy" | "frames";
  /** Path of the original as `Places` keeps it: inside the media folder, or where the user keeps it. */
  source: string;
  /** Path of the copy that browsers play, kept likewise, or null where there is none. */
  proxy: string | null;
  /** Open doubts as the studio last told them, or null. */
  doubts: number | null;
  metadata: string;
  created_at: string;
  touched_at: string;
}

interface FrameTableRow {
  video: string;
  digest: string;
  numerator: number;
  denominator: number;
  /** JSON array of ticks, one a frame. */
  ticks: string;
}

/** One row a document: its head. What it holds is in `labels`, `tracks` and `states`. */
interface DocumentRow {
  video: string;
  revision: number;
  facts: string;
  /** JSON of the document's counts. */
  counts: string;
}

interface LabelRow {
  video: string;
  label: number;
  value: string;
}

interface TrackRow {
  video: string;
  track: number;
  info: string;
  review: string | null;
}

interface StateRow {
  video: string;
  track: number;
  frame: number;
  value: string;
}

interface LogRow {
  video: string;
  sequence: number;
  id: string;
  at: number;
  client: string | null;
  author: string | null;
  run: string | null;
  value: string;
}

export interface JobRow {
  id: string;
  kind: "track" | "prepare" | "proxy" | "export" | "fetch-model";
  state: "waiting" | "running" | "asking" | "done" | "cancelled" | "failed";
  project: string | null;
  video: string | null;
  subject: string;
  done: number;
  total: number;
  unit: "masks" | "frames" | "bytes";
  lanes: string;
  question: string | null;
  message: string | null;
  /** What the job was asked to do and how far it is, as its own kind writes it. */
  payload: string;
  created_at: string;
  ended_at: string | null;
}

interface RunRow {
  id: string;
  video: string;
  number: number;
  value: string;
}

interface ExportRow {
  id: string;
  project: string;
  job: string;
  format: string;
  name: string;
  bytes: number;
  /** As `Places` keeps it. */
  path: string;
  at: string;
}

interface ActivityRow {
  batch: string;
  video: string;
  client: string;
  at: string;
  value: string;
  /** Active seconds in the batch. */
  seconds: number;
}

/** Sums of a day's batches; `object` is −1 for what concerns none. */
interface ActivitySumRow {
  video: string;
  object: number;
  /** Year, month and day, UTC. */
  day: string;
  seconds: number;
  wait: number;
  clicks: number;
}

/** A frame of an object that was edited by hand. */
interface ActivityFrameRow {
  video: string;
  object: number;
  frame: number;
}

/** A frame of an object that somebody marked "looks right", and when last. */
interface LookedRow {
  video: string;
  object: number;
  frame: number;
  at: string;
}

interface SettingRow {
  name: string;
  value: string;
}

export interface Tables {
  projects: ProjectRow;
  videos: VideoRow;
  frame_tables: FrameTableRow;
  documents: DocumentRow;
  labels: LabelRow;
  tracks: TrackRow;
  states: StateRow;
  log: LogRow;
  jobs: JobRow;
  runs: RunRow;
  exports: ExportRow;
  activity: ActivityRow;
  activity_sums: ActivitySumRow;
  activity_frames: ActivityFrameRow;
  looked: LookedRow;
  settings: SettingRow;
}

export type Database = Kysely<Tables>;

/**
 * Opens (or makes) the database at `path`, that of the home at `home`, and brings it to the newest schema. Every commit is on the
 * disk before it is acknowledged (`synchronous=FULL`), so that a killed process loses nothing it confirmed.
 */
export async function openDatabase(path: string, home: string): Promise<Database> {
  const sqlite = new DatabaseSync(path);
  sqlite.exec("pragma journal_mode = wal; pragma synchronous = full; pragma foreign_keys = on;");
  sqlite.exec("pragma busy_timeout = 5000;");
  const database = new Kysely<Tables>({
    dialect: new SqliteDialect({ database: asKyselyWants(sqlite) }),
  });
  await migrate(database, home);
  return database;
}

/** Node's SQLite in the shape Kysely's dialect expects. */
function asKyselyWants(sqlite: DatabaseSync) {
  return {
    close: () => sqlite.close(),
    prepare: (text: string) => {
      const statement = sqlite.prepare(text);
      type Values = Parameters<typeof statement.all>;
      return {
        reader: statement.columns().length > 0,
        all: (values: readonly unknown[]) => statement.all(...(values as Values)),
        run: (values: readonly unknown[]) => statement.run(...(values as Values)),
        iterate: (values: readonly unknown[]) =>
          statement.iterate(...(values as Values)) as IterableIterator<unknown>,
      };
    },
  };
}
