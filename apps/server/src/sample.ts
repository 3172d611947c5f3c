// The sample: a project with a clip of ours, so that the first start has something to click.
import { join } from "node:path";
import type { Bench } from "./bench.ts";
import type { Runner } from "./work/runner.ts";
import { addVideoFile } from "./work/videos.ts";

const SAMPLE_NAME = "Sample";
const CLIP_NAME = "Ball, mug and star";

/** Makes the sample project where a home has no project at all; a first start that was cut short makes it anew. */
export async function ensureSample(bench: Bench, runner: Runner): Promise<void> {
  if ((await bench.catalogue.projects()).length > 0) return;
  const source = join(bench.home.media, "sample.mp4");
  const project = bench.newId();
  await bench.catalogue.addProject(project, SAMPLE_NAME, { sample: true });
  await addVideoFile(bench, runner, {
    id: bench.newId(),
    project,
    name: CLIP_NAME,
    source,
    drawn: true,
  });
}
