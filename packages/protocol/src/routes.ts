// Every route: method and path, body, reply. The server builds its handlers and OpenAPI from this table.
import { type Static, type TSchema, Type } from "typebox";
import { ActivityBatch, ActivitySummary } from "./activity.ts";
import { DocumentReply, LogReply, TransactionsPost, TransactionsReply } from "./edits.ts";
import {
  ExportFile,
  ExportOptions,
  FormatInfo,
  ImportReply,
  ImportRequest,
  LossReport,
} from "./exchange.ts";
import { Job, JobAnswer, Run, RunComparison, TakeBackRequest, TrackRequest } from "./jobs.ts";
import { GUIDELINES_CHARACTERS_MAX, LABELS_PER_PROJECT_MAX } from "./limits.ts";
import { JobId, ModelAction, Models } from "./models.ts";
import { FrameTable, Hello, Project, ProjectLabel, Video, VideoMetadata } from "./projects.ts";
import {
  ProposeReply,
  ProposeRequest,
  SegmentReply,
  SegmentRequest,
  WarmRequest,
} from "./prompts.ts";

const Nothing = Type.Null();
const Name = Type.String({ minLength: 1, maxLength: 200 });

/**
 * Key: method and path, `:name` marks a part to fill in. `query` values travel as text.
 * Beside these there are routes that do not answer JSON:
 * - `GET /api/events?video=ID` — the event stream (`ServerEvent`).
 * - `GET /api/videos/:video/frames/:frame?digest=D[&width=W]` — the picture of a frame (JPEG, or PNG with `format=png`),
 *   immutable for its digest; 409 `digest-mismatch` for another digest.
 * - `GET /api/videos/:video/media?digest=D` — the bytes a browser decodes (original or proxy), with ranges.
 * - `GET /api/exports/:export/file` — a finished export.
 * - `/api/uploads`, `/api/uploads/:upload` — resumable uploads by the tus 1.0 protocol. Metadata: `filename`,
 *   `project`, `purpose` (`video` or `import`). A finished video upload becomes a video; its `uploading` row
 *   appears with the upload's id as soon as the upload is created.
 */
export const routes = {
  "GET /api/hello": { body: Nothing, reply: Hello },

  "GET /api/projects": { body: Nothing, reply: Type.Array(Project) },
  "POST /api/projects": { body: Type.Object({ name: Name }), reply: Project },
  "GET /api/projects/:project": { body: Nothing, reply: Project },
  "PATCH /api/projects/:project": {
    body: Type.Object({
      name: Type.Optional(Name),
      guidelines: Type.Optional(Type.String({ maxLength: GUIDELINES_CHARACTERS_MAX })),
      labels: Type.Optional(Type.Array(ProjectLabel, { maxItems: LABELS_PER_PROJECT_MAX })),
    }),
    reply: Project,
  },
  "DELETE /api/projects/:project": { body: Nothing, reply: Nothing },
  "GET /api/projects/:project/videos": { body: Nothing, reply: Type.Array(Video) },
  /** A path on the server: a file or a folder of pictures, inside an allowed folder. */
  "POST /api/projects/:project/videos": {
    body: Type.Object({ path: Type.String() }),
    reply: Video,
  },

  "GET /api/videos/:video": { body: Nothing, reply: Video },
  "PATCH /api/videos/:video": {
    body: Type.Object({ name: Type.Optional(Name), metadata: Type.Optional(VideoMetadata) }),
    reply: Video,
  },
  "DELETE /api/videos/:video": { body: Nothing, reply: Nothing },
  /** Tries a failed import again, from the file where it lies. Any other video is left as it is. */
  "POST /api/videos/:video/prepare": { body: Nothing, reply: Video },
  "GET /api/videos/:video/table": { body: Nothing, reply: FrameTable },
  /**
   * Asks for a copy that every browser plays, with the same frame numbers. Imports begin one by themselves where it is
   * plain that browsers cannot play the original; a browser that cannot play this one asks. The job that
   * makes it, also where it has begun already; null where there is a copy or none can be made.
   */
  "POST /api/videos/:video/proxy": { body: Nothing, reply: Type.Union([Job, Nothing]) },

  "GET /api/videos/:video/document": { body: Nothing, reply: DocumentReply },
  "POST /api/videos/:video/transactions": { body: TransactionsPost, reply: TransactionsReply },
  /** Query: `since` (sequence, default 0), `limit` (default 1000), or `last=N` for the newest N. */
  "GET /api/videos/:video/log": { body: Nothing, reply: LogReply },

  "POST /api/videos/:video/segment": { body: SegmentRequest, reply: SegmentReply },
  "POST /api/videos/:video/warm": { body: WarmRequest, reply: Nothing },
  "POST /api/videos/:video/propose": { body: ProposeRequest, reply: ProposeReply },

  "POST /api/videos/:video/track": { body: TrackRequest, reply: Job },
  "GET /api/videos/:video/runs": { body: Nothing, reply: Type.Array(Run) },
  "GET /api/videos/:video/runs/:run/comparison": { body: Nothing, reply: RunComparison },
  "POST /api/videos/:video/runs/:run/take-back": {
    body: TakeBackRequest,
    reply: TransactionsReply,
  },

  /** Unfinished jobs, and those that ended within the last minutes. */
  "GET /api/jobs": { body: Nothing, reply: Type.Array(Job) },
  "POST /api/jobs/:job/cancel": { body: Nothing, reply: Job },
  "POST /api/jobs/:job/answer": { body: JobAnswer, reply: Job },

  "GET /api/models": { body: Nothing, reply: Models },
  "POST /api/models/:model": { body: ModelAction, reply: Models },

  "GET /api/formats": { body: Nothing, reply: Type.Array(FormatInfo) },
  "POST /api/projects/:project/loss": { body: ExportOptions, reply: LossReport },
  "POST /api/projects/:project/exports": { body: ExportOptions, reply: JobId },
  "GET /api/projects/:project/exports": { body: Nothing, reply: Type.Array(ExportFile) },
  "DELETE /api/exports/:export": { body: Nothing, reply: Nothing },
  "POST /api/videos/:video/import": { body: ImportRequest, reply: ImportReply },

  "POST /api/videos/:video/activity": { body: ActivityBatch, reply: ActivitySummary },
  "GET /api/videos/:video/activity": { body: Nothing, reply: ActivitySummary },
} as const satisfies Readonly<Record<string, { readonly body: TSchema; readonly reply: TSchema }>>;

export type Route = keyof typeof routes;
export type Body<R extends Route> = Static<(typeof routes)[R]["body"]>;
export type Reply<R extends Route> = Static<(typeof routes)[R]["reply"]>;
