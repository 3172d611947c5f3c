// Draws the sample clip into a file.
import { stat } from "node:fs/promises";
import { createVideo } from "@masklet/video/node";
import { renderSample, sampleFrameRate, sampleSize } from "@masklet/workbench";

/** Draws the clip unless it is there already; it appears whole. */
export async function drawSample(path: string): Promise<void> {
  if (await stat(path).catch(() => null)) return;
  const sink = await createVideo(path, {
    size: sampleSize,
    timing: { kind: "constant", rate: { numerator: sampleFrameRate, denominator: 1 } },
  });
  await renderSample(sink, { signal: new AbortController().signal, progress: () => {} });
}
