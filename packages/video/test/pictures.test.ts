// Single pictures and folders of them.
import assert from "node:assert/strict";
import { copyFile, mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { encode as encodeBmp } from "bmp-ts";
import sharp from "sharp";
import { openClip, readPicture, writePicture } from "../src/node/index.ts";
import { barCode, NUMBERED_SIZE, readNumber } from "./numbered-video.ts";
import { scratchFolder } from "./scratch-folder.ts";

const scratch = scratchFolder();
const SIZE = NUMBERED_SIZE;
const RAW = { raw: { ...SIZE, channels: 3 as const } };

test("Written and read again, a picture is the same where the format is lossless", async () => {
  const rgb = Uint8Array.from({ length: SIZE.width * SIZE.height * 3 }, (_, i) => (i * 7) % 251);
  for (const ending of ["png", "webp", "tif"]) {
    const path = scratch(`same.${ending}`);
    await writePicture(path, { size: SIZE, rgb });
    const read = await readPicture(path);
    assert.deepEqual(read.size, SIZE);
    assert.equal(Buffer.compare(read.rgb, rgb), 0, ending);
  }
});

test("EXIF orientation turns a picture upright", async () => {
  const path = scratch("turned.jpg");
  const upright = sharp(barCode(0b11001010, SIZE), RAW);
  // Orientation 6: turn the stored picture 90° clockwise to show it.
  const stored = await upright.rotate(270).toBuffer({ resolveWithObject: true });
  const raw = { width: stored.info.width, height: stored.info.height, channels: 3 as const };
  await sharp(stored.data, { raw }).withMetadata({ orientation: 6 }).jpeg().toFile(path);
  const { size, rgb } = await readPicture(path);
  assert.deepEqual(size, SIZE);
  assert.equal(readNumber(rgb, size), 0b11001010);
});

test("Grey, 16-bit, transparent and palette pictures become RGB", async () => {
  const grey = scratch("grey.png");
  await sharp(barCode(5, SIZE), RAW).toColourspace("b-w").png().toFile(grey);
  const deep = scratch("deep.png");
  await sharp(barCode(5, SIZE), RAW).toColourspace("rgb16").png().toFile(deep);
  const clear = scratch("clear.png");
  await sharp(barCode(5, SIZE), RAW).ensureAlpha(0.3).png().toFile(clear);
  const palette = scratch("palette.png");
  await sharp(barCode(5, SIZE), RAW).png({ palette: true }).toFile(palette);
  for (const path of [grey, deep, clear, palette]) {
    const { rgb, size } = await readPicture(path);
    assert.equal(rgb.length, SIZE.width * SIZE.height * 3, path);
    assert.equal(readNumber(rgb, size), 5, path);
  }
});

/** A folder of numbered pictures, by name. */
async function folderOf(name: string, files: readonly string[]): Promise<string> {
  const folder = scratch(name);
  await mkdir(folder);
  for (const [index, file] of files.entries()) {
    const path = join(folder, file);
    if (file.endsWith(".bmp")) await writeFile(path, bmp(index));
    else await sharp(barCode(index, SIZE), RAW).toFile(path);
  }
  return folder;
}

function bmp(index: number): Buffer {
  const rgb = barCode(index, SIZE);
  const data = Buffer.alloc(SIZE.width * SIZE.height * 4);
  for (let i = 0; i < rgb.length / 3; i++) {
    data.set([255, rgb[i * 3 + 2] ?? 0, rgb[i * 3 + 1] ?? 0, rgb[i * 3] ?? 0], i * 4);
  }
  return encodeBmp({ data, ...SIZE, bitPP: 24 }).data;
}

test("A folder is a clip in the natural order of its names", async () => {
  const files = ["frame1.png", "frame2.JPG", "frame9.webp", "frame10.tif", "frame100.bmp"];
  const folder = await folderOf("natural", files);
  await writeFile(join(folder, "notes.txt"), "not a picture");
  await writeFile(join(folder, ".hidden.png"), "not a picture");
  const clip = await openClip(folder);
  assert.equal(clip.table.container, "pictures");
  assert.deepEqual(clip.table.size, SIZE);
  const numbers: number[] = [];
  for await (const { rgb, size } of clip.frames({ direction: "backward" })) {
    numbers.push(readNumber(rgb, size));
  }
  assert.deepEqual(numbers, [4, 3, 2, 1, 0]);
  assert.equal(readNumber((await clip.frame(3)).rgb, SIZE), 3);
  await clip.close();
  await assert.rejects(clip.frame(0), { code: "closed" });
});

test("A folder's digest follows the pictures and their order, not their names", async () => {
  const digest = async (folder: string) => (await openClip(folder)).table.digest;
  const first = await folderOf("digest-a", ["1.png", "2.png"]);
  const renamed = scratch("digest-b");
  await mkdir(renamed);
  await copyFile(join(first, "1.png"), join(renamed, "x3.png"));
  await copyFile(join(first, "2.png"), join(renamed, "x10.png"));
  const swapped = scratch("digest-c");
  await mkdir(swapped);
  await copyFile(join(first, "1.png"), join(swapped, "2.png"));
  await copyFile(join(first, "2.png"), join(swapped, "1.png"));
  assert.equal(await digest(renamed), await digest(first));
  assert.notEqual(await digest(swapped), await digest(first));
});

test("Pictures of different sizes are refused with both names", async () => {
  const folder = await folderOf("sizes", ["1.png", "2.png"]);
  await sharp(barCode(0, { width: 64, height: 64 }), {
    raw: { width: 64, height: 64, channels: 3 },
  })
    .png()
    .toFile(join(folder, "3.png"));
  await assert.rejects(openClip(folder), {
    code: "size-mismatch",
    message: `${join(folder, "3.png")} is 64 × 64 pixels and ${join(folder, "1.png")} is 160 × 96; the pictures of a clip must all have one size.`,
  });
});

test("A broken picture is refused by name: text, truncated, bomb, changed later", async () => {
  const text = await folderOf("text", ["1.png"]);
  await writeFile(join(text, "2.png"), "hello");
  await assert.rejects(openClip(text), { code: "damaged", message: /2\.png is not a picture/ });

  const cut = await folderOf("cut", ["1.jpg"]);
  const whole = await sharp(barCode(1, SIZE), RAW).jpeg().toBuffer();
  await writeFile(join(cut, "2.jpg"), whole.subarray(0, whole.length / 2));
  await assert.rejects(openClip(cut), { code: "damaged", message: /2\.jpg is not a picture/ });

  const bomb = await folderOf("bomb", ["1.png"]);
  const png = await sharp(barCode(1, SIZE), RAW).png().toBuffer();
  png.writeUInt32BE(60_000, 16);
  png.writeUInt32BE(60_000, 20);
  await writeFile(join(bomb, "2.png"), png);
  await assert.rejects(openClip(bomb), /2\.png/);

  const changing = await folderOf("changing", ["1.png", "2.png"]);
  const clip = await openClip(changing);
  await copyFile(join(changing, "1.png"), join(changing, "2.png"));
  await assert.rejects(clip.frame(1), { code: "damaged", message: /2\.png was changed/ });
});

test("A picture that cannot be written leaves nothing behind", async () => {
  const picture = { size: SIZE, rgb: barCode(1, SIZE) };
  const folder = scratch("refused");
  await mkdir(folder);
  for (const name of ["a.xyz", "missing/a.png"]) {
    await assert.rejects(writePicture(join(folder, name), picture), { code: "cannot-write" });
  }
  assert.deepEqual(await readdir(folder), []);
});
