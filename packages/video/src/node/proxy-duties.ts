// What the copying process does: decodes a video, encodes it upright for browsers, proves the copy. Importing it begins the work.
import { setPriority } from "node:os";
import type { FrameIndex } from "@masklet/vision";
import { AV_LOG_QUIET } from "node-av/constants";
import { Log } from "node-av/lib";
import { VideoError } from "../error.ts";
import type { FrameTable } from "../frame-table.ts";
import { timingOf } from "../sink.ts";
import { openEncoder } from "./encode.ts";
import { frameReader } from "./frame-reader.ts";
import type { ProxyAnswer, ProxyQuestion } from "./proxy-messages.ts";
import { scanVideo } from "./scan.ts";
import { serve } from "./worker-serve.ts";

/** Clicks and tracking come first: nobody waits for a copy. */
const BACKGROUND = 10;
/** Two times may differ by rounding to the copy's clock. */
const SAME_TIME_SECONDS = 0.001;

const done = { count: 0, expected: null };

Log.setLevel(AV_LOG_QUIET);
setPriority(BACKGROUND);
serve<ProxyQuestion, never, ProxyAnswer>(
  {
    failure: "cannot-write",
    lane: () => "all",
    hear: () => undefined,
    async answer(question) {
      await copyFrames(question);
      return { frames: await proved(question) };
    },
  },
  done,
);

/** One frame of the copy for each frame of the table, in its order. */
async function copyFrames({ source, video, path }: ProxyQuestion): Promise<void> {
  const { table } = video;
  const reader = frameReader(source, video, () => undefined);
  try {
    const encoder = await openEncoder(path, {
      size: table.size,
      timing: timingOf(table),
      purpose: "stepping",
    });
    for (const { index } of table.frames) {
      await encoder.add(await reader.frame(index as FrameIndex));
      done.count++;
    }
    await encoder.finish();
  } finally {
    await reader.close();
  }
}

/** The number of frames in the copy. Throws a `VideoError` where they are not as many, or not at the same times. */
async function proved({ source, video, path }: ProxyQuestion): Promise<number> {
  const written = await scanVideo(path, 1, () => done.count++);
  const frames = written.table.frames.length;
  if (frames === video.table.frames.length && sameTimes(written.table, video.table)) return frames;
  throw new VideoError(
    "cannot-write",
    `The copy of ${source} for browsers was written wrong: it has ${frames} frames, the original ${video.table.frames.length}, or they are shown at other times.`,
  );
}

function sameTimes(copy: FrameTable, original: FrameTable): boolean {
  const [copyStart, start] = [copy.frames[0]?.seconds ?? 0, original.frames[0]?.seconds ?? 0];
  return copy.frames.every(({ seconds }, index) => {
    const wanted = (original.frames[index]?.seconds ?? 0) - start;
    return Math.abs(seconds - copyStart - wanted) < SAME_TIME_SECONDS;
  });
}
