// Folders that are made, that are there, and that no system would make.
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { makeFolder } from "../src/node/folders.ts";
import { pullModel } from "../src/node/pull.ts";

const root = mkdtempSync(join(tmpdir(), "masklet-folders-"));
after(() => rmSync(root, { recursive: true, force: true }));

/** The system answers ENOENT to every folder made here, though /proc exists. */
const refusing = "/proc/masklet/home";
const skip = existsSync("/proc/self") ? false : "there is no /proc here";

test("a folder is made with all that lead to it, and once more without harm", () => {
  const deep = join(root, "a", "b", "c");
  makeFolder(deep);
  makeFolder(deep);
  assert.ok(statSync(deep).isDirectory());
  makeFolder("/");
});

test("a link to a folder is a folder", () => {
  makeFolder(join(root, "real"));
  symlinkSync(join(root, "real"), join(root, "link"));
  makeFolder(join(root, "link", "inside"));
  assert.ok(statSync(join(root, "real", "inside")).isDirectory());
});

test("a file in the way is an error, as the folder and as one above it", () => {
  writeFileSync(join(root, "file"), "");
  assert.throws(() => makeFolder(join(root, "file")), { code: "EEXIST" });
  assert.throws(() => makeFolder(join(root, "file", "under")), { code: "ENOTDIR" });
});

test("where the system refuses with ENOENT it is an error and not an endless try", { skip }, () => {
  assert.throws(() => makeFolder(refusing), { code: "ENOENT" });
});

test("pulling to a home that cannot be made says so in one sentence", { skip }, async () => {
  await assert.rejects(
    pullModel("sam2.1_hiera_tiny", { home: refusing }),
    ({ code, message }: Error & { code: string }) =>
      code === "model-download" && /\/proc\/masklet\/home\/models cannot be made/.test(message),
  );
});
