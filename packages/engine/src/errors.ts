// The engine's one error class and its closed set of codes.

/**
 * What went wrong, for programs; the message says it for people.
 *
 * checkpoint-unreadable  the file is damaged, of another kind, or asks to run code
 * checkpoint-mismatch    readable, but its tensors are not those of the configuration
 * configuration-invalid  a configuration that no network can be built from
 * model-unknown          no such model, neither a name nor a path
 * model-download         the model could not be fetched, or what came is not the model
 * prompt-invalid         a prompt that cannot be (outside the frame, unknown object, no points)
 * frame-invalid          a picture or frame number that does not belong to this session
 * state-unreadable       a saved session that this engine cannot resume
 * graph-failed           the runtime refused or failed to run a graph
 * reference-unreadable   reference tensors or flows that cannot be read
 */
export type EngineErrorCode =
  | "checkpoint-unreadable"
  | "checkpoint-mismatch"
  | "configuration-invalid"
  | "model-unknown"
  | "model-download"
  | "prompt-invalid"
  | "frame-invalid"
  | "state-unreadable"
  | "graph-failed"
  | "reference-unreadable";

/** Characters of a value from outside that a message shows. */
const SHOWN_MAX = 120;

/** A name or value that comes from a file, short enough for a sentence. */
export function clipped(text: string): string {
  return text.length > SHOWN_MAX ? `${text.slice(0, SHOWN_MAX - 1)}…` : text;
}

/** A failure of the world or of the input, in one clear sentence. Bugs stay plain `Error`s. */
export class EngineError extends Error {
  override readonly name = "EngineError";
  readonly code: EngineErrorCode;

  constructor(code: EngineErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
