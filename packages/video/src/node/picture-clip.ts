// A folder of pictures as a clip, in the natural order of their names.
import { createHash } from "node:crypto";
import { readdir } from "node:fs/promises";
import { extname, join } from "node:path";
import type { FrameIndex, Size } from "@masklet/vision";
import type { Clip, OpenOptions } from "../clip.ts";
import { changeMeter, hsvOf, smallSize } from "../cuts.ts";
import { VideoError } from "../error.ts";
import { type FrameEntry, picturesDigestText, sha256, type TimeBase } from "../frame-table.ts";
import { UPRIGHT } from "../orientation.ts";
import { fileFailure } from "./files.ts";
import { PICTURES_AT_ONCE, PICTURES_MAX } from "./limits.ts";
import { decodePicture, readPictureFile } from "./pictures.ts";
import { clipOver } from "./read-ahead.ts";

const ENDINGS = new Set([".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff"]);

/** Pictures have no timestamps; they are shown at the rate of DAVIS and YouTube-VOS. */
const PICTURE_TIME: TimeBase = { numerator: 1, denominator: 24 };

/** Whether a file's name ends as a picture's. */
export function isPictureName(name: string): boolean {
  return ENDINGS.has(extname(name).toLowerCase());
}

/**
 * Opens a folder of pictures: `2.png` before `10.png`, hidden files and other endings passed over,
 * every picture decoded once, all of one size. Throws a `VideoError`, or the signal's reason.
 */
export async function openPictures(
  folder: string,
  { signal, progress = () => undefined }: OpenOptions,
): Promise<Clip> {
  const paths = await picturePaths(folder);
  const contents: string[] = [];
  const changes = [];
  const measure = changeMeter();
  let first: { readonly path: string; readonly size: Size } | null = null;
  for (let start = 0; start < paths.length; start += PICTURES_AT_ONCE) {
    signal?.throwIfAborted();
    const batch = paths.slice(start, start + PICTURES_AT_ONCE);
    for (const { path, content, upright, rgb } of await Promise.all(batch.map(inspect))) {
      first ??= { path, size: upright };
      checkSize(first, { path, size: upright });
      contents.push(content);
      changes.push(measure(hsvOf(rgb)));
    }
    progress(contents.length, paths.length);
  }
  if (!first) throw new VideoError("no-pictures", `${folder} has no pictures.`);
  const { size, path: firstPath } = first;
  const table = {
    digest: await sha256(picturesDigestText(size, contents)),
    container: "pictures",
    codec: extname(firstPath).slice(1).toLowerCase(),
    pixelFormat: "rgb24",
    size,
    orientation: UPRIGHT,
    timeBase: PICTURE_TIME,
    frames: contents.map(frameEntry),
  };
  let closed = false;
  const close = async () => {
    closed = true;
  };
  return clipOver({ name: folder, table, changes, warnings: [], close }, (index) => ({
    rgb: closed
      ? Promise.reject(new VideoError("closed", `${folder} was closed.`))
      : readFrame(paths[index] ?? "", contents[index] ?? ""),
    forget: () => undefined,
  }));
}

async function picturePaths(folder: string): Promise<string[]> {
  let names: string[];
  try {
    names = await readdir(folder);
  } catch (error) {
    throw fileFailure(folder, error);
  }
  const pictures = names.filter((name) => !name.startsWith(".") && isPictureName(name));
  if (pictures.length === 0) {
    throw new VideoError(
      "no-pictures",
      `${folder} has no pictures (${[...ENDINGS].join(", ")} are read).`,
    );
  }
  if (pictures.length > PICTURES_MAX) {
    throw new VideoError(
      "too-large",
      `${folder} has ${pictures.length} pictures; at most ${PICTURES_MAX} are read as one clip.`,
    );
  }
  const natural = new Intl.Collator("en", { numeric: true });
  pictures.sort((a, b) => natural.compare(a, b) || (a < b ? -1 : 1));
  return pictures.map((name) => join(folder, name));
}

async function inspect(path: string) {
  const bytes = await readPictureFile(path);
  const { upright, rgb } = await decodePicture(path, bytes, smallSize);
  return { path, content: contentDigest(bytes), upright, rgb };
}

async function readFrame(path: string, content: string): Promise<Uint8Array> {
  const bytes = await readPictureFile(path);
  if (contentDigest(bytes) !== content) {
    throw new VideoError(
      "damaged",
      `${path} was changed after the folder was opened; open it again.`,
    );
  }
  return (await decodePicture(path, bytes)).rgb;
}

function contentDigest(bytes: Buffer): string {
  return createHash("sha256").update(bytes).digest("hex");
}

function checkSize(
  first: { readonly path: string; readonly size: Size },
  other: { readonly path: string; readonly size: Size },
): void {
  const [a, b] = [first.size, other.size];
  if (a.width === b.width && a.height === b.height) return;
  throw new VideoError(
    "size-mismatch",
    `${other.path} is ${b.width} × ${b.height} pixels and ${first.path} is ${a.width} × ${a.height}; the pictures of a clip must all have one size.`,
  );
}

function frameEntry(_: string, index: number): FrameEntry {
  const seconds = (index * PICTURE_TIME.numerator) / PICTURE_TIME.denominator;
  return { index: index as FrameIndex, ticks: index, seconds, key: true };
}
