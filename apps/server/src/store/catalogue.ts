// The catalogue: projects and their videos, as rows and as the protocol's values.

import type { Project, ProjectLabel, Video, VideoMetadata, VideoProgress } from "@masklet/protocol";
import type { Database, Tables, VideoRow } from "./database.ts";
import type { Documents } from "./documents.ts";

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
  videos(project: string): Promise<readonly Video[]>;
  video(id: string): Promise<Video | null>;
  /** Where the original of a video lies. */
  source(id: string): Promise<string | null>;
  /** Videos whose import was cut short. */
  unprepared(): Promise<readonly { readonly id: string; readonly source: string }[]>;
  addVideo(video: NewVideo): Promise<void>;
  changeVideo(
    id: string,
    change: Partial<
      Pick<VideoRow, "name" | "state" | "prepared" | "problem" | "source" | "bytes">
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
  options: { readonly documents: Documents; readonly now: () => number },
): Catalogue {
  const moment = () => new Date(options.now()).toISOString();

  async function projectOf(row: Tables["projects"]): Promise<Project> {
    const { count } = await database
      .selectFrom("videos")
      .select((builder) => builder.fn.countAll<number>().as("count"))
      .where("project", "=", row.id)
      .executeTakeFirstOrThrow();
    return {
      id: row.id,
      name: row.name,
      guidelines: row.guidelines,
      labels: JSON.parse(row.labels) as ProjectLabel[],
      sample: row.sample === 1,
      videos: count,
      createdAt: row.created_at,
      touchedAt: row.touched_at,
    };
  }

  async function progressOf(row: VideoRow): Promise<VideoProgress> {
    const activity = await database
      .selectFrom("activity")
      .select("value")
      .where("video", "=", row.id)
      .execute();
    const activeSeconds = activity
      .flatMap(({ value }) => JSON.parse(value) as { kind: string; seconds?: number }[])
      .reduce((sum, record) => sum + (record.kind === "active" ? (record.seconds ?? 0) : 0), 0);
    const counts = {
      objects: 0,
      framesHuman: 0,
      framesModel: 0,
      framesAccepted: 0,
      framesTotal: 0,
    };
    if (row.state !== "ready") return { ...counts, activeSeconds };
    const { document } = await options.documents.read(row.id);
    for (const track of document.tracks.values()) {
      counts.objects++;
      counts.framesTotal += row.frames;
      if (track.review?.verdict === "satisfactory") counts.framesAccepted += track.states.size;
      for (const { provenance } of track.states.values()) {
        if (provenance.by === "person") counts.framesHuman++;
        else counts.framesModel++;
      }
    }
    return { ...counts, activeSeconds };
  }

  async function videoOf(row: VideoRow): Promise<Video> {
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
      progress: await progressOf(row),
      createdAt: row.created_at,
      touchedAt: row.touched_at,
    };
  }

  return {
    projects: async () => {
      const rows = await database
        .selectFrom("projects")
        .selectAll()
        .orderBy("created_at")
        .execute();
      return Promise.all(rows.map(projectOf));
    },
    project: async (id) => {
      const row = await database
        .selectFrom("projects")
        .selectAll()
        .where("id", "=", id)
        .executeTakeFirst();
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
    videos: async (project) => {
      const rows = await database
        .selectFrom("videos")
        .selectAll()
        .where("project", "=", project)
        .orderBy("created_at")
        .execute();
      return Promise.all(rows.map(videoOf));
    },
    video: async (id) => {
      const row = await database
        .selectFrom("videos")
        .selectAll()
        .where("id", "=", id)
        .executeTakeFirst();
      return row === undefined ? null : videoOf(row);
    },
    source: async (id) => {
      const row = await database
        .selectFrom("videos")
        .select("source")
        .where("id", "=", id)
        .executeTakeFirst();
      return row?.source ?? null;
    },
    unprepared: () =>
      database
        .selectFrom("videos")
        .select(["id", "source"])
        .where("state", "=", "preparing")
        .execute(),
    addVideo: async (video) => {
      const at = moment();
      await database
        .insertInto("videos")
        .values({
          ...video,
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
          metadata: JSON.stringify(NO_METADATA),
          created_at: at,
          touched_at: at,
        })
        .execute();
    },
    changeVideo: async (id, { metadata, ...change }) => {
      await database
        .updateTable("videos")
        .set({
          ...change,
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
