// Folders of the machine that this server may read, for paths that users name.
import { realpath, stat } from "node:fs/promises";
import { basename, resolve, sep } from "node:path";
import { clipped } from "@masklet/annotation/reading";
import type { ProblemCode } from "@masklet/protocol";
import { Refusal } from "./problem.ts";

/**
 * The real place of a path inside one of the folders, links followed: a link that leads out of them is outside.
 * Throws a Refusal (`forbidden` outside, `not-found` where nothing is, `otherwise`
 * for a pipe or a device: opening one may never end, and takes a thread of the server with it).
 */
export async function allowedPath(
  path: string,
  { folders, otherwise }: { readonly folders: readonly string[]; readonly otherwise: ProblemCode },
): Promise<string> {
  const whole = resolve(path);
  const outside = () =>
    new Refusal(
      "forbidden",
      `${clipped(path)} is outside the folders this server may read: ${folders.join(", ")}.`,
    );
  const roots = await Promise.all(folders.map((folder) => realpath(folder).catch(() => folder)));
  // Before anything is looked at, so that an answer does not tell what lies elsewhere.
  if (!isInside(whole, folders) && !isInside(whole, roots)) throw outside();
  const real = await realpath(whole).catch(() => null);
  if (real === null) throw new Refusal("not-found", `There is no file or folder ${clipped(path)}.`);
  if (!isInside(real, roots)) throw outside();
  if (!(await isFileOrFolder(real))) {
    throw new Refusal(
      otherwise,
      `${clipped(path)} is neither a file nor a folder: choose one that is.`,
    );
  }
  return real;
}

/** False too where nothing is. */
export async function isFileOrFolder(path: string): Promise<boolean> {
  const facts = await stat(path).catch(() => null);
  return facts !== null && (facts.isFile() || facts.isDirectory());
}

export function isInside(path: string, folders: readonly string[]): boolean {
  return folders.some((folder) => path === folder || path.startsWith(folder + sep));
}

/** A name as one part of a path, on every system: no separators, nothing that climbs. */
export function fileNameOf(name: string): string {
  const plain = basename(name)
    .replace(/[^\p{L}\p{N}._-]+/gu, "-")
    .replace(/^\.+/, "");
  return plain.slice(0, 80) || "unnamed";
}
