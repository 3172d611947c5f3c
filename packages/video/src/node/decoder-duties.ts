// What the decoder's process does: scans videos and gives frames. Importing it begins the work.
import { availableParallelism } from "node:os";
import { AV_LOG_QUIET } from "node-av/constants";
import { Log } from "node-av/lib";
import { checkedFrame } from "../clip.ts";
import { VideoError } from "../error.ts";
import type { DecoderAnswer, DecoderQuestion, DecoderRemark, Lane } from "./decoder-messages.ts";
import { type FrameReader, frameReader } from "./frame-reader.ts";
import { DECODER_THREADS_MAX } from "./limits.ts";
import { scanVideo } from "./scan.ts";
import { serve, type WorkDone } from "./worker-serve.ts";

const done: WorkDone = { count: 0, expected: null };
const readers = new Map<Lane, FrameReader>();
let opened: DecoderRemark | null = null;

Log.setLevel(AV_LOG_QUIET);
serve<DecoderQuestion, DecoderRemark, DecoderAnswer>(
  {
    failure: "decoder-died",
    lane: (question) => (question.kind === "scan" ? "stream" : question.lane),
    hear(remark) {
      opened = remark;
    },
    async answer(question) {
      if (question.kind === "frame") {
        return { kind: "frame", rgb: await readFrame(question.lane, question.frame) };
      }
      const threads = Math.min(availableParallelism(), DECODER_THREADS_MAX);
      const video = await scanVideo(question.path, threads, (frames, expected) => {
        done.count = frames;
        done.expected = expected;
      });
      return { kind: "scanned", video };
    },
  },
  done,
);

async function readFrame(lane: Lane, number: number): Promise<Uint8Array> {
  if (!opened) throw new VideoError("closed", "No video is open in the decoder.");
  const { path, video } = opened;
  const frame = checkedFrame(number, { name: path, frameCount: video.table.frames.length });
  let reader = readers.get(lane);
  if (!reader) {
    reader = frameReader(path, video, () => {
      done.count++;
    });
    readers.set(lane, reader);
  }
  return await reader.frame(frame);
}
