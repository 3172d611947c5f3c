// From rows of values to column runs: masks of bitmaps, of logits and of label maps.
import { type Bitmap, checkSize, type Mask } from "./mask.ts";
import { RunWriter } from "./run-writer.ts";
import type { Size } from "./space.ts";

/** The object numbers of a frame, row by row, 0 for background; length width × height. */
export interface LabelMap {
  readonly size: Size;
  readonly data: Uint8Array | Uint16Array;
}

/** The mask of all non-zero bytes. Throws a RangeError unless there are width × height bytes. */
export function maskFromBitmap(bitmap: Bitmap): Mask {
  const writer = new RunWriter();
  visitRuns(bitmap.data, bitmap.size, (value, start, end) => {
    if (value !== 0) writer.add(start, end);
  });
  return writer.finish(bitmap.size);
}

/**
 * The mask of all logits above the threshold (0 unless said otherwise, strictly, as the reference
 * cuts them). Logits are rows of `size`. NaN is background.
 */
export function maskFromLogits(logits: Float32Array, size: Size, threshold = 0): Mask {
  checkLength(logits.length, size);
  const data = new Uint8Array(logits.length);
  // A sum and no branch: edges would be mispredicted, and this runs for every frame.
  for (let i = 0; i < data.length; i++) data[i] = +(logits[i]! > threshold);
  return maskFromBitmap({ size, data });
}

/** One mask for each value in the map except 0, by ascending value. */
export function masksFromLabels(labels: LabelMap): Map<number, Mask> {
  const writers = new Map<number, RunWriter>();
  visitRuns(labels.data, labels.size, (value, start, end) => {
    if (value === 0) return;
    let writer = writers.get(value);
    if (writer === undefined) {
      writer = new RunWriter();
      writers.set(value, writer);
    }
    writer.add(start, end);
  });
  const values = [...writers.keys()].sort((a, b) => a - b);
  return new Map(values.map((value) => [value, writers.get(value)!.finish(labels.size)]));
}

/**
 * Paints masks over each other in the order given, a later one over an earlier, each in its number
 * 1 … 255. Throws a RangeError for another number or a mask of another size.
 */
export function labelsFromMasks(
  masks: Iterable<readonly [label: number, mask: Mask]>,
  size: Size,
): { readonly size: Size; readonly data: Uint8Array } {
  checkSize(size);
  const data = new Uint8Array(size.width * size.height);
  for (const [label, mask] of masks) {
    if (!Number.isInteger(label) || label < 1 || label > 255) {
      throw new RangeError(`A label map of bytes holds the numbers 1 to 255 (got ${label}).`);
    }
    if (mask.size.width !== size.width || mask.size.height !== size.height) {
      throw new RangeError(
        `The mask of ${label} is ${mask.size.width} × ${mask.size.height}, ` +
          `the label map ${size.width} × ${size.height}.`,
      );
    }
    paint(mask, label, data);
  }
  return { size, data };
}

function paint(mask: Mask, label: number, data: Uint8Array): void {
  const { width, height } = mask.size;
  let at = 0;
  for (let i = 0; i < mask.counts.length; i++) {
    const end = at + mask.counts[i]!;
    if (i % 2 === 1) {
      let column = Math.floor(at / height);
      let row = at - column * height;
      for (let n = at; n < end; n++) {
        data[row * width + column] = label;
        if (++row === height) {
          row = 0;
          column++;
        }
      }
    }
    at = end;
  }
}

function checkLength(length: number, size: Size): void {
  checkSize(size);
  if (length !== size.width * size.height) {
    throw new RangeError(
      `${size.width} × ${size.height} pixels need as many values, not ${length}.`,
    );
  }
}

/**
 * Calls `visit(value, start, end)` for each run of equal values down the columns, left to right.
 * The rows are read in the order they lie in memory: only places where a pixel differs from the one
 * above are kept, then sorted by column by counting.
 */
function visitRuns(
  data: Uint8Array | Uint16Array,
  size: Size,
  visit: (value: number, start: number, end: number) => void,
): void {
  checkLength(data.length, size);
  const { width, height } = size;
  const changes = verticalChanges(data, width, height);
  const firsts = new Uint32Array(width + 1);
  for (let i = 0; i < changes.length; i++) firsts[(changes[i]! % width) + 1]!++;
  for (let x = 0; x < width; x++) firsts[x + 1]! += firsts[x]!;
  const next = firsts.slice();
  const rows = new Uint32Array(changes.length);
  for (let i = 0; i < changes.length; i++) {
    const row = Math.floor(changes[i]! / width);
    rows[next[changes[i]! - row * width]!++] = row;
  }
  for (let x = 0; x < width; x++) {
    let row = 0;
    for (let i = firsts[x]!; i < firsts[x + 1]!; i++) {
      const below = rows[i]!;
      visit(data[row * width + x]!, x * height + row, x * height + below);
      row = below;
    }
    visit(data[row * width + x]!, x * height + row, (x + 1) * height);
  }
}

/** Row-major indices of all pixels that differ from the pixel above, ascending. */
function verticalChanges(
  data: Uint8Array | Uint16Array,
  width: number,
  height: number,
): Uint32Array {
  let found = new Uint32Array(1024);
  let count = 0;
  const perWord = 4 / data.BYTES_PER_ELEMENT;
  const words =
    width % perWord === 0 && data.byteOffset % 4 === 0
      ? new Uint32Array(data.buffer, data.byteOffset, data.byteLength / 4)
      : null;
  const stride = width / perWord;
  for (let y = 1; y < height; y++) {
    // One check for room a row, none a pixel.
    if (count + width > found.length) {
      const grown = new Uint32Array(Math.max(found.length * 2, count + width));
      grown.set(found);
      found = grown;
    }
    if (words === null) {
      for (let i = y * width; i < (y + 1) * width; i++) {
        if (data[i] !== data[i - width]) found[count++] = i;
      }
      continue;
    }
    for (let w = y * stride; w < (y + 1) * stride; w++) {
      if (words[w] === words[w - stride]) continue;
      for (let i = w * perWord; i < (w + 1) * perWord; i++) {
        if (data[i] !== data[i - width]) found[count++] = i;
      }
    }
  }
  return found.subarray(0, count);
}
