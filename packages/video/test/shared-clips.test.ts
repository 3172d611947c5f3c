// Real clips, where they are at hand: counts, uprightness, cuts, and jumping against decoding in order.
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { crc32 } from "node:zlib";
import { findCuts } from "../src/index.ts";
import { openClip } from "../src/node/index.ts";

const FOLDER = fileURLToPath(new URL("../../../../shared/data/videos", import.meta.url));
const LIST = join(FOLDER, "videos.json");
const skip = existsSync(LIST) ? false : `no clips at ${FOLDER}`;

interface ListedClip {
  readonly file: string;
  readonly frames: number;
  readonly shown_width: number;
  readonly shown_height: number;
  readonly first_frames_after_cut: readonly number[];
}

/** The small ones; the whole list is run by the acceptance checks. */
const CHOSEN = ["sign_language_book.mkv", "dog_soccer_mjpeg.avi"];

test("Listed clips have the frames, size and cuts that are known of them", { skip }, async (t) => {
  const listed: ListedClip[] = JSON.parse(readFileSync(LIST, "utf8"));
  const wanted = process.env.MASKLET_ALL_CLIPS
    ? listed
    : listed.filter(({ file }) => CHOSEN.includes(file));
  for (const known of wanted) {
    await t.test(known.file, async () => {
      const clip = await openClip(join(FOLDER, known.file));
      const { frames, size } = clip.table;
      assert.equal(frames.length, known.frames);
      assert.deepEqual(size, { width: known.shown_width, height: known.shown_height });
      assert.deepEqual(clip.warnings, []);
      assert.deepEqual(findCuts(clip.changes), known.first_frames_after_cut);
      const inOrder: number[] = [];
      for await (const frame of clip.frames({ direction: "forward" })) {
        inOrder.push(crc32(frame.rgb));
      }
      assert.equal(inOrder.length, known.frames);
      // First, last and twenty others, far apart in an order that jumps.
      const looks = Array.from({ length: 20 }, (_, i) => (i * 7919 + 13) % known.frames);
      for (const index of [0, known.frames - 1, ...looks]) {
        assert.equal(crc32((await clip.frame(index)).rgb), inOrder[index], `frame ${index}`);
      }
      await clip.close();
    });
  }
});
