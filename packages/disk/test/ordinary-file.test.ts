// Files for reading: pipes and folders are refused before they are opened.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { readOrdinaryFile, systemReason } from "../src/index.ts";

const base = mkdtempSync(join(tmpdir(), "masklet-ordinary-"));
after(() => rmSync(base, { recursive: true, force: true }));

async function reasonFor(path: string): Promise<string> {
  const failure = await readOrdinaryFile(path).then(
    () => null,
    (cause: unknown) => cause,
  );
  assert.ok(failure, `${path} was read`);
  return systemReason(failure);
}

test("an ordinary file is read whole", async () => {
  const path = join(base, "a.txt");
  writeFileSync(path, "hello");
  assert.equal((await readOrdinaryFile(path)).toString(), "hello");
});

test("a folder, a device and nothing at all are refused in words", async () => {
  assert.equal(await reasonFor(base), "it is a folder");
  assert.match(await reasonFor("/dev/zero"), /pipe or device/);
  assert.equal(await reasonFor(join(base, "none")), "there is no such file or folder");
});

test("a named pipe that nobody writes into is refused instead of waited for", async () => {
  const path = join(base, "pipe");
  execFileSync("mkfifo", [path]);
  assert.match(await reasonFor(path), /pipe or device/);
});
