// A video file as a clip: scanned and decoded by a process of its own.
import type { Clip, OpenOptions } from "../clip.ts";
import { decoder } from "./decoder-process.ts";
import { clipOver } from "./read-ahead.ts";

/** Scans a video file and opens it. Throws a `VideoError`, or the signal's reason. */
export async function openVideo(
  path: string,
  { signal, progress = () => undefined }: OpenOptions,
): Promise<Clip> {
  signal?.throwIfAborted();
  const source = decoder(path);
  const stop = () => void source.close();
  signal?.addEventListener("abort", stop, { once: true });
  try {
    const { table, changes, warnings } = await source.scan(progress);
    return clipOver(
      { name: path, table, changes, warnings, close: () => source.close() },
      (index, lane) => source.frame(index, lane),
    );
  } catch (error) {
    await source.close();
    signal?.throwIfAborted();
    throw error;
  } finally {
    signal?.removeEventListener("abort", stop);
  }
}
