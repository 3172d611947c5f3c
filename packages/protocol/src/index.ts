// The door of protocol: the typed messages between server and studio, and the table of routes.
export { Activity, ActivityBatch, ActivitySummary } from "./activity.ts";
export {
  DocumentJson,
  DocumentReply,
  LogReply,
  TransactionJson,
  TransactionsPost,
  TransactionsReply,
  WireLogEntry,
  WireRefusal,
} from "./edits.ts";
export { ServerEvent } from "./events.ts";
export {
  ExportFile,
  ExportOptions,
  FormatInfo,
  ImportReply,
  ImportRequest,
  LossReport,
  LossRow,
} from "./exchange.ts";
export {
  Direction,
  Job,
  JobAnswer,
  Run,
  RunComparison,
  TakeBackRequest,
  TrackLane,
  TrackRequest,
} from "./jobs.ts";
export {
  ACTIVITY_PER_POST_MAX,
  ACTIVITY_SECONDS_MAX,
  BODY_BYTES_MAX,
  EVENTS_KEPT,
  GUIDELINES_CHARACTERS_MAX,
  LABELS_PER_PROJECT_MAX,
  NAME_CHARACTERS_MAX,
  PROMPT_POINTS_MAX,
  PROPOSALS_MAX,
  TRANSACTIONS_PER_POST_MAX,
  UPLOAD_PIECE_BYTES,
  WARM_FRAMES_MAX,
} from "./limits.ts";
export { Model, ModelAction, Models } from "./models.ts";
export { Problem, ProblemCode } from "./problem.ts";
export {
  FrameTable,
  Hello,
  Project,
  ProjectLabel,
  Video,
  VideoMetadata,
  VideoProgress,
} from "./projects.ts";
export {
  Candidate,
  ProposeReply,
  ProposeRequest,
  SegmentReply,
  SegmentRequest,
  WarmRequest,
  WireBox,
  WireMask,
  WirePoint,
} from "./prompts.ts";
export { type Body, type Reply, type Route, routes } from "./routes.ts";
