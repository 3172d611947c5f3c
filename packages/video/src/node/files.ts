// What the file system's refusals mean, in one sentence.
import { VideoError } from "../error.ts";

/** A failed access to a path as a `VideoError` (`not-found`, `unreadable`). */
export function fileFailure(path: string, error: unknown): VideoError {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  if (code === "ENOENT" || code === "ENOTDIR") {
    return new VideoError("not-found", `${path} does not exist.`, { cause: error });
  }
  const why = code === "EACCES" || code === "EPERM" ? "permission denied" : code || String(error);
  return new VideoError("unreadable", `${path} cannot be read (${why}).`, { cause: error });
}
