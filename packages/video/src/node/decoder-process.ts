// The parent's end of the decoder: starts its process, asks, and survives its crash or silence.
import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { VideoError } from "../error.ts";
import {
  type DecoderReply,
  type DecoderRequest,
  MEMORY_EXIT,
  type ScannedVideo,
} from "./decoder-messages.ts";
import { DECODER_MEMORY_MAX, DECODER_SILENCE_MAX } from "./limits.ts";

type Question = DecoderRequest extends infer R
  ? R extends { id: number }
    ? Omit<R, "id">
    : never
  : never;

interface Pending {
  readonly resolve: (reply: DecoderReply) => void;
  readonly reject: (error: VideoError) => void;
}

/** A decoder for one file. Its process starts with the first question, and anew after a crash. */
export interface Decoder {
  /** Scans the file; `progress` hears the number of frames so far. Throws a `VideoError`. */
  scan(progress: (frames: number) => void): Promise<ScannedVideo>;
  /** Remembers the scanned video, so that a new process can go on with it. */
  open(video: ScannedVideo): void;
  /** Asks for a frame; `forget` drops the question if it was not answered yet. Throws a `VideoError`. */
  frame(
    number: number,
    lane: "stream" | "single",
  ): { readonly rgb: Promise<Uint8Array>; forget(): void };
  /** The running process, if there is one. */
  readonly processId: number | null;
  close(): Promise<void>;
}

/** A decoder for the file at `path`. `silence`: milliseconds without progress that count as hanging. */
export function decoder(path: string, { silence = DECODER_SILENCE_MAX } = {}): Decoder {
  const pending = new Map<number, Pending>();
  let child: ChildProcess | null = null;
  let video: ScannedVideo | null = null;
  let progress: (frames: number) => void = () => undefined;
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
      failAll(
        new VideoError(
          "decoder-hung",
          `The video decoder made no progress on ${path} for ${silence / 1000} seconds and was ended.`,
        ),
      );
    }, silence);
  };

  const start = (): ChildProcess => {
    const started = fork(fileURLToPath(new URL("./decoder-main.ts", import.meta.url)), {
      serialization: "advanced",
      stdio: ["ignore", "ignore", "ignore", "ipc"],
      execArgv: ["--max-old-space-size=1024", "--disable-warning=ExperimentalWarning"],
    });
    started.on("message", (reply: DecoderReply) => {
      if (reply.kind === "busy") {
        progress(reply.done);
        settle();
        return;
      }
      const asked = pending.get(reply.id);
      pending.delete(reply.id);
      settle();
      if (reply.kind === "failed") asked?.reject(new VideoError(reply.code, reply.message));
      else asked?.resolve(reply);
    });
    const ended = (cause: string) => {
      if (child !== started) return;
      child = null;
      failAll(new VideoError("decoder-died", `The video decoder ended on ${path} (${cause}).`));
    };
    started.on("error", (error) => ended(error.message));
    started.on("exit", (status, signal) => ended(causeOf(status, signal)));
    if (video) started.send({ kind: "open", id: 0, path, video: seekFacts(video) });
    return started;
  };

  const ask = (question: Question): { id: number; reply: Promise<DecoderReply> } => {
    const id = ++lastId;
    const reply = new Promise<DecoderReply>((resolve, reject) => {
      if (closed) {
        reject(new VideoError("closed", `${path} was closed.`));
        return;
      }
      child ??= start();
      pending.set(id, { resolve, reject });
      settle();
      // A process that is gone is told by its exit, so a failed send needs no answer of its own.
      child.send({ ...question, id }, () => undefined);
    });
    return { id, reply };
  };

  return {
    async scan(onProgress) {
      progress = onProgress;
      const reply = await ask({ kind: "scan", path }).reply;
      progress = () => undefined;
      if (reply.kind !== "scanned") throw new TypeError(`A scan was answered by ${reply.kind}.`);
      return reply.video;
    },
    open(scanned) {
      video = scanned;
      child?.send({ kind: "open", id: 0, path, video: seekFacts(scanned) });
    },
    frame(number, lane) {
      const { id, reply } = ask({ kind: "frame", frame: number, lane });
      const rgb = reply.then((answer) => {
        if (answer.kind !== "frame") throw new TypeError(`A frame was answered by ${answer.kind}.`);
        return answer.rgb;
      });
      return {
        rgb,
        forget() {
          if (!pending.delete(id)) return;
          settle();
          child?.send({ kind: "forget", id }, () => undefined);
        },
      };
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

function seekFacts({ table, index }: ScannedVideo): Pick<ScannedVideo, "table" | "index"> {
  return { table, index };
}

function causeOf(status: number | null, signal: NodeJS.Signals | null): string {
  if (status === MEMORY_EXIT) return `it needed more than ${DECODER_MEMORY_MAX / 2 ** 30} GiB`;
  return signal ? `signal ${signal}` : `status ${status}`;
}
