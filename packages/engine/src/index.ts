// The door of the engine: SAM 2 in TypeScript.
export {
  type AutomaticMask,
  type AutomaticMasksOptions,
  automaticMasks,
} from "./automatic-masks.ts";
export type { Inspection } from "./checkpoint/inspect.ts";
export { type Configuration, readConfiguration } from "./configuration/configuration.ts";
export type { MemoryRules, PredictorRules } from "./configuration/rules.ts";
export { EngineError, type EngineErrorCode } from "./errors.ts";
export {
  type AnswerKind,
  type EncodedPicture,
  encodePicture,
  type MaskCandidate,
  type PicturePrompt,
  segmentBatch,
  segmentPicture,
} from "./image-predictor.ts";
export type { Direction } from "./memory/bank.ts";
export type { GraphName, Graphs, Tensor, Tensors } from "./network.ts";
export type { Precision } from "./networks/construction.ts";
export { maskletPolicy } from "./policy/masklet.ts";
export type { Collision, TrackingPolicy } from "./policy/policy.ts";
export { referencePolicy } from "./policy/reference.ts";
export type { Click, PromptBox } from "./prompts.ts";
export type { SessionEvent, SessionOptions, VideoFrame } from "./session-options.ts";
export type { TrackingModel } from "./tracking-model.ts";
export {
  type AnswerState,
  answerLogits,
  answerMasks,
  type FrameAnswer,
  type ObjectAnswer,
} from "./video-answer.ts";
export {
  type MaskPrompt,
  type PointsPrompt,
  type TrackOptions,
  VideoSession,
} from "./video-predictor.ts";
export { sessionFromBytes, sessionToBytes } from "./video-session-bytes.ts";
export type { SessionState } from "./video-session-state.ts";
