// Made clips whose frames carry their number: what cameras, recorders and editors do to time, order and direction.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import {
  AV_PIX_FMT_YUV420P10LE,
  AV_PIX_FMT_YUV422P10LE,
  AV_PIX_FMT_YUVJ420P,
} from "node-av/constants";
import { type NumberedVideo, writeNumberedVideo } from "../packages/video/test/numbered-video.ts";

const SIZE = { width: 320, height: 192 };
const X264 = { preset: "ultrafast", "x264-params": "bframes=2:b-adapt=0" };
/** Frames dropped in an uneven pattern. */
const UNEVEN = Array.from({ length: 90 }, (_, i) => i).filter((i) => i % 5 !== 2 && i % 7 !== 3);
const h264 = { encoder: "libx264", options: X264, bFrames: 2 };

/** File name → what it is. */
const CLIPS: Readonly<Record<string, NumberedVideo>> = {
  "vfr_h264.mp4": { container: "mp4", ...h264, ticks: UNEVEN },
  "vfr_h264.mkv": { container: "matroska", ...h264, ticks: UNEVEN },
  "editlist_h264.mp4": {
    container: "mp4",
    encoder: "libx264",
    options: { preset: "ultrafast" },
    bFrames: 0,
    muxing: { use_editlist: "1" },
    ticks: Array.from({ length: 60 }, (_, i) => i - 8),
  },
  "rotated90_h264.mov": { container: "mov", ...h264, matrix: [0, 1, -1, 0] },
  "rotated180_h264.mp4": { container: "mp4", ...h264, matrix: [-1, 0, 0, -1] },
  "rotated270_h264.mp4": { container: "mp4", ...h264, matrix: [0, -1, 1, 0] },
  "mirrored_h264.mp4": { container: "mp4", ...h264, matrix: [-1, 0, 0, 1] },
  "odd_size_mjpeg.avi": {
    container: "avi",
    encoder: "mjpeg",
    pixelFormat: AV_PIX_FMT_YUVJ420P,
    size: { width: 321, height: 193 },
  },
  "bframes_h264.avi": { container: "avi", ...h264 },
  "opengop_h264.ts": {
    container: "mpegts",
    encoder: "libx264",
    options: { preset: "ultrafast", "x264-params": "bframes=2:b-adapt=0:open-gop=1" },
    bFrames: 2,
  },
  "opengop_h264.mp4": {
    container: "mp4",
    encoder: "libx264",
    options: { preset: "ultrafast", "x264-params": "bframes=2:b-adapt=0:open-gop=1" },
    bFrames: 2,
  },
  "late_start_h264.mov": {
    container: "mov",
    ...h264,
    ticks: Array.from({ length: 40 }, (_, i) => i + 1000),
  },
  "hevc_10bit.mp4": {
    container: "mp4",
    encoder: "libx265",
    pixelFormat: AV_PIX_FMT_YUV420P10LE,
    options: { preset: "ultrafast", "x265-params": "bframes=2:log-level=none" },
  },
  "prores_422.mov": {
    container: "mov",
    encoder: "prores_ks",
    pixelFormat: AV_PIX_FMT_YUV422P10LE,
  },
  "vp9.webm": {
    container: "webm",
    encoder: "libvpx-vp9",
    options: { deadline: "realtime", "cpu-used": "8" },
  },
  "av1.webm": { container: "webm", encoder: "libsvtav1", options: { preset: "12" } },
};

/** Writes those whose names match into a folder and returns it. */
export async function madeClips(folder: string, only: RegExp): Promise<string> {
  mkdirSync(folder, { recursive: true });
  for (const [name, video] of Object.entries(CLIPS)) {
    if (!only.test(name)) continue;
    await writeNumberedVideo(join(folder, name), { size: SIZE, ...video });
  }
  return folder;
}
