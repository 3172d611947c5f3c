// What people did and how long it took; counted per object and frame, kept from the first day.
import { type Static, Type } from "typebox";
import { ACTIVITY_PER_POST_MAX, ACTIVITY_SECONDS_MAX } from "./limits.ts";
import { Frame, Id, Moment, Track } from "./projects.ts";

const Seconds = Type.Number({ minimum: 0, maximum: ACTIVITY_SECONDS_MAX });
const Place = { object: Type.Union([Track, Type.Null()]), frame: Frame };

/** Active seconds end at the idle cut-off; `wait` is the time a person waited for the model with idle hands. */
export const Activity = Type.Union([
  Type.Object({
    kind: Type.Literal("active"),
    at: Moment,
    ...Place,
    seconds: Seconds,
    wait: Seconds,
  }),
  Type.Object({
    kind: Type.Literal("action"),
    at: Moment,
    ...Place,
    /** Id of the action in the studio's registry, such as `click.include`. */
    action: Type.String(),
  }),
  Type.Object({
    kind: Type.Literal("doubt"),
    at: Moment,
    ...Place,
    /** One suggestion in ten is `random` and looks the same, so that precision can be measured. */
    reason: Type.String(),
    event: Type.Union([
      Type.Literal("suggested"),
      Type.Literal("opened"),
      Type.Literal("changed"),
      Type.Literal("looks-right"),
      Type.Literal("dismissed"),
    ]),
  }),
  /** How many doubts are open in the whole video, told when the number has changed. */
  Type.Object({ kind: Type.Literal("doubts"), at: Moment, open: Type.Integer({ minimum: 0 }) }),
]);
export type Activity = Static<typeof Activity>;

/** `batch` makes the post repeatable: the server counts a batch once. */
export const ActivityBatch = Type.Object({
  batch: Id,
  client: Type.String(),
  records: Type.Array(Activity, { maxItems: ACTIVITY_PER_POST_MAX }),
});
export type ActivityBatch = Static<typeof ActivityBatch>;

/** Sums for one video. */
export const ActivitySummary = Type.Object({
  activeSeconds: Type.Number(),
  activeSecondsToday: Type.Number(),
  waitSeconds: Type.Number(),
  framesEdited: Type.Integer(),
  clicks: Type.Integer(),
  perObject: Type.Array(
    Type.Object({
      object: Track,
      seconds: Type.Number(),
      clicks: Type.Integer(),
      framesEdited: Type.Integer(),
    }),
  ),
  /** Spans a person marked "looks right": drawn grey and not suggested again until the masks change. */
  looked: Type.Array(Type.Object({ object: Track, frame: Frame, at: Moment })),
});
export type ActivitySummary = Static<typeof ActivitySummary>;
