// Every container and codec: exact count, order, timestamps; jumping equals decoding in order.
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { FrameIndex } from "@masklet/vision";
import {
  AV_PIX_FMT_YUV420P10LE,
  AV_PIX_FMT_YUV422P10LE,
  AV_PIX_FMT_YUVJ420P,
} from "node-av/constants";
import { frameReader } from "../src/node/frame-reader.ts";
import { scanVideo } from "../src/node/scan.ts";
import { type NumberedVideo, readNumber, writeNumberedVideo } from "./numbered-video.ts";

const X264 = { preset: "ultrafast", bf: "2", "x264-params": "bframes=2:b-adapt=0" };
/** Frames dropped in an uneven pattern. */
const UNEVEN = Array.from({ length: 60 }, (_, i) => i).filter((i) => i % 5 !== 2 && i % 7 !== 3);

/** Name of the case → the video, and what is expected of its numbers and times. */
const CASES: Record<string, NumberedVideo & { readonly hidden?: number }> = {
  "H.264 with B-frames in MP4": { container: "mp4", encoder: "libx264", options: X264, bFrames: 2 },
  "H.264 with B-frames in AVI, which has no presentation times": {
    container: "avi",
    encoder: "libx264",
    options: X264,
    bFrames: 2,
  },
  "H.264 at a variable rate in Matroska": {
    container: "matroska",
    encoder: "libx264",
    options: X264,
    bFrames: 2,
    ticks: UNEVEN,
  },
  "H.264 with open groups of pictures in MPEG-TS": {
    container: "mpegts",
    encoder: "libx264",
    options: { preset: "ultrafast", "x264-params": "bframes=2:b-adapt=0:open-gop=1" },
    bFrames: 2,
  },
  "H.264 behind an edit list that hides the first eight frames": {
    container: "mp4",
    encoder: "libx264",
    options: X264,
    bFrames: 0,
    muxing: { use_editlist: "1" },
    ticks: Array.from({ length: 40 }, (_, i) => i - 8),
    hidden: 8,
  },
  "H.264 that begins 40 seconds after time 0 in QuickTime": {
    container: "mov",
    encoder: "libx264",
    options: X264,
    bFrames: 2,
    ticks: Array.from({ length: 30 }, (_, i) => i + 1000),
  },
  "H.264 that begins 40 seconds after time 0 in Matroska": {
    container: "matroska",
    encoder: "libx264",
    options: X264,
    bFrames: 2,
    ticks: Array.from({ length: 30 }, (_, i) => i + 1000),
  },
  "HEVC with B-frames and 10 bits in MP4": {
    container: "mp4",
    encoder: "libx265",
    options: { preset: "ultrafast", "x265-params": "bframes=2:log-level=none:pools=1" },
    pixelFormat: AV_PIX_FMT_YUV420P10LE,
    ticks: Array.from({ length: 26 }, (_, i) => i),
  },
  "AV1 with 10 bits in MP4": {
    container: "mp4",
    encoder: "libsvtav1",
    options: { preset: "12", "svtav1-params": "lp=1" },
    pixelFormat: AV_PIX_FMT_YUV420P10LE,
    ticks: Array.from({ length: 26 }, (_, i) => i),
  },
  "VP8 with hidden reference frames in WebM": {
    container: "webm",
    encoder: "libvpx",
    options: { deadline: "realtime", "cpu-used": "8", "auto-alt-ref": "1", "lag-in-frames": "8" },
  },
  "VP9 in WebM": {
    container: "webm",
    encoder: "libvpx-vp9",
    options: { deadline: "realtime", "cpu-used": "8", "lag-in-frames": "8", "auto-alt-ref": "1" },
  },
  "Motion JPEG in AVI, full range": {
    container: "avi",
    encoder: "mjpeg",
    pixelFormat: AV_PIX_FMT_YUVJ420P,
  },
  "ProRes in QuickTime": {
    container: "mov",
    encoder: "prores_ks",
    pixelFormat: AV_PIX_FMT_YUV422P10LE,
    ticks: Array.from({ length: 12 }, (_, i) => i),
  },
  "MPEG-2 with B-frames in a program stream": {
    container: "mpeg",
    encoder: "mpeg2video",
    bFrames: 2,
  },
  "MPEG-4 part 2 with B-frames in AVI": { container: "avi", encoder: "mpeg4", bFrames: 2 },
};

let folder = "";
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "masklet-codecs-"));
});
after(async () => {
  await rm(folder, { recursive: true });
});

for (const [name, video] of Object.entries(CASES)) {
  test(`${name}: each frame once, in order, and the same by jumping`, async () => {
    const path = join(folder, `${name}.${video.container}`);
    await writeNumberedVideo(path, video);
    const hidden = video.hidden ?? 0;
    const written = (video.ticks ?? Array.from({ length: 40 }, (_, i) => i)).slice(hidden);

    const scanned = await scanVideo(path, 2, () => undefined);
    const { frames, size, timeBase } = scanned.table;
    assert.equal(frames.length, written.length);
    assert.deepEqual(scanned.warnings, []);
    const tick = (timeBase.denominator / timeBase.numerator) * (1 / 25);
    const first = frames[0]?.ticks ?? 0;
    for (const [index, frame] of frames.entries()) {
      const since = (written[index] ?? 0) - (written[0] ?? 0);
      assert.ok(
        Math.abs(frame.ticks - first - since * tick) <= 1,
        `frame ${index} lies ${frame.ticks - first} ticks after the first, not ${since * tick}`,
      );
    }

    const inOrder = frameReader(path, scanned, () => undefined);
    const pictures: Uint8Array[] = [];
    for (const { index } of frames) pictures.push(await inOrder.frame(index));
    await inOrder.close();
    assert.deepEqual(
      pictures.map((rgb) => readNumber(rgb, size)),
      frames.map(({ index }) => index + hidden),
    );

    const jumping = frameReader(path, scanned, () => undefined);
    const last = frames.length - 1;
    const order = [last, 0, 3, last - 1, 11, 12, 13, 5, last].filter((i) => i >= 0 && i <= last);
    for (const index of [...order, ...frames.map((frame) => frame.index).reverse()]) {
      const rgb = await jumping.frame(index as FrameIndex);
      assert.ok(Buffer.compare(rgb, pictures[index] ?? new Uint8Array()) === 0, `frame ${index}`);
    }
    await jumping.close();
  });
}
