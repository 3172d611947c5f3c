// The work of a `track` job: runs it and keeps its run's account.
import type { Job } from "@masklet/protocol";
import type { Bench } from "../bench.ts";
import type { Work } from "./runner.ts";
import { runTrackJob, type TrackPayload } from "./track.ts";
import { tellVideo } from "./videos.ts";

export function trackWork(bench: Bench): Work {
  return async (job, payload, stop) => {
    const begun = bench.now();
    const model = bench.engine.atWork()?.name;
    if (model !== undefined) await bench.runs.change(job.subject, { model });
    try {
      return await runTrackJob(bench, job, payload as TrackPayload, stop);
    } finally {
      const before = (await bench.runs.get(job.subject))?.run.seconds ?? 0;
      await bench.runs.change(job.subject, { seconds: before + (bench.now() - begun) / 1000 });
    }
  };
}

/** Closes the accounts that a crash left open between the end of a job and that of its run. */
export async function endOrphanRuns(bench: Bench): Promise<void> {
  for (const { id } of await bench.runs.orphans()) await bench.runs.change(id, { state: "kept" });
}

/** Closes the account of a run whose job is over, however it ended: what it has tracked is kept. */
export async function endRun(bench: Bench, job: Job): Promise<void> {
  const kept = await bench.runs.get(job.subject);
  if (kept?.run.state === "running") await bench.runs.change(job.subject, { state: "kept" });
  if (job.video !== null) await tellVideo(bench, job.video);
}
