// The door of the engine: SAM 2 in TypeScript.
export {
  type AutomaticMask,
  type AutomaticMasksOptions,
  automaticMasks,
} from "./automatic-masks.ts";
export {
  type AnswerKind,
  type EncodedPicture,
  encodePicture,
  type MaskCandidate,
  type PicturePrompt,
  segmentBatch,
  segmentPicture,
} from "./image-predictor.ts";
export type { GraphName, Graphs, Tensor, Tensors } from "./network.ts";
