// Kept scans: the second opening decodes nothing, a changed or damaged entry is scanned again, frames stay the same.
import assert from "node:assert/strict";
import { readdirSync, writeFileSync } from "node:fs";
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

/** Opens the clip with its scans kept in `scans`; how many times the scan reported progress, and the numbers read. */
async function open(scans: string) {
  let heard = 0;
  const clip = await openClip(path, { scans, progress: () => heard++ });
  try {
    const numbers: number[] = [];
    for (const index of [5, 0, clip.table.frames.length - 1]) {
      const { rgb, size } = await clip.frame(index);
      numbers.push(readNumber(rgb, size));
    }
    return { heard, numbers, digest: clip.table.digest, changes: clip.changes.length };
  } finally {
    await clip.close();
  }
}

test("The second opening scans nothing and gives the same frames, digest and changes", async () => {
  const scans = scratch("scans-1");
  const first = await open(scans);
  const second = await open(scans);
  assert.ok(first.heard > 0);
  assert.equal(second.heard, 0);
  assert.deepEqual({ ...second, heard: first.heard }, first);
  assert.deepEqual(second.numbers, [5, 0, 11]);
});

test("A damaged entry counts as none", async () => {
  const scans = scratch("scans-2");
  await open(scans);
  const [entry] = readdirSync(scans);
  writeFileSync(join(scans, entry!), "not a scan");
  const again = await open(scans);
  assert.ok(again.heard > 0);
  assert.equal((await open(scans)).heard, 0);
});

test("A file that was written anew is scanned anew", async () => {
  const scans = scratch("scans-3");
  await open(scans);
  await write(20);
  const again = await open(scans);
  assert.ok(again.heard > 0);
  assert.deepEqual(again.numbers, [5, 0, 19]);
});
