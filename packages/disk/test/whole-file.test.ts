// Files that appear whole or leave nothing.
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { systemReason, writeWhole } from "@masklet/disk";

const root = mkdtempSync(join(tmpdir(), "masklet-whole-"));
after(() => rmSync(root, { recursive: true, force: true }));

test("a file replaces the one before and nothing lies beside it", async () => {
  await writeWhole(join(root, "a.json"), "first");
  await writeWhole(join(root, "a.json"), Buffer.from("second"));
  assert.equal(readFileSync(join(root, "a.json"), "utf8"), "second");
  assert.deepEqual(readdirSync(root), ["a.json"]);
});

test("where the place is taken by a folder the error is the system's and nothing is left", async () => {
  mkdirSync(join(root, "folder", "full"), { recursive: true });
  const error = await writeWhole(join(root, "folder"), "text").catch((cause: unknown) => cause);
  assert.match(systemReason(error), /^it is a folder$/);
  assert.deepEqual(readdirSync(root).sort(), ["a.json", "folder"]);
});

test("a refusal without words of ours keeps the system's", () => {
  assert.equal(systemReason(new Error("odd")), "odd");
  assert.equal(systemReason(Object.assign(new Error("x"), { code: "ENOSPC" })), "the disk is full");
});
