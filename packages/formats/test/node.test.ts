// Datasets on disk: folders, zip archives, single files; whole or not at all.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import type { Document } from "@masklet/annotation";
import { Uint8ArrayReader, Uint8ArrayWriter, ZipWriter } from "@zip.js/zip.js";
import fc from "fast-check";
import { anyDocument } from "../../annotation/test/generated.ts";
import { FormatError } from "../src/error.ts";
import type { FormatName } from "../src/format.ts";
import { openInput, openOutput } from "../src/node/index.ts";
import { readDataset, writeDataset } from "../src/registry.ts";
import { LossReport } from "../src/report.ts";
import { sourceFromDocument } from "../src/source.ts";
import { assertSame } from "./roundtrip.ts";

const [document] = fc.sample(anyDocument({ tracksMax: 3, framesMax: 4 }), {
  seed: 5,
  numRuns: 1,
}) as [Document];

async function inFolder(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "masklet-formats-"));
  try {
    await use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function written(path: string, format: FormatName): Promise<void> {
  const output = await openOutput(path);
  await writeDataset(format, [sourceFromDocument(document)], output, new LossReport());
  await output.commit();
}

async function readBack(path: string, format: FormatName): Promise<Document[]> {
  const input = await openInput(path);
  try {
    return await Array.fromAsync(readDataset(format, input, new LossReport()));
  } finally {
    await input.close();
  }
}

async function zipped(path: string, entries: Readonly<Record<string, Uint8Array>>): Promise<void> {
  const zip = new ZipWriter(new Uint8ArrayWriter(), { useWebWorkers: false });
  for (const [name, bytes] of Object.entries(entries))
    await zip.add(name, new Uint8ArrayReader(bytes));
  writeFileSync(path, await zip.close());
}

const refusedAs = (code: string) => (error: unknown) => {
  assert.ok(error instanceof FormatError, String(error));
  assert.equal(error.code, code, error.message);
  return true;
};

test("N1 a folder and a zip archive hold the same", () =>
  inFolder(async (folder) => {
    for (const name of ["archive", "archive.zip"]) {
      await written(join(folder, name), "masklet");
      assertSame((await readBack(join(folder, name), "masklet"))[0], document, name);
    }
  }));

test("N2 nothing appears before the end, and nothing stays of what was abandoned", () =>
  inFolder(async (folder) => {
    for (const name of ["out", "out.zip", "out.json"]) {
      const output = await openOutput(join(folder, name));
      const file = await output.open("annotations.json");
      await file.write("{");
      await file.close();
      assert.ok(!readdirSync(folder).includes(name), name);
      await output.abandon();
      assert.deepEqual(readdirSync(folder), [], name);
    }
  }));

test("N3 what is there already is not written over", () =>
  inFolder(async (folder) => {
    writeFileSync(join(folder, "x.json"), "mine");
    await assert.rejects(openOutput(join(folder, "x.json")), refusedAs("unwritable"));
    await assert.rejects(openOutput(folder), refusedAs("unwritable"));
    mkdirSync(join(folder, "empty"));
    await written(join(folder, "empty"), "coco");
    assert.ok(readdirSync(join(folder, "empty")).includes("annotations.json"));
  }));

test("N4 a place where nothing can be written is refused in a sentence", async () => {
  await assert.rejects(openOutput("/proc/nope/out"), refusedAs("unwritable"));
});

test("N5 archives whose names leave them, that lie or that bomb are refused", () =>
  inFolder(async (folder) => {
    const path = join(folder, "x.zip");
    for (const name of ["../evil.txt", "/etc/evil", "a/../../evil", "a\\..\\evil"]) {
      await zipped(path, { [name]: Uint8Array.of(1) });
      await assert.rejects(openInput(path), refusedAs("unsafe-path"), name);
    }
    await zipped(path, { "bomb.json": new Uint8Array(60 * 2 ** 20) });
    await assert.doesNotReject(
      async () => (await openInput(path)).close(),
      "zeros pack a thousandfold: no bomb yet",
    );
    const whole = new Uint8Array(3000).map((_, i) => (i * 7919) % 251);
    await zipped(path, { "a.json": whole });
    const { readFileSync } = await import("node:fs");
    const bytes = readFileSync(path);
    writeFileSync(path, bytes.subarray(0, bytes.length - 30));
    await assert.rejects(openInput(path), refusedAs("malformed"));
    bytes[200]! ^= 0xff;
    writeFileSync(path, bytes);
    await assert.rejects(readBack(path, "coco"), refusedAs("malformed"));
  }));

test("N6 links are not followed out of a dataset", () =>
  inFolder(async (folder) => {
    mkdirSync(join(folder, "set"));
    writeFileSync(join(folder, "secret.json"), "{}");
    symlinkSync(join(folder, "secret.json"), join(folder, "set", "a.json"));
    const input = await openInput(join(folder, "set"));
    assert.deepEqual(await input.list(), []);
    await assert.rejects(
      async () => void (await Array.fromAsync(input.read("../secret.json"))),
      refusedAs("unsafe-path"),
    );
  }));

test("N7 a missing place is named", async () => {
  await assert.rejects(openInput("/nowhere/at/all"), refusedAs("missing"));
});

test("a pipe or a device is refused instead of waited for", {
  skip: process.platform === "win32" && "named pipes lie elsewhere there",
}, async () => {
  await inFolder(async (folder) => {
    const pipe = join(folder, "p.json");
    execFileSync("mkfifo", [pipe]);
    for (const path of [pipe, "/dev/zero"]) {
      await assert.rejects(openInput(path), (error) => {
        assert.ok(error instanceof FormatError);
        assert.deepEqual(
          [error.code, error.message],
          ["missing", `${path}: it is a pipe or device, not an ordinary file or folder.`],
        );
        return true;
      });
    }
  });
});
