// Writes a sequence of pictures into a folder: 00000.png, 00001.png and on.
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { makeFolder, systemReason } from "@masklet/disk";
import type { Size } from "@masklet/vision";
import { VideoError } from "../error.ts";
import type { VideoSink } from "../sink.ts";
import { writePicture } from "./pictures.ts";

/** Digits of a picture's number, as DAVIS and YouTube-VOS have them; longer where it needs more. */
const DIGITS = 5;

/**
 * A sink that writes PNG files named by number from `first` on, each whole or not at all. The folder
 * is made if it is missing; `abandon` removes the pictures written. Throws a `VideoError`
 * (`cannot-write`).
 */
export async function createPictures(
  folder: string,
  { size, first = 0 }: { readonly size: Size; readonly first?: number },
): Promise<VideoSink> {
  try {
    makeFolder(folder);
  } catch (error) {
    const reason = systemReason(error);
    throw new VideoError("cannot-write", `${folder} cannot be made (${reason}).`, { cause: error });
  }
  const written: string[] = [];
  let open = true;
  return {
    size,
    async write(rgb) {
      if (!open) throw new VideoError("closed", `${folder} is finished or abandoned.`);
      const number = String(first + written.length).padStart(DIGITS, "0");
      const path = join(folder, `${number}.png`);
      await writePicture(path, { size, rgb });
      written.push(path);
    },
    async finish() {
      open = false;
      return { frames: written.length };
    },
    async abandon() {
      if (!open) return;
      open = false;
      for (const path of written) await rm(path, { force: true });
    },
  };
}
