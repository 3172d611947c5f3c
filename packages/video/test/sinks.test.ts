// Written videos and picture sequences: whole, proved, or not there.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import type { Size } from "@masklet/vision";
import { createPictures, createVideo, openClip, readPicture } from "../src/node/index.ts";
import type { FrameTiming } from "../src/sink.ts";
import { barCode, NUMBERED_SIZE, readNumber } from "./numbered-video.ts";
import { scratchFolder } from "./scratch-folder.ts";

const scratch = scratchFolder();
const STEADY: FrameTiming = { kind: "constant", rate: { numerator: 30_000, denominator: 1001 } };

async function written(path: string, count: number, size: Size, timing: FrameTiming) {
  const sink = await createVideo(path, { size, timing });
  for (let i = 0; i < count; i++) await sink.write(barCode(i, size));
  return await sink.finish();
}

test("A written video has every picture, in order, at the source's uneven times", async () => {
  const path = scratch("uneven.mp4");
  const ticks = [90_000, 93_600, 97_200, 108_000, 111_600, 140_400, 144_000];
  const timeBase = { numerator: 1, denominator: 90_000 };
  const result = await written(path, ticks.length, NUMBERED_SIZE, {
    kind: "copied",
    timeBase,
    ticks,
  });
  assert.deepEqual(result, { frames: 7 });
  const clip = await openClip(path);
  const { table } = clip;
  assert.deepEqual([table.codec, table.pixelFormat], ["h264", "yuv420p"]);
  assert.deepEqual(clip.warnings, []);
  for await (const frame of clip.frames({ direction: "forward" })) {
    assert.equal(readNumber(frame.rgb, frame.size), frame.index);
    const expected = ((ticks[frame.index] ?? 0) - 90_000) / 90_000;
    assert.ok(
      Math.abs(frame.seconds - expected) < 1e-6,
      `frame ${frame.index} at ${frame.seconds}`,
    );
  }
  await clip.close();
});

test("A steady video of many pictures loses none at the end", async () => {
  const path = scratch("steady.mp4");
  await written(path, 60, NUMBERED_SIZE, STEADY);
  const clip = await openClip(path);
  assert.equal(clip.table.frames.length, 60);
  assert.equal(readNumber((await clip.frame(59)).rgb, NUMBERED_SIZE), 59);
  const last = clip.table.frames[59]?.seconds ?? 0;
  assert.ok(Math.abs(last - (59 * 1001) / 30_000) < 1e-6);
  await clip.close();
});

test("Odd sizes are padded to even", async () => {
  for (const size of [
    { width: 161, height: 97 },
    { width: 3, height: 1 },
  ]) {
    const path = scratch(`odd-${size.width}.mp4`);
    await written(path, 3, size, STEADY);
    const clip = await openClip(path);
    assert.deepEqual(clip.table.size, { width: size.width + 1, height: size.height + 1 });
    await clip.close();
  }
});

test("Nothing of a video is seen before it is finished, and nothing stays when it is abandoned", async () => {
  const folder = scratch("abandoned");
  await mkdir(folder);
  const path = join(folder, "a.mp4");
  const sink = await createVideo(path, { size: NUMBERED_SIZE, timing: STEADY });
  await sink.write(barCode(0, NUMBERED_SIZE));
  assert.equal((await readdir(folder)).includes("a.mp4"), false);
  await sink.abandon();
  assert.deepEqual(await readdir(folder), []);
  await assert.rejects(sink.write(barCode(1, NUMBERED_SIZE)), { code: "closed" });
});

test("A video that cannot be written says so by name and leaves nothing", async () => {
  const path = scratch("no-such-folder/a.mp4");
  const sink = createVideo(path, { size: NUMBERED_SIZE, timing: STEADY });
  await assert.rejects(sink, (error: Error & { code?: string }) => {
    assert.equal(error.code, "cannot-write");
    assert.equal(error.message, `${path} cannot be written (no such file or directory).`);
    return true;
  });
  const folder = scratch("wrong-size");
  await mkdir(folder);
  const wrong = await createVideo(join(folder, "a.mp4"), { size: NUMBERED_SIZE, timing: STEADY });
  await assert.rejects(wrong.write(new Uint8Array(5)), RangeError);
  assert.deepEqual(await readdir(folder), []);
});

test("A picture sequence is numbered and can be abandoned", async () => {
  const folder = scratch("sequence");
  const sink = await createPictures(folder, { size: NUMBERED_SIZE, first: 8 });
  for (let i = 0; i < 3; i++) await sink.write(barCode(i, NUMBERED_SIZE));
  assert.deepEqual(await sink.finish(), { frames: 3 });
  assert.deepEqual((await readdir(folder)).sort(), ["00008.png", "00009.png", "00010.png"]);
  const { rgb, size } = await readPicture(join(folder, "00010.png"));
  assert.equal(readNumber(rgb, size), 2);
  const other = scratch("sequence-abandoned");
  const abandoned = await createPictures(other, { size: NUMBERED_SIZE });
  await abandoned.write(barCode(0, NUMBERED_SIZE));
  await abandoned.abandon();
  assert.deepEqual(await readdir(other), []);
});

test("Pictures are refused in one sentence where the system makes no folders", {
  skip: existsSync("/proc/self") ? false : "there is no /proc here",
}, async () => {
  const folder = "/proc/masklet/pictures";
  await assert.rejects(createPictures(folder, { size: NUMBERED_SIZE }), {
    code: "cannot-write",
    message: `${folder} cannot be made (there is no such file or folder).`,
  });
});
