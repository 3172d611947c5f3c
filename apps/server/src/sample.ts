// The sample: a project with a clip of ours, so that the first start has something to click.
import { copyFile, rename } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { Bench } from "./bench.ts";
import type { Runner } from "./jobs/runner.ts";
import { addVideoFile } from "./jobs/videos.ts";

const SAMPLE_NAME = "Sample";
const CLIP_NAME = "Ball, mug and star";

/** The clip as `sample/draw.ts` drew it: drawing it at a first start would take seconds. */
export const sampleClip: string = resolve(import.meta.dirname, "../sample/ball-mug-star.mp4");

/** Makes the sample project where a home has no project at all. The home has a copy of its own, which lives as long as its labels. */
export async function ensureSample(bench: Bench, runner: Runner): Promise<void> {
  if ((await bench.catalogue.projects()).length > 0) return;
  const source = join(bench.home.media, "sample.mp4");
  await copyFile(sampleClip, `${source}.part`);
  await rename(`${source}.part`, source);
  const project = bench.newId();
  await bench.catalogue.addProject(project, SAMPLE_NAME, { sample: true });
  await addVideoFile(bench, runner, { id: bench.newId(), project, name: CLIP_NAME, source });
}
