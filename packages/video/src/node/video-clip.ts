// A video file as a clip: its decoder's process asked a few frames ahead.
import { type Clip, checkedFrame, type Frame, frameNumbers } from "../clip.ts";
import { decoder } from "./decoder-process.ts";
import { READ_AHEAD_BYTES, READ_AHEAD_FRAMES } from "./limits.ts";

/** Scans a video file and opens it. Throws a `VideoError`. */
export async function openVideo(
  path: string,
  {
    signal,
    progress = () => undefined,
  }: { signal?: AbortSignal; progress?: (frames: number) => void },
): Promise<Clip> {
  const source = decoder(path);
  const stop = () => void source.close();
  signal?.addEventListener("abort", stop, { once: true });
  try {
    signal?.throwIfAborted();
    const video = await source.scan(progress);
    source.open(video);
    return clipOf(path, source, video);
  } catch (error) {
    await source.close();
    signal?.throwIfAborted();
    throw error;
  } finally {
    signal?.removeEventListener("abort", stop);
  }
}

function clipOf(
  name: string,
  source: ReturnType<typeof decoder>,
  { table, changes, warnings }: Awaited<ReturnType<typeof source.scan>>,
): Clip {
  const { size } = table;
  const extent = { name, frameCount: table.frames.length };
  const ahead = Math.max(
    1,
    Math.min(READ_AHEAD_FRAMES, Math.floor(READ_AHEAD_BYTES / (size.width * size.height * 3))),
  );

  const ask = (number: number, lane: "stream" | "single") => {
    const index = checkedFrame(number, extent);
    const { rgb, forget } = source.frame(index, lane);
    const seconds = table.frames[index]?.seconds ?? 0;
    const frame = rgb.then((bytes): Frame => ({ index, seconds, size, rgb: bytes }));
    // Who stops listening early (an abort, a closed clip) must not bring the program down.
    frame.catch(() => undefined);
    return { frame, forget };
  };

  return {
    name,
    table,
    changes,
    warnings,
    async frame(index, { signal } = {}) {
      signal?.throwIfAborted();
      const asked = ask(index, "single");
      return await abortable(asked.frame, signal, asked.forget);
    },
    async *frames(order, { signal } = {}) {
      const numbers = frameNumbers(order, extent);
      const asked: ReturnType<typeof ask>[] = [];
      try {
        for (;;) {
          while (asked.length < ahead) {
            const next = numbers.next();
            if (next.done) break;
            asked.push(ask(next.value, "stream"));
          }
          const first = asked[0];
          if (!first) return;
          signal?.throwIfAborted();
          const frame = await abortable(first.frame, signal, first.forget);
          asked.shift();
          yield frame;
        }
      } finally {
        for (const { forget } of asked) forget();
      }
    },
    close: () => source.close(),
  };
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
