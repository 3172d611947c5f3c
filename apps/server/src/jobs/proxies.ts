// Copies of videos for browsers that cannot play the original: asked for, made in the background, taken into use.
import { stat } from "node:fs/promises";
import { join } from "node:path";
import type { Job, Video } from "@masklet/protocol";
import { createProxy } from "@masklet/video/node";
import type { Bench } from "../bench.ts";
import type { Runner, Work } from "./runner.ts";
import { tellVideo } from "./videos.ts";

/** Progress is written so often at most. */
const TELL_MS = 500;

/**
 * The job that makes a video's copy, begun where there is none yet. Null where there is a copy already, or where the
 * frames are pictures of a folder: they are shown as they are.
 */
export async function askProxy(bench: Bench, runner: Runner, video: Video): Promise<Job | null> {
  if (video.media === "proxy") return null;
  const begun = (await bench.jobs.unfinished()).find(
    ({ job }) => job.kind === "proxy" && job.video === video.id,
  );
  if (begun !== undefined) return begun.job;
  const source = await bench.catalogue.source(video.id);
  const isFile = source !== null && (await stat(source).catch(() => null))?.isFile() === true;
  if (!isFile) return null;
  const job = await bench.jobs.add({
    id: bench.newId(),
    kind: "proxy",
    project: video.project,
    video: video.id,
    subject: video.name,
    total: 2 * video.frames,
    unit: "frames",
    lanes: [],
    payload: null,
  });
  runner.wake(job);
  return job;
}

/** Begins the copies that imports left to be made: of videos that no browser plays, unless one was tried before. */
export async function askMissingProxies(bench: Bench, runner: Runner): Promise<void> {
  for (const id of await bench.catalogue.withoutMedia()) {
    if (await bench.jobs.any("proxy", id)) continue;
    const video = await bench.catalogue.video(id);
    if (video !== null) await askProxy(bench, runner, video);
  }
}

/** The work of a `proxy` job. Where it fails the video stays as it was: shown frame by frame from the server. */
export function proxyWork(bench: Bench): Work {
  return async (job, _payload, stop) => {
    const id = job.video!;
    const source = await bench.catalogue.source(id);
    if (source === null) return "cancelled";
    const path = join(bench.home.media, `${id}-proxy.mp4`);
    let toldAt = 0;
    try {
      await createProxy(source, path, {
        scans: bench.home.scans,
        signal: stop,
        progress: (done, total) => {
          if (performance.now() - toldAt < TELL_MS) return;
          toldAt = performance.now();
          bench.jobs
            .change(job.id, { done, total })
            .catch((error: unknown) => bench.log(`copy of ${id}: ${String(error)}`));
        },
      });
    } catch (error) {
      if (stop.aborted) return "cancelled";
      throw error;
    }
    await bench.catalogue.changeVideo(id, { media: "proxy", proxy: path });
    await bench.jobs.change(job.id, { done: job.total });
    await tellVideo(bench, id);
    return "done";
  };
}
