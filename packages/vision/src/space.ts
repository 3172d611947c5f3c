// Sizes, points, boxes and frame numbers, branded so that spaces cannot be mixed.

declare const space: unique symbol;

/** A number that counts frames from 0 in presentation order, after the edit list. */
export type FrameIndex = number & { readonly [space]: "frame" };

/** Width and height in pixels, both positive integers. */
export interface Size {
  readonly width: number;
  readonly height: number;
}

/**
 * A point in the displayed frame: pixel indices after rotation, x right, y down, so that the
 * centre of the top-left pixel is (0, 0). Fractions are allowed.
 */
export interface ImagePoint {
  readonly x: number;
  readonly y: number;
  readonly [space]?: "image";
}

/** A point in the square the network sees: 0 … side, the same convention as the reference's `x * S / W`. */
export interface ModelPoint {
  readonly x: number;
  readonly y: number;
  readonly [space]?: "model";
}

/** A half-open box of whole pixels: columns x … x + width − 1, rows y … y + height − 1. */
export interface PixelBox {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Checks and brands a frame number. Throws a RangeError naming the value unless it is a whole number ≥ 0. */
export function frameIndex(value: number): FrameIndex {
  if (!Number.isInteger(value) || value < 0) {
    throw new RangeError(`A frame number counts from 0 in whole steps (got ${value}).`);
  }
  return value as FrameIndex;
}
