// Single pictures: files to upright RGB, and RGB to files that appear whole or not at all.
import { rename, rm, stat } from "node:fs/promises";
import { extname } from "node:path";
import { partBeside, readOrdinaryFile } from "@masklet/disk";
import type { Size } from "@masklet/vision";
import { decode as decodeBmp } from "bmp-ts";
import sharp, { type Sharp } from "sharp";
import { VideoError } from "../error.ts";
import { fileFailure } from "./files.ts";
import { FRAME_PIXELS_MAX, PICTURE_BYTES_MAX } from "./limits.ts";

/** Of 100; little loss at a third of the size that 100 takes. */
const JPEG_QUALITY = 92;

/** A picture: height × width × 3 bytes, rows from the top, red green blue. */
export interface Picture {
  readonly size: Size;
  readonly rgb: Uint8Array;
}

/**
 * Reads a JPEG, PNG, WebP, TIFF, GIF (first frame) or BMP file: upright by its EXIF orientation,
 * converted to sRGB, 8 bits, transparency ignored. Throws a `VideoError` that names the file.
 */
export async function readPicture(path: string): Promise<Picture> {
  return await decodePicture(path, await readPictureFile(path));
}

/** The bytes of a picture's file. Throws a `VideoError`. */
export async function readPictureFile(path: string): Promise<Buffer<ArrayBuffer>> {
  try {
    const { size } = await stat(path);
    if (size > PICTURE_BYTES_MAX) {
      throw new VideoError(
        "too-large",
        `${path} has ${size} bytes; pictures of at most ${PICTURE_BYTES_MAX} bytes are read.`,
      );
    }
    const bytes = await readOrdinaryFile(path);
    if (bytes.length === 0) throw new VideoError("not-a-video", `${path} is empty (0 bytes).`);
    return bytes;
  } catch (error) {
    throw error instanceof VideoError ? error : fileFailure(path, error);
  }
}

/**
 * Decodes the bytes of a picture's file, whole or scaled down to `width` × `height` (of the upright
 * picture). Throws a `VideoError` that names the file at `path`.
 */
export async function decodePicture(
  path: string,
  bytes: Buffer,
  scaled?: (upright: Size) => Size,
): Promise<Picture & { readonly upright: Size }> {
  try {
    const { source, upright } = await opened(path, bytes);
    const size = scaled?.(upright) ?? upright;
    const pipeline = source.removeAlpha().toColourspace("srgb");
    const resized = scaled ? pipeline.resize(size.width, size.height, { fit: "fill" }) : pipeline;
    const { data, info } = await resized.raw({ depth: "uchar" }).toBuffer({
      resolveWithObject: true,
    });
    if (info.channels !== 3) throw new Error(`${info.channels} channels`);
    return { size: { width: info.width, height: info.height }, upright, rgb: data };
  } catch (error) {
    if (error instanceof VideoError) throw error;
    throw new VideoError(
      "damaged",
      `${path} is not a picture that can be read (${firstLine(error)}).`,
      { cause: error },
    );
  }
}

/**
 * Writes a picture as its name's ending says (.png, .jpg, .webp, .tif): beside first, then renamed.
 * Throws a `VideoError` (`cannot-write`) and leaves nothing behind.
 */
export async function writePicture(path: string, { size, rgb }: Picture): Promise<void> {
  const ending = extname(path).toLowerCase();
  const raw = { width: size.width, height: size.height, channels: 3 as const };
  const beside = partBeside(path);
  try {
    await encoded(sharp(rgb, { raw }), ending).toFile(beside);
    await rename(beside, path);
  } catch (error) {
    await rm(beside, { force: true }).catch(() => undefined);
    throw new VideoError(
      "cannot-write",
      `${path} cannot be written (${firstLine(error).replace(`${beside}: `, "")}).`,
      {
        cause: error,
      },
    );
  }
}

function encoded(picture: Sharp, ending: string): Sharp {
  switch (ending) {
    case ".png":
      return picture.png();
    case ".jpg":
    case ".jpeg":
      return picture.jpeg({ quality: JPEG_QUALITY });
    case ".webp":
      return picture.webp({ lossless: true });
    case ".tif":
    case ".tiff":
      return picture.tiff({ compression: "lzw" });
    default:
      throw new Error(`no picture format ends in "${ending}"; use .png, .jpg, .webp or .tif`);
  }
}

/** The picture in sharp, upright, with its size known before anything is decoded. */
async function opened(
  path: string,
  bytes: Buffer,
): Promise<{ readonly source: Sharp; readonly upright: Size }> {
  if (bytes.subarray(0, 2).toString("latin1") === "BM") return openedBmp(path, bytes);
  const source = sharp(bytes, { limitInputPixels: false, failOn: "error" }).autoOrient();
  const { autoOrient: upright } = await source.metadata();
  checkPixels(path, upright);
  return { source, upright };
}

/** BMP, which sharp cannot read. */
function openedBmp(
  path: string,
  bytes: Buffer,
): { readonly source: Sharp; readonly upright: Size } {
  // BITMAPINFOHEADER: width at byte 18, height at 22, negative for rows from the top.
  const stated = {
    width: Math.abs(bytes.readInt32LE(18)),
    height: Math.abs(bytes.readInt32LE(22)),
  };
  checkPixels(path, stated);
  const { data, width, height } = decodeBmp(bytes, { toRGBA: true });
  const size = { width, height: Math.abs(height) };
  return { source: sharp(data, { raw: { ...size, channels: 4 } }), upright: size };
}

function checkPixels(path: string, { width, height }: Size): void {
  if (width * height <= FRAME_PIXELS_MAX) return;
  throw new VideoError(
    "too-large",
    `${path} has ${width} × ${height} pixels; pictures of at most ${FRAME_PIXELS_MAX} pixels are read.`,
  );
}

function firstLine(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return (text.split("\n")[0] ?? text).replace(/\.$/, "");
}
