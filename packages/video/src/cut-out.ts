// Cuts an object out of a picture: straight alpha, its edge soft over two pixels or hard.
import { bitmapFromMask, crop, type Mask, type PixelBox, type Size } from "@masklet/vision";

/** How the edge runs: `soft` is smoothed over about two pixels, `hard` is the mask pixel by pixel. */
export type CutOutEdge = "soft" | "hard";

/** Pixels around a mask that a soft edge touches: a box must have them, or the frame's border. */
export const CUT_OUT_MARGIN = 2;

/** The binomial kernel of four; its square sums to 256. */
const KERNEL = [1, 4, 6, 4, 1] as const;
const KERNEL_SUM = 256;
/** How much steeper than the smoothed mask the edge is. */
const STEEPNESS = 2;

/**
 * The part of a picture inside `box` with everything but the object transparent: height × width × 4 bytes of the box,
 * red green blue alpha, rows from the top. Alpha is straight: colours are the picture's own, not multiplied,
 * also just outside the edge, so that no dark rim appears when the result is scaled; further out they are black.
 * Throws a RangeError where mask and picture differ in size.
 */
export function cutOut(
  picture: { readonly size: Size; readonly rgb: Uint8Array },
  mask: Mask,
  { box, edge }: { readonly box: PixelBox; readonly edge: CutOutEdge },
): Uint8Array {
  const { width, height } = picture.size;
  if (mask.size.width !== width || mask.size.height !== height) {
    throw new RangeError(
      `The mask is ${mask.size.width} × ${mask.size.height} pixels, the picture ${width} × ${height}.`,
    );
  }
  const inside = bitmapFromMask(crop(mask, box)).data;
  const near = smoothed(inside, box);
  const out = new Uint8Array(box.width * box.height * 4);
  for (let y = 0; y < box.height; y++) {
    let source = ((box.y + y) * width + box.x) * 3;
    let at = y * box.width;
    for (let x = 0; x < box.width; x++, at++, source += 3) {
      const weight = near[at] ?? 0;
      if (weight === 0) continue;
      out[4 * at] = picture.rgb[source] ?? 0;
      out[4 * at + 1] = picture.rgb[source + 1] ?? 0;
      out[4 * at + 2] = picture.rgb[source + 2] ?? 0;
      out[4 * at + 3] = edge === "hard" ? (inside[at] ?? 0) * 255 : opacity(weight);
    }
  }
  return out;
}

/** Alpha of a pixel by the smoothed mask, 0 to 256: half-way stays, the slope gets steeper. */
function opacity(weight: number): number {
  const share = (weight / KERNEL_SUM - 0.5) * STEEPNESS + 0.5;
  return Math.round(255 * Math.min(1, Math.max(0, share)));
}

/** The mask smoothed by the kernel both ways, 0 to 256; beyond the box it goes on as at its border. */
function smoothed(inside: Uint8Array, { width, height }: Size): Uint16Array {
  const across = new Uint16Array(inside.length);
  for (let y = 0; y < height; y++) smoothLine(inside, across, y * width, 1, width);
  const both = new Uint16Array(inside.length);
  for (let x = 0; x < width; x++) smoothLine(across, both, x, width, height);
  return both;
}

function smoothLine(
  from: Uint8Array | Uint16Array,
  to: Uint16Array,
  start: number,
  step: number,
  length: number,
): void {
  const value = (i: number) => from[start + Math.min(length - 1, Math.max(0, i)) * step] ?? 0;
  for (let i = 0; i < length; i++) {
    let sum = 0;
    for (let k = 0; k < KERNEL.length; k++) sum += (KERNEL[k] ?? 0) * value(i + k - 2);
    to[start + i * step] = sum;
  }
}
