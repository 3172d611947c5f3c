// A clip over anything that gives frames by number: the order, the reading ahead, the aborts.
import { type Clip, checkedFrame, type Frame, frameNumbers } from "../clip.ts";
import type { Lane } from "./decoder-messages.ts";
import { READ_AHEAD_BYTES, READ_AHEAD_FRAMES } from "./limits.ts";

/** A frame that was asked for; `forget` says that nobody waits for it any more. */
export interface AskedFrame {
  readonly rgb: Promise<Uint8Array>;
  forget(): void;
}

/** Where frames come from. */
export type FrameSource = (index: number, lane: Lane) => AskedFrame;

/** The clip of a table and a source of its frames. */
export function clipOver(
  facts: Pick<Clip, "name" | "table" | "changes" | "warnings" | "close">,
  source: FrameSource,
): Clip {
  const { name, table } = facts;
  const extent = { name, frameCount: table.frames.length };
  const ahead = framesAhead(table.size.width * table.size.height * 3);

  const ask = (number: number, lane: Lane) => {
    const index = checkedFrame(number, extent);
    const { rgb, forget } = source(index, lane);
    const seconds = table.frames[index]?.seconds ?? 0;
    const frame = rgb.then((bytes): Frame => ({ index, seconds, size: table.size, rgb: bytes }));
    // Who stops listening early (an abort, a closed clip) must not bring the program down.
    frame.catch(() => undefined);
    return { frame, forget };
  };

  return {
    ...facts,
    async frame(index, { signal } = {}) {
      signal?.throwIfAborted();
      const { frame, forget } = ask(index, "single");
      return await abortable(frame, signal, forget);
    },
    async *frames(order, { signal } = {}) {
      const numbers = frameNumbers(order, extent);
      const asked: ReturnType<typeof ask>[] = [];
      try {
        for (;;) {
          signal?.throwIfAborted();
          while (asked.length < ahead) {
            const next = numbers.next();
            if (next.done) break;
            asked.push(ask(next.value, "stream"));
          }
          const first = asked[0];
          if (!first) return;
          const frame = await abortable(first.frame, signal, first.forget);
          asked.shift();
          yield frame;
        }
      } finally {
        for (const { forget } of asked) forget();
      }
    },
  };
}

/** Frames asked for ahead of the reader: fewer where they are large, at least one. */
export function framesAhead(frameBytes: number): number {
  return Math.max(1, Math.min(READ_AHEAD_FRAMES, Math.floor(READ_AHEAD_BYTES / frameBytes)));
}

/** The promise's value, or the signal's reason as soon as it is aborted. */
async function abortable<T>(
  promise: Promise<T>,
  signal: AbortSignal | undefined,
  abandon: () => void,
): Promise<T> {
  if (!signal) return await promise;
  let stop: () => void = () => undefined;
  const aborted = new Promise<never>((_, reject) => {
    stop = () => {
      abandon();
      reject(signal.reason);
    };
    signal.addEventListener("abort", stop, { once: true });
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}
