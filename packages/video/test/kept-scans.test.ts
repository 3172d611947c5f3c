// Kept scans: the second opening decodes nothing, a changed or damaged entry is scanned again, frames stay the same.
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, test } from "node:test";
import { openClip } from "../src/node/index.ts";
import { readNumber, writeNumberedVideo } from "./numbered-video.ts";
import { scratchFolder } from "./scratch-folder.ts";

const scratch = scratchFolder();
const path = scratch("kept.mp4");
const write = (frames: number) =>
  writeNumberedVideo(path, {
    container: "mp4",
    encoder: "libx264",
    ticks: Array.from({ length: frames }, (_, index) => index),
    options: { preset: "ultrafast" },
  });
before(() => write(12));

/** Opens the clip with its scans kept in `scans`; the numbers read from three of its frames, and its facts. */
async function open(scans: string) {
  const clip = await openClip(path, { scans });
  try {
    const numbers: number[] = [];
    for (const index of [5, 0, clip.table.frames.length - 1]) {
      const { rgb, size } = await clip.frame(index);
      numbers.push(readNumber(rgb, size));
    }
    return { numbers, digest: clip.table.digest, changes: clip.changes.length };
  } finally {
    await clip.close();
  }
}

/** The one kept scan: written anew whenever the file was scanned, so another inode says that it was. */
function entry(scans: string): { readonly path: string; readonly inode: number } {
  const [name, ...others] = readdirSync(scans);
  assert.deepEqual(others, []);
  const found = join(scans, name!);
  return { path: found, inode: statSync(found).ino };
}

test("The second opening scans nothing and gives the same frames, digest and changes", async () => {
  const scans = scratch("scans-1");
  const first = await open(scans);
  const { inode } = entry(scans);
  const second = await open(scans);
  assert.equal(entry(scans).inode, inode);
  assert.deepEqual(second, first);
  assert.deepEqual(second.numbers, [5, 0, 11]);
});

test("A damaged entry counts as none and is mended", async () => {
  const scans = scratch("scans-2");
  const first = await open(scans);
  const { path: kept } = entry(scans);
  writeFileSync(kept, "not a scan");
  assert.deepEqual(await open(scans), first);
  assert.notEqual(readFileSync(kept, "latin1"), "not a scan");
});

test("A file that was written anew is scanned anew", async () => {
  const scans = scratch("scans-3");
  await open(scans);
  const { inode } = entry(scans);
  await write(20);
  const again = await open(scans);
  assert.notEqual(entry(scans).inode, inode);
  assert.deepEqual(again.numbers, [5, 0, 19]);
});

test("A folder that cannot be made keeps no scans and hinders nothing", {
  skip: existsSync("/proc/self") ? false : "there is no /proc here",
}, async () => {
  await write(12);
  assert.deepEqual((await open("/proc/masklet/scans")).numbers, [5, 0, 11]);
});
