// Models: which is at work, which can be fetched.
import { type Static, Type } from "typebox";
import { Id } from "./projects.ts";

export const Model = Type.Object(
  {
    name: Type.String(),
    /** One honest sentence: what it is and what it is good for. */
    summary: Type.String(),
    bytes: Type.Integer(),
    licence: Type.String(),
    /** Memory it needs while working, bytes. */
    memory: Type.Integer(),
    state: Type.Union([
      Type.Literal("embedded"),
      Type.Literal("available"),
      Type.Literal("fetching"),
      Type.Literal("paused"),
      Type.Literal("ready"),
    ]),
    fetched: Type.Integer(),
    /** True when there is too little memory on this machine. */
    tooLarge: Type.Boolean(),
  },
  { $id: "Model" },
);
export type Model = Static<typeof Model>;

export const Models = Type.Object({
  active: Type.String(),
  /** Where it runs, as the user should read it: CPU, CUDA, … */
  device: Type.String(),
  /** The engine process: ready, starting (again), or away. */
  engine: Type.Union([Type.Literal("ready"), Type.Literal("starting"), Type.Literal("away")]),
  models: Type.Array(Model),
});
export type Models = Static<typeof Models>;

export const ModelAction = Type.Object({
  action: Type.Union([Type.Literal("fetch"), Type.Literal("pause"), Type.Literal("use")]),
});
export type ModelAction = Static<typeof ModelAction>;

export const JobId = Type.Object({ job: Id });
export type JobId = Static<typeof JobId>;
