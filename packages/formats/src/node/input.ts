// Reading datasets from disk: a folder, a zip archive, or one file.
import { createReadStream } from "node:fs";
import { type FileHandle, lstat, open, readdir, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { clipped } from "@masklet/annotation/reading";
import { type Entry, ERR_UNSAFE_FILENAME, Reader, ZipReader } from "@zip.js/zip.js";
import { FormatError } from "../error.ts";
import { checkName, FILES_MAX, type InputFiles } from "../files.ts";

/** What an archive may unpack to in all: a zip bomb stops here, a dataset of label maps does not. */
export const UNPACKED_MAX = 256 * 2 ** 30;

/** How many times larger than its packed form a file may be: label maps pack well, bombs better. */
export const RATIO_MAX = 20_000;

/**
 * A folder, a `.zip` or a single file to read. `close` lets go of the archive.
 * Throws FormatError `missing` where there is nothing, `unsafe-path` for names that leave the archive.
 */
export async function openInput(path: string): Promise<InputFiles & { close(): Promise<void> }> {
  const facts = await stat(path).catch(() => null);
  const file = basename(path);
  if (facts === null)
    throw new FormatError("missing", { file: path }, "there is no such file or folder");
  if (facts.isDirectory()) return { ...folder(path), close: async () => {} };
  // A pipe would wait for ever for somebody to write into it.
  if (!facts.isFile())
    throw new FormatError(
      "missing",
      { file: path },
      "it is a pipe or device, not an ordinary file or folder",
    );
  const handle = await open(path).catch((error: Error) => {
    throw new FormatError("missing", { file: path }, `it cannot be opened (${error.message})`);
  });
  const head = new Uint8Array(4);
  await handle.read(head, 0, 4, 0);
  if (head[0] === 0x50 && head[1] === 0x4b && (head[2] === 3 || head[2] === 5))
    return archive(handle, path);
  await handle.close();
  return {
    name: file,
    list: async () => [file],
    async *read(name) {
      if (name !== file)
        throw new FormatError("missing", { file: name }, `it is not there: ${file} is one file`);
      yield* bytesOf(path, name);
    },
    close: async () => {},
  };
}

/** Links are not followed: a dataset holds its own files. */
function folder(path: string): InputFiles {
  const walk = async (below: string, found: string[]): Promise<void> => {
    const entries = await readdir(join(path, below), { withFileTypes: true });
    for (const entry of entries) {
      const name = below === "" ? entry.name : `${below}/${entry.name}`;
      if (entry.isDirectory()) await walk(name, found);
      else if (entry.isFile()) found.push(name);
      if (found.length > FILES_MAX)
        throw new FormatError("too-large", { file: path }, `it has more than ${FILES_MAX} files`);
    }
  };
  let names: Promise<readonly string[]> | null = null;
  return {
    name: basename(path),
    list: () => {
      const found: string[] = [];
      names ??= walk("", found).then(() => found.sort());
      return names;
    },
    async *read(name) {
      checkName(name, path);
      const facts = await lstat(join(path, name)).catch(() => null);
      if (facts === null || !facts.isFile())
        throw new FormatError("missing", { file: name }, `it is not in ${basename(path)}`);
      yield* bytesOf(join(path, name), name);
    },
  };
}

async function* bytesOf(path: string, name: string): AsyncIterable<Uint8Array> {
  try {
    yield* createReadStream(path, { highWaterMark: 256 * 1024 });
  } catch (error) {
    throw new FormatError(
      "missing",
      { file: name },
      `it cannot be read (${(error as Error).message})`,
    );
  }
}

/** Random access to an open file for the zip reader. */
class HandleReader extends Reader<FileHandle> {
  readonly #handle: FileHandle;

  constructor(handle: FileHandle, size: number) {
    super(handle);
    this.#handle = handle;
    this.size = size;
  }

  override async readUint8Array(offset: number, length: number): Promise<Uint8Array> {
    const bytes = new Uint8Array(Math.max(0, Math.min(length, this.size - offset)));
    await this.#handle.read(bytes, 0, bytes.length, offset);
    return bytes;
  }
}

async function archive(
  handle: FileHandle,
  path: string,
): Promise<InputFiles & { close(): Promise<void> }> {
  const name = basename(path);
  const { size } = await handle.stat();
  const zip = new ZipReader(new HandleReader(handle, size), { useWebWorkers: false });
  const close = async (): Promise<void> => {
    await zip.close();
    await handle.close();
  };
  try {
    const entries = await checkedEntries(zip, name);
    return {
      name,
      close,
      list: async () => [...entries.keys()].sort(),
      read: (file) => unpacked(entries, file, name),
    };
  } catch (error) {
    await close();
    if (error instanceof FormatError) throw error;
    const { message } = error as Error;
    if (message === ERR_UNSAFE_FILENAME) {
      throw new FormatError("unsafe-path", { file: name }, "a name in it points outside of it");
    }
    throw new FormatError(
      "malformed",
      { file: name },
      `it is not a whole zip archive (${message})`,
    );
  }
}

async function checkedEntries(
  zip: ZipReader<FileHandle>,
  name: string,
): Promise<Map<string, Entry>> {
  const entries = new Map<string, Entry>();
  let sum = 0;
  for await (const entry of zip.getEntriesGenerator()) {
    if (entry.directory) continue;
    checkName(entry.filename, name);
    if (entries.has(entry.filename))
      throw new FormatError(
        "malformed",
        { file: name },
        `${clipped(entry.filename)} is in it twice`,
      );
    if (entry.encrypted) throw new FormatError("unsupported", { file: name }, "it is encrypted");
    sum += entry.uncompressedSize;
    const bomb = entry.uncompressedSize > RATIO_MAX * Math.max(entry.compressedSize, 1);
    if (sum > UNPACKED_MAX || bomb || entries.size >= FILES_MAX) {
      throw new FormatError(
        "too-large",
        { file: name },
        `${clipped(entry.filename)} unpacks to more than any dataset has`,
      );
    }
    entries.set(entry.filename, entry);
  }
  return entries;
}

async function* unpacked(
  entries: ReadonlyMap<string, Entry>,
  file: string,
  archiveName: string,
): AsyncIterable<Uint8Array> {
  const entry = entries.get(file);
  if (entry === undefined || entry.directory)
    throw new FormatError("missing", { file }, `it is not in ${archiveName}`);
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  const done = entry
    .getData(writable, { useWebWorkers: false, checkSignature: true })
    .catch((error: Error) => error);
  let length = 0;
  try {
    for await (const piece of readable) {
      length += piece.length;
      // The size in the list may lie.
      if (length > entry.uncompressedSize)
        throw new FormatError("malformed", { file }, `it is longer than ${archiveName} says`);
      yield piece;
    }
  } catch (error) {
    if (error instanceof FormatError) throw error;
    throw new FormatError("malformed", { file }, `its bytes in ${archiveName} are damaged`);
  }
  if ((await done) instanceof Error)
    throw new FormatError("malformed", { file }, `its bytes in ${archiveName} are damaged`);
}
