// A folder of results that appears whole or not at all: written beside, then renamed.
import { mkdir, readdir, realpath, rename, rm, rmdir, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { makeFolder, writeWhole as putWhole, systemReason } from "@masklet/disk";
import { WorkbenchError } from "./errors.ts";

const STAGING_PREFIX = ".masklet-partial-";
let stagings = 0;

/** A name of its own for each piece of work; the process number tells later whether it is still at it. */
function stagingName(): string {
  stagings += 1;
  return `${STAGING_PREFIX}${process.pid}-${stagings}`;
}

export interface OutputFolder {
  readonly path: string;
  /** Where files are written until `commit`; a folder inside `path`, so that renaming stays on one disk. */
  readonly staging: string;
  /** Writes a file under the staging folder, making folders as needed. Throws a WorkbenchError (`output`). */
  write(name: string, content: Uint8Array | string): Promise<void>;
  /** Moves every staged entry to its place, `last` after all others where it is named. What stood there is replaced. */
  commit(last?: string): Promise<void>;
  /** Leaves the disk as it was. Does nothing after `commit`. */
  abandon(): Promise<void>;
}

/**
 * Makes sure that `path` is a folder that can be written to, by writing to it.
 * Throws a WorkbenchError (`output`) and leaves nothing behind where it is not.
 */
export async function openOutputFolder(path: string): Promise<OutputFolder> {
  const staging = join(path, stagingName());
  let created: string | undefined;
  try {
    created = makeFolder(path);
    await removeOrphans(path);
    await mkdir(staging);
    // Some file systems make folders and refuse files.
    await writeFile(join(staging, "probe"), "masklet");
    await rm(join(staging, "probe"));
  } catch (error) {
    await rm(staging, { recursive: true, force: true }).catch(() => {});
    if (created !== undefined) await removeEmpty(path, created);
    throw cannotWrite(path, error);
  }
  return outputFolder({ path, staging, created });
}

function outputFolder(made: {
  readonly path: string;
  readonly staging: string;
  readonly created: string | undefined;
}): OutputFolder {
  const { path, staging } = made;
  let open = true;
  return {
    path,
    staging,
    async write(name, content) {
      const file = join(staging, name);
      try {
        await writeFile(file, content).catch(async (error: NodeJS.ErrnoException) => {
          if (error.code !== "ENOENT") throw error;
          makeFolder(dirname(file));
          await writeFile(file, content);
        });
      } catch (error) {
        throw cannotWrite(join(path, name), error);
      }
    },
    async commit(last) {
      try {
        const entries = (await readdir(staging)).filter((name) => name !== last);
        const ordered = last === undefined ? entries : [...entries, last];
        for (const name of ordered) await replace(staging, path, name);
        await rm(staging, { recursive: true, force: true });
        open = false;
      } catch (error) {
        throw cannotWrite(path, error);
      }
    },
    async abandon() {
      if (!open) return;
      open = false;
      await rm(staging, { recursive: true, force: true });
      if (made.created !== undefined) await removeEmpty(path, made.created);
    },
  };
}

/** Puts `staging/name` at `path/name`; a folder that stands there is moved aside first, then removed. */
async function replace(staging: string, path: string, name: string): Promise<void> {
  const target = join(path, name);
  const aside = join(staging, `${name}.before`);
  await rename(target, aside).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "ENOENT") throw error;
  });
  try {
    await rename(join(staging, name), target);
  } catch (error) {
    await rename(aside, target).catch(() => {});
    throw error;
  }
  await rm(aside, { recursive: true, force: true });
}

/** Removes what a masklet that was killed left in `path`. */
async function removeOrphans(path: string): Promise<void> {
  for (const name of await readdir(path)) {
    if (!name.startsWith(STAGING_PREFIX)) continue;
    if (isAlive(Number.parseInt(name.slice(STAGING_PREFIX.length), 10))) continue;
    await rm(join(path, name), { recursive: true, force: true });
  }
}

function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** Removes the folders we made, from `path` up to `created` (absolute), as long as they are empty. */
async function removeEmpty(path: string, created: string): Promise<void> {
  let at = resolve(path);
  for (;;) {
    const gone = await rmdir(at).then(
      () => true,
      () => false,
    );
    if (!gone || at === created || dirname(at) === at) return;
    at = dirname(at);
  }
}

/** The error for a path that cannot be written. */
export function cannotWrite(path: string, error: unknown): WorkbenchError {
  if (error instanceof WorkbenchError) return error;
  return new WorkbenchError("output", `Cannot write ${path}: ${systemReason(error)}.`, {
    cause: error,
  });
}

/**
 * Writes one file whole or not at all: beside it first, then renamed. Throws a WorkbenchError (`output`).
 */
export async function writeWhole(path: string, content: Uint8Array | string): Promise<void> {
  try {
    await putWhole(path, content);
  } catch (error) {
    throw cannotWrite(path, error);
  }
}

/** Makes sure that a file can be written at `path`, without leaving one. Throws a WorkbenchError (`output`). */
export async function checkWritable(path: string): Promise<void> {
  const beside = join(dirname(path), stagingName());
  try {
    await writeFile(beside, "masklet");
    await rm(beside);
  } catch (error) {
    await rm(beside, { force: true }).catch(() => {});
    throw cannotWrite(path, error);
  }
  const isFolder = await readdir(path).then(
    () => true,
    () => false,
  );
  if (isFolder) throw new WorkbenchError("output", `Cannot write ${path}: it is a folder.`);
}

/** Makes sure that writing `output` does not replace what is read, links followed. Throws a WorkbenchError (`output`). */
export async function checkKeepsInput(output: string, input: string): Promise<void> {
  const places = [output, input].map((path) => realpath(path).catch(() => null));
  const [ours, theirs] = await Promise.all(places);
  if (ours !== null && ours === theirs) {
    throw new WorkbenchError(
      "output",
      `${output} is the input itself and would be replaced; choose another name.`,
    );
  }
}
