// What a tracked frame of the embedded model costs, without decoding of video: `node bench/embedded.ts [ROUNDS [MODEL]]`.
//
// Pictures of 1280 × 720 in memory; everything else of a frame is in it: resampling, network, memory, masks of the
// picture's size. Objects are squares given as masks, so that all of them are followed on all frames.
import { fileURLToPath } from "node:url";
import { answerMasks, maskletPolicy, VideoSession } from "@masklet/engine";
import { embeddedModels, type LoadedModel, loadModel } from "@masklet/engine/node";
import {
  frameIndex,
  type Mask,
  maskFromBitmap,
  type Picture,
  resizeBilinear,
} from "@masklet/vision";
import { sampleFrames, sampleSize } from "@masklet/workbench";

const SIZE = { width: 1280, height: 720 };
const FRAMES = 24;
const WARM_UP = 4;
const COUNTS = [1, 2, 4, 8];

/** The sample clip's first frames at 720p. */
function pictures(): Picture[] {
  const found: Picture[] = [];
  for (const { rgb } of sampleFrames()) {
    if (found.length === FRAMES) break;
    const data = new Uint8Array(SIZE.width * SIZE.height * 3);
    for (let channel = 0; channel < 3; channel++) {
      const plane = Float32Array.from(
        { length: sampleSize.width * sampleSize.height },
        (_, at) => rgb[3 * at + channel]!,
      );
      const large = resizeBilinear(plane, { from: sampleSize, to: SIZE });
      for (let at = 0; at < large.length; at++) data[3 * at + channel] = Math.round(large[at]!);
    }
    found.push({ size: SIZE, channels: 3, data });
  }
  return found;
}

/** A square of 150 pixels in the eighth of the picture with this number. */
function square(place: number): Mask {
  const [left, top] = [(place % 4) * 320 + 80, Math.floor(place / 4) * 360 + 100];
  const data = new Uint8Array(SIZE.width * SIZE.height);
  for (let y = top; y < top + 150; y++)
    data.fill(1, y * SIZE.width + left, y * SIZE.width + left + 150);
  return maskFromBitmap({ size: SIZE, data });
}

/** Milliseconds of each tracked frame after the warm-up. */
async function time(model: LoadedModel, frames: readonly Picture[], objects: number) {
  const session = new VideoSession(model, {
    policy: maskletPolicy,
    frameSize: SIZE,
    frameCount: frames.length,
    history: "bounded",
  });
  const at = (index: number) => ({ index: frameIndex(index), picture: frames[index]!, shot: 0 });
  for (let object = 1; object <= objects; object++) {
    await session.addMask({ object, frame: at(0), mask: square(object - 1) });
  }
  const spent: number[] = [];
  let last = performance.now();
  const walk = session.track(
    frames.map((_, index) => at(index)),
    { direction: "forward" },
  );
  for await (const answer of walk) {
    answerMasks(answer, { size: SIZE, overlap: "kept" });
    const now = performance.now();
    if (answer.frame > WARM_UP) spent.push(now - last);
    last = now;
  }
  return spent;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1]!;
}

const [, , rounds = "3", name = "masklet-nano"] = process.argv;
const home = process.env.MASKLET_HOME ?? fileURLToPath(new URL("../.masklet", import.meta.url));
const model = await loadModel(name, { home, embedded: embeddedModels });
const frames = pictures();
const spent = new Map<number, number[]>(COUNTS.map((count) => [count, []]));
for (let round = 0; round < Number(rounds); round++) {
  for (const count of COUNTS) spent.get(count)!.push(...(await time(model, frames, count)));
}
const single = median(spent.get(1)!);
for (const [count, times] of spent) {
  const each = median(times);
  const cost =
    count === 1
      ? ""
      : `  ${(((each / single - 1) / (count - 1)) * 100).toFixed(0)} % of the first for each further object`;
  console.log(
    `${count} objects  ${each.toFixed(1)} ms  ${(1000 / each).toFixed(1)} frames/s${cost}`,
  );
}
await model.close();
