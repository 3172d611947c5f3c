// Input that is none, or broken: one sentence that names the file and the cause.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdir, open, readFile, writeFile } from "node:fs/promises";
import { test } from "node:test";
import { AV_PIX_FMT_YUVJ420P } from "node-av/constants";
import { openClip } from "../src/node/index.ts";
import { type NumberedVideo, readNumber, writeNumberedVideo } from "./numbered-video.ts";
import { scratchFolder } from "./scratch-folder.ts";

const scratch = scratchFolder();

/** Opening must fail with this code and a message that begins with the path and is one sentence. */
async function refuses(path: string, code: string, cause: RegExp): Promise<void> {
  await assert.rejects(openClip(path), (error: Error & { code?: string }) => {
    assert.equal(error.code, code, error.message);
    assert.equal(error.name, "VideoError");
    assert.ok(error.message.startsWith(path), error.message);
    assert.match(error.message, cause);
    assert.doesNotMatch(error.message.slice(path.length), /\n/);
    return true;
  });
}

test("What is no video is refused", async () => {
  const text = scratch("text.mp4");
  await writeFile(text, "hello\n");
  await refuses(text, "not-a-video", /is not a video that can be read/);
  const empty = scratch("empty.mp4");
  await writeFile(empty, "");
  await refuses(empty, "not-a-video", /is empty \(0 bytes\)/);
  await refuses(scratch("none.mp4"), "not-found", /does not exist/);
  const picture = scratch("picture.jpg");
  await writeFile(picture, "x");
  await refuses(picture, "not-a-video", /single picture; give its folder/);
  const folder = scratch("nothing");
  await mkdir(folder);
  await refuses(folder, "no-pictures", /has no pictures/);
});

test("A playlist or script cannot make the program open other files", async () => {
  const secret = scratch("secret.mp4");
  await writeNumberedVideo(secret, { container: "mp4", encoder: "mpeg4", ticks: [0, 1] });
  const playlist = scratch("list.mp4");
  await writeFile(playlist, `#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n${secret}\n`);
  await refuses(playlist, "not-a-video", /not a video/);
  const script = scratch("script.mp4");
  await writeFile(script, `ffconcat version 1.0\nfile '${secret}'\n`);
  await refuses(script, "not-a-video", /not a video/);
});

test("Sound without pictures is refused", async () => {
  const wave = scratch("sound.mp4");
  const head = Buffer.alloc(44);
  head.write("RIFF", 0);
  head.writeUInt32LE(36 + 16_000, 4);
  head.write("WAVEfmt ", 8);
  head.writeUInt32LE(16, 16);
  head.writeUInt16LE(1, 20);
  head.writeUInt16LE(1, 22);
  head.writeUInt32LE(8000, 24);
  head.writeUInt32LE(16_000, 28);
  head.writeUInt16LE(2, 32);
  head.writeUInt16LE(16, 34);
  head.write("data", 36);
  head.writeUInt32LE(16_000, 40);
  await writeFile(wave, Buffer.concat([head, Buffer.alloc(16_000)]));
  await refuses(wave, "no-pictures", /holds sound, but no video/);
});

test("A pipe is refused instead of waited on", { skip: process.platform === "win32" }, async () => {
  const pipe = scratch("pipe.mp4");
  execFileSync("mkfifo", [pipe]);
  await refuses(pipe, "unreadable", /neither an ordinary file nor a folder/);
});

test("Frames over the pixel limit are refused before they are decoded", async () => {
  const path = scratch("bomb.mp4");
  await writeFile(path, `YUV4MPEG2 W9000 H9000 F25:1 Ip A1:1 C420jpeg\nFRAME\n${"x".repeat(5000)}`);
  await refuses(path, "too-large", /frames of 9000 × 9000 pixels; at most 67108864 pixels/);
});

const X264 = { encoder: "libx264", options: { preset: "ultrafast" }, keyInterval: 10 } as const;

test("A truncated file gives the frames it has and counts the lost ones", async () => {
  const kinds: Record<string, NumberedVideo> = {
    mp4: { container: "mp4", ...X264, muxing: { movflags: "+faststart" } },
    mkv: { container: "matroska", ...X264 },
    avi: { container: "avi", encoder: "mjpeg", pixelFormat: AV_PIX_FMT_YUVJ420P },
  };
  for (const [ending, video] of Object.entries(kinds)) {
    const path = scratch(`truncated.${ending}`);
    const ticks = Array.from({ length: 80 }, (_, i) => i);
    await writeNumberedVideo(path, { ...video, ticks });
    const file = await open(path, "r+");
    await file.truncate(Math.round((await file.stat()).size * 0.6));
    await file.close();
    const clip = await openClip(path);
    const { length } = clip.table.frames;
    assert.ok(length > 10 && length < 70, `${ending}: ${length} frames`);
    const lost = Number(/about (\d+) are lost/.exec(clip.warnings.join())?.[1]);
    assert.ok(Math.abs(length + lost - 80) <= 2, `${ending}: ${length} frames, ${clip.warnings}`);
    const middle = Math.floor(length / 2);
    const { rgb, size } = await clip.frame(middle);
    assert.equal(readNumber(rgb, size), middle);
    await clip.close();
  }
});

test("Bytes overwritten in the middle cost some frames, not the clip", async () => {
  const path = scratch("overwritten.mp4");
  await writeNumberedVideo(path, { container: "mp4", ...X264 });
  const bytes = await readFile(path);
  const middle = Math.floor(bytes.indexOf("moov") / 2);
  bytes.fill(0x55, middle, middle + 200);
  await writeFile(path, bytes);
  const clip = await openClip(path);
  assert.ok(clip.table.frames.length >= 20, `${clip.table.frames.length} frames`);
  assert.match(clip.warnings.join(), /damaged/);
  let read = 0;
  for await (const frame of clip.frames({ direction: "forward" })) {
    assert.equal(frame.index, read);
    read++;
  }
  assert.equal(read, clip.table.frames.length);
  await clip.close();
});

test("A file whose data is all gone is refused", async () => {
  const path = scratch("hollow.mp4");
  await writeNumberedVideo(path, { container: "mp4", ...X264 });
  const bytes = await readFile(path);
  bytes.fill(0, bytes.indexOf("mdat") + 4, bytes.indexOf("moov") - 4);
  await writeFile(path, bytes);
  await refuses(path, "damaged", /holds h264 video, but not one frame of it decodes/);
});

test("A file that is changed while it is open is refused from then on", async () => {
  const path = scratch("changing.mp4");
  await writeNumberedVideo(path, { container: "mp4", ...X264 });
  const clip = await openClip(path);
  await writeNumberedVideo(path, { container: "mp4", ...X264, keyInterval: 5 });
  await assert.rejects(clip.frame(3), {
    code: "damaged",
    message: /was changed after it was opened/,
  });
  await clip.close();
});
