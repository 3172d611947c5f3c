// The work of a `track` job: runs it and keeps its run's account.
import type { TrackLane } from "@masklet/protocol";
import type { Bench } from "../bench.ts";
import type { Work } from "./runner.ts";
import { runTrackJob, type TrackPayload } from "./track.ts";

export function trackWork(bench: Bench): Work {
  return async (job, payload, stop) => {
    const begun = bench.now();
    const model = bench.engine.atWork()?.name;
    if (model !== undefined) await bench.runs.change(job.subject, { model });
    let ending: Awaited<ReturnType<typeof runTrackJob>> | "failed" = "failed";
    try {
      ending = await runTrackJob(bench, job, payload as TrackPayload, stop);
      return ending;
    } finally {
      const seconds =
        ((await bench.runs.get(job.subject))?.run.seconds ?? 0) + (bench.now() - begun) / 1000;
      const over = ending !== "asking";
      await bench.runs.change(job.subject, { seconds, ...(over && { state: "kept" }) });
      const kept = await bench.jobs.get(job.id);
      const state: TrackLane["state"] = ending === "asking" ? "at-cut" : "done";
      const lanes = (kept?.job.lanes ?? []).map((lane) => ({ ...lane, state }));
      await bench.jobs.change(job.id, { lanes });
    }
  };
}
