// The door of workbench: what masklet does for people, without a terminal and without HTTP.

export {
  type Converted,
  type ConvertJob,
  checkFiles,
  convertDataset,
  factsOf,
} from "./convert.ts";
export { type NamedModel, trackerOf } from "./engine-tracker.ts";
export { WorkbenchError, type WorkbenchErrorCode } from "./errors.ts";
export {
  type DavisJob,
  type DavisReport,
  evaluateDavis,
  type OpenFrames,
  type SequenceReport,
} from "./evaluate/davis.ts";
export { type DavisSequence, findSequences } from "./evaluate/davis-folder.ts";
export { type KeptResults, keptIn } from "./evaluate/kept.ts";
export { type Curve, plotCurve } from "./evaluate/plots.ts";
export {
  type Agreement,
  comparePrecision,
  type PrecisionJob,
  type PrecisionReport,
} from "./evaluate/precision.ts";
export type { Protocol } from "./evaluate/protocols.ts";
export { evaluateStills, type StillsJob, type StillsReport } from "./evaluate/stills.ts";
export { readLabels } from "./labels.ts";
export {
  checkKeepsInput,
  checkWritable,
  type OutputFolder,
  openOutputFolder,
  writeWhole,
} from "./output-folder.ts";
export { writeOverlay } from "./overlay-video.ts";
export {
  type Click,
  type CornerBox,
  checkMarks,
  checkPrompts,
  checkSomethingIsNamed,
  joinPrompts,
  type Prompt,
  readPrompts,
} from "./prompts.ts";
export {
  AGREEMENT_FRAMES,
  AGREEMENT_IOU,
  type Anchor,
  agreement,
  agreementWatch,
  anchorsOf,
  isHuman,
  maskOfShape,
  type Pass,
  passesOf,
  type RunMaker,
  type RunOrder,
  stepsOf,
  type TrackedObject,
} from "./run.ts";
export {
  sampleCut,
  sampleFrameCount,
  sampleFrameRate,
  sampleFrames,
  sampleObjects,
  sampleSize,
} from "./sample-clip.ts";
export {
  renderSample,
  type SampleScore,
  type SampleTruth,
  scoreSample,
} from "./sample-score.ts";
export {
  checkSegmentMarks,
  type Segmented,
  type SegmentedObject,
  type SegmentJob,
  segmentImage,
} from "./segment.ts";
export {
  type Direction,
  framesFrom,
  planTrack,
  type TrackOrder,
  type TrackPlan,
  track,
} from "./track.ts";
export {
  type TrackDatasetJob,
  type TrackedDataset,
  trackIntoDataset,
} from "./track-dataset.ts";
export {
  maskName,
  openTrackFolder,
  readFrameMasks,
  type TrackJob,
  type TrackResult,
  trackIntoFolder,
} from "./track-output.ts";
export type {
  Answer,
  FrameAnswer,
  FrameSource,
  Hint,
  ObjectAnswer,
  PictureSession,
  Policy,
  Tracker,
  TrackingSession,
} from "./tracker.ts";
