// The worker's end: takes questions from the parent, one after the other per lane, and answers.
import { VideoError, type VideoErrorCode } from "../error.ts";
import { PROGRESS_INTERVAL, WORKER_MEMORY_MAX } from "./limits.ts";
import { type FromWorker, MEMORY_EXIT, type ToWorker } from "./worker-messages.ts";

/** What a worker does. */
export interface WorkerDuties<Question, Remark, Answer> {
  /** Questions of one lane are answered one after the other. */
  lane(question: Question): string;
  answer(question: Question): Promise<Answer>;
  hear(remark: Remark): void;
  /** The code of failures that are no `VideoError`. */
  readonly failure: VideoErrorCode;
}

/** How much work is done, and how much there will be where that is known; the parent hears of both. */
export interface WorkDone {
  count: number;
  expected: number | null;
}

/** Serves the parent until it goes away or the memory limit is passed. */
export function serve<Question, Remark, Answer>(
  duties: WorkerDuties<Question, Remark, Answer>,
  done: WorkDone,
): void {
  const lanes = new Map<string, Promise<void>>();
  const open = new Set<number>();

  const work = async (id: number, question: Question) => {
    if (!open.delete(id)) return;
    try {
      await say<Answer>({ kind: "answer", id, answer: await duties.answer(question) });
    } catch (error) {
      const known = error instanceof VideoError;
      const code = known ? error.code : duties.failure;
      const message = known ? error.message : `Work on the video failed (${String(error)}).`;
      await say<Answer>({ kind: "failed", id, code, message });
    }
  };

  process.on("message", (message: ToWorker<Question, Remark>) => {
    if (message.kind === "tell") {
      duties.hear(message.remark);
    } else if (message.kind === "forget") {
      open.delete(message.id);
    } else {
      const { id, question } = message;
      const lane = duties.lane(question);
      open.add(id);
      lanes.set(
        lane,
        (lanes.get(lane) ?? Promise.resolve()).then(() => work(id, question)),
      );
    }
  });
  // The parent decides when work ends: a Ctrl-C in the terminal reaches this process too.
  process.on("SIGINT", () => undefined);
  process.on("disconnect", () => process.exit());
  watch(done);
}

/** Sends a message and waits until the channel has taken it. */
function say<Answer>(message: FromWorker<Answer>): Promise<void> {
  return new Promise((resolve) => {
    if (!process.connected) resolve();
    else process.send?.(message, undefined, {}, () => resolve());
  });
}

/** Says now and then that work goes on, if it does, and ends the process before it takes all memory. */
function watch(done: WorkDone): void {
  let last = 0;
  setInterval(() => {
    if (process.memoryUsage.rss() > WORKER_MEMORY_MAX) process.exit(MEMORY_EXIT);
    if (done.count === last) return;
    last = done.count;
    void say({ kind: "busy", done: last, expected: done.expected });
  }, PROGRESS_INTERVAL).unref();
}
