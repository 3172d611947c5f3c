// CVAT's own mask runs: row by row inside the mask's box, background first. Not COCO's, whatever some pages say.
import {
  bitmapFromMask,
  crop,
  type Mask,
  maskFromBitmap,
  type PixelBox,
  paste,
  type Size,
  tightBox,
} from "@masklet/vision";
import type { Where } from "../builder.ts";
import { FormatError } from "../error.ts";

/** The runs of a mask that is not empty, and the box that they fill. */
export function runsFromMask(mask: Mask): {
  readonly runs: readonly number[];
  readonly box: PixelBox;
} {
  const box = tightBox(mask)!;
  const { data } = bitmapFromMask(crop(mask, box));
  const runs: number[] = [];
  let [value, length] = [0, 0];
  for (const pixel of data) {
    if (pixel !== value) {
      runs.push(length);
      [value, length] = [pixel, 0];
    }
    length++;
  }
  runs.push(length);
  return { runs, box };
}

/** Throws FormatError unless the runs fill the box and the box lies in the frame. */
export function maskFromRuns(
  runs: readonly number[],
  box: PixelBox,
  size: Size,
  where: Where,
): Mask {
  const { x, y, width, height } = box;
  const whole = [x, y, width, height, ...runs].every(
    (number) => Number.isInteger(number) && number >= 0,
  );
  if (!whole || width < 1 || height < 1)
    throw new FormatError(
      "malformed",
      where,
      "a mask has whole numbers from 0 as runs, left, top, width and height",
    );
  if (x + width > size.width || y + height > size.height) {
    throw new FormatError(
      "malformed",
      where,
      `the mask reaches to ${x + width}, ${y + height}; the frame is ${size.width} × ${size.height}`,
    );
  }
  const data = new Uint8Array(width * height);
  let at = 0;
  runs.forEach((run, i) => {
    if (at + run > data.length) at = Number.POSITIVE_INFINITY;
    else if (i % 2 === 1) data.fill(1, at, at + run);
    at += run;
  });
  if (at !== data.length)
    throw new FormatError(
      "malformed",
      where,
      `the runs of the mask do not fill its box of ${width} × ${height}`,
    );
  return paste(maskFromBitmap({ size: { width, height }, data }), { size, x, y });
}
