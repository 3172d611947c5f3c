// Paints masks over their clip, as a video.
import { type Clip, type ObjectMask, paintMasks, type VideoSink } from "@masklet/video";
import { WorkbenchError } from "./errors.ts";

/**
 * Feeds every frame of the clip to the sink, painted with the masks that `masksOn` gives, and completes the file.
 * The sink is abandoned on any failure. Throws a WorkbenchError (`interrupted`) and what clip and sink throw.
 */
export async function writeOverlay(told: {
  readonly clip: Clip;
  readonly masksOn: (frame: number) => Promise<readonly ObjectMask[]>;
  readonly sink: VideoSink;
  readonly signal: AbortSignal;
  readonly progress: (done: number) => void;
}): Promise<void> {
  const { clip, sink, signal } = told;
  try {
    for await (const frame of clip.frames({ direction: "forward" })) {
      if (signal.aborted) {
        throw new WorkbenchError(
          "interrupted",
          "Interrupted; the masks are written, the overlay video is not.",
        );
      }
      await sink.write(paintMasks(frame, await told.masksOn(frame.index)));
      told.progress(frame.index + 1);
    }
    await sink.finish();
  } catch (error) {
    await sink.abandon();
    throw error;
  }
}
