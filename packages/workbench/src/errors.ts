// The one error of workbench, with a closed set of codes.

/**
 * - `prompt`: a prompt that cannot be, or a request that contradicts itself;
 * - `input`: something that should be read is missing, damaged or of another kind;
 * - `output`: the result cannot be written;
 * - `model`: the model cannot be found or loaded, or fails what is asked of it;
 * - `interrupted`: the caller asked to stop; what was finished is kept.
 */
export type WorkbenchErrorCode = "prompt" | "input" | "output" | "model" | "interrupted";

/** An error whose message is one sentence that names the place, the cause and the way out. */
export class WorkbenchError extends Error {
  override readonly name = "WorkbenchError";
  readonly code: WorkbenchErrorCode;

  constructor(code: WorkbenchErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** What the system answered, in words: "there is no such file or folder" rather than ENOENT. */
export function systemReason(error: unknown): string {
  const code = (error as NodeJS.ErrnoException | null)?.code ?? "";
  return systemReasons[code] ?? (error instanceof Error ? error.message : String(error));
}

const systemReasons: Readonly<Record<string, string>> = {
  EACCES: "permission is denied",
  EPERM: "permission is denied",
  EROFS: "it lies on a read-only file system",
  ENOSPC: "the disk is full",
  EDQUOT: "the disk quota is used up",
  EFBIG: "the file would be too large",
  ENOENT: "there is no such file or folder",
  ENOTDIR: "part of its path is a file, not a folder",
  EISDIR: "it is a folder",
  EEXIST: "a file of that name is in the way",
  ENAMETOOLONG: "the name is too long",
  ELOOP: "its links lead round in a circle",
};
