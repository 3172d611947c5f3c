// Checkpoints in the safetensors form: a JSON header, then plain numbers.
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
  const text = new TextDecoder().decode(bytes);
  let header: unknown;
  // JSON.parse keeps the last of two equal keys in silence; the reviver sees keys too late to tell.
  const repeated = repeatedKey(text);
  if (repeated !== null) throw unreadable(source.name, `its header names tensor ${repeated} twice`);
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

/** The first top-level key that occurs twice in a JSON object, or null. Damaged JSON is left to the parser. */
function repeatedKey(text: string): string | null {
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
        const key = text.slice(at + 1, end);
        if (seen.has(key)) return key;
        seen.add(key);
        expectsKey = false;
      }
      at = end;
    }
  }
  return null;
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
  if (entries.size > TENSORS_MAX)
    throw unreadable(source.name, `it holds more than ${TENSORS_MAX} tensors`);
  const placed = [...entries].filter(([, entry]) => entry.end > entry.begin);
  placed.sort(([, a], [, b]) => a.begin - b.begin);
  for (const [index, [name, entry]] of placed.entries()) {
    const before = placed[index - 1];
    if (before !== undefined && before[1].end > entry.begin) {
      throw unreadable(source.name, `tensors ${before[0]} and ${name} overlap`);
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
  if (type === undefined)
    throw unreadable(source.name, `tensor ${name} has the unknown type ${String(dtype)}`);
  if (!Array.isArray(shape)) throw unreadable(source.name, `tensor ${name} has no shape`);
  checkShape(source.name, name, shape);
  const [begin, end] = Array.isArray(offsets) && offsets.length === 2 ? offsets : [];
  const inside =
    Number.isSafeInteger(begin) && Number.isSafeInteger(end) && begin >= 0 && end <= dataBytes;
  if (!inside || end - begin !== elementsOf(shape) * bytesOfElement[type]) {
    throw unreadable(
      source.name,
      `the place of tensor ${name} lies outside the file or does not fit its shape`,
    );
  }
  return { shape, type, begin, end };
}
