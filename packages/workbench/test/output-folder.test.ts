// Results appear whole or not at all.
import assert from "node:assert/strict";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { WorkbenchError } from "../src/errors.ts";
import { checkWritable, openOutputFolder, writeWhole } from "../src/output-folder.ts";

function folder(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), "masklet-test-"));
  t.after(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

test("nothing is seen before the commit, everything after it", async (t) => {
  const path = join(folder(t), "a", "b");
  const out = await openOutputFolder(path);
  await out.write("masks/0.png", "zero");
  await out.write("track.json", "{}");
  assert.equal(existsSync(join(path, "masks")), false);
  assert.equal(existsSync(join(path, "track.json")), false);
  await out.commit("track.json");
  assert.deepEqual(readdirSync(path).sort(), ["masks", "track.json"]);
});

test("abandoning leaves the disk as it was, down to the folders that were made", async (t) => {
  const base = folder(t);
  const out = await openOutputFolder(join(base, "a", "b"));
  await out.write("masks/0.png", "zero");
  await out.abandon();
  assert.deepEqual(readdirSync(base), []);
});

test("a folder that was there is kept with its content", async (t) => {
  const base = folder(t);
  writeFileSync(join(base, "mine.txt"), "mine");
  const out = await openOutputFolder(base);
  await out.abandon();
  assert.deepEqual(readdirSync(base), ["mine.txt"]);
});

test("a second run replaces the results of the first, stale files too", async (t) => {
  const path = folder(t);
  for (const [name, text] of [
    ["masks/old.png", "old"],
    ["masks/new.png", "new"],
  ] as const) {
    const out = await openOutputFolder(path);
    await out.write(name, text);
    await out.write("track.json", text);
    await out.commit("track.json");
  }
  assert.deepEqual(readdirSync(join(path, "masks")), ["new.png"]);
  assert.equal(readFileSync(join(path, "track.json"), "utf8"), "new");
});

test("what a killed run left is removed, what a living one writes is not", async (t) => {
  const path = folder(t);
  const dead = 2 ** 22 + 1; // above the largest process number of Linux
  mkdirSync(join(path, `.masklet-partial-${dead}-1`));
  mkdirSync(join(path, `.masklet-partial-${process.pid}-77`));
  const out = await openOutputFolder(path);
  await out.abandon();
  assert.deepEqual(readdirSync(path), [`.masklet-partial-${process.pid}-77`]);
});

test("a folder that cannot be is an output error that names it", async () => {
  for (const path of ["/proc/nope", "/dev/null/x"]) {
    await assert.rejects(openOutputFolder(path), (error) => {
      assert.ok(error instanceof WorkbenchError);
      assert.equal(error.code, "output");
      assert.match(error.message, new RegExp(path));
      return true;
    });
  }
});

test("a file is written whole, and a path that is a folder is refused", async (t) => {
  const path = folder(t);
  await writeWhole(join(path, "a.json"), "{}");
  assert.equal(readFileSync(join(path, "a.json"), "utf8"), "{}");
  await assert.rejects(checkWritable(path), { code: "output" });
  await assert.rejects(writeWhole(join(path, "no", "b.json"), "{}"), { code: "output" });
  assert.deepEqual(readdirSync(path), ["a.json"]);
});
