// Masks drawn as rows of text, and random ones for the laws.
import fc from "fast-check";
import { bitmapFromMask, type Mask, maskFromBitmap } from "../src/index.ts";

/** `drawn("..##", ".###")`: a mask of 4 × 2, # is foreground. */
export function drawn(...rows: readonly string[]): Mask {
  const size = { width: rows[0]!.length, height: rows.length };
  return maskFromBitmap({ size, data: Uint8Array.from(rows.join(""), (c) => (c === "#" ? 1 : 0)) });
}

/** The rows of a mask as text, so that a failed test prints pictures. */
export function picture(mask: Mask): string[] {
  const { width, height } = mask.size;
  const text = Array.from(bitmapFromMask(mask).data, (v) => (v === 1 ? "#" : ".")).join("");
  return Array.from({ length: height }, (_, y) => text.slice(y * width, (y + 1) * width));
}

/** Masks of 1 … 17 pixels a side: noise, rectangles and stripes, empty and full ones among them. */
export function anyMask(size?: { width: number; height: number }): fc.Arbitrary<Mask> {
  const sizes = size === undefined ? anySize : fc.constant(size);
  return sizes.chain((frame) => {
    const pixels = frame.width * frame.height;
    const noise = fc.array(fc.integer({ min: 0, max: 1 }), {
      minLength: pixels,
      maxLength: pixels,
    });
    const rectangles = fc
      .array(
        fc.record({
          x0: fc.nat(frame.width),
          x1: fc.nat(frame.width),
          y0: fc.nat(frame.height),
          y1: fc.nat(frame.height),
        }),
        { maxLength: 4 },
      )
      .map((boxes) =>
        Array.from({ length: pixels }, (_, i) => {
          const x = i % frame.width;
          const y = Math.floor(i / frame.width);
          const hits = boxes.filter((b) => x >= b.x0 && x < b.x1 && y >= b.y0 && y < b.y1);
          return hits.length % 2;
        }),
      );
    return fc
      .oneof(noise, rectangles)
      .map((data) => maskFromBitmap({ size: frame, data: Uint8Array.from(data) }));
  });
}

export const anySize: fc.Arbitrary<{ width: number; height: number }> = fc.record(
  { width: fc.integer({ min: 1, max: 17 }), height: fc.integer({ min: 1, max: 17 }) },
  { noNullPrototype: true },
);

/** Two masks of one size. */
export const anyPair: fc.Arbitrary<[Mask, Mask]> = anySize.chain((size) =>
  fc.tuple(anyMask(size), anyMask(size)),
);
