// The house itself: arrows point down, the lockfile is whole, licences are known, every file says what it is.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { test } from "node:test";
import { brokenArrows, missingFromLock } from "./check-arrows.ts";

const root = resolve(import.meta.dirname, "..");

test("packages import only what stands below them", () => {
  assert.deepEqual(brokenArrows(), []);
});

test("the lockfile holds every platform package it names", () => {
  assert.deepEqual(missingFromLock(), []);
});

test("the lockfile names no registry but the public one", () => {
  const lock = readFileSync(join(root, "package-lock.json"), "utf8");
  const hosts = [...lock.matchAll(/"resolved": "https?:\/\/([^/"]+)/g)].map((match) => match[1]);
  assert.deepEqual(
    [...new Set(hosts)].filter((host) => host !== "registry.npmjs.org"),
    [],
  );
});

test("the first line of every source file says what the file is", () => {
  const files = execFileSync("git", ["ls-files", "packages", "apps", "scripts", "bench"], {
    cwd: root,
  })
    .toString()
    .split("\n")
    .filter((path) => /\.(ts|tsx|mjs)$/.test(path) && !path.includes("onnx_pb"));
  const mute = files.filter((path) => {
    const [first, second] = readFileSync(join(root, path), "utf8").split("\n");
    const line = first?.startsWith("#!") ? second : first;
    return !line?.startsWith("// ");
  });
  assert.deepEqual(mute, []);
});
