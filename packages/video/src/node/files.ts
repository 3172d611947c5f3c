// What the file system's refusals mean, in one sentence.
import { stat } from "node:fs/promises";
import { systemReason } from "@masklet/disk";
import { VideoError } from "../error.ts";
import type { FileVersion } from "./decoder-messages.ts";

/** A failed access to a path as a `VideoError` (`not-found`, `unreadable`). */
export function fileFailure(path: string, error: unknown): VideoError {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  if (code === "ENOENT" || code === "ENOTDIR") {
    return new VideoError("not-found", `${path} does not exist.`, { cause: error });
  }
  const reason = systemReason(error);
  return new VideoError("unreadable", `${path} cannot be read (${reason}).`, { cause: error });
}

/** Size and time of change of the file at a path. Throws a `VideoError` (`not-found`, `unreadable`). */
export async function fileVersion(path: string): Promise<FileVersion> {
  try {
    const { size, mtimeMs } = await stat(path);
    return { bytes: size, changed: mtimeMs };
  } catch (error) {
    throw fileFailure(path, error);
  }
}
