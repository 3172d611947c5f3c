// The mask of logits that are resized on the way: runs straight from the small plane, the large one is never made.
import { type Axis, linearAxis } from "./axis.ts";
import { checkSize, type Mask } from "./mask.ts";
import { RunWriter } from "./run-writer.ts";
import type { Size } from "./space.ts";

/**
 * `maskFromLogits(resizeBilinear(logits, { from, to }), to)` to the pixel, several times faster: between two small logits
 * of one sign nothing is computed, and columns without any foreground are left out. One plane of finite logits.
 * Throws a RangeError unless there are from.width × from.height logits.
 */
export function maskFromSmallLogits(
  logits: Float32Array,
  { from, to }: { readonly from: Size; readonly to: Size },
): Mask {
  checkSize(from);
  checkSize(to);
  if (logits.length !== from.width * from.height) {
    throw new RangeError(`${logits.length} values are no plane of ${from.width} × ${from.height}.`);
  }
  const x = linearAxis({ from: from.width, to: to.width });
  const y = linearAxis({ from: from.height, to: to.height });
  const columns = columnsOf(logits, from);
  const fall = { y, starts: startsOf(y, from.height), height: to.height };
  const column = new Float32Array(from.height);
  const writer = new RunWriter();
  for (let at = 0; at < to.width; at++) {
    const [a, b] = [x.indices[2 * at]!, x.indices[2 * at + 1]!];
    const top = Math.min(columns.tops[a]!, columns.tops[b]!);
    if (top === from.height) continue;
    const bottom = Math.max(columns.bottoms[a]!, columns.bottoms[b]!);
    const [weightA, weightB] = [x.weights[2 * at]!, x.weights[2 * at + 1]!];
    const [startA, startB] = [a * from.height, b * from.height];
    // Rounded to float32 between the two passes, as the resampler does.
    const first = Math.max(0, top - 1);
    const last = Math.min(from.height - 1, bottom + 1);
    for (let row = first; row <= last; row++) {
      column[row] = columns.data[startA + row]! * weightA + columns.data[startB + row]! * weightB;
    }
    writeColumn(writer, at * to.height, { column, first, last, fall });
  }
  return writer.finish(to);
}

/** A plane column by column, and between which rows each column has foreground (tops = height where it has none). */
interface Columns {
  readonly data: Float32Array;
  readonly tops: Int32Array;
  readonly bottoms: Int32Array;
}

function columnsOf(logits: Float32Array, { width, height }: Size): Columns {
  const data = new Float32Array(logits.length);
  const tops = new Int32Array(width).fill(height);
  const bottoms = new Int32Array(width).fill(-1);
  for (let row = 0, at = 0; row < height; row++) {
    for (let x = 0; x < width; x++, at++) {
      const logit = logits[at]!;
      data[x * height + row] = logit;
      if (logit > 0) {
        if (tops[x] === height) tops[x] = row;
        bottoms[x] = row;
      }
    }
  }
  return { data, tops, bottoms };
}

/** For each input sample the first output sample that starts from it; one entry more closes the list. */
function startsOf({ indices }: Axis, length: number): Int32Array {
  const starts = new Int32Array(length + 1);
  const count = indices.length / 2;
  for (let out = 0, sample = 0; sample <= length; sample++) {
    while (out < count && indices[2 * out]! < sample) out++;
    starts[sample] = sample === length ? count : out;
  }
  return starts;
}

interface Fall {
  readonly y: Axis;
  readonly starts: Int32Array;
  readonly height: number;
}

/** Writes the foreground of one output column, from its small samples `first … last`; beyond them there is none. */
function writeColumn(
  writer: RunWriter,
  offset: number,
  {
    column,
    first,
    last,
    fall: { y, starts },
  }: {
    readonly column: Float32Array;
    readonly first: number;
    readonly last: number;
    readonly fall: Fall;
  },
): void {
  const { indices, weights } = y;
  let begun = -1; // first row of the stretch that is open, or −1
  for (let sample = first; sample <= last; sample++) {
    const [start, end] = [starts[sample]!, starts[sample + 1]!];
    if (start === end) continue;
    const here = column[sample]!;
    const nextSample = indices[2 * start + 1]!;
    const next = nextSample > last ? 0 : column[nextSample]!;
    if (here > 0 && next > 0) {
      if (begun < 0) begun = start;
    } else if (here > 0 || next > 0) {
      for (let row = start; row < end; row++) {
        const inside = Math.fround(here * weights[2 * row]! + next * weights[2 * row + 1]!) > 0;
        if (inside && begun < 0) begun = row;
        if (!inside && begun >= 0) {
          writer.add(offset + begun, offset + row);
          begun = -1;
        }
      }
    } else if (begun >= 0) {
      writer.add(offset + begun, offset + start);
      begun = -1;
    }
  }
  if (begun >= 0) writer.add(offset + begun, offset + starts[last + 1]!);
}
