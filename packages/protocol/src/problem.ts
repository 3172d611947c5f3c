// What a refused request answers: one sentence and a code that a program can branch on.
import { type Static, Type } from "typebox";

/** Closed set; the HTTP status follows from it (stale 409, not-found 404, forbidden 403, …). */
export const ProblemCode = Type.Union([
  Type.Literal("bad-request"),
  Type.Literal("not-found"),
  Type.Literal("forbidden"),
  Type.Literal("stale"),
  Type.Literal("digest-mismatch"),
  Type.Literal("not-ready"),
  Type.Literal("bad-media"),
  Type.Literal("bad-import"),
  Type.Literal("too-large"),
  Type.Literal("disk-full"),
  Type.Literal("model"),
  Type.Literal("engine-away"),
  Type.Literal("internal"),
]);
export type ProblemCode = Static<typeof ProblemCode>;

/** Body of every answer that is not 2xx. `message` is one clear English sentence, ready to show. */
export const Problem = Type.Object(
  {
    code: ProblemCode,
    message: Type.String(),
    /** Values a translated sentence needs, by name. */
    details: Type.Optional(
      Type.Record(Type.String(), Type.Union([Type.String(), Type.Number(), Type.Boolean()])),
    ),
  },
  { $id: "Problem" },
);
export type Problem = Static<typeof Problem>;
