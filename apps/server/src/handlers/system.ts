// Handlers: what this server is, and its jobs.
import type { Hello } from "@masklet/protocol";
import type { Bench } from "../bench.ts";
import type { Handlers } from "../http/bind.ts";
import type { Runner } from "../jobs/runner.ts";
import { endedAtCut, type TrackPayload } from "../jobs/track.ts";
import { Refusal } from "../problem.ts";

type Mine =
  | "GET /api/hello"
  | "GET /api/jobs"
  | "POST /api/jobs/:job/cancel"
  | "POST /api/jobs/:job/answer";

export function systemHandlers(
  bench: Bench,
  options: {
    readonly user: Hello["user"];
    readonly runner: Runner;
    readonly allowedFolders: readonly string[];
  },
): Pick<Handlers, Mine> {
  const { jobs, events } = bench;
  return {
    "GET /api/hello": async () => ({
      version: "0.1.0",
      run: events.run,
      user: options.user,
      start: await startOf(bench),
      allowedFolders: [...options.allowedFolders],
    }),
    "GET /api/jobs": async () => [...(await jobs.list())],
    "POST /api/jobs/:job/cancel": async ({ path }) => {
      if ((await jobs.get(path.job)) === null) {
        throw new Refusal("not-found", `There is no job ${path.job}.`);
      }
      return options.runner.cancel(path.job);
    },
    "POST /api/jobs/:job/answer": async ({ path, body }) => {
      const kept = await jobs.get(path.job);
      if (kept === null) throw new Refusal("not-found", `There is no job ${path.job}.`);
      const nothing = new Refusal("bad-request", "This job does not ask anything.");
      if (kept.job.state !== "asking") throw nothing;
      const before = kept.payload as TrackPayload;
      const payload = body.answer === "end" ? endedAtCut(before) : before;
      const job = await jobs.answer(path.job, payload);
      if (job === null) throw nothing;
      options.runner.wake(job);
      return job;
    },
  };

  /** The sample's video while it is the only one there is. */
  async function startOf({ catalogue: { projects, videos } }: Bench): Promise<Hello["start"]> {
    const all = await projects();
    const [only] = all;
    if (all.length !== 1 || only?.sample !== true) return null;
    const [video, ...others] = await videos(only.id);
    if (video === undefined || others.length > 0) return null;
    return { project: only.id, video: video.id };
  }
}
