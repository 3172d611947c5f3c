// What frames look like: colours, bit depth, rotation, size changes.
import assert from "node:assert/strict";
import { appendFile, readFile } from "node:fs/promises";
import { test } from "node:test";
import type { FrameIndex, Size } from "@masklet/vision";
import {
  AV_PIX_FMT_YUV420P,
  AV_PIX_FMT_YUV420P10LE,
  AV_PIX_FMT_YUV444P,
  AVCOL_RANGE_JPEG,
  AVCOL_RANGE_MPEG,
  AVCOL_SPC_BT709,
  AVCOL_SPC_SMPTE170M,
  AVCOL_SPC_UNSPECIFIED,
} from "node-av/constants";
import { frameReader } from "../src/node/frame-reader.ts";
import { scanVideo } from "../src/node/scan.ts";
import { barCode, type NumberedVideo, readNumber, writeNumberedVideo } from "./numbered-video.ts";
import { scratchFolder } from "./scratch-folder.ts";

const scratch = scratchFolder();
const LOSSLESS = { preset: "ultrafast", qp: "0" };
/** Red, green, blue, yellow, dark grey, light grey: the columns of `patches`. */
const PATCHES = [
  [200, 30, 30],
  [30, 180, 40],
  [40, 50, 210],
  [220, 210, 40],
  [25, 25, 25],
  [235, 235, 235],
] as const;

function patches(_: number, { width, height }: Size): Uint8Array {
  const rgb = new Uint8Array(width * height * 3);
  for (let i = 0; i < width * height; i++) {
    rgb.set(PATCHES[Math.floor(((i % width) * PATCHES.length) / width)] ?? [0, 0, 0], i * 3);
  }
  return rgb;
}

async function firstFrame(path: string): Promise<{ rgb: Uint8Array; size: Size }> {
  const scanned = await scanVideo(path, 1, () => undefined);
  const reader = frameReader(path, scanned, () => undefined);
  const rgb = await reader.frame(0 as FrameIndex);
  await reader.close();
  return { rgb, size: scanned.table.size };
}

test("Range, matrix and bit depth give the colours that were put in", async () => {
  const variants: Record<string, Partial<NumberedVideo>> = {
    "limited range, BT.601": { range: AVCOL_RANGE_MPEG, colours: AVCOL_SPC_SMPTE170M },
    "limited range, BT.709": { range: AVCOL_RANGE_MPEG, colours: AVCOL_SPC_BT709 },
    "full range, BT.709": { range: AVCOL_RANGE_JPEG, colours: AVCOL_SPC_BT709 },
    "full range, 4:4:4": {
      range: AVCOL_RANGE_JPEG,
      colours: AVCOL_SPC_SMPTE170M,
      pixelFormat: AV_PIX_FMT_YUV444P,
    },
    "10 bits": { pixelFormat: AV_PIX_FMT_YUV420P10LE, colours: AVCOL_SPC_BT709 },
  };
  for (const [name, variant] of Object.entries(variants)) {
    const path = scratch(`${name.replaceAll(":", "")}.mp4`);
    await writeNumberedVideo(path, {
      container: "mp4",
      encoder: "libx264",
      options: LOSSLESS,
      pixelFormat: AV_PIX_FMT_YUV420P,
      ticks: [0, 1],
      draw: patches,
      ...variant,
    });
    const { rgb, size } = await firstFrame(path);
    for (const [column, colour] of PATCHES.entries()) {
      const x = Math.floor(((column + 0.5) * size.width) / PATCHES.length);
      for (const channel of [0, 1, 2] as const) {
        const value = rgb[(48 * size.width + x) * 3 + channel] ?? 0;
        const off = Math.abs(value - colour[channel]);
        assert.ok(off <= 4, `${name}: column ${column}, channel ${channel} is off by ${off}`);
      }
    }
  }
});

test("Where the file names no matrix, low pictures are BT.601 and high ones BT.709", async () => {
  for (const [height, colours] of [
    [96, AVCOL_SPC_SMPTE170M],
    [720, AVCOL_SPC_BT709],
  ] as const) {
    const both = { range: AVCOL_RANGE_MPEG, ticks: [0, 1], draw: patches, options: LOSSLESS };
    const kind = { container: "mp4", encoder: "libx264", size: { width: 160, height }, ...both };
    const named = scratch(`named-${height}.mp4`);
    await writeNumberedVideo(named, { ...kind, colours });
    const nameless = scratch(`nameless-${height}.mp4`);
    // The same samples with the name of the matrix left out of the file.
    await writeNumberedVideo(nameless, { ...kind, colours, tagged: AVCOL_SPC_UNSPECIFIED });
    const [a, b] = [await firstFrame(named), await firstFrame(nameless)];
    assert.equal(Buffer.compare(a.rgb, b.rgb), 0, `height ${height}`);
  }
});

test("A display matrix turns the picture upright, mirrored ones too", async () => {
  // Stored is a bar code; shown must be the matrix applied to it.
  for (const [matrix, rotation, mirrored] of [
    [[0, 1, -1, 0], 90, false],
    [[-1, 0, 0, -1], 180, false],
    [[0, -1, 1, 0], 270, false],
    [[-1, 0, 0, 1], 0, true],
  ] as const) {
    const path = scratch(`turned-${matrix.join("")}.mov`);
    await writeNumberedVideo(path, {
      container: "mov",
      encoder: "libx264",
      options: LOSSLESS,
      matrix,
      ticks: [0, 1],
      draw: (_, size) => barCode(0b10110001, size),
    });
    const { rgb, size } = await firstFrame(path);
    const scanned = await scanVideo(path, 1, () => undefined);
    assert.deepEqual(scanned.table.orientation, { rotation, mirrored });
    assert.deepEqual(
      size,
      rotation % 180 === 0 ? { width: 160, height: 96 } : { width: 96, height: 160 },
    );
    const [a, b, c, d] = matrix;
    const back = new Uint8Array(160 * 96 * 3);
    for (let y = 0; y < 96; y++) {
      for (let x = 0; x < 160; x++) {
        const shownX = a * x + c * y + (a + c < 0 ? size.width - 1 : 0);
        const shownY = b * x + d * y + (b + d < 0 ? size.height - 1 : 0);
        const from = (shownY * size.width + shownX) * 3;
        back.set(rgb.subarray(from, from + 3), (y * 160 + x) * 3);
      }
    }
    assert.equal(readNumber(back, { width: 160, height: 96 }), 0b10110001);
  }
});

test("A stream that changes its size keeps the first one's, and says so", async () => {
  const path = scratch("growing.ts");
  const kind = { container: "mpegts", encoder: "libx264", options: { preset: "ultrafast" } };
  const ticks = Array.from({ length: 12 }, (_, i) => i);
  await writeNumberedVideo(path, { ...kind, ticks });
  const second = scratch("second.ts");
  await writeNumberedVideo(second, {
    ...kind,
    size: { width: 320, height: 192 },
    ticks: ticks.map((tick) => tick + 12),
    draw: (index, size) => barCode(index + 12, size),
  });
  await appendFile(path, await readFile(second));
  const scanned = await scanVideo(path, 2, () => undefined);
  assert.deepEqual(scanned.table.size, { width: 160, height: 96 });
  assert.equal(scanned.table.frames.length, 24);
  assert.match(scanned.warnings.join(), /12 frames are scaled to the first one's 160 × 96/);
  const reader = frameReader(path, scanned, () => undefined);
  for (const number of [23, 0, 12, 11]) {
    const rgb = await reader.frame(number as FrameIndex);
    assert.equal(readNumber(rgb, scanned.table.size), number);
  }
  await reader.close();
});
