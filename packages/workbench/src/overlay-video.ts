// Paints the masks of an output folder over their clip, as a video.
import { join } from "node:path";
import { type Clip, paintMasks, type VideoSink } from "@masklet/video";
import { masksFromLabels } from "@masklet/vision";
import { WorkbenchError } from "./errors.ts";
import { readLabels } from "./labels.ts";
import { maskName } from "./track-output.ts";

/**
 * Feeds every frame of the clip to the sink, tinted where `folder/masks` names an object, and completes the file.
 * The sink is abandoned on any failure. Throws a WorkbenchError (`interrupted`) and what clip and sink throw.
 */
export async function writeOverlay(told: {
  readonly clip: Clip;
  readonly folder: string;
  readonly sink: VideoSink;
  readonly signal: AbortSignal;
  readonly progress: (done: number, total: number) => void;
}): Promise<void> {
  const { clip, sink, signal } = told;
  const total = clip.table.frames.length;
  try {
    for await (const frame of clip.frames({ direction: "forward" })) {
      if (signal.aborted)
        throw new WorkbenchError("interrupted", "Interrupted; the overlay video was not written.");
      const labels = await readLabels(join(told.folder, maskName(frame.index)));
      const masks = [...masksFromLabels(labels)].map(([object, mask]) => ({ object, mask }));
      await sink.write(paintMasks({ size: frame.size, rgb: frame.rgb }, masks));
      told.progress(frame.index + 1, total);
    }
    await sink.finish();
  } catch (error) {
    await sink.abandon();
    throw error;
  }
}
