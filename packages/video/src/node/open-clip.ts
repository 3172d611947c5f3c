// Opens whatever can be a clip: a video file or a folder of pictures.
import { stat } from "node:fs/promises";
import { dirname } from "node:path";
import type { Clip, OpenOptions } from "../clip.ts";
import { VideoError } from "../error.ts";
import { fileFailure } from "./files.ts";
import { isPictureName, openPictures } from "./picture-clip.ts";
import { openVideo } from "./video-clip.ts";

/**
 * Opens a video file or a folder of pictures: every frame is decoded once, which proves the frame
 * table. Close the clip. Throws a `VideoError` whose sentence names the file and the cause, or the
 * signal's reason when it is aborted.
 */
export async function openClip(path: string, options: OpenOptions = {}): Promise<Clip> {
  const kind = await kindOf(path);
  return kind === "folder" ? await openPictures(path, options) : await openVideo(path, options);
}

async function kindOf(path: string): Promise<"file" | "folder"> {
  let found: Awaited<ReturnType<typeof stat>>;
  try {
    found = await stat(path);
  } catch (error) {
    throw fileFailure(path, error);
  }
  if (found.isDirectory()) return "folder";
  if (!found.isFile()) {
    throw new VideoError("unreadable", `${path} is neither an ordinary file nor a folder.`);
  }
  if (found.size === 0) throw new VideoError("not-a-video", `${path} is empty (0 bytes).`);
  if (isPictureName(path)) {
    throw new VideoError(
      "not-a-video",
      `${path} is a single picture; give its folder (${dirname(path)}) to take its pictures as a clip.`,
    );
  }
  return "file";
}
