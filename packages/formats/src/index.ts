// The door of formats: datasets in, datasets out, and what was lost on the way.
export { FormatError, type FormatErrorCode } from "./error.ts";
export {
  type InputFiles,
  type MemoryFiles,
  memoryFiles,
  type OutputFile,
  type OutputFiles,
} from "./files.ts";
export {
  FORMAT_NAMES,
  type FormatName,
  type ReadOptions,
  type VideoFacts,
  type WriteOptions,
} from "./format.ts";
export {
  type Check,
  type CheckedVideo,
  checkDataset,
  readDataset,
  writeDataset,
} from "./registry.ts";
export { LOSSES, type Loss, type LossCode, type LossPlace, LossReport } from "./report.ts";
export {
  type FrameStates,
  type Head,
  type Source,
  type StateOn,
  sourceFromDocument,
  type TrackStates,
} from "./source.ts";
