// LabelMe's masks: the crop of a mask as a grey PNG of 0 and 1, in base64, between two corners.
import {
  bitmapFromMask,
  crop,
  type Mask,
  maskFromBitmap,
  paste,
  readIndexedPng,
  type Size,
  tightBox,
  writeGreyPng,
} from "@masklet/vision";
import type { Where } from "../builder.ts";
import { FormatError, inFile } from "../error.ts";

/** The corners are pixels and both belong to the mask. */
export interface MaskCrop {
  readonly points: readonly [readonly [number, number], readonly [number, number]];
  readonly mask: string;
}

export async function cropFromMask(mask: Mask): Promise<MaskCrop> {
  const box = tightBox(mask)!;
  const { data } = bitmapFromMask(crop(mask, box));
  const png = await writeGreyPng({ size: { width: box.width, height: box.height }, data });
  const points = [
    [box.x, box.y],
    [box.x + box.width - 1, box.y + box.height - 1],
  ] as const;
  return { points, mask: bytesToBase64(png) };
}

/** Any value but 0 is inside, as LabelMe reads it. The picture's own size counts; its first corner says where it lies. */
export async function maskFromCrop(
  corner: readonly [number, number],
  base64: string,
  size: Size,
  where: Where,
): Promise<Mask> {
  let bytes: Uint8Array;
  try {
    bytes = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
  } catch {
    throw new FormatError("malformed", where, "the mask is not base64");
  }
  const picture = await readIndexedPng(bytes).catch((error: unknown) =>
    inFile(
      where.file,
      () => {
        throw error;
      },
      where.place,
    ),
  );
  const [x, y] = [Math.round(corner[0]), Math.round(corner[1])];
  const data = Uint8Array.from(picture.data, (value) => (value === 0 ? 0 : 1));
  if (
    !Number.isSafeInteger(x) ||
    !Number.isSafeInteger(y) ||
    Math.abs(x) > 2 ** 30 ||
    Math.abs(y) > 2 ** 30
  ) {
    throw new FormatError("malformed", where, "the mask lies nowhere near its picture");
  }
  return paste(maskFromBitmap({ size: picture.size, data }), { size, x, y });
}

/** Bytes are turned to text in pieces, since arguments of a call are limited. */
const PIECE = 0x8000;

function bytesToBase64(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += PIECE)
    text += String.fromCharCode(...bytes.subarray(at, at + PIECE));
  return btoa(text);
}
