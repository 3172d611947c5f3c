// Events by SSE: what changed on the server, numbered so that a stream can be resumed.
import { type Static, Type } from "typebox";
import { WireLogEntry } from "./edits.ts";
import { Job, Run } from "./jobs.ts";
import { Models } from "./models.ts";
import { Id, Project, Video } from "./projects.ts";

/**
 * The data of one event. The SSE `id` is `<run>:<number>`; a client that reconnects sends it back as
 * `Last-Event-ID` and gets what it missed, or `reset` when that is gone (it then reads everything anew).
 * Without a `video` filter no `entry` events are sent. Comments (`: beat`) come every 15 s.
 */
export const ServerEvent = Type.Union([
  Type.Object({ type: Type.Literal("entry"), video: Id, entry: WireLogEntry }),
  Type.Object({ type: Type.Literal("job"), job: Job }),
  Type.Object({ type: Type.Literal("run"), video: Id, run: Run }),
  Type.Object({ type: Type.Literal("video"), video: Video }),
  Type.Object({ type: Type.Literal("video-gone"), video: Id }),
  Type.Object({ type: Type.Literal("project"), project: Project }),
  Type.Object({ type: Type.Literal("models"), models: Models }),
  /** Frames whose features are at hand, ascending: a click there is answered at once. */
  Type.Object({
    type: Type.Literal("encoded"),
    video: Id,
    frames: Type.Array(Type.Integer()),
  }),
  Type.Object({ type: Type.Literal("reset") }),
]);
export type ServerEvent = Static<typeof ServerEvent>;
