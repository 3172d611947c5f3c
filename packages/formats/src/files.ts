// The ports to where datasets lie: a tree of named byte streams to read, and one to write.
import { clipped } from "@masklet/annotation/reading";
import { FormatError } from "./error.ts";

/** Names are relative, with `/` between folders, never with `..` or a leading `/`. */
export interface InputFiles {
  /** What to call the whole in messages: the name of the folder, archive or file. */
  readonly name: string;
  /** All names, sorted. */
  list(): Promise<readonly string[]>;
  /** The bytes of a file in pieces. May be called several times. */
  read(name: string): AsyncIterable<Uint8Array>;
}

export interface OutputFile {
  write(piece: string | Uint8Array): Promise<void>;
  close(): Promise<void>;
}

/** Files are written one after the other: the last one is closed before the next is opened. */
export interface OutputFiles {
  open(name: string): Promise<OutputFile>;
}

/** The largest file that is read into memory whole: a picture, a list, a table of one sequence. */
export const WHOLE_FILE_MAX = 256 * 2 ** 20;

/** The most files a dataset may have: more than SA-V's 50,000 videos with a thousand pictures each need is a mistake. */
export const FILES_MAX = 5_000_000;

/** A whole file. Throws FormatError `too-large` beyond `max` bytes, without reading on. */
export async function readBytes(
  files: InputFiles,
  name: string,
  max = WHOLE_FILE_MAX,
): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  for await (const piece of files.read(name)) {
    length += piece.length;
    if (length > max)
      throw new FormatError("too-large", { file: name }, `it has more than ${max} bytes`);
    pieces.push(piece);
  }
  if (pieces.length === 1) return pieces[0]!;
  const whole = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

/** A whole file as text. Throws FormatError `malformed` where it is not UTF-8. */
export async function readText(files: InputFiles, name: string): Promise<string> {
  const bytes = await readBytes(files, name);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new FormatError("malformed", { file: name }, "it is not UTF-8 text");
  }
}

/** The longest line of a text file that is read line by line. */
const LINE_MAX = 64 * 2 ** 20;

/** The lines of a text file without their ends, counted from 1. Empty lines are left out. */
export async function* readLines(
  files: InputFiles,
  name: string,
): AsyncIterable<{ readonly line: number; readonly text: string }> {
  const decoder = new TextDecoder("utf-8");
  let rest = "";
  let line = 0;
  for await (const piece of files.read(name)) {
    rest += decoder.decode(piece, { stream: true });
    let from = 0;
    for (let end = rest.indexOf("\n", from); end >= 0; end = rest.indexOf("\n", from)) {
      line++;
      const text = rest.slice(from, end).replace(/\r$/, "");
      if (text !== "") yield { line, text };
      from = end + 1;
    }
    rest = rest.slice(from);
    if (rest.length > LINE_MAX) {
      throw new FormatError(
        "too-large",
        { file: name, place: `line ${line + 1}` },
        `it is longer than ${LINE_MAX} characters`,
      );
    }
  }
  rest += decoder.decode();
  if (rest.replace(/\r$/, "") !== "") yield { line: line + 1, text: rest.replace(/\r$/, "") };
}

/** Writes a whole file. */
export async function writeFile(
  files: OutputFiles,
  name: string,
  content: string | Uint8Array,
): Promise<void> {
  const file = await files.open(name);
  await file.write(content);
  await file.close();
}

/** Throws FormatError `unsafe-path` for names that could leave the tree they are in. */
export function checkName(name: string, archive: string): void {
  const bad =
    /^(?:\/|[A-Za-z]:)|\\|\0/.test(name) ||
    name.split("/").some((part) => part === ".." || part === "");
  if (bad) {
    throw new FormatError(
      "unsafe-path",
      { file: archive },
      `the name ${JSON.stringify(clipped(name))} points outside of it`,
    );
  }
}

/** Files in memory, readable and writable: for tests and small downloads. */
export interface MemoryFiles extends InputFiles, OutputFiles {
  readonly contents: ReadonlyMap<string, Uint8Array>;
}

export function memoryFiles(
  contents: Readonly<Record<string, string | Uint8Array>> = {},
): MemoryFiles {
  const encoder = new TextEncoder();
  const encoded = (piece: string | Uint8Array): Uint8Array =>
    typeof piece === "string" ? encoder.encode(piece) : piece;
  const held = new Map(Object.entries(contents).map(([name, content]) => [name, encoded(content)]));
  const open = new Map<string, Uint8Array[]>();
  return {
    name: "memory",
    contents: held,
    list: async () => [...held.keys()].sort(),
    async *read(name) {
      const content = held.get(name);
      if (content === undefined)
        throw new FormatError("missing", { file: name }, "there is no such file");
      yield content;
    },
    async open(name) {
      checkName(name, "memory");
      if (held.has(name) || open.has(name)) {
        throw new FormatError("unwritable", { file: name }, "it is written twice");
      }
      const pieces: Uint8Array[] = [];
      open.set(name, pieces);
      return {
        write: async (piece) => {
          pieces.push(encoded(piece));
        },
        close: async () => {
          open.delete(name);
          held.set(name, new Uint8Array(await new Blob(pieces as BlobPart[]).arrayBuffer()));
        },
      };
    },
  };
}
