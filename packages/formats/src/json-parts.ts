// Large JSON files read part by part: the members of chosen lists come one at a time, everything else whole.
import { clipped, Value } from "@masklet/annotation/reading";
import { FormatError } from "./error.ts";
import type { InputFiles } from "./files.ts";

/** One part of the outermost value. */
export interface JsonPart {
  /** The key in the outermost object; "" where the outermost value is a list. */
  readonly key: string;
  /** The index or key within an opened list or object; null where the whole member came. */
  readonly member: number | string | null;
  readonly value: Value;
}

/** The largest part that is held: a masklet of 10,000 frames is a tenth of it. */
export const PART_BYTES_MAX = 256 * 2 ** 20;

const QUOTE = 34;
const BACKSLASH = 92;
const COMMA = 44;
const COLON = 58;
const [OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = [91, 93, 123, 125] as const;

/**
 * Reads a JSON file whose outermost value is an object or a list. Members named in `opened` that are
 * lists or objects are not held: their members come one by one, in the order of the file. Memory is
 * bounded by the largest part; JSON.parse checks each part, this only finds where it ends.
 * Throws FormatError `malformed` with the byte where the file stops being JSON, `too-large` for a part
 * beyond PART_BYTES_MAX.
 */
export async function* readJsonParts(
  files: InputFiles,
  file: string,
  opened: readonly string[] = [],
): AsyncIterable<JsonPart> {
  const scan = new Scanner(files.read(file), file);
  const first = await scan.skipSpace();
  if (first === OPEN_LIST) yield* members(scan, "");
  else if (first === OPEN_OBJECT) yield* keys(scan, new Set(opened));
  else scan.fail("a JSON object or list should begin here");
  if ((await scan.skipSpace()) !== -1) scan.fail("something follows the end of the JSON value");
}

async function* keys(scan: Scanner, opened: ReadonlySet<string>): AsyncIterable<JsonPart> {
  const seen = new Set<string>();
  for await (const key of scan.objectKeys()) {
    if (seen.has(key)) scan.fail(`the key ${JSON.stringify(clipped(key))} is there twice`);
    seen.add(key);
    const first = await scan.skipSpace();
    if (opened.has(key) && (first === OPEN_LIST || first === OPEN_OBJECT))
      yield* members(scan, key);
    else yield { key, member: null, value: new Value(await scan.value(key), key) };
  }
}

async function* members(scan: Scanner, key: string): AsyncIterable<JsonPart> {
  if ((await scan.skipSpace()) === OPEN_OBJECT) {
    for await (const member of scan.objectKeys()) {
      const place = `${key}.${member}`;
      yield { key, member, value: new Value(await scan.value(place), place) };
    }
    return;
  }
  let index = 0;
  for await (const _ of scan.listItems()) {
    const place = `${key}[${index}]`;
    yield { key, member: index++, value: new Value(await scan.value(place), place) };
  }
}

/** Walks over bytes that come in pieces and finds where values begin and end. */
class Scanner {
  readonly #pieces: AsyncIterator<Uint8Array>;
  readonly #file: string;
  #piece: Uint8Array = new Uint8Array(0);
  #at = 0;
  /** Bytes before the current piece. */
  #before = 0;

  constructor(bytes: AsyncIterable<Uint8Array>, file: string) {
    this.#pieces = bytes[Symbol.asyncIterator]();
    this.#file = file;
  }

  fail(cause: string, code: "malformed" | "too-large" = "malformed", place = ""): never {
    const byte = `byte ${this.#before + this.#at}`;
    throw new FormatError(
      code,
      { file: this.#file, place: place === "" ? byte : `${place}, ${byte}` },
      cause,
    );
  }

  /** The next byte that is not white space, left in place; −1 at the end. A byte order mark at the start is skipped. */
  async skipSpace(): Promise<number> {
    for (;;) {
      for (; this.#at < this.#piece.length; this.#at++) {
        const byte = this.#piece[this.#at]!;
        const mark =
          this.#before + this.#at < 3 && (byte === 0xef || byte === 0xbb || byte === 0xbf);
        if (byte > 32 && !mark) return byte;
      }
      if (!(await this.#more())) return -1;
    }
  }

  async #more(): Promise<boolean> {
    this.#before += this.#piece.length;
    this.#at = 0;
    this.#piece = new Uint8Array(0);
    const { value, done } = await this.#pieces.next();
    if (done) return false;
    this.#piece = value;
    return true;
  }

  async #expect(byte: number, what: string): Promise<void> {
    const found = await this.skipSpace();
    if (found === -1) this.fail("the file ends in the middle; it was cut short");
    if (found !== byte) this.fail(`${what} should stand here`);
    this.#at++;
  }

  async *objectKeys(): AsyncIterable<string> {
    await this.#expect(OPEN_OBJECT, "an object");
    if ((await this.skipSpace()) === CLOSE_OBJECT) {
      this.#at++;
      return;
    }
    for (;;) {
      if ((await this.skipSpace()) !== QUOTE) this.fail("a key in quotes should stand here");
      const key = (await this.value("key")) as string;
      await this.#expect(COLON, "a colon");
      yield key;
      if (await this.#ended(CLOSE_OBJECT)) return;
    }
  }

  async *listItems(): AsyncIterable<void> {
    await this.#expect(OPEN_LIST, "a list");
    if ((await this.skipSpace()) === CLOSE_LIST) {
      this.#at++;
      return;
    }
    for (;;) {
      yield;
      if (await this.#ended(CLOSE_LIST)) return;
    }
  }

  async #ended(close: number): Promise<boolean> {
    const found = await this.skipSpace();
    if (found === -1) this.fail("the file ends in the middle; it was cut short");
    if (found !== COMMA && found !== close) this.fail("a comma or the end should stand here");
    this.#at++;
    return found === close;
  }

  /** Parses the value that begins at the next byte. */
  async value(place: string): Promise<unknown> {
    const first = await this.skipSpace();
    const held: Uint8Array[] = [];
    let length = 0;
    let depth = 0;
    let quoted = false;
    let escaped = false;
    const nested = first === OPEN_LIST || first === OPEN_OBJECT || first === QUOTE;
    for (;;) {
      const piece = this.#piece;
      const start = this.#at;
      let at = start;
      let ended = false;
      for (; at < piece.length && !ended; at++) {
        const byte = piece[at]!;
        if (escaped) escaped = false;
        else if (quoted) {
          if (byte === BACKSLASH) escaped = true;
          else if (byte === QUOTE) {
            quoted = false;
            ended = depth === 0;
          }
        } else if (byte === QUOTE) quoted = true;
        else if (byte === OPEN_LIST || byte === OPEN_OBJECT) depth++;
        else if (byte === CLOSE_LIST || byte === CLOSE_OBJECT) {
          if (!nested) break;
          ended = --depth === 0;
        } else if (!nested && (byte === COMMA || byte <= 32)) break;
      }
      this.#at = at;
      held.push(piece.subarray(start, at));
      length += at - start;
      if (length > PART_BYTES_MAX)
        this.fail(`a value has more than ${PART_BYTES_MAX} bytes`, "too-large", place);
      if (ended || at < piece.length) break;
      if (!(await this.#more())) {
        if (nested) this.fail("the file ends in the middle; it was cut short", "malformed", place);
        break;
      }
    }
    return this.#parsed(held, length, place);
  }

  #parsed(held: readonly Uint8Array[], length: number, place: string): unknown {
    let bytes = held[0]!;
    if (held.length > 1) {
      bytes = new Uint8Array(length);
      let at = 0;
      for (const piece of held) {
        bytes.set(piece, at);
        at += piece.length;
      }
    }
    try {
      return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes)) as unknown;
    } catch {
      return this.fail("it is not JSON", "malformed", place);
    }
  }
}
