// Writing datasets to disk: a folder, a zip archive or one file, whole or not at all.
import { createWriteStream } from "node:fs";
import { type FileHandle, mkdir, open, readdir, rename, rm, rmdir, stat } from "node:fs/promises";
import { dirname, extname, join, resolve } from "node:path";
import { Writable } from "node:stream";
import { makeFolder, partBeside, systemReason } from "@masklet/disk";
import { ZipWriter } from "@zip.js/zip.js";
import { FormatError } from "../error.ts";
import { checkName, type OutputFile, type OutputFiles } from "../files.ts";

/** Files appear at `commit`, all of them at once; `abandon` leaves nothing. One of the two is called. */
export interface Output extends OutputFiles {
  commit(): Promise<void>;
  abandon(): Promise<void>;
}

/** Files that are compressed by their own kind. */
const PACKED = /\.(png|jpe?g|mp4|zip)$/i;

/** Pieces are gathered to about this many bytes before they go to disk. */
const GATHERED = 256 * 1024;

/**
 * Opens a destination: `….zip` becomes an archive, a name that ends like a single file of the format
 * (`.json`, `.xml`) that file, anything else a folder. Throws FormatError `unwritable` where something
 * other than an empty folder is there already, or nothing can be written.
 */
export async function openOutput(path: string): Promise<Output> {
  const target = resolve(path);
  await checkFree(target, path);
  const beside = partBeside(target);
  try {
    makeFolder(dirname(target));
    const kind = extname(target).toLowerCase();
    if (kind === ".zip") return await zipOutput(target, beside);
    if (kind === ".json" || kind === ".xml") return await fileOutput(target, beside);
    await mkdir(beside);
    return folderOutput(target, beside);
  } catch (error) {
    throw unwritable(path, error);
  }
}

function unwritable(file: string, error: unknown): FormatError {
  if (error instanceof FormatError) return error;
  return new FormatError("unwritable", { file }, `it cannot be written (${systemReason(error)})`);
}

async function checkFree(target: string, path: string): Promise<void> {
  const facts = await stat(target).catch(() => null);
  if (facts === null) return;
  if (facts.isDirectory() && (await readdir(target)).length === 0) return;
  throw new FormatError(
    "unwritable",
    { file: path },
    "it is there already; choose another name or remove it first",
  );
}

function folderOutput(target: string, beside: string): Output {
  const made = new Set<string>();
  const used = new Set<string>();
  return {
    open: async (name) => {
      checkName(name, target);
      if (used.has(name))
        throw new FormatError("unwritable", { file: name }, "it is written twice");
      used.add(name);
      const path = join(beside, name);
      if (!made.has(dirname(path))) makeFolder(dirname(path));
      made.add(dirname(path));
      return gathered(await open(path, "wx"), name);
    },
    commit: async () => {
      await rmdir(target).catch(() => {});
      await rename(beside, target).catch((error) => {
        throw unwritable(target, error);
      });
    },
    abandon: () => rm(beside, { recursive: true, force: true }),
  };
}

/** Writes to an open file in large pieces. */
function gathered(handle: FileHandle, name: string): OutputFile {
  let held: Uint8Array[] = [];
  let length = 0;
  const flush = async (): Promise<void> => {
    if (held.length === 0) return;
    // Not `writev`, which on a full disk may write a part of it and say so only in its count.
    await handle.writeFile(Buffer.concat(held)).catch((error) => {
      throw unwritable(name, error);
    });
    held = [];
    length = 0;
  };
  return {
    write: async (piece) => {
      const bytes = typeof piece === "string" ? Buffer.from(piece) : piece;
      held.push(bytes);
      length += bytes.length;
      if (length >= GATHERED) await flush();
    },
    close: async () => {
      await flush();
      await handle.close();
    },
  };
}

/** The first file that the format writes is the file; a second one has no place. */
async function fileOutput(target: string, beside: string): Promise<Output> {
  let used = false;
  return {
    open: async (name) => {
      if (used) {
        throw new FormatError(
          "unwritable",
          { file: target },
          `${name} has no place in a single file; give a folder or a .zip instead`,
        );
      }
      used = true;
      return gathered(await open(beside, "wx"), name);
    },
    commit: () =>
      rename(beside, target).catch((error) => {
        throw unwritable(target, error);
      }),
    abandon: () => rm(beside, { force: true }),
  };
}

async function zipOutput(target: string, beside: string): Promise<Output> {
  const orUnwritable = (error: unknown): never => {
    throw unwritable(target, error);
  };
  const zip = new ZipWriter(
    Writable.toWeb(createWriteStream(beside, { flags: "wx" })) as WritableStream<Uint8Array>,
    {
      useWebWorkers: false,
    },
  );
  return {
    open: async (name) => {
      checkName(name, target);
      const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
      // What is packed already only costs time to pack again.
      const added = zip.add(name, readable, PACKED.test(name) ? { level: 0 } : {});
      const writer = writable.getWriter();
      // The archive's file fails both at once; whichever is waited for tells of it.
      added.catch(() => {});
      return {
        write: async (piece) => {
          const bytes = typeof piece === "string" ? new TextEncoder().encode(piece) : piece;
          await writer.write(bytes).catch(orUnwritable);
        },
        close: async () => {
          await writer.close().catch(orUnwritable);
          await added.catch(orUnwritable);
        },
      };
    },
    commit: async () => {
      await zip.close().catch(orUnwritable);
      await rename(beside, target).catch(orUnwritable);
    },
    abandon: async () => {
      await zip.close().catch(() => {});
      await rm(beside, { force: true });
    },
  };
}
