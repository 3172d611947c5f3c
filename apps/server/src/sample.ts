// The sample: a project with a clip of ours, so that the first start has something to click.
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { createVideo } from "@masklet/video/node";
import { renderSample, sampleFrameRate, sampleSize } from "@masklet/workbench";
import type { Bench } from "./bench.ts";
import type { Runner } from "./work/runner.ts";
import { addVideoFile } from "./work/videos.ts";

const SAMPLE_NAME = "Sample";
const CLIP_NAME = "Ball, mug and star";

/** Makes the sample project where a home has no project at all; a first start that was cut short makes it anew. */
export async function ensureSample(bench: Bench, runner: Runner): Promise<void> {
  if ((await bench.catalogue.projects()).length > 0) return;
  const source = join(bench.home.media, "sample.mp4");
  if (!(await stat(source).catch(() => null))) {
    const sink = await createVideo(source, {
      size: sampleSize,
      timing: { kind: "constant", rate: { numerator: sampleFrameRate, denominator: 1 } },
    });
    await renderSample(sink, { signal: new AbortController().signal, progress: () => {} });
  }
  const project = bench.newId();
  await bench.catalogue.addProject(project, SAMPLE_NAME, { sample: true });
  await addVideoFile(bench, runner, { id: bench.newId(), project, name: CLIP_NAME, source });
}
