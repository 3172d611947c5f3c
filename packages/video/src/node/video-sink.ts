// Writes a video file through the encoder's process: beside first, proved, then renamed.
import { rename, rm } from "node:fs/promises";
import { partBeside } from "@masklet/disk";
import type { Size } from "@masklet/vision";
import { VideoError } from "../error.ts";
import type { FrameTiming, VideoSink } from "../sink.ts";
import type { EncoderAnswer, EncoderQuestion } from "./encoder-messages.ts";
import { ENCODER_SILENCE_MAX } from "./limits.ts";
import { workerProcess } from "./worker-process.ts";

/**
 * A sink that writes an MP4 (H.264, 4:2:0, 8 bit, index in front) which browsers play. Odd sizes are
 * padded to even. Throws a `VideoError` (`cannot-write`).
 */
export async function createVideo(
  path: string,
  { size, timing }: { readonly size: Size; readonly timing: FrameTiming },
): Promise<VideoSink> {
  const beside = partBeside(path);
  const worker = workerProcess<EncoderQuestion, EncoderAnswer, never>({
    program: "./encoder-duties.ts",
    role: "The video encoder",
    path,
    died: "cannot-write",
    hung: "cannot-write",
    silence: ENCODER_SILENCE_MAX,
    briefing: () => null,
    busy: () => undefined,
  });
  let state: "open" | "finished" | "abandoned" = "open";
  let taken = 0;
  let onTheWay: Promise<unknown> = Promise.resolve();

  const abandon = async () => {
    if (state !== "open") return;
    state = "abandoned";
    await worker.close();
    await rm(beside, { force: true }).catch(() => undefined);
  };
  /** Runs a step; if it fails, nothing is left behind. */
  const orAbandon = async <T>(step: () => Promise<T>): Promise<T> => {
    if (state !== "open") throw new VideoError("closed", `${path} is ${state}.`);
    try {
      return await step();
    } catch (error) {
      await abandon();
      throw nameFile(path, beside, error);
    }
  };

  await orAbandon(() => worker.ask({ kind: "begin", path: beside, size, timing }).answer);
  return {
    size,
    write: (rgb) =>
      orAbandon(async () => {
        if (rgb.length !== size.width * size.height * 3) {
          throw new RangeError(
            `A picture of ${size.width} × ${size.height} has ${size.width * size.height * 3} bytes, not ${rgb.length}.`,
          );
        }
        // One picture is encoded while the caller makes the next.
        await onTheWay;
        onTheWay = worker.ask({ kind: "picture", rgb }).answer;
        onTheWay.catch(() => undefined);
        taken++;
      }),
    finish: () =>
      orAbandon(async () => {
        await onTheWay;
        const { frames } = await worker.ask({ kind: "finish" }).answer;
        if (frames !== taken) {
          throw new VideoError(
            "cannot-write",
            `${path} was written wrong: ${taken} pictures went in, ${frames} frames came out.`,
          );
        }
        await rename(beside, path);
        state = "finished";
        await worker.close();
        return { frames };
      }),
    abandon,
  };
}

/** Errors speak of the name that was asked for, not of the one written beside. */
function nameFile(path: string, beside: string, error: unknown): unknown {
  if (error instanceof VideoError) {
    return new VideoError(error.code, error.message.replaceAll(beside, path), { cause: error });
  }
  if (error instanceof RangeError) return error;
  return new VideoError("cannot-write", `${path} cannot be written (${String(error)}).`, {
    cause: error,
  });
}
