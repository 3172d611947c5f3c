// Memory over time: tracks an object through the frames of a clip and writes the process's memory after each.
//
//   node bench/engine_memory.ts CLIP --weights FILE.pt [--frames 100] [--size 1024] [--precision exact|fast] [--objects 1] [--csv FILE]
//
// CLIP is a video or a folder of pictures; weights may be random (`official_checkpoint.py`), since memory does not depend on
// them. Policy `reference`, so that every frame is remembered; history bounded, as `masklet track` has it. Prints the peak,
// the memory at some frames and its slope after frame 20.
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { answerMasks, referencePolicy, type VideoFrame, VideoSession } from "@masklet/engine";
import { loadModel } from "@masklet/engine/node";
import type { Frame } from "@masklet/video";
import { openClip } from "@masklet/video/node";

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    weights: { type: "string" },
    frames: { type: "string", default: "100" },
    size: { type: "string", default: "1024" },
    precision: { type: "string", default: "exact" },
    objects: { type: "string", default: "1" },
    csv: { type: "string" },
  },
});

/** By then the bank is full and every graph has run. */
const SETTLED_FRAME = 20;
const MEGABYTE = 1024 * 1024;

const home = mkdtempSync(join(tmpdir(), "masklet-memory-"));
try {
  await track(positionals[0]!, options.weights!);
} finally {
  rmSync(home, { recursive: true, force: true });
}
process.exit(0);

async function track(path: string, weights: string): Promise<void> {
  const count = Number(options.frames);
  const clip = await openClip(path);
  const model = await loadModel(weights, {
    home,
    embedded: home,
    imageSize: Number(options.size),
    precision: options.precision === "fast" ? "fast" : "exact",
  });
  const first = await clip.frame(0);
  const session = new VideoSession(model, {
    policy: referencePolicy,
    frameSize: first.size,
    frameCount: count,
    history: "bounded",
  });
  for (let object = 1; object <= Number(options.objects); object++) {
    const at = { x: first.size.width / 2 + object, y: first.size.height / 2 };
    const prompt = { object, frame: videoFrame(first), clicks: [{ at, sign: "include" as const }] };
    await session.addPoints({ ...prompt, earlier: "replace" });
  }
  const resident: number[] = [];
  if (options.csv) writeFileSync(options.csv, "frame,resident_mb,seconds\n");
  let since = performance.now();
  const frames = converted(clip.frames({ direction: "forward", count }));
  for await (const answer of session.track(frames, { direction: "forward" })) {
    answerMasks(answer, { size: first.size, overlap: "kept" });
    const now = process.memoryUsage.rss() / MEGABYTE;
    resident.push(now);
    const seconds = ((performance.now() - since) / 1000).toFixed(2);
    since = performance.now();
    if (options.csv) appendFileSync(options.csv, `${answer.frame},${now.toFixed(1)},${seconds}\n`);
  }
  await clip.close();
  report(resident);
}

async function* converted(frames: AsyncIterable<Frame>): AsyncGenerator<VideoFrame> {
  for await (const frame of frames) yield videoFrame(frame);
}

function videoFrame({ index, size, rgb }: Frame): VideoFrame {
  return { index, picture: { size, channels: 3, data: rgb } };
}

function report(resident: readonly number[]): void {
  const after = resident.slice(SETTLED_FRAME);
  const half = after.length >> 1;
  const largest = (values: readonly number[]) => Math.max(...values).toFixed(0);
  const peak = (process.resourceUsage().maxRSS / 1024).toFixed(0);
  const some = resident.flatMap((megabytes, frame) =>
    frame % 10 === 0 || frame === resident.length - 1 ? [`${frame}: ${megabytes.toFixed(0)}`] : [],
  );
  console.log(
    `${resident.length} frames at ${options.size}, ${options.precision}: peak ${peak} MB`,
  );
  console.log(`  resident MB by frame  ${some.join("  ")}`);
  console.log(
    `  largest after frame ${SETTLED_FRAME}: first half ${largest(after.slice(0, half))}, second half ${largest(after.slice(half))} MB; slope ${slope(after).toFixed(3)} MB a frame`,
  );
}

/** Least squares: by how much the values grow from one to the next. */
function slope(values: readonly number[]): number {
  const middle = (values.length - 1) / 2;
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  let above = 0;
  let below = 0;
  for (const [at, value] of values.entries()) {
    above += (at - middle) * (value - mean);
    below += (at - middle) ** 2;
  }
  return above / below;
}
