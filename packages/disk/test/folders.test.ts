// Folders that are made, that are there, and that no system would make.
import assert from "node:assert/strict";
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { makeFolder } from "@masklet/disk";

const root = mkdtempSync(join(tmpdir(), "masklet-folders-"));
after(() => rmSync(root, { recursive: true, force: true }));

/** A user without rights. */
const NOBODY = 65534;

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

test("it says which folder was the topmost it made", () => {
  assert.equal(makeFolder(join(root, "top", "middle", "bottom")), join(root, "top"));
  assert.equal(makeFolder(join(root, "top", "other")), join(root, "top", "other"));
  assert.equal(makeFolder(join(root, "top")), undefined);
});

test("where the last folder is refused, those made on the way to it are gone", () => {
  const kept = join(root, "kept");
  makeFolder(kept);
  // Folders that nobody may enter once they are made; the system's first user is stopped by nothing and steps down.
  chmodSync(root, 0o755);
  chmodSync(kept, 0o777);
  const first = process.geteuid?.() === 0;
  if (first) process.seteuid?.(NOBODY);
  const before = process.umask(0o777);
  try {
    assert.throws(() => makeFolder(join(kept, "way", "on", "last")), { code: "EACCES" });
  } finally {
    process.umask(before);
    if (first) process.seteuid?.(0);
  }
  assert.deepEqual(readdirSync(kept), []);
});
