// The engine's adapters for Node: files, ONNX Runtime, downloads.
export {
  embeddedModels,
  inspectModel,
  type ListedModel,
  type LoadedModel,
  type LoadModelOptions,
  listModels,
  loadModel,
} from "./models.ts";
export { type PulledModel, type PullOptions, pullModel } from "./pull.ts";
export { type FlowReport, type VerifyOptions, verifyFolder } from "./verify.ts";
