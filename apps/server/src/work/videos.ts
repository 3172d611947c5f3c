// A new video: its row, and the job that makes it ready.
import type { Bench } from "../bench.ts";
import { drawSample } from "../sample-drawing.ts";
import { bytesOf, prepareVideo } from "./prepare.ts";
import type { Runner, Work } from "./runner.ts";

export interface VideoFile {
  readonly id: string;
  readonly project: string;
  readonly name: string;
  /** Absolute path of the file or folder. */
  readonly source: string;
  /** A clip of ours, drawn into `source` before it is prepared. */
  readonly drawn?: boolean;
}

/** Adds a file that lies where it will stay, and begins to prepare it. */
export async function addVideoFile(bench: Bench, runner: Runner, file: VideoFile): Promise<void> {
  const { id, project, name, source, drawn = false } = file;
  const bytes = drawn ? 0 : await bytesOf(source);
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
    total: bytes,
    unit: "bytes",
    lanes: [],
    payload: file,
  });
  runner.wake(job);
}

/** The work of a `prepare` job. A video that cannot be read fails with its sentence; its row stays, to be deleted. */
export function prepareWork(bench: Bench): Work {
  return async (job, payload) => {
    const file = payload as VideoFile;
    try {
      if (file.drawn) await drawSample(file.source);
      await prepareVideo(bench, file);
      await bench.jobs.change(job.id, { done: job.total });
      return "done";
    } catch (error) {
      const problem = error instanceof Error ? error.message : String(error);
      await bench.catalogue.changeVideo(file.id, { state: "failed", problem });
      throw error;
    } finally {
      await tellVideo(bench, file.id);
    }
  };
}

export async function tellVideo(bench: Bench, id: string): Promise<void> {
  const video = await bench.catalogue.video(id);
  if (video !== null) bench.events.tell({ type: "video", video });
}
