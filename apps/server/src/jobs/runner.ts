// The runner: takes jobs up one after another, at the start those that a stop or a crash cut short.
import type { Job } from "@masklet/protocol";
import { ENDED, type JobKind, type Jobs } from "../store/jobs.ts";

/** What a kind of job does. Returns how it ended; a thrown error's message becomes the failed job's. */
export type Work = (
  job: Job,
  payload: unknown,
  stop: AbortSignal,
) => Promise<"done" | "asking" | "cancelled">;

export interface Runner {
  /** Takes up what was left unfinished. Jobs that wait for an answer go on waiting. */
  resume(): Promise<void>;
  /** Hears that a job was added or answered. */
  wake(job: Job): void;
  /** Stops a job; what it has finished is kept. */
  cancel(id: string): Promise<Job>;
  /** Stops all work, leaving jobs on the disk as unfinished. */
  close(): Promise<void>;
}

export function createRunner(
  jobs: Jobs,
  options: {
    readonly work: Readonly<Record<JobKind, Work>>;
    readonly log: (message: string) => void;
    /** Jobs of one kind that run beside each other. */
    readonly beside: Readonly<Record<JobKind, number>>;
    readonly ended: (job: Job) => Promise<void>;
  },
): Runner {
  const running = new Map<string, { stop: AbortController; over: Promise<void>; kind: JobKind }>();
  const waiting: Job[] = [];
  let closing = false;

  async function run(job: Job, stop: AbortController): Promise<void> {
    let ended: Job;
    try {
      const kept = await jobs.get(job.id);
      // Deleted with its video, or ended while it waited: there is nothing to take up.
      if (kept === null || ENDED.includes(kept.job.state)) return;
      await jobs.change(job.id, { state: "running", question: null });
      const ending = await options.work[job.kind](kept.job, kept.payload, stop.signal);
      // Stopped because the server closes: it stays unfinished on the disk and goes on with the next start.
      if (ending === "asking" || (closing && ending === "cancelled")) return;
      ended = await jobs.change(job.id, { state: ending });
    } catch (error) {
      if (closing) return;
      const message = error instanceof Error ? error.message : String(error);
      options.log(`job ${job.id} (${job.kind}) failed: ${message}`);
      ended = await jobs.change(job.id, { state: "failed", message });
    }
    await options.ended(ended);
  }

  function next(): void {
    if (closing) return;
    for (let at = 0; at < waiting.length; at++) {
      const job = waiting[at]!;
      const busy = [...running.values()].filter(({ kind }) => kind === job.kind).length;
      if (busy >= options.beside[job.kind]) continue;
      waiting.splice(at--, 1);
      const stop = new AbortController();
      const over = run(job, stop)
        .catch((error: unknown) => options.log(`job ${job.id}: ${String(error)}`))
        .finally(() => {
          running.delete(job.id);
          next();
        });
      running.set(job.id, { stop, over, kind: job.kind });
    }
  }

  function wake(job: Job): void {
    if (!waiting.some(({ id }) => id === job.id)) waiting.push(job);
    next();
  }

  return {
    wake,
    resume: async () => {
      for (const { job } of await jobs.unfinished()) if (job.state !== "asking") wake(job);
    },
    cancel: async (id) => {
      const at = waiting.findIndex((job) => job.id === id);
      if (at >= 0) waiting.splice(at, 1);
      const active = running.get(id);
      active?.stop.abort();
      await active?.over;
      const kept = await jobs.get(id);
      if (kept === null) throw new RangeError(`There is no job ${id}.`);
      if (ENDED.includes(kept.job.state)) return kept.job;
      const job = await jobs.change(id, { state: "cancelled", question: null });
      await options.ended(job);
      return job;
    },
    close: async () => {
      closing = true;
      for (const { stop } of running.values()) stop.abort();
      await Promise.all([...running.values()].map(({ over }) => over));
    },
  };
}
