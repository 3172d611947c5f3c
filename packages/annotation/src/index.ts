// The door of annotation: the document, the only way it changes, and what is derived from it.
export { apply, type Outcome, type Refusal, type RefusalCode } from "./apply.ts";
export { betweenShapes, stateAt } from "./between.ts";
export { chooseKeyFrames, type Disagreement, disagreements } from "./disagreement.ts";
export {
  type Absent,
  type AttributeDefinition,
  type AttributeValue,
  type AttributeValues,
  absent,
  type Document,
  type Label,
  type LabelId,
  LIMITS,
  labelId,
  type Note,
  newDocument,
  type Prompts,
  type Provenance,
  type Review,
  type State,
  sortedFrames,
  type Timestamps,
  type Track,
  type TrackId,
  type TrackInfo,
  trackId,
  trackInfo,
  type VideoInfo,
  type Visible,
  visible,
} from "./document.ts";
export {
  applyEntry,
  emptyHistory,
  type History,
  type LogEntry,
  record,
  redo,
  revert,
  undo,
  type Versioned,
} from "./history.ts";
export {
  deleteRange,
  deleteTrack,
  type FrameRange,
  joinTracks,
  moveRange,
  splitTrack,
  swapTracks,
} from "./identity.ts";
export {
  documentFromJson,
  documentToJson,
  entryFromJson,
  entryToJson,
  type Json,
  transactionFromJson,
  transactionToJson,
} from "./json.ts";
export { ReadingError } from "./reading.ts";
export { same } from "./same.ts";
export {
  type BoxShape,
  boxCorners,
  type EdgePoint,
  type MaskShape,
  type PolygonPart,
  type PolygonShape,
  type Ring,
  type RotatedBoxShape,
  type Shape,
} from "./shape.ts";
export { currentOf, invert, type Step, squash, type Transaction, thingOf } from "./step.ts";
