// Checkpoints in the safetensors form: a JSON header, then plain numbers.
import { clipped } from "../errors.ts";
import type { ByteSource } from "./byte-source.ts";
import {
  type Checkpoint,
  checkShape,
  elementsOf,
  entryOf,
  TENSORS_MAX,
  type TensorEntry,
  unreadable,
} from "./checkpoint.ts";
import { bytesOfElement, type ElementType, floatsFromBytes } from "./elements.ts";

const LENGTH_BYTES = 8;
const HEADER_BYTES_MAX = 100_000_000; // the format's own limit

/** The tensors and `__metadata__`. */
const KEYS_MAX = TENSORS_MAX + 1;

const elementTypes: Readonly<Record<string, ElementType>> = {
  F32: "float32",
  F16: "float16",
  BF16: "bfloat16",
  F64: "float64",
  I64: "int64",
  I32: "int32",
  I16: "int16",
  I8: "int8",
  U8: "uint8",
  BOOL: "bool",
};

interface PlacedTensor extends TensorEntry {
  readonly begin: number;
  readonly end: number;
}

/**
 * Opens a safetensors file. Offsets must lie in the file, fit their shapes and not overlap; names are
 * unique. Source: github.com/huggingface/safetensors, README "Format". Throws checkpoint-unreadable.
 */
export function openSafetensors(source: ByteSource): Checkpoint {
  const dataOffset = LENGTH_BYTES + headerLength(source);
  const header = source.read(LENGTH_BYTES, dataOffset - LENGTH_BYTES);
  const entries = readEntries(source, parseHeader(source, header), source.size - dataOffset);
  return {
    name: source.name,
    format: "safetensors",
    entries,
    read: (name) => {
      const { shape, type, begin, end } = entryOf(source.name, entries, name);
      const bytes = source.read(dataOffset + begin, end - begin);
      return { shape, data: floatsFromBytes(bytes, type) };
    },
    close: () => source.close(),
  };
}

function headerLength(source: ByteSource): number {
  if (source.size < LENGTH_BYTES) throw unreadable(source.name, "it is too short to hold tensors");
  const bytes = source.read(0, LENGTH_BYTES);
  const length = new DataView(bytes.buffer, bytes.byteOffset, LENGTH_BYTES).getBigUint64(0, true);
  if (length > BigInt(Math.min(HEADER_BYTES_MAX, source.size - LENGTH_BYTES))) {
    throw unreadable(
      source.name,
      `its header claims ${length} bytes, more than the file or the format allow`,
    );
  }
  return Number(length);
}

function parseHeader(source: ByteSource, bytes: Uint8Array): Readonly<Record<string, unknown>> {
  const text = textOf(source, bytes);
  checkKeys(source, text);
  let header: unknown;
  try {
    header = JSON.parse(text);
  } catch (cause) {
    throw unreadable(source.name, "its header is not JSON, so it is not a safetensors file", {
      cause,
    });
  }
  if (typeof header !== "object" || header === null || Array.isArray(header)) {
    throw unreadable(source.name, "its header is not a JSON object");
  }
  return header as Readonly<Record<string, unknown>>;
}

function textOf(source: ByteSource, bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw unreadable(source.name, "its header is not UTF-8 text", { cause });
  }
}

/**
 * Refuses too many top-level keys of a JSON object before it is parsed, and keys that occur twice: JSON.parse keeps
 * the last of them in silence, and a reviver sees them too late to tell. Damaged JSON is left to the parser.
 */
function checkKeys(source: ByteSource, text: string): void {
  const seen = new Set<string>();
  let depth = 0;
  let expectsKey = false;
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (character === "{" || character === "[") {
      depth++;
      expectsKey = depth === 1;
    } else if (character === "}" || character === "]") depth--;
    else if (character === ",") expectsKey = depth === 1;
    else if (character === '"') {
      const end = endOfString(text, at);
      if (depth === 1 && expectsKey) {
        const key = keyOf(text.slice(at, end + 1));
        if (seen.has(key))
          throw unreadable(source.name, `its header names tensor ${clipped(key)} twice`);
        seen.add(key);
        if (seen.size > KEYS_MAX) throw tooMany(source);
        expectsKey = false;
      }
      at = end;
    }
  }
}

/** A key as JSON reads it: "a" and "\\u0061" are one. Damaged ones stay as they are written. */
function keyOf(quoted: string): string {
  if (!quoted.includes("\\")) return quoted.slice(1, -1);
  try {
    return JSON.parse(quoted);
  } catch {
    return quoted.slice(1, -1);
  }
}

function tooMany(source: ByteSource) {
  return unreadable(source.name, `it holds more than ${TENSORS_MAX} tensors`);
}

function endOfString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    if (text[at] === "\\") at++;
    else if (text[at] === '"') return at;
  }
  return text.length;
}

function readEntries(
  source: ByteSource,
  header: Readonly<Record<string, unknown>>,
  dataBytes: number,
): ReadonlyMap<string, PlacedTensor> {
  const entries = new Map<string, PlacedTensor>();
  for (const [name, value] of Object.entries(header)) {
    if (name === "__metadata__") continue;
    entries.set(name, readEntry(source, name, value, dataBytes));
  }
  if (entries.size > TENSORS_MAX) throw tooMany(source);
  const placed = [...entries].filter(([, entry]) => entry.end > entry.begin);
  placed.sort(([, a], [, b]) => a.begin - b.begin);
  for (const [index, [name, entry]] of placed.entries()) {
    const before = placed[index - 1];
    if (before !== undefined && before[1].end > entry.begin) {
      throw unreadable(source.name, `tensors ${clipped(before[0])} and ${clipped(name)} overlap`);
    }
  }
  return entries;
}

function readEntry(
  source: ByteSource,
  name: string,
  value: unknown,
  dataBytes: number,
): PlacedTensor {
  const { dtype, shape, data_offsets: offsets } = (value ?? {}) as Record<string, unknown>;
  const type =
    typeof dtype === "string" && Object.hasOwn(elementTypes, dtype)
      ? elementTypes[dtype]
      : undefined;
  if (typeof dtype !== "string")
    throw unreadable(source.name, `tensor ${clipped(name)} has no type`);
  if (type === undefined)
    throw unreadable(source.name, `tensor ${clipped(name)} has the unknown type ${clipped(dtype)}`);
  if (!Array.isArray(shape)) throw unreadable(source.name, `tensor ${clipped(name)} has no shape`);
  checkShape(source.name, name, shape);
  const [begin, end] = Array.isArray(offsets) && offsets.length === 2 ? offsets : [];
  const inside =
    Number.isSafeInteger(begin) && Number.isSafeInteger(end) && begin >= 0 && end <= dataBytes;
  if (!inside || end - begin !== elementsOf(shape) * bytesOfElement[type]) {
    throw unreadable(
      source.name,
      `the place of tensor ${clipped(name)} lies outside the file or does not fit its shape`,
    );
  }
  return { shape, type, begin, end };
}
