// The door of the engine: SAM 2 in TypeScript.
export type { GraphName, Graphs, Tensor, Tensors } from "./network.ts";
