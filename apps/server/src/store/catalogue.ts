// The catalogue: projects and their videos, as rows and as the protocol's values.

import type { Project, ProjectLabel, Video, VideoMetadata, VideoProgress } from "@masklet/protocol";
import { type Counts, NO_COUNTS, SUM_MAX } from "./counts.ts";
import type { Database, Tables, VideoRow } from "./database.ts";
import type { Places } from "./places.ts";

export interface NewVideo {
  readonly id: string;
  readonly project: string;
  readonly name: string;
  readonly state: VideoRow["state"];
  readonly bytes: number;
  readonly source: string;
}

/** What a finished import knows of a video. */
export type VideoFacts = Pick<
  VideoRow,
  "width" | "height" | "frames" | "digest" | "rate" | "seconds" | "codec" | "media"
> & { readonly cuts: readonly number[] };

export interface PresentationTimes {
  readonly digest: string;
  readonly numerator: number;
  readonly denominator: number;
  readonly ticks: readonly number[];
}

export interface Catalogue {
  projects(): Promise<readonly Project[]>;
  project(id: string): Promise<Project | null>;
  addProject(id: string, name: string, options: { readonly sample: boolean }): Promise<void>;
  changeProject(
    id: string,
    change: {
      readonly name?: string | undefined;
      readonly guidelines?: string | undefined;
      readonly labels?: readonly ProjectLabel[] | undefined;
    },
  ): Promise<void>;
  deleteProject(id: string): Promise<void>;
  /** Where the finished exports of a project lie. */
  exportFiles(project: string): Promise<readonly string[]>;
  videos(project: string): Promise<readonly Video[]>;
  video(id: string): Promise<Video | null>;
  /** Where the original of a video lies, whole; as all paths that go in and come out. */
  source(id: string): Promise<string | null>;
  /** Every file that a video is read from. */
  files(id: string): Promise<readonly string[]>;
  /** The file that a browser plays: the original or its proxy; null where neither can be played. */
  playable(id: string): Promise<string | null>;
  /** Videos whose import is not over. */
  unprepared(): Promise<readonly Pick<VideoRow, "id" | "project" | "name" | "source" | "state">[]>;
  /** Ready videos that browsers are shown frame by frame. */
  withoutMedia(): Promise<readonly string[]>;
  addVideo(video: NewVideo): Promise<void>;
  changeVideo(
    id: string,
    change: Partial<
      Pick<
        VideoRow,
        "name" | "state" | "prepared" | "problem" | "source" | "bytes" | "media" | "proxy"
      >
    > & {
      readonly metadata?: VideoMetadata;
    },
  ): Promise<void>;
  describeVideo(id: string, facts: VideoFacts, times: PresentationTimes): Promise<void>;
  times(id: string): Promise<PresentationTimes | null>;
  deleteVideo(id: string): Promise<void>;
}

const NO_METADATA: VideoMetadata = { country: "", event: "", source: "", licence: "", tags: [] };

export function createCatalogue(
  database: Database,
  options: { readonly now: () => number; readonly places: Places },
): Catalogue {
  const { kept, found } = options.places;
  const moment = () => new Date(options.now()).toISOString();

  const projectRows = () =>
    database
      .selectFrom("projects")
      .selectAll()
      .select((builder) =>
        builder
          .selectFrom("videos")
          .select((count) => count.fn.countAll<number>().as("count"))
          .whereRef("videos.project", "=", "projects.id")
          .as("videos"),
      );

  /** Rows of videos with the sums that stand beside documents and activity. */
  const videoRows = () =>
    database
      .selectFrom("videos")
      .leftJoin("documents", "documents.video", "videos.id")
      .selectAll("videos")
      .select("documents.counts")
      .select((builder) =>
        builder
          .selectFrom("activity_sums")
          .select((sum) => sum.fn.sum<number | null>("seconds").as("seconds"))
          .whereRef("activity_sums.video", "=", "videos.id")
          .where("activity_sums.seconds", ">=", 0)
          .where("activity_sums.seconds", "<=", SUM_MAX)
          .as("active"),
      );

  return {
    projects: async () => {
      const rows = await projectRows().orderBy("created_at").execute();
      return rows.map(projectOf);
    },
    project: async (id) => {
      const row = await projectRows().where("id", "=", id).executeTakeFirst();
      return row === undefined ? null : projectOf(row);
    },
    addProject: async (id, name, { sample }) => {
      const at = moment();
      await database
        .insertInto("projects")
        .values({
          id,
          name,
          guidelines: "",
          labels: "[]",
          sample: sample ? 1 : 0,
          created_at: at,
          touched_at: at,
        })
        .execute();
    },
    changeProject: async (id, { name, guidelines, labels }) => {
      await database
        .updateTable("projects")
        .set({
          ...(name !== undefined && { name }),
          ...(guidelines !== undefined && { guidelines }),
          ...(labels !== undefined && { labels: JSON.stringify(labels) }),
          touched_at: moment(),
        })
        .where("id", "=", id)
        .execute();
    },
    deleteProject: async (id) => {
      await database.deleteFrom("projects").where("id", "=", id).execute();
    },
    exportFiles: async (project) => {
      const rows = await database
        .selectFrom("exports")
        .select("path")
        .where("project", "=", project)
        .execute();
      return rows.map(({ path }) => found(path));
    },
    videos: async (project) => {
      const rows = await videoRows().where("project", "=", project).orderBy("created_at").execute();
      return rows.map(videoOf);
    },
    video: async (id) => {
      const row = await videoRows().where("id", "=", id).executeTakeFirst();
      return row === undefined ? null : videoOf(row);
    },
    source: async (id) => {
      const row = await database
        .selectFrom("videos")
        .select("source")
        .where("id", "=", id)
        .executeTakeFirst();
      return row === undefined ? null : found(row.source);
    },
    files: async (id) => {
      const row = await database
        .selectFrom("videos")
        .select(["source", "proxy"])
        .where("id", "=", id)
        .executeTakeFirst();
      return [row?.source, row?.proxy]
        .filter((file): file is string => typeof file === "string" && file !== "")
        .map(found);
    },
    playable: async (id) => {
      const row = await database
        .selectFrom("videos")
        .select(["media", "source", "proxy"])
        .where("id", "=", id)
        .executeTakeFirst();
      if (row === undefined || row.media === "frames") return null;
      const path = row.media === "proxy" ? row.proxy : row.source;
      return path === null ? null : found(path);
    },
    unprepared: async () => {
      const rows = await database
        .selectFrom("videos")
        .select(["id", "project", "name", "source", "state"])
        .where("state", "in", ["uploading", "preparing"])
        .execute();
      return rows.map((row) => ({ ...row, source: found(row.source) }));
    },
    withoutMedia: async () => {
      const rows = await database
        .selectFrom("videos")
        .select("id")
        .where("state", "=", "ready")
        .where("media", "=", "frames")
        .execute();
      return rows.map(({ id }) => id);
    },
    addVideo: async (video) => {
      const at = moment();
      await database
        .insertInto("videos")
        .values({
          ...video,
          source: kept(video.source),
          prepared: 0,
          problem: null,
          width: 0,
          height: 0,
          frames: 0,
          digest: "",
          rate: null,
          seconds: 0,
          codec: "",
          cuts: "[]",
          media: "frames",
          proxy: null,
          doubts: null,
          metadata: JSON.stringify(NO_METADATA),
          created_at: at,
          touched_at: at,
        })
        .execute();
    },
    changeVideo: async (id, { metadata, source, proxy, ...change }) => {
      await database
        .updateTable("videos")
        .set({
          ...change,
          ...(source !== undefined && { source: kept(source) }),
          ...(proxy !== undefined && { proxy: proxy === null ? null : kept(proxy) }),
          ...(metadata !== undefined && { metadata: JSON.stringify(metadata) }),
          touched_at: moment(),
        })
        .where("id", "=", id)
        .execute();
    },
    describeVideo: async (id, { cuts, ...facts }, { ticks, ...times }) => {
      await database.transaction().execute(async (open) => {
        await open
          .updateTable("videos")
          .set({ ...facts, cuts: JSON.stringify(cuts), touched_at: moment() })
          .where("id", "=", id)
          .execute();
        await open.deleteFrom("frame_tables").where("video", "=", id).execute();
        await open
          .insertInto("frame_tables")
          .values({ video: id, ...times, ticks: JSON.stringify(ticks) })
          .execute();
      });
    },
    times: async (id) => {
      const row = await database
        .selectFrom("frame_tables")
        .selectAll()
        .where("video", "=", id)
        .executeTakeFirst();
      if (row === undefined) return null;
      const { digest, numerator, denominator } = row;
      return { digest, numerator, denominator, ticks: JSON.parse(row.ticks) as number[] };
    },
    deleteVideo: async (id) => {
      await database.deleteFrom("videos").where("id", "=", id).execute();
    },
  };
}

/** What a row of `videoRows` carries beside the video's own columns. */
interface Sums {
  readonly counts: string | null;
  readonly active: number | null;
}

function projectOf(row: Tables["projects"] & { readonly videos: number | null }): Project {
  return {
    id: row.id,
    name: row.name,
    guidelines: row.guidelines,
    labels: JSON.parse(row.labels) as ProjectLabel[],
    sample: row.sample === 1,
    videos: row.videos ?? 0,
    createdAt: row.created_at,
    touchedAt: row.touched_at,
  };
}

function videoOf(row: VideoRow & Sums): Video {
  return {
    id: row.id,
    project: row.project,
    name: row.name,
    state: row.state,
    prepared: row.prepared,
    problem: row.problem,
    bytes: row.bytes,
    width: row.width,
    height: row.height,
    frames: row.frames,
    digest: row.digest,
    rate: row.rate,
    seconds: row.seconds,
    codec: row.codec,
    cuts: JSON.parse(row.cuts) as number[],
    media: row.media,
    metadata: JSON.parse(row.metadata) as VideoMetadata,
    progress: progressOf(row),
    createdAt: row.created_at,
    touchedAt: row.touched_at,
  };
}

function progressOf(row: VideoRow & Sums): VideoProgress {
  const counts = row.counts === null ? NO_COUNTS : (JSON.parse(row.counts) as Counts);
  const framesTotal = counts.objects * row.frames;
  return { ...counts, framesTotal, activeSeconds: row.active ?? 0, doubts: row.doubts };
}
