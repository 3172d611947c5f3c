// What a refused request answers: the code, its HTTP status, one sentence.
import { clipped } from "@masklet/annotation/reading";
import { FormatError } from "@masklet/formats";
import type { Problem, ProblemCode } from "@masklet/protocol";
import { VideoError } from "@masklet/video";
import { WorkbenchError } from "@masklet/workbench";
import { EngineAway, EngineRefusal } from "./engine/client.ts";

const STATUS: Readonly<Record<ProblemCode, number>> = {
  "bad-request": 400,
  "not-found": 404,
  forbidden: 403,
  stale: 409,
  "digest-mismatch": 409,
  "not-ready": 409,
  "bad-media": 422,
  "bad-import": 422,
  "too-large": 413,
  "disk-full": 507,
  model: 422,
  "engine-away": 503,
  internal: 500,
};

const SQLITE_FULL = 13;

/** A request that is refused with a sentence the user may read. */
export class Refusal extends Error {
  override readonly name = "Refusal";
  readonly code: ProblemCode;
  readonly details: NonNullable<Problem["details"]>;

  constructor(code: ProblemCode, message: string, details: NonNullable<Problem["details"]> = {}) {
    super(message);
    this.code = code;
    this.details = details;
  }
}

/** The answer that an error deserves, and whether it is our fault (then it is logged whole). */
export function problemOf(error: unknown): {
  readonly status: number;
  readonly problem: Problem;
  readonly ours: boolean;
} {
  const code = codeOf(error);
  const text = error instanceof Error ? error.message : String(error);
  // Libraries' messages come without a full stop.
  const message = /[.!?]$/.test(text) ? text : `${text}.`;
  const details = error instanceof Refusal ? error.details : {};
  return { status: STATUS[code], problem: { code, message, details }, ours: code === "internal" };
}

function codeOf(error: unknown): ProblemCode {
  if (error instanceof Refusal) return error.code;
  if (error instanceof EngineAway) return "engine-away";
  if (error instanceof EngineRefusal) return error.code === "prompt" ? "bad-request" : "model";
  if (error instanceof VideoError) return "bad-media";
  if (error instanceof FormatError) return error.code === "unwritable" ? "disk-full" : "bad-import";
  if (error instanceof WorkbenchError) return error.code === "prompt" ? "bad-request" : "model";
  const system = error as {
    code?: unknown;
    errcode?: unknown;
    validation?: unknown;
    statusCode?: unknown;
  };
  if (system.code === "ENOSPC" || system.code === "EDQUOT") return "disk-full";
  if (system.errcode === SQLITE_FULL) return "disk-full";
  if (system.code === "FST_ERR_CTP_BODY_TOO_LARGE") return "too-large";
  if (Array.isArray(system.validation)) return "bad-request";
  if (typeof system.statusCode === "number" && system.statusCode < 500) {
    return system.statusCode === 404 ? "not-found" : "bad-request";
  }
  return "internal";
}

/** A whole number in an address. Throws a Refusal for anything else. */
export function wholeNumber(text: string, what: string, least = 0): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < least || text === "") {
    throw new Refusal(
      "bad-request",
      `The ${what} must be a whole number from ${least} (got "${clipped(text)}").`,
    );
  }
  return value;
}

/** The one refusal of requests that were made for other frames than the video has. */
export function sameFrames(server: string, client: string): void {
  if (server === client) return;
  throw new Refusal("digest-mismatch", "The video's frames are not those this page knows.");
}

export function insideVideo(frame: number, frames: number): void {
  if (frame < frames) return;
  throw new Refusal("bad-request", `Frame ${frame} is outside the video (0–${frames - 1}).`);
}
