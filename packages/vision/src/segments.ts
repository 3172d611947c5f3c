// The foreground of a mask cut into stretches of single columns.
import type { Mask } from "./mask.ts";

/** Segments by column, left to right, and downwards within a column; only the first `count` are set. */
export interface Segments {
  readonly count: number;
  readonly columns: Int32Array;
  readonly tops: Int32Array;
  /** One past the last row. */
  readonly bottoms: Int32Array;
}

/** The segments of a mask: its runs, cut where they pass from one column to the next. */
export function segmentsOf(mask: Mask): Segments {
  const { width, height } = mask.size;
  const { counts } = mask;
  // Every run is one segment, and one more for each column it enters.
  const capacity = (counts.length >> 1) + width;
  const columns = new Int32Array(capacity);
  const tops = new Int32Array(capacity);
  const bottoms = new Int32Array(capacity);
  let count = 0;
  let start = 0;
  for (let i = 1; i < counts.length; i += 2) {
    start += counts[i - 1]!;
    const end = start + counts[i]!;
    let x = Math.floor(start / height);
    for (let column = x * height; column < end; column += height, x++) {
      columns[count] = x;
      tops[count] = Math.max(start - column, 0);
      bottoms[count] = Math.min(end - column, height);
      count++;
    }
    start = end;
  }
  return { count, columns, tops, bottoms };
}
