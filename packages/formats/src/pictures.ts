// Frame numbers out of names of picture files.
import { LIMITS } from "@masklet/annotation";
import type { FrameIndex } from "@masklet/vision";

/** The number at the end of a file's stem: 5 for `v1/frame_00005.jpg`; null where there is none, or where it is more than a frame has: a time. */
export function frameOfPicture(name: string): number | null {
  const digits = /(\d{1,9})(?:\.[^./]*)?$/.exec(name)?.[1];
  return digits === undefined || Number(digits) >= LIMITS.frames ? null : Number(digits);
}

/**
 * Frames of a list of pictures: their own numbers where all have one and they rise, else their places
 * in the list.
 */
export function framesOfPictures(names: readonly string[]): FrameIndex[] {
  const numbers = names.map(frameOfPicture);
  const rising = numbers.every(
    (number, i) => number !== null && (i === 0 || number > (numbers[i - 1] ?? Infinity)),
  );
  return (rising ? numbers : names.map((_, i) => i)) as FrameIndex[];
}
