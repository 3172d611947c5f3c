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
