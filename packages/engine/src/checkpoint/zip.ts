// The stored (uncompressed) entries of a zip archive, with zip64. Source: PKWARE APPNOTE 6.3.10, sections 4.3 and 4.5.3.
import { clipped } from "../errors.ts";
import type { ByteSource } from "./byte-source.ts";
import { unreadable } from "./checkpoint.ts";

/** Where an entry lies: its header, and how many bytes it holds. */
export interface ZipEntry {
  readonly name: string;
  readonly headerOffset: number;
  readonly size: number;
}

const END_BYTES = 22;
const COMMENT_BYTES_MAX = 0xffff;
const LOCATOR_BYTES = 20;
const END64_BYTES = 56;
const CENTRAL_BYTES = 46;
const LOCAL_BYTES = 30;
const DIRECTORY_BYTES_MAX = 1 << 26; // some 600 000 entries; checkpoints have about a thousand
const ENTRIES_MAX = 1 << 18;
const ALL_ONES_16 = 0xffff;
const ALL_ONES_32 = 0xffffffff;

/**
 * Reads the central directory. Throws checkpoint-unreadable for anything damaged, encrypted or
 * compressed, and for names that occur twice.
 */
export function readZip(source: ByteSource): ReadonlyMap<string, ZipEntry> {
  const { offset, size, count } = findDirectory(source);
  if (offset + size > source.size || size > DIRECTORY_BYTES_MAX || count > ENTRIES_MAX) {
    throw unreadable(source.name, "its table of contents lies outside the file");
  }
  const bytes = source.read(offset, size);
  const view = viewOf(bytes);
  const entries = new Map<string, ZipEntry>();
  let at = 0;
  for (let i = 0; i < count; i++) {
    if (at + CENTRAL_BYTES > size || view.getUint32(at, true) !== 0x02014b50) {
      throw unreadable(source.name, `entry ${i} of its table of contents is damaged`);
    }
    const nameLength = view.getUint16(at + 28, true);
    const extraLength = view.getUint16(at + 30, true);
    const next = at + CENTRAL_BYTES + nameLength + extraLength + view.getUint16(at + 32, true);
    if (next > size)
      throw unreadable(source.name, `entry ${i} of its table of contents is cut short`);
    const nameAt = at + CENTRAL_BYTES;
    const name = new TextDecoder().decode(bytes.subarray(nameAt, nameAt + nameLength));
    const entry = readEntry(source, view, { at, name, extraAt: nameAt + nameLength, extraLength });
    if (entries.has(name)) throw unreadable(source.name, `it holds ${clipped(name)} twice`);
    entries.set(name, entry);
    at = next;
  }
  return entries;
}

/** Offset of the entry's bytes in the file; the local header must agree with the directory. */
export function offsetOfEntry(source: ByteSource, entry: ZipEntry): number {
  if (entry.headerOffset + LOCAL_BYTES > source.size) {
    throw unreadable(source.name, `${clipped(entry.name)} lies outside the file`);
  }
  const view = viewOf(source.read(entry.headerOffset, LOCAL_BYTES));
  if (view.getUint32(0, true) !== 0x04034b50) {
    throw unreadable(source.name, `the header of ${clipped(entry.name)} is damaged`);
  }
  const skip = LOCAL_BYTES + view.getUint16(26, true) + view.getUint16(28, true);
  const offset = entry.headerOffset + skip;
  if (offset + entry.size > source.size) {
    throw unreadable(
      source.name,
      `${clipped(entry.name)} is cut short; the download may be incomplete`,
    );
  }
  return offset;
}

function findDirectory(source: ByteSource) {
  const tailLength = Math.min(source.size, END_BYTES + COMMENT_BYTES_MAX);
  const tailOffset = source.size - tailLength;
  const tail = viewOf(source.read(tailOffset, tailLength));
  for (let at = tailLength - END_BYTES; at >= 0; at--) {
    if (tail.getUint32(at, true) !== 0x06054b50) continue;
    if (at + END_BYTES + tail.getUint16(at + 20, true) !== tailLength) continue;
    const count = tail.getUint16(at + 10, true);
    const size = tail.getUint32(at + 12, true);
    const offset = tail.getUint32(at + 16, true);
    const needs64 = count === ALL_ONES_16 || size === ALL_ONES_32 || offset === ALL_ONES_32;
    return needs64 ? findDirectory64(source, tailOffset + at) : { count, size, offset };
  }
  throw unreadable(
    source.name,
    "the end of the archive is missing; the download may be incomplete",
  );
}

function findDirectory64(source: ByteSource, endOffset: number) {
  const wrong = () => unreadable(source.name, "its zip64 end record is damaged");
  if (endOffset < LOCATOR_BYTES) throw wrong();
  const locator = viewOf(source.read(endOffset - LOCATOR_BYTES, LOCATOR_BYTES));
  const at = safe(locator.getBigUint64(8, true));
  if (locator.getUint32(0, true) !== 0x07064b50 || at + END64_BYTES > source.size) throw wrong();
  const end = viewOf(source.read(at, END64_BYTES));
  if (end.getUint32(0, true) !== 0x06064b50) throw wrong();
  return {
    count: safe(end.getBigUint64(32, true)),
    size: safe(end.getBigUint64(40, true)),
    offset: safe(end.getBigUint64(48, true)),
  };
}

function readEntry(
  source: ByteSource,
  view: DataView,
  {
    at,
    name,
    extraAt,
    extraLength,
  }: { at: number; name: string; extraAt: number; extraLength: number },
): ZipEntry {
  if ((view.getUint16(at + 8, true) & 1) !== 0)
    throw unreadable(source.name, `${clipped(name)} is encrypted`);
  if (view.getUint16(at + 10, true) !== 0) {
    throw unreadable(
      source.name,
      `${clipped(name)} is compressed; PyTorch stores its tensors uncompressed`,
    );
  }
  const stored = view.getUint32(at + 20, true);
  let size = view.getUint32(at + 24, true);
  let headerOffset = view.getUint32(at + 42, true);
  // The zip64 field holds, in this order, only those numbers that did not fit.
  const wide = findExtra(view, { from: extraAt, to: extraAt + extraLength, tag: 0x0001 });
  const numbers: number[] = [];
  for (let i = 0; wide !== null && i + 8 <= wide.length; i += 8) {
    numbers.push(safe(view.getBigUint64(wide.at + i, true)));
  }
  if (size === ALL_ONES_32) size = numbers.shift() ?? Number.POSITIVE_INFINITY;
  const storedSize = stored === ALL_ONES_32 ? (numbers.shift() ?? size) : stored;
  if (headerOffset === ALL_ONES_32) headerOffset = numbers.shift() ?? Number.POSITIVE_INFINITY;
  if (storedSize !== size || headerOffset + size > source.size) {
    throw unreadable(
      source.name,
      `${clipped(name)} lies outside the file; the download may be incomplete`,
    );
  }
  return { name, headerOffset, size };
}

function findExtra(view: DataView, { from, to, tag }: { from: number; to: number; tag: number }) {
  for (let at = from; at + 4 <= to; ) {
    const length = view.getUint16(at + 2, true);
    if (at + 4 + length > to) return null;
    if (view.getUint16(at, true) === tag) return { at: at + 4, length };
    at += 4 + length;
  }
  return null;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Numbers beyond 2^53 cannot be offsets of any file we read; they become infinite and fail every bound. */
function safe(value: bigint): number {
  return value > BigInt(Number.MAX_SAFE_INTEGER) ? Number.POSITIVE_INFINITY : Number(value);
}
