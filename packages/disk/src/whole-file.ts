// Files that appear whole or not at all.
import { randomBytes } from "node:crypto";
import { rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";

/** A name of its own in the folder of `path`, where a file is written before it is renamed to `path`; short, whatever that is called. */
export function partBeside(path: string): string {
  return join(dirname(path), `.masklet-${randomBytes(6).toString("hex")}.part`);
}

/**
 * Writes a file beside its place first, then renames it; what stood there is replaced. Throws the system's error and
 * leaves nothing behind.
 */
export async function writeWhole(path: string, content: Uint8Array | string): Promise<void> {
  const beside = partBeside(path);
  try {
    await writeFile(beside, content);
    await rename(beside, path);
  } catch (error) {
    await rm(beside, { force: true }).catch(() => {});
    throw error;
  }
}
