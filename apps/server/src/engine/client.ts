// The server's side of the engine process: starts it, starts it again when it dies, and carries calls and answers.
import { type ChildProcess, fork } from "node:child_process";
import type {
  Answers,
  Call,
  FromEngine,
  ModelAtWork,
  TrackOrder,
  WireTracked,
} from "./messages.ts";

/** One frame of a pass. */
export interface TrackedFrame {
  readonly frame: number;
  readonly objects: readonly WireTracked[];
}

/** The engine process ended with calls open; they may be made again. */
export class EngineAway extends Error {
  override readonly name = "EngineAway";
}

/** The engine refused a call; `code` is the error's own, `stopped` for a pass that was stopped. */
export class EngineRefusal extends Error {
  override readonly name = "EngineRefusal";
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

export interface Engine {
  readonly state: () => "ready" | "starting" | "away";
  readonly atWork: () => ModelAtWork | null;
  /** Loads a model and makes it the one that answers from now on; also after a restart of the process. */
  use(model: string): Promise<ModelAtWork>;
  call<C extends Exclude<Call, { call: "use" | "track" }>>(call: C): Promise<Answers[C["call"]]>;
  /** The frames of one pass as they are tracked. Leaving the loop early stops the pass. */
  track(order: TrackOrder): AsyncIterable<TrackedFrame>;
  close(): Promise<void>;
}

/** Between two starts of a process that keeps dying. */
const RESTART_PAUSE_MS = 1_000;

export function createEngine(options: {
  readonly home: string;
  readonly changed: () => void;
  readonly encoded: (video: string, frames: readonly number[]) => void;
}): Engine {
  type Pending = { done: (value: never) => void; failed: (error: Error) => void };
  const pending = new Map<number, Pending>();
  const hearers = new Map<string, (tracked: TrackedFrame) => void>();
  let child: ChildProcess | null = null;
  let wanted: string | null = null;
  let atWork: ModelAtWork | null = null;
  let state: "ready" | "starting" | "away" = "away";
  let count = 0;
  let closed = false;

  function become(next: typeof state): void {
    if (state === next) return;
    state = next;
    options.changed();
  }

  function start(): ChildProcess {
    const started = fork(new URL("./process.ts", import.meta.url), {
      serialization: "advanced",
      stdio: ["ignore", "inherit", "inherit", "ipc"],
    });
    started.on("message", (message: FromEngine) => hear(message));
    started.on("exit", () => {
      child = null;
      atWork = null;
      for (const { failed } of pending.values()) {
        failed(new EngineAway("The model's process ended and is starting again."));
      }
      pending.clear();
      hearers.clear();
      if (closed) return become("away");
      become("starting");
      setTimeout(() => {
        if (!closed && wanted !== null) use(wanted).catch(() => become("away"));
      }, RESTART_PAUSE_MS);
    });
    return started;
  }

  function hear(message: FromEngine): void {
    switch (message.kind) {
      case "tracked":
        hearers.get(message.job)?.(message);
        return;
      case "encoded":
        options.encoded(message.video, message.frames);
        return;
      case "answer":
        pending.get(message.id)?.done(message.value as never);
        pending.delete(message.id);
        return;
      case "failure":
        pending.get(message.id)?.failed(failureOf(message));
        pending.delete(message.id);
    }
  }

  function send<C extends Call>(call: C): Promise<Answers[C["call"]]> {
    if (closed) return Promise.reject(new EngineAway("The server is closing."));
    child ??= start();
    const target = child;
    const id = ++count;
    return new Promise((done, failed) => {
      pending.set(id, { done, failed });
      target.send({ ...call, id }, (error) => {
        if (error !== null && pending.delete(id)) failed(new EngineAway(error.message));
      });
    });
  }

  async function use(model: string): Promise<ModelAtWork> {
    if (atWork?.name === model && state === "ready") return atWork;
    const before = wanted;
    become("starting");
    try {
      atWork = await send({ call: "use", model, home: options.home });
      wanted = model;
      become("ready");
      options.changed();
      return atWork;
    } catch (error) {
      if (before !== null && before !== model && error instanceof EngineRefusal) {
        atWork = await send({ call: "use", model: before, home: options.home });
        become("ready");
      } else {
        wanted = model;
        become("away");
      }
      throw error;
    }
  }

  async function* tracked(order: TrackOrder): AsyncGenerator<TrackedFrame> {
    const arrived: TrackedFrame[] = [];
    let ended = false;
    let wake = () => {};
    hearers.set(order.job, (frame) => {
      arrived.push(frame);
      wake();
    });
    const whole = send({ call: "track", order }).finally(() => {
      ended = true;
      wake();
    });
    whole.catch(() => {});
    try {
      for (;;) {
        const next = arrived.shift();
        if (next !== undefined) yield next;
        else if (ended) break;
        else await new Promise<void>((woken) => (wake = woken));
      }
      await whole;
    } finally {
      hearers.delete(order.job);
      if (!ended) {
        await send({ call: "stop", job: order.job }).catch(() => {});
        // Until it is over its late frames could be taken for the next pass's.
        await whole.catch(() => {});
      }
    }
  }

  return {
    state: () => state,
    atWork: () => atWork,
    use,
    call: (call) => send(call),
    track: (order) => tracked(order),
    close: async () => {
      closed = true;
      const target = child;
      if (target === null) return;
      await new Promise<void>((done) => {
        target.once("exit", () => done());
        target.disconnect();
        setTimeout(() => target.kill("SIGKILL"), 2_000).unref();
      });
    },
  };
}

function failureOf({ code, message }: { readonly code: string; readonly message: string }): Error {
  // Another model took over in the middle of a pass: the rest can be asked of the new one.
  return code === "model-changed" ? new EngineAway(message) : new EngineRefusal(code, message);
}
