// Overlays for editors: the video with its masks painted on, as MP4; several in one archive.
import { createReadStream } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { extname, join } from "node:path";
import { type Document, stateAt } from "@masklet/annotation";
import { openOutput } from "@masklet/formats/node";
import type { Video } from "@masklet/protocol";
import { type Colour, type ObjectMask, paintMasks, timingOf } from "@masklet/video";
import { createVideo, openClip } from "@masklet/video/node";
import { type FrameIndex, isEmpty } from "@masklet/vision";
import { maskOfShape } from "@masklet/workbench";
import type { Bench } from "../bench.ts";
import { fileNameOf } from "../folders.ts";
import { readyVideo } from "../handlers/projects.ts";
import type { ExportMaking } from "./export-order.ts";

/** Makes the overlay of the only video at `path`, or an archive of those of several. */
export async function makeOverlays(bench: Bench, making: ExportMaking): Promise<void> {
  const { order, path, signal } = making;
  const videos = await Promise.all([...new Set(order.videos)].map((id) => readyVideo(bench, id)));
  const all = videos.reduce((sum, { frames }) => sum + frames, 0);
  let done = 0;
  const advance = () => making.progress(++done, all);
  const [only] = videos;
  if (extname(path) === ".mp4" && only !== undefined) {
    await makeOverlay(bench, only, { ...making, advance });
    return;
  }
  const folder = await mkdtemp(`${path}.part`);
  const output = await openOutput(path);
  try {
    for (const [at, video] of videos.entries()) {
      const made = join(folder, `${at}.mp4`);
      await makeOverlay(bench, video, { ...making, path: made, advance });
      signal.throwIfAborted();
      const file = await output.open(
        `${String(at + 1).padStart(3, "0")}-${fileNameOf(video.name)}-overlay.mp4`,
      );
      for await (const piece of createReadStream(made)) await file.write(piece as Uint8Array);
      await file.close();
      await rm(made);
    }
    await output.commit();
  } catch (error) {
    await output.abandon();
    throw error;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function makeOverlay(
  bench: Bench,
  { id }: Video,
  { order, path, signal, advance }: ExportMaking & { readonly advance: () => void },
): Promise<void> {
  const { document } = await bench.documents.read(id);
  const source = (await bench.catalogue.source(id)) ?? "";
  const clip = await openClip(source, { scans: bench.home.scans, signal });
  try {
    const { size } = clip.table;
    const sink = await createVideo(path, { size, timing: timingOf(clip.table) });
    try {
      for await (const frame of clip.frames({ direction: "forward" }, { signal })) {
        await sink.write(paintMasks(frame, masksAt(document, frame.index, order.onlyAccepted)));
        advance();
      }
      await sink.finish();
    } catch (error) {
      await sink.abandon();
      throw error;
    }
  } finally {
    await clip.close();
  }
}

/** In drawing order: what lies on top comes last. */
function masksAt(
  { tracks, video }: Document,
  frame: FrameIndex,
  onlyAccepted: boolean,
): readonly ObjectMask[] {
  const drawn = [...tracks].sort(([a, one], [b, two]) => one.info.order - two.info.order || a - b);
  return drawn.flatMap(([object, { info, review, states }]) => {
    if (onlyAccepted && review?.verdict !== "satisfactory") return [];
    const state = stateAt(states, frame);
    if (state?.presence !== "visible") return [];
    const mask = maskOfShape(state.shape, video.size);
    const colour = colourOf(info.colour);
    return isEmpty(mask) ? [] : [{ object, mask, ...(colour !== null && { colour }) }];
  });
}

/** `#rrggbb` as numbers; null for anything else, which is painted by the object's number. */
function colourOf(text: string | null): Colour | null {
  const found = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/i.exec(text ?? "");
  if (found === null) return null;
  const [r, g, b] = found.slice(1).map((hex) => Number.parseInt(hex, 16));
  return [r ?? 0, g ?? 0, b ?? 0];
}
