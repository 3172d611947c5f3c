// Draws the sample clip that the server carries: `node apps/server/sample/draw.ts [FILE]`. To be run when the drawing changes.
import { join, resolve } from "node:path";
import { createVideo } from "@masklet/video/node";
import { renderSample, sampleFrameRate, sampleSize } from "@masklet/workbench";

const path = resolve(process.argv[2] ?? join(import.meta.dirname, "ball-mug-star.mp4"));
const sink = await createVideo(path, {
  size: sampleSize,
  timing: { kind: "constant", rate: { numerator: sampleFrameRate, denominator: 1 } },
});
await renderSample(sink, { signal: new AbortController().signal, progress: () => {} });
console.log(path);
