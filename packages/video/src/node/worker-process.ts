// The parent's end of a process that handles untrusted or licence-bound work, and may crash or hang.
import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { VideoError, type VideoErrorCode } from "../error.ts";
import { WORKER_MEMORY_MAX } from "./limits.ts";
import { type FromWorker, MEMORY_EXIT, MISSING_EXIT, type ToWorker } from "./worker-messages.ts";

/** A process that answers questions. It starts with the first one, and anew after its end. */
export interface WorkerProcess<Question, Answer, Remark> {
  /** Asks; `forget` drops the question if it was not answered yet. Fails with a `VideoError`. */
  ask(question: Question): { readonly answer: Promise<Answer>; forget(): void };
  /** Says something that needs no answer, if a process runs; a later one gets the plan's briefing. */
  tell(remark: Remark): void;
  /** The running process, if there is one. */
  readonly processId: number | null;
  /** Ends the process; what was asked fails with `closed`. Closing twice does nothing. */
  close(): Promise<void>;
}

/** What a worker is, and how its failures read. */
export interface WorkerPlan<Remark> {
  /** The module with its duties, beside this file. */
  readonly program: string;
  /** What it works for, as messages name it: "The video decoder", of this file. */
  readonly role: string;
  readonly path: string;
  readonly died: VideoErrorCode;
  readonly hung: VideoErrorCode;
  /** Milliseconds without an answer or a sign of progress after which it is ended. */
  readonly silence: number;
  /** What a process has to know that takes the place of one that ended; null while there is nothing. */
  readonly briefing: () => Remark | null;
  /** Hears how much work is done, and how much there will be; null where nobody knows. */
  readonly busy: (done: number, expected: number | null) => void;
}

/** A worker process by its plan. */
export function workerProcess<Question, Answer, Remark>(
  plan: WorkerPlan<Remark>,
): WorkerProcess<Question, Answer, Remark> {
  const { role, path, silence } = plan;
  const pending = new Map<
    number,
    { readonly resolve: (answer: Answer) => void; readonly reject: (error: VideoError) => void }
  >();
  let child: ChildProcess | null = null;
  let alarm: NodeJS.Timeout | undefined;
  let lastId = 0;
  let closed = false;

  const failAll = (error: VideoError) => {
    const failing = [...pending.values()];
    pending.clear();
    settle();
    for (const { reject } of failing) reject(error);
  };

  /** The process keeps the program alive, and has to show progress, only while something is asked of it. */
  const settle = () => {
    clearTimeout(alarm);
    if (pending.size === 0) {
      child?.unref();
      child?.channel?.unref();
      return;
    }
    child?.ref();
    child?.channel?.ref();
    alarm = setTimeout(() => {
      const hanging = child;
      child = null;
      hanging?.kill("SIGKILL");
      const message = `${role} made no progress on ${path} for ${silence / 1000} seconds and was ended.`;
      failAll(new VideoError(plan.hung, message));
    }, silence);
  };

  const send = (to: ChildProcess, message: ToWorker<Question, Remark>) => {
    // A process that is gone is told by its exit, so a failed send needs no handling of its own.
    to.send(message, () => undefined);
  };

  const receive = (message: FromWorker<Answer>) => {
    if (message.kind === "busy") {
      plan.busy(message.done, message.expected);
    } else {
      const asked = pending.get(message.id);
      pending.delete(message.id);
      if (message.kind === "answer") asked?.resolve(message.answer);
      else asked?.reject(new VideoError(message.code, message.message));
    }
    settle();
  };

  const start = (): ChildProcess => {
    const started = fork(
      fileURLToPath(new URL("./worker-main.ts", import.meta.url)),
      [plan.program],
      {
        serialization: "advanced",
        stdio: ["ignore", "ignore", "ignore", "ipc"],
        execArgv: ["--max-old-space-size=1024", "--disable-warning=ExperimentalWarning"],
      },
    );
    const ended = (cause: string) => {
      if (child !== started) return;
      child = null;
      failAll(new VideoError(plan.died, `${role} ended on ${path} (${cause}).`));
    };
    started.on("message", receive);
    started.on("error", (error) => ended(error.message));
    started.on("exit", (status, signal) => ended(causeOf(status, signal)));
    const remark = plan.briefing();
    if (remark) send(started, { kind: "tell", remark });
    return started;
  };

  return {
    ask(question) {
      const id = ++lastId;
      const answer = new Promise<Answer>((resolve, reject) => {
        if (closed) {
          reject(new VideoError("closed", `${path} was closed.`));
          return;
        }
        child ??= start();
        pending.set(id, { resolve, reject });
        settle();
        send(child, { kind: "ask", id, question });
      });
      const forget = () => {
        if (!pending.delete(id)) return;
        settle();
        if (child) send(child, { kind: "forget", id });
      };
      return { answer, forget };
    },
    tell(remark) {
      if (child) send(child, { kind: "tell", remark });
    },
    get processId() {
      return child?.pid ?? null;
    },
    async close() {
      closed = true;
      const ending = child;
      child = null;
      failAll(new VideoError("closed", `${path} was closed.`));
      if (!ending || ending.exitCode !== null || ending.signalCode !== null) return;
      const gone = new Promise((resolve) => ending.once("exit", resolve));
      ending.ref();
      ending.kill("SIGKILL");
      await gone;
    },
  };
}

function causeOf(status: number | null, signal: NodeJS.Signals | null): string {
  if (status === MISSING_EXIT) return "FFmpeg is not there: install the package node-av";
  if (status === MEMORY_EXIT) return `it needed more than ${WORKER_MEMORY_MAX / 2 ** 30} GiB`;
  return signal ? `signal ${signal}` : `status ${status}`;
}
