// Opens what this machine has: videos, pictures, models. The only place of the command line that builds adapters.
import { homedir } from "node:os";
import { join } from "node:path";
import type { Clip, Frame, FrameTiming, VideoSink } from "@masklet/video";
import { frameIndex, type Size } from "@masklet/vision";
import type { Tracker } from "@masklet/workbench";
import type { Terminal } from "./terminal.ts";

/** Opens a video or a folder of pictures; `terminal` shows how far it is, null opens silently. Throws a VideoError. */
export async function openClip(path: string, terminal: Terminal | null): Promise<Clip> {
  const video = await import("@masklet/video/node");
  const meter = terminal?.progress("Reading the video", null, "frames");
  return video.openClip(path, {
    progress: (frames) => meter?.update(frames),
    ...(terminal !== null && { signal: terminal.signal }),
  });
}

/** Reads one picture as a clip of one frame. Throws a VideoError. */
export async function openPicture(path: string): Promise<Frame> {
  const { readPicture } = await import("@masklet/video/node");
  return { index: frameIndex(0), seconds: 0, ...(await readPicture(path)) };
}

/** A sink that writes an MP4 which browsers play. Throws a VideoError. */
export async function openVideoSink(
  path: string,
  form: { readonly size: Size; readonly timing: FrameTiming },
): Promise<VideoSink> {
  const { createVideo } = await import("@masklet/video/node");
  return createVideo(path, form);
}

/** Options of a command that runs a model. */
export interface ModelWish {
  readonly model?: string | undefined;
  readonly size?: number | undefined;
  readonly precision?: "exact" | "fast" | undefined;
  readonly threads?: number | undefined;
}

/** MASKLET_HOME: downloaded models, compiled graphs, the demonstration. */
export function maskletHome(): string {
  return process.env.MASKLET_HOME ?? join(homedir(), ".masklet");
}

/** Loads the model that is asked for, the embedded one by default. Throws an EngineError. */
export async function loadTracker(wish: ModelWish): Promise<Tracker> {
  const { embeddedModels, listModels, loadModel } = await import("@masklet/engine/node");
  const { trackerOf } = await import("@masklet/workbench");
  const places = { home: maskletHome(), embedded: embeddedModels };
  const name = wish.model ?? (await listModels(places))[0]?.name ?? "";
  const model = await loadModel(name, {
    ...places,
    ...(wish.size !== undefined && { imageSize: wish.size }),
    ...(wish.precision !== undefined && { precision: wish.precision }),
    ...(wish.threads !== undefined && { threads: wish.threads }),
  });
  return trackerOf(model);
}
