// The one error of formats: a dataset that cannot be read or written, with file, place and cause.
import { clipped, ReadingError } from "@masklet/annotation/reading";
import { VisionError } from "@masklet/vision";

/**
 * - `malformed`: not what the format says: cut short, wrong types, wrong run lengths, duplicate numbers.
 * - `unsupported`: well formed, but of a version or kind that this reader does not know.
 * - `missing`: a file that must be there is not.
 * - `too-large`: beyond a limit that keeps memory and time bounded.
 * - `unsafe-path`: a name in an archive that points outside of it.
 * - `mismatch`: the annotations do not fit the video they are said to belong to.
 * - `unwritable`: the destination cannot take what is written.
 * - `cancelled`: somebody stopped it.
 */
export type FormatErrorCode =
  | "malformed"
  | "unsupported"
  | "missing"
  | "too-large"
  | "unsafe-path"
  | "mismatch"
  | "unwritable"
  | "cancelled";

/** The longest path and the longest cause that a message shows; values in a cause are clipped one by one before. */
const FILE_SHOWN_MAX = 300;
const CAUSE_SHOWN_MAX = 500;

/** One sentence: file, place in it, cause. */
export class FormatError extends Error {
  override readonly name = "FormatError";
  readonly code: FormatErrorCode;
  readonly file: string;
  readonly place: string;

  constructor(code: FormatErrorCode, where: { file: string; place?: string }, cause: string) {
    const { file, place = "" } = where;
    const said = clipped(cause, CAUSE_SHOWN_MAX);
    const sentence = /[.?]$/.test(said) ? said : `${said}.`;
    const parts = [clipped(file, FILE_SHOWN_MAX), clipped(place), sentence];
    super(parts.filter((part) => part !== "").join(": "));
    this.code = code;
    this.file = file;
    this.place = place;
  }
}

/** Runs a reader of values or masks and turns its complaint into a FormatError of this file. */
export function inFile<T>(file: string, read: () => T, place = ""): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof ReadingError) {
      throw new FormatError("malformed", { file, place: error.place || place }, error.reason);
    }
    if (error instanceof VisionError) {
      const code = error.code === "png-too-large" ? "too-large" : "malformed";
      throw new FormatError(code, { file, place }, error.message);
    }
    throw error;
  }
}
