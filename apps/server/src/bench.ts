// The bench: everything the handlers and jobs work with, made once at the start.
import { randomUUID } from "node:crypto";
import { transactionToJson } from "@masklet/annotation";
import type { WireLogEntry } from "@masklet/protocol";
import { createEngine, type Engine } from "./engine/client.ts";
import { createEvents, type Events } from "./events.ts";
import type { Home } from "./home.ts";
import { createMedia, type Media } from "./media.ts";
import { type Catalogue, createCatalogue } from "./store/catalogue.ts";
import { type Database, openDatabase } from "./store/database.ts";
import type { Documents } from "./store/documents.ts";
import { createDocuments } from "./store/documents.ts";
import { createJobs, type Jobs } from "./store/jobs.ts";
import type { Entry } from "./store/log.ts";
import { placesOf } from "./store/places.ts";
import { createRuns, type Runs } from "./store/runs.ts";

export interface Bench {
  readonly home: Home;
  readonly database: Database;
  readonly events: Events;
  readonly documents: Documents;
  readonly catalogue: Catalogue;
  readonly jobs: Jobs;
  readonly runs: Runs;
  readonly media: Media;
  readonly engine: Engine;
  readonly now: () => number;
  readonly newId: () => string;
  readonly log: (message: string) => void;
  close(): Promise<void>;
}

/** Opens the database and makes all parts. The engine process starts with the first model that is asked for. */
export async function openBench(
  home: Home,
  options: {
    readonly now: () => number;
    readonly log: (message: string) => void;
    readonly modelsChanged: () => void;
    /** Stands in for the engine process. */
    readonly engine?: Engine;
  },
): Promise<Bench> {
  const { now, log } = options;
  const database = await openDatabase(home.database, home.path);
  const events = createEvents(randomUUID());
  const documents = createDocuments(database, {
    now,
    announce: (video, entry) => events.tell({ type: "entry", video, entry: wireEntry(entry) }),
  });
  const catalogue = createCatalogue(database, { now, places: placesOf(home.path) });
  const jobs = createJobs(database, { now, announce: (job) => events.tell({ type: "job", job }) });
  const runs = createRuns(database, {
    announce: (video, run) => events.tell({ type: "run", video, run }),
  });
  const media = createMedia(catalogue, home.scans);
  const engine =
    options.engine ??
    createEngine({
      home: home.path,
      changed: options.modelsChanged,
      encoded: (video, frames) => events.tell({ type: "encoded", video, frames: [...frames] }),
    });
  return {
    home,
    database,
    events,
    documents,
    catalogue,
    jobs,
    runs,
    media,
    engine,
    now,
    newId: randomUUID,
    log,
    close: async () => {
      await engine.close();
      await media.close();
      await database.destroy();
    },
  };
}

/** A log entry as it travels. */
export function wireEntry({ sequence, at, client, transaction }: Entry): WireLogEntry {
  return { sequence, at, client, transaction: transactionToJson(transaction) };
}
