// Fingerprints of weights, remembered by a file's place, size and time, so that large files are not read at each start.
import { createHash } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { makeFolder, writeWhole } from "@masklet/disk";

/** The remembered fingerprint of a file that has not changed since, or a fresh one. A note that cannot be kept is no failure. */
export async function rememberedFingerprint(
  home: string,
  path: string,
  compute: () => Promise<string>,
): Promise<string> {
  const { size, mtimeMs } = await stat(path);
  const folder = join(home, "graphs");
  const key = createHash("sha256").update(resolve(path)).digest("hex").slice(0, 32);
  const note = join(folder, `${key}.fingerprint.json`);
  try {
    const known = JSON.parse(await readFile(note, "utf8"));
    if (known.size === size && known.mtimeMs === mtimeMs && typeof known.fingerprint === "string")
      return known.fingerprint;
  } catch {
    // No note yet, or a damaged one: computed below.
  }
  const fingerprint = await compute();
  try {
    makeFolder(folder);
    await writeWhole(note, JSON.stringify({ size, mtimeMs, fingerprint }));
  } catch {
    // A home that cannot be written: the fingerprint is computed again next time.
  }
  return fingerprint;
}
