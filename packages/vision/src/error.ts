// The one error of vision: what came from outside is not what it claims to be.

/**
 * - `rle-invalid`: a run-length string or list of counts that is no mask of the stated size.
 * - `polygon-invalid`: coordinates that are no polygon, or too long to walk.
 * - `png-invalid`: bytes that are no well-formed PNG.
 * - `png-unsupported`: a PNG, but not an indexed or grey one.
 * - `png-too-large`: a PNG of more pixels than the caller allows.
 */
export type VisionErrorCode =
  | "rle-invalid"
  | "polygon-invalid"
  | "png-invalid"
  | "png-unsupported"
  | "png-too-large";

/** Thrown only for data from outside. A wrong argument is a RangeError, and a bug of the caller. */
export class VisionError extends Error {
  override readonly name = "VisionError";
  readonly code: VisionErrorCode;

  constructor(code: VisionErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
