// The decoder's process: scans videos and gives frames, as asked over the channel to its parent.
import { availableParallelism } from "node:os";
import { AV_LOG_QUIET } from "node-av/constants";
import { Log } from "node-av/lib";
import { checkedFrame } from "../clip.ts";
import { VideoError } from "../error.ts";
import {
  type DecoderReply,
  type DecoderRequest,
  type Lane,
  MEMORY_EXIT,
  type ScannedVideo,
} from "./decoder-messages.ts";
import { type FrameReader, frameReader } from "./frame-reader.ts";
import { DECODER_MEMORY_MAX, DECODER_THREADS_MAX, PROGRESS_INTERVAL } from "./limits.ts";
import { scanVideo } from "./scan.ts";

let opened: { path: string; video: Pick<ScannedVideo, "table" | "index"> } | null = null;
const readers = new Map<Lane, FrameReader>();
const waiting: Record<Lane, Promise<void>> = {
  stream: Promise.resolve(),
  single: Promise.resolve(),
};
const forgotten = new Set<number>();
let done = 0;

process.on("message", (request: DecoderRequest) => {
  switch (request.kind) {
    case "open":
      opened = request;
      return;
    case "forget":
      forgotten.add(request.id);
      return;
    case "scan":
      queue("stream", request.id, async () => {
        const threads = Math.min(availableParallelism(), DECODER_THREADS_MAX);
        const video = await scanVideo(request.path, threads, (frames) => {
          done = frames;
        });
        return { kind: "scanned", id: request.id, video };
      });
      return;
    case "frame":
      queue(request.lane, request.id, async () => {
        const rgb = await readFrame(request.lane, request.frame);
        return { kind: "frame", id: request.id, rgb };
      });
  }
});
// The parent decides when work ends: a Ctrl-C in the terminal reaches this process too.
process.on("SIGINT", () => undefined);
process.on("disconnect", () => process.exit());
Log.setLevel(AV_LOG_QUIET);
watch();

/** Runs work after what the lane has to do already, and answers with its result. */
function queue(lane: Lane, id: number, work: () => Promise<DecoderReply>): void {
  waiting[lane] = waiting[lane].then(async () => {
    if (forgotten.delete(id)) return;
    try {
      await answer(await work());
    } catch (error) {
      const known = error instanceof VideoError;
      const code = known ? error.code : "decoder-died";
      const message = known ? error.message : `The video decoder failed: ${String(error)}.`;
      await answer({ kind: "failed", id, code, message });
    }
    forgotten.delete(id);
  });
}

async function readFrame(lane: Lane, number: number): Promise<Uint8Array> {
  if (!opened) throw new VideoError("closed", "No video is open in the decoder.");
  const { path, video } = opened;
  const frame = checkedFrame(number, { name: path, frameCount: video.table.frames.length });
  let reader = readers.get(lane);
  if (!reader) {
    reader = frameReader(path, video, () => {
      done++;
    });
    readers.set(lane, reader);
  }
  return await reader.frame(frame);
}

function answer(reply: DecoderReply): Promise<void> {
  return new Promise((resolve) => {
    if (!process.connected) return resolve();
    process.send?.(reply, undefined, {}, () => resolve());
  });
}

/** Says now and then that work goes on, if it does, and ends the process before it takes all memory. */
function watch(): void {
  let last = 0;
  const timer = setInterval(() => {
    if (process.memoryUsage.rss() > DECODER_MEMORY_MAX) process.exit(MEMORY_EXIT);
    if (done === last) return;
    last = done;
    void answer({ kind: "busy", id: 0, done });
  }, PROGRESS_INTERVAL);
  timer.unref();
}
