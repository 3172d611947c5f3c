// Scans kept on the disk: a file that has not changed is not decoded again to be opened.
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join, relative, resolve, sep } from "node:path";
import { deserialize, serialize } from "node:v8";
import { makeFolder, writeWhole } from "@masklet/disk";
import type { FileVersion, ScannedVideo } from "./decoder-messages.ts";
import { fileVersion } from "./files.ts";

/** Raised whenever a scan learns something new or in another way: older entries are then scanned again. */
const SCAN_VERSION = 1;

interface KeptScan {
  readonly version: typeof SCAN_VERSION;
  readonly video: ScannedVideo;
}

/**
 * The scan of the file at `path` as it is now, from the folder of kept scans, or made by `scan` and kept there. A kept
 * scan that cannot be read, or belongs to another state of the file, counts as none; one that cannot be
 * written is no reason to fail.
 */
export async function keptScan(
  folder: string,
  path: string,
  scan: () => Promise<ScannedVideo>,
): Promise<ScannedVideo> {
  // Named by the way from one to the other: a home that is moved with its videos takes their scans along.
  const way = relative(resolve(folder), resolve(path)).split(sep).join("/");
  const name = createHash("sha256").update(way).digest("hex").slice(0, 32);
  const file = join(folder, `${name}.scan`);
  const kept = await read(file);
  if (kept !== null && sameVersion(kept.index.version, await fileVersion(path))) return kept;
  const video = await scan();
  await write(folder, file, { version: SCAN_VERSION, video }).catch(() => {});
  return video;
}

async function read(file: string): Promise<ScannedVideo | null> {
  try {
    const { version, video } = deserialize(await readFile(file)) as KeptScan;
    return version === SCAN_VERSION ? video : null;
  } catch {
    return null;
  }
}

async function write(folder: string, file: string, scan: KeptScan): Promise<void> {
  makeFolder(folder);
  await writeWhole(file, serialize(scan));
}

function sameVersion(a: FileVersion, b: FileVersion): boolean {
  return a.bytes === b.bytes && a.changed === b.changed;
}
