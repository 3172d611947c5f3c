// A video file as a clip: scanned and decoded by a process of its own.
import type { Clip, OpenOptions } from "../clip.ts";
import { decoder } from "./decoder-process.ts";
import { keptScan } from "./kept-scans.ts";
import { clipOver } from "./read-ahead.ts";

/** Scans a video file and opens it. Throws a `VideoError`, or the signal's reason. */
export async function openVideo(
  path: string,
  { signal, progress = () => undefined, scans }: OpenOptions,
): Promise<Clip> {
  signal?.throwIfAborted();
  const source = decoder(path);
  const stop = () => void source.close();
  signal?.addEventListener("abort", stop, { once: true });
  try {
    const scan = () => source.scan(progress);
    const video = scans === undefined ? await scan() : await keptScan(scans, path, scan);
    const { table, changes, warnings } = video;
    source.resume(video);
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
