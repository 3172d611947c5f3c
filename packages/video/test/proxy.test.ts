// Copies for browsers: frame k of the copy shows what frame k of the original shows, at the same time, upright.
import assert from "node:assert/strict";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { AV_PIX_FMT_YUV420P10LE, AV_PIX_FMT_YUVJ420P } from "node-av/constants";
import type { FrameTable } from "../src/index.ts";
import { createProxy, openClip } from "../src/node/index.ts";
import { type NumberedVideo, readNumber, writeNumberedVideo } from "./numbered-video.ts";

const X264 = { preset: "ultrafast", "x264-params": "bframes=2:b-adapt=0" };
const CASES: Readonly<Record<string, NumberedVideo>> = {
  "HEVC of 10 bits with B-frames": {
    container: "mp4",
    encoder: "libx265",
    pixelFormat: AV_PIX_FMT_YUV420P10LE,
    options: { preset: "ultrafast", "x265-params": "bframes=2:log-level=none" },
  },
  "Motion JPEG of odd size in AVI": {
    container: "avi",
    encoder: "mjpeg",
    pixelFormat: AV_PIX_FMT_YUVJ420P,
    size: { width: 161, height: 97 },
  },
  "open groups of pictures in MPEG-TS": {
    container: "mpegts",
    encoder: "libx264",
    options: { preset: "ultrafast", "x264-params": "bframes=2:b-adapt=0:open-gop=1" },
    bFrames: 2,
  },
  "a variable rate behind a quarter turn": {
    container: "mov",
    encoder: "libx264",
    options: X264,
    bFrames: 2,
    matrix: [-1, 0, 0, -1],
    ticks: Array.from({ length: 60 }, (_, i) => i).filter((i) => i % 5 !== 2 && i % 7 !== 3),
  },
  "a mirrored picture that begins late": {
    container: "mp4",
    encoder: "libx264",
    options: X264,
    bFrames: 2,
    matrix: [-1, 0, 0, 1],
    ticks: Array.from({ length: 30 }, (_, i) => i + 100),
  },
};

let folder = "";
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "masklet-proxy-"));
});
after(() => rm(folder, { recursive: true }));

for (const [name, video] of Object.entries(CASES)) {
  test(`the copy of ${name} has its frames, its times and its pictures`, async () => {
    const source = join(folder, `source.${video.container}`);
    const path = join(folder, "copy.mp4");
    const scans = join(folder, "scans");
    await writeNumberedVideo(source, video);
    const told: number[] = [];
    const { frames } = await createProxy(source, path, {
      scans,
      progress: (done, all) => told.push(done / all),
    });
    const [original, copy] = [await openClip(source, { scans }), await openClip(path)];
    try {
      assert.equal(copy.table.frames.length, original.table.frames.length);
      assert.equal(frames, original.table.frames.length);
      assert.deepEqual(timesOf(copy.table), timesOf(original.table));
      const { width, height } = original.table.size;
      assert.deepEqual(copy.table.size, {
        width: width + (width % 2),
        height: height + (height % 2),
      });
      for (const { index } of original.table.frames) {
        const wanted = readNumber((await original.frame(index)).rgb, original.table.size);
        assert.equal(readNumber((await copy.frame(index)).rgb, copy.table.size), wanted);
      }
      assert.equal(told.at(-1), 1);
    } finally {
      await Promise.all([original.close(), copy.close()]);
      await rm(source);
      await rm(path);
    }
  });
}

/** Milliseconds from the first frame. */
function timesOf({ frames }: FrameTable): number[] {
  const start = frames[0]?.seconds ?? 0;
  return frames.map(({ seconds }) => Math.round((seconds - start) * 1000));
}

test("a copy that is stopped, or of a file that is none, leaves nothing behind", async () => {
  const scans = join(folder, "scans");
  const source = join(folder, "stopped.mp4");
  await writeNumberedVideo(source, { container: "mp4", encoder: "libx264", options: X264 });
  const path = join(folder, "stopped-copy.mp4");
  const stop = new AbortController();
  const stopped = createProxy(source, path, { scans, signal: stop.signal });
  setTimeout(() => stop.abort(new Error("stopped")), 300);
  await assert.rejects(stopped, /stopped/);
  await writeFile(join(folder, "text.mp4"), "no video");
  await assert.rejects(createProxy(join(folder, "text.mp4"), path, { scans }), /text\.mp4/);
  assert.deepEqual(
    (await readdir(folder)).filter((name) => name.includes("copy")),
    [],
  );
});
