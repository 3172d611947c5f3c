// Stopping and telling how far it is, between frames or tracks.
import { FormatError } from "./error.ts";

/** Throws FormatError `cancelled` once the signal says so; tells how much is done otherwise. */
export function checkpoint(
  options: {
    readonly signal?: AbortSignal;
    readonly progress?: (done: number, all: number) => void;
  },
  done: number,
  all: number,
): void {
  if (options.signal?.aborted)
    throw new FormatError("cancelled", { file: "" }, "Stopped; nothing was written");
  options.progress?.(done, all);
}
