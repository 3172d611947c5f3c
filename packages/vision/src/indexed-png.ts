// Indexed and grey PNG files: label maps in, label maps out. Nothing but web standards.
import { VisionError } from "./error.ts";
import { checkSize } from "./mask.ts";
import { checksum, chunk, concat, SIGNATURE } from "./png-chunks.ts";
import type { Size } from "./space.ts";

/** The most pixels a file may claim unless the caller says otherwise: four times 8K. */
export const PNG_PIXELS_MAX = 2 ** 27;

const GREY = 0;
const INDEXED = 3;

/**
 * Pixel values as stored, row by row: palette indices or grey levels, not scaled (1-bit grey is 0 or
 * 1), in 16-bit files 0 … 65535.
 */
export interface IndexedPicture {
  readonly size: Size;
  readonly kind: "indexed" | "grey";
  readonly depth: 1 | 2 | 4 | 8 | 16;
  readonly data: Uint8Array | Uint16Array;
  /** Red, green, blue of each palette entry; null for grey. */
  readonly palette: Uint8Array | null;
}

/**
 * The palette of PASCAL VOC and DAVIS: 256 × red, green, blue, where each three bits of the index,
 * from the lowest, are the next lower bits of red, green and blue.
 */
export const DAVIS_PALETTE: Readonly<Uint8Array> = davisPalette();

function davisPalette(): Uint8Array {
  const palette = new Uint8Array(256 * 3);
  for (let index = 0; index < 256; index++) {
    for (let bit = 0; bit < 8; bit++) {
      const channel = bit % 3;
      palette[index * 3 + channel]! |= ((index >> bit) & 1) << (7 - Math.floor(bit / 3));
    }
  }
  return palette;
}

/**
 * An 8-bit indexed PNG of a label map with the DAVIS palette of 256 entries: index = object number.
 * Throws a RangeError unless there are width × height bytes.
 */
export async function writeIndexedPng(labels: {
  readonly size: Size;
  readonly data: Uint8Array;
}): Promise<Uint8Array<ArrayBuffer>> {
  const { size, data } = labels;
  const rows = unfilteredRows(data, size);
  const header = headerChunk(size, { depth: 8, colour: INDEXED });
  return concat([SIGNATURE, header, chunk("PLTE", DAVIS_PALETTE), ...(await imageChunks(rows))]);
}

/**
 * A grey PNG of numbers as they are, 8-bit for bytes and 16-bit for a Uint16Array (MOTS writes
 * class × 1000 + instance so). Throws a RangeError unless there are width × height values.
 */
export async function writeGreyPng(labels: {
  readonly size: Size;
  readonly data: Uint8Array | Uint16Array;
}): Promise<Uint8Array<ArrayBuffer>> {
  const { size, data } = labels;
  const wide = data instanceof Uint16Array;
  const rows = unfilteredRows(wide ? bigEndian(data) : data, size, wide ? 2 : 1);
  const header = headerChunk(size, { depth: wide ? 16 : 8, colour: GREY });
  return concat([SIGNATURE, header, ...(await imageChunks(rows))]);
}

function bigEndian(data: Uint16Array): Uint8Array {
  const bytes = new Uint8Array(data.length * 2);
  for (let i = 0; i < data.length; i++) {
    bytes[2 * i] = data[i]! >> 8;
    bytes[2 * i + 1] = data[i]! & 255;
  }
  return bytes;
}

/** Filter 0 before each row: label maps are long runs, which deflate packs best as they are. */
function unfilteredRows(bytes: Uint8Array, size: Size, perPixel = 1): Uint8Array<ArrayBuffer> {
  checkSize(size);
  const length = size.width * perPixel;
  if (bytes.length !== length * size.height) {
    throw new RangeError(
      `${size.width} × ${size.height} pixels need as many values, not ${bytes.length / perPixel}.`,
    );
  }
  const rows = new Uint8Array((length + 1) * size.height);
  for (let y = 0; y < size.height; y++) {
    rows.set(bytes.subarray(y * length, (y + 1) * length), y * (length + 1) + 1);
  }
  return rows;
}

async function imageChunks(rows: Uint8Array<ArrayBuffer>): Promise<Uint8Array[]> {
  const packed = new Blob([rows]).stream().pipeThrough(new CompressionStream("deflate"));
  const bytes = new Uint8Array(await new Response(packed).arrayBuffer());
  return [chunk("IDAT", bytes), chunk("IEND", new Uint8Array(0))];
}

function headerChunk(size: Size, format: { depth: number; colour: number }): Uint8Array {
  const body = new Uint8Array(13);
  const view = new DataView(body.buffer);
  view.setUint32(0, size.width);
  view.setUint32(4, size.height);
  body[8] = format.depth;
  body[9] = format.colour;
  return chunk("IHDR", body);
}

interface Header {
  readonly size: Size;
  readonly depth: 1 | 2 | 4 | 8 | 16;
  readonly kind: "indexed" | "grey";
  readonly interlaced: boolean;
}

/**
 * Reads a PNG of palette indices or grey levels (depth 1, 2, 4, 8, grey also 16; plain or Adam7).
 * Chunks that do not change the stored values are passed over; every checksum is verified.
 * Throws VisionError: `png-invalid` for damage (cut short, wrong checksum, too little or too much
 * data), `png-unsupported` for colour pictures, whose colours are no indices, `png-too-large` for
 * more than pixelsMax pixels. Memory is bounded by the size the header states, whatever unpacks.
 */
export async function readIndexedPng(
  file: Uint8Array,
  limits: { readonly pixelsMax: number } = { pixelsMax: PNG_PIXELS_MAX },
): Promise<IndexedPicture> {
  const { header, palette, packed } = readChunks(file, limits.pixelsMax);
  const passes = passesOf(header);
  const expected = passes.reduce((sum, pass) => sum + (pass.rowBytes + 1) * pass.height, 0);
  const rows = await unpack(packed, expected);
  const { size, kind, depth } = header;
  const pixels = size.width * size.height;
  const data = depth === 16 ? new Uint16Array(pixels) : new Uint8Array(pixels);
  const perPixel = depth === 16 ? 2 : 1;
  let at = 0;
  for (const pass of passes) {
    const end = at + (pass.rowBytes + 1) * pass.height;
    const bytes = rows.subarray(at, end);
    unfilter(bytes, pass.rowBytes, perPixel);
    scatter(bytes, pass, header, data);
    at = end;
  }
  return { size, kind, depth, data, palette: kind === "indexed" ? palette : null };
}

function invalid(cause: string): VisionError {
  return new VisionError("png-invalid", `This PNG is damaged: ${cause}.`);
}

/** Walks the chunks and checks each one's length and checksum, and that the needed ones are there. */
function readChunks(file: Uint8Array, pixelsMax: number) {
  if (file.length < 8 || SIGNATURE.some((byte, i) => file[i] !== byte)) {
    throw new VisionError(
      "png-invalid",
      "This is no PNG file: its first eight bytes are not PNG's.",
    );
  }
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  let header: Header | null = null;
  let palette: Uint8Array | null = null;
  const packed: Uint8Array[] = [];
  for (let at = 8; ; ) {
    if (at + 12 > file.length)
      throw invalid(`it ends at byte ${file.length}, before its end chunk`);
    const length = view.getUint32(at);
    const name = String.fromCharCode(...file.subarray(at + 4, at + 8));
    const bodyEnd = at + 8 + length;
    if (bodyEnd + 4 > file.length) throw invalid(`it is cut short in its chunk at byte ${at}`);
    if (checksum(file.subarray(at + 4, bodyEnd)) !== view.getUint32(bodyEnd)) {
      throw invalid(`the checksum of its chunk at byte ${at} does not match`);
    }
    const body = file.subarray(at + 8, bodyEnd);
    if ((header === null) !== (name === "IHDR")) {
      throw invalid("it must have one header chunk, at the start");
    }
    if (name === "IHDR") header = readHeader(body, pixelsMax);
    else if (name === "PLTE") palette = readPalette(body);
    else if (name === "IDAT") packed.push(body);
    else if (name === "IEND") break;
    else if ((file[at + 4]! & 32) === 0) {
      throw new VisionError("png-unsupported", `This PNG needs the unknown chunk "${name}".`);
    }
    at = bodyEnd + 4;
  }
  if (header === null || packed.length === 0) throw invalid("it has no picture data");
  if (header.kind === "indexed" && palette === null) throw invalid("its palette is missing");
  return { header, palette, packed };
}

function readPalette(body: Uint8Array): Uint8Array {
  if (body.length === 0 || body.length % 3 !== 0 || body.length > 768) {
    throw invalid(`its palette has ${body.length} bytes, not three for each of 1 to 256 colours`);
  }
  return body.slice();
}

const DEPTHS: Readonly<Record<number, readonly number[]>> = {
  [GREY]: [1, 2, 4, 8, 16],
  [INDEXED]: [1, 2, 4, 8],
};

function readHeader(body: Uint8Array, pixelsMax: number): Header {
  if (body.length !== 13) throw invalid("its header has the wrong length");
  const view = new DataView(body.buffer, body.byteOffset, 13);
  const size = { width: view.getUint32(0), height: view.getUint32(4) };
  const [depth, colour, compression, filter, interlace] = body.subarray(8);
  if (size.width === 0 || size.height === 0) throw invalid("its width or height is 0");
  if (compression !== 0 || filter !== 0 || interlace! > 1) {
    throw invalid("its header names unknown methods");
  }
  if (colour === 2 || colour === 4 || colour === 6) {
    throw new VisionError(
      "png-unsupported",
      "This PNG holds colours or transparency, not object numbers; save the masks as an indexed or grey PNG.",
    );
  }
  if (!DEPTHS[colour!]?.includes(depth!)) {
    throw invalid(`colour type ${colour} with depth ${depth} is none`);
  }
  if (size.width * size.height > pixelsMax) {
    throw new VisionError(
      "png-too-large",
      `This PNG claims ${size.width} × ${size.height} pixels; at most ${pixelsMax} are read.`,
    );
  }
  return {
    size,
    depth: depth as Header["depth"],
    kind: colour === INDEXED ? "indexed" : "grey",
    interlaced: interlace === 1,
  };
}

/** One of Adam7's seven grids of pixels, or the whole picture. */
interface Pass {
  readonly x: number;
  readonly y: number;
  readonly stepX: number;
  readonly stepY: number;
  readonly width: number;
  readonly height: number;
  readonly rowBytes: number;
}

const ADAM7: readonly (readonly [x: number, y: number, stepX: number, stepY: number])[] = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
];

function passesOf({ size, depth, interlaced }: Header): Pass[] {
  const grids = interlaced ? ADAM7 : ([[0, 0, 1, 1]] as const);
  return grids
    .map(([x, y, stepX, stepY]) => {
      const width = Math.ceil((size.width - x) / stepX);
      const height = Math.ceil((size.height - y) / stepY);
      return { x, y, stepX, stepY, width, height, rowBytes: Math.ceil((width * depth) / 8) };
    })
    .filter((pass) => pass.width > 0 && pass.height > 0);
}

/** Unpacks exactly the expected number of bytes and stops at the first one too many. */
async function unpack(packed: readonly Uint8Array[], expected: number): Promise<Uint8Array> {
  const stream = new Blob(packed as Uint8Array<ArrayBuffer>[])
    .stream()
    .pipeThrough(new DecompressionStream("deflate"));
  const rows = new Uint8Array(expected);
  let length = 0;
  const reader = stream.getReader();
  for (;;) {
    const part = await reader.read().catch((): never => {
      throw invalid("its compressed data cannot be unpacked");
    });
    if (part.done) break;
    if (length + part.value.length > expected) {
      await reader.cancel().catch(() => {});
      throw invalid("it unpacks to more than its size");
    }
    rows.set(part.value, length);
    length += part.value.length;
  }
  if (length < expected) throw invalid(`it unpacks to ${length} of ${expected} bytes`);
  return rows;
}

/** Undoes the five filters in place; rows keep their filter byte at the front. */
function unfilter(bytes: Uint8Array, rowBytes: number, perPixel: number): void {
  const stride = rowBytes + 1;
  const blank = new Uint8Array(rowBytes);
  let above: Uint8Array = blank;
  for (let start = 0; start < bytes.length; start += stride) {
    const row = bytes.subarray(start + 1, start + stride);
    const filter = bytes[start]!;
    if (filter === 1) {
      for (let i = perPixel; i < rowBytes; i++) row[i]! += row[i - perPixel]!;
    } else if (filter === 2) {
      for (let i = 0; i < rowBytes; i++) row[i]! += above[i]!;
    } else if (filter === 3) {
      for (let i = 0; i < rowBytes; i++) {
        row[i]! += ((i < perPixel ? 0 : row[i - perPixel]!) + above[i]!) >> 1;
      }
    } else if (filter === 4) {
      for (let i = 0; i < rowBytes; i++) {
        const left = i < perPixel ? 0 : row[i - perPixel]!;
        const corner = i < perPixel ? 0 : above[i - perPixel]!;
        row[i]! += paeth(left, above[i]!, corner);
      }
    } else if (filter !== 0) {
      throw invalid(`row ${start / stride} has the unknown filter ${filter}`);
    }
    above = row;
  }
}

function paeth(left: number, above: number, corner: number): number {
  const toLeft = Math.abs(above - corner);
  const toAbove = Math.abs(left - corner);
  const toCorner = Math.abs(left + above - 2 * corner);
  if (toLeft <= toAbove && toLeft <= toCorner) return left;
  return toAbove <= toCorner ? above : corner;
}

/** Puts the values of one pass at their places. */
function scatter(
  bytes: Uint8Array,
  pass: Pass,
  { size, depth }: Header,
  into: Uint8Array | Uint16Array,
): void {
  const stride = pass.rowBytes + 1;
  for (let row = 0; row < pass.height; row++) {
    const from = row * stride + 1;
    const out = (pass.y + row * pass.stepY) * size.width + pass.x;
    if (depth === 8 && pass.stepX === 1) {
      into.set(bytes.subarray(from, from + pass.width), out);
      continue;
    }
    for (let i = 0, at = out; i < pass.width; i++, at += pass.stepX) {
      into[at] = valueAt(bytes, from, i, depth);
    }
  }
}

function valueAt(bytes: Uint8Array, from: number, i: number, depth: Header["depth"]): number {
  if (depth === 8) return bytes[from + i]!;
  if (depth === 16) return (bytes[from + 2 * i]! << 8) | bytes[from + 2 * i + 1]!;
  const bit = i * depth;
  return (bytes[from + (bit >> 3)]! >> (8 - depth - (bit & 7))) & ((1 << depth) - 1);
}
