// Copies of videos for browsers that cannot play the original: the same frame numbers, quick to step through.
import { rename, rm } from "node:fs/promises";
import { decoder } from "./decoder-process.ts";
import { keptScan } from "./kept-scans.ts";
import { ENCODER_SILENCE_MAX } from "./limits.ts";
import type { ProxyAnswer, ProxyQuestion } from "./proxy-messages.ts";
import { workerProcess } from "./worker-process.ts";

export interface ProxyOptions {
  /** Folder of kept scans: the copy follows the frame table that the original was imported with. */
  readonly scans: string;
  readonly signal?: AbortSignal;
  /** Hears frames done of all; each counts twice, once written and once proved. */
  readonly progress?: (done: number, all: number) => void;
}

/**
 * Writes a copy of the video file at `source` to `path`: H.264 in MP4, upright, one frame for each frame of the
 * original's table at the same time, a key frame every few frames. It is decoded again to prove its count
 * and times before it gets its name; a process of its own does the work, after everything else that runs.
 * Throws a `VideoError`, or the signal's reason, and leaves nothing behind.
 */
export async function createProxy(
  source: string,
  path: string,
  { scans, signal, progress = () => undefined }: ProxyOptions,
): Promise<{ readonly frames: number }> {
  signal?.throwIfAborted();
  const scanner = decoder(source);
  // A crash leaves this file behind: the next try writes over it.
  const beside = `${path}.part`;
  let all = 0;
  const worker = workerProcess<ProxyQuestion, ProxyAnswer, never>({
    program: "./proxy-duties.ts",
    role: "The copier for browsers",
    path: source,
    died: "cannot-write",
    hung: "cannot-write",
    silence: ENCODER_SILENCE_MAX,
    briefing: () => null,
    busy: (done) => progress(Math.min(done, all), all),
  });
  const stop = () => {
    void scanner.close();
    void worker.close();
  };
  signal?.addEventListener("abort", stop, { once: true });
  try {
    const { table, index } = await keptScan(scans, source, () => scanner.scan(() => undefined));
    all = 2 * table.frames.length;
    const question = { source, video: { table, index }, path: beside };
    const { frames } = await worker.ask(question).answer;
    signal?.throwIfAborted();
    await rename(beside, path);
    progress(all, all);
    return { frames };
  } catch (error) {
    await worker.close();
    await rm(beside, { force: true });
    signal?.throwIfAborted();
    throw error;
  } finally {
    signal?.removeEventListener("abort", stop);
    await Promise.all([scanner.close(), worker.close()]);
  }
}
