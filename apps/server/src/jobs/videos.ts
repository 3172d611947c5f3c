// Videos coming and going: the row, the job that makes it ready, what is left when one is deleted.
import { rm } from "node:fs/promises";
import { dirname } from "node:path";
import type { Job, Video } from "@masklet/protocol";
import type { Bench } from "../bench.ts";
import { isFileOrFolder, isInside } from "../folders.ts";
import { removeUpload, uploadedPath } from "../http/uploads.ts";
import { Refusal } from "../problem.ts";
import { bytesOf, prepareVideo } from "./prepare.ts";
import type { Runner, Work } from "./runner.ts";

/** A file may hold more than it announces: an import is whole when it is ready, not before. */
const PREPARED_MAX = 0.99;

export interface VideoFile {
  readonly id: string;
  readonly project: string;
  readonly name: string;
  /** Absolute path of the file or folder. */
  readonly source: string;
}

/** What a `prepare` job keeps; where the file lies stands in the catalogue. */
type Import = Omit<VideoFile, "source">;

/** Adds a file that lies where it will stay, and begins to prepare it. */
export async function addVideoFile(bench: Bench, runner: Runner, file: VideoFile): Promise<void> {
  const { id, project, name, source } = file;
  const bytes = await bytesOf(source);
  const known = await bench.catalogue.video(id);
  if (known === null) {
    await bench.catalogue.addVideo({ id, project, name, source, state: "preparing", bytes });
  } else {
    await bench.catalogue.changeVideo(file.id, { state: "preparing", source, bytes });
  }
  await tellVideo(bench, file.id);
  const job = await bench.jobs.add({
    id: bench.newId(),
    kind: "prepare",
    project: file.project,
    video: file.id,
    subject: file.name,
    total: 0,
    unit: "frames",
    lanes: [],
    payload: { id, project, name } satisfies Import,
  });
  runner.wake(job);
}

/** Tries a failed import once more: the disk may have come back, the file been mended. Throws where there is no file. */
export async function prepareAgain(bench: Bench, runner: Runner, video: Video): Promise<void> {
  if (video.state !== "failed") return;
  const { id, project, name } = video;
  const source = await bench.catalogue.source(id);
  const there = source !== null && (await isFileOrFolder(source));
  if (!there) throw new Refusal("bad-media", `${name} is no longer at ${source}.`);
  await bench.catalogue.changeVideo(id, { problem: null, prepared: 0 });
  await addVideoFile(bench, runner, { id, project, name, source });
}

/** The work of a `prepare` job. A video that cannot be read fails with its sentence; its row stays, to be deleted. */
export function prepareWork(bench: Bench): Work {
  return async (job, payload, stop) => {
    const file = payload as Import;
    try {
      const source = (await bench.catalogue.source(file.id)) ?? "";
      await prepareVideo(
        bench,
        { ...file, source },
        { signal: stop, progress: progressOf(bench, job, file.id) },
      );
      return "done";
    } catch (error) {
      if (stop.aborted) return "cancelled";
      const source = (await bench.catalogue.source(file.id)) ?? "";
      const said = error instanceof Error ? error.message : String(error);
      const problem = isInside(source, [bench.home.media]) ? byName(said, source, file.name) : said;
      await bench.catalogue.changeVideo(file.id, { state: "failed", problem });
      throw error;
    } finally {
      await tellVideo(bench, file.id);
    }
  };
}

/** A sentence about our copy of a file, with the name that its sender knows instead of the place it lies at. */
function byName(said: string, source: string, name: string): string {
  return said.replaceAll(source, name).replaceAll(` (${dirname(source)})`, "");
}

/** Keeps the job's account and the video's row: frames counted of those that the file announces. */
function progressOf(bench: Bench, job: Job, video: string): (frames: number, of: number) => void {
  return (frames, of) => {
    const prepared = of === 0 ? 0 : Math.min(PREPARED_MAX, frames / of);
    Promise.all([
      bench.jobs.change(job.id, { done: frames, total: Math.max(of, frames) }),
      bench.catalogue.changeVideo(video, { prepared }),
    ])
      .then(() => tellVideo(bench, video))
      .catch((error: unknown) => bench.log(`import ${video}: ${String(error)}`));
  };
}

export async function tellVideo(bench: Bench, id: string): Promise<void> {
  const video = await bench.catalogue.video(id);
  if (video !== null) bench.events.tell({ type: "video", video });
}

/** An import that was stopped leaves a video that says so; one that the server's end cut off goes on instead. */
export async function endImport(bench: Bench, job: Job): Promise<void> {
  if (job.state !== "cancelled" || job.video === null) return;
  const problem = "The import was stopped: delete this video and add it again.";
  await bench.catalogue.changeVideo(job.video, { state: "failed", problem });
  await tellVideo(bench, job.video);
}

/**
 * Deletes a video with its labels, its jobs and the files that are ours; an original that lies elsewhere stays.
 * Rows go first: a crash in between leaves a file that nobody names, never a video without its file.
 */
export async function removeVideo(bench: Bench, runner: Runner, id: string): Promise<void> {
  const { catalogue, jobs, home } = bench;
  const files = await catalogue.files(id);
  for (const { job } of await jobs.unfinished()) {
    if (job.video === id) await runner.cancel(job.id);
  }
  await bench.media.forget(id);
  await bench.engine.call({ call: "forget", video: id }).catch(() => {});
  await catalogue.deleteVideo(id);
  await bench.documents.forget(id);
  for (const file of files) if (isInside(file, [home.media])) await rm(file, { force: true });
  await removeUpload(home, id);
  bench.events.tell({ type: "video-gone", video: id });
}

/** Takes up imports that a crash cut off between two steps: the row says so, and no job works on it. */
export async function resumeImports(bench: Bench, runner: Runner): Promise<void> {
  const unfinished = await bench.jobs.unfinished();
  const atWork = new Set(unfinished.map(({ job }) => job.video));
  for (const { id, project, name, state, source } of await bench.catalogue.unprepared()) {
    if (atWork.has(id)) continue;
    const path =
      state === "preparing" ? source : uploadedPath(bench.home, { id, name, purpose: "video" });
    if (await isFileOrFolder(path))
      await addVideoFile(bench, runner, { id, project, name, source: path });
    else if (state === "preparing") {
      const problem = `${name} is no longer at ${path}.`;
      await bench.catalogue.changeVideo(id, { state: "failed", problem });
    }
  }
}
