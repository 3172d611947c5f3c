// Cut-outs for editors: each object as a sequence of PNG pictures with straight alpha, one folder an object.
import { createReadStream } from "node:fs";
import { readdir, readFile, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { type Document, type State, stateAt, type TrackId } from "@masklet/annotation";
import { makeFolder, writeWhole } from "@masklet/disk";
import { openOutput } from "@masklet/formats/node";
import { CUT_OUT_MARGIN, type CutOutEdge, cutOut, type Frame, objectColour } from "@masklet/video";
import { openClip } from "@masklet/video/node";
import {
  type FrameIndex,
  frameIndex,
  isEmpty,
  type Mask,
  type PixelBox,
  type Size,
  tightBox,
} from "@masklet/vision";
import { maskOfShape } from "@masklet/workbench";
import sharp from "sharp";
import type { Bench } from "../bench.ts";
import { fileNameOf } from "../folders.ts";
import { readyVideo } from "../handlers/projects.ts";
import type { ExportMaking } from "./export-order.ts";

/** PNG's effort: editors read these files once, and disks are large. */
const PNG_LEVEL = 4;
const STATE_FILE = "state.json";

interface CutObject {
  readonly track: TrackId;
  readonly folder: string;
  readonly states: ReadonlyMap<FrameIndex, State>;
  /** The part of the frame that every picture of the object shows. */
  readonly box: PixelBox;
  readonly first: FrameIndex;
  readonly last: FrameIndex;
}

/**
 * Makes the pictures of an order into the folder `path`, one file each, whole or not at all. Those that are there
 * from before a restart are left as they are, unless a document has changed since: then all are made anew.
 */
export async function makeCutOuts(bench: Bench, making: ExportMaking): Promise<void> {
  const { order, path: folder, signal } = making;
  const ids = [...new Set(order.videos)];
  await freshUnlessSame(bench, folder, ids);
  const videos = await Promise.all(ids.map((id) => readyVideo(bench, id)));
  const all = videos.reduce((sum, { frames }) => sum + Math.ceil(frames / order.step), 0);
  let done = 0;
  for (const [at, video] of videos.entries()) {
    const { document } = await bench.documents.read(video.id);
    const name = fileNameOf(video.name);
    const unique = videos.findIndex((one) => fileNameOf(one.name) === name) === at;
    const objects = objectsOf(document, order, unique ? name : `${name}-${video.id}`);
    const source = (await bench.catalogue.source(video.id)) ?? "";
    for (const object of objects) makeFolder(dirname(join(folder, fileOf(object, object.first))));
    const clip = await openClip(source, { scans: bench.home.scans, signal });
    try {
      const blank = new Map<string, Buffer>();
      for (let frame = 0; frame < video.frames; frame += order.step) {
        signal.throwIfAborted();
        const wanted = await missing(folder, objects, frameIndex(frame));
        const seen = wanted.some(
          ({ states }) => maskAt(states, frame, document.video.size) !== null,
        );
        const picture = seen ? await clip.frame(frame, { signal }) : null;
        for (const object of wanted) {
          const png = await pngOf(object, picture, {
            frame,
            edge: order.cutOut?.edge ?? "soft",
            size: document.video.size,
            blank,
          });
          await writeWhole(join(folder, fileOf(object, frame)), png);
        }
        making.progress(++done, all);
      }
    } finally {
      await clip.close();
    }
    await writeWhole(
      join(folder, `${unique ? name : `${name}-${video.id}`}.json`),
      Buffer.from(listOf(document, objects)),
    );
  }
}

/** Packs the pictures into an archive at `path`, in the order of their names. */
export async function zipCutOuts(folder: string, path: string, signal: AbortSignal): Promise<void> {
  const output = await openOutput(path);
  try {
    const names = await readdir(folder, { recursive: true });
    for (const name of names.sort()) {
      signal.throwIfAborted();
      if (name === STATE_FILE || !(await stat(join(folder, name))).isFile()) continue;
      const file = await output.open(name.split("\\").join("/"));
      for await (const piece of createReadStream(join(folder, name))) {
        await file.write(piece as Uint8Array);
      }
      await file.close();
    }
    await output.commit();
  } catch (error) {
    await output.abandon();
    throw error;
  }
}

/** Empties the folder unless what is in it was made of the documents as they are. */
async function freshUnlessSame(bench: Bench, folder: string, videos: readonly string[]) {
  const revisions = await Promise.all(
    videos.map(async (id) => (await bench.documents.read(id)).revision),
  );
  const state = JSON.stringify({ videos, revisions });
  const before = await readFile(join(folder, STATE_FILE), "utf8").catch(() => null);
  if (before === state) return;
  await rm(folder, { recursive: true, force: true });
  makeFolder(folder);
  await writeWhole(join(folder, STATE_FILE), Buffer.from(state));
}

/** The objects that are seen somewhere, each with its box over the whole video. */
function objectsOf(
  { tracks, video, labels }: Document,
  { onlyAccepted, cutOut: options }: ExportMaking["order"],
  folder: string,
): readonly CutObject[] {
  const objects: CutObject[] = [];
  for (const [track, { info, review, states }] of tracks) {
    if (onlyAccepted && review?.verdict !== "satisfactory") continue;
    const seen = seenFrames(states, video.frameCount, video.size);
    if (seen === null) continue;
    const label = info.label === null ? undefined : labels.get(info.label)?.name;
    const name = fileNameOf(info.name || label || "object");
    const whole = { x: 0, y: 0, ...video.size };
    objects.push({
      track,
      folder: `${folder}/${String(track).padStart(3, "0")}-${name}`,
      states,
      box: options?.crop === "object" ? withMargin(seen.box, video.size) : whole,
      first: seen.first,
      last: seen.last,
    });
  }
  return objects;
}

/** Where and when an object is seen. */
interface Seen {
  readonly first: FrameIndex;
  readonly last: FrameIndex;
  readonly box: PixelBox;
}

/** First and last frame with a pixel of the object, and the box around all its masks; null where there is none. */
function seenFrames(
  states: ReadonlyMap<FrameIndex, State>,
  frameCount: number,
  size: Size,
): Seen | null {
  let found: Seen | null = null;
  for (let frame = 0; frame < frameCount; frame++) {
    const mask = maskAt(states, frame, size);
    const box = mask && tightBox(mask);
    if (box) found = widened(found, frameIndex(frame), box);
  }
  return found;
}

function widened(seen: Seen | null, frame: FrameIndex, box: PixelBox): Seen {
  if (seen === null) return { first: frame, last: frame, box };
  return { first: seen.first, last: frame, box: around(seen.box, box) };
}

function maskAt(states: ReadonlyMap<FrameIndex, State>, frame: number, size: Size): Mask | null {
  const state = stateAt(states, frameIndex(frame));
  if (state?.presence !== "visible") return null;
  const mask = maskOfShape(state.shape, size);
  return isEmpty(mask) ? null : mask;
}

function around(a: PixelBox, b: PixelBox): PixelBox {
  const [x, y] = [Math.min(a.x, b.x), Math.min(a.y, b.y)];
  return {
    x,
    y,
    width: Math.max(a.x + a.width, b.x + b.width) - x,
    height: Math.max(a.y + a.height, b.y + b.height) - y,
  };
}

function withMargin(box: PixelBox, size: Size): PixelBox {
  const [x, y] = [Math.max(0, box.x - CUT_OUT_MARGIN), Math.max(0, box.y - CUT_OUT_MARGIN)];
  return {
    x,
    y,
    width: Math.min(size.width, box.x + box.width + CUT_OUT_MARGIN) - x,
    height: Math.min(size.height, box.y + box.height + CUT_OUT_MARGIN) - y,
  };
}

async function missing(folder: string, objects: readonly CutObject[], frame: FrameIndex) {
  const wanted: CutObject[] = [];
  for (const object of objects) {
    // A sequence has a picture for every frame from the object's first to its last: editors read no gaps.
    if (frame < object.first || frame > object.last) continue;
    const there = await stat(join(folder, fileOf(object, frame))).catch(() => null);
    if (there === null) wanted.push(object);
  }
  return wanted;
}

function fileOf({ folder }: CutObject, frame: number): string {
  return `${folder}/${String(frame).padStart(5, "0")}.png`;
}

async function pngOf(
  { states, box }: CutObject,
  picture: Frame | null,
  {
    frame,
    edge,
    size,
    blank,
  }: {
    readonly frame: number;
    readonly edge: CutOutEdge;
    readonly size: Size;
    /** Transparent pictures by their size: all of one size are the same file. */
    readonly blank: Map<string, Buffer>;
  },
): Promise<Buffer> {
  const mask = maskAt(states, frame, size);
  const { width, height } = box;
  const key = `${width}x${height}`;
  const kept = blank.get(key);
  if (mask === null && kept !== undefined) return kept;
  const rgba =
    mask === null || picture === null
      ? new Uint8Array(width * height * 4)
      : cutOut(picture, mask, { box, edge });
  const png = await sharp(rgba, { raw: { width, height, channels: 4 } })
    .png({ compressionLevel: PNG_LEVEL })
    .toBuffer();
  if (mask === null) blank.set(key, png);
  return png;
}

/** What the folders are, for scripts: which object, where its pictures lie in the frame. */
function listOf({ video, tracks, labels }: Document, objects: readonly CutObject[]): string {
  const list = objects.map(({ track, folder, box, first, last }) => {
    const { name, label, colour } = tracks.get(track)!.info;
    return {
      ...{ object: track, name, label: label === null ? null : (labels.get(label)?.name ?? null) },
      ...{ colour: colour ?? objectColour(track), folder, box, first, last },
    };
  });
  const { size, frameCount, rate } = video;
  return `${JSON.stringify({ version: 1, video: video.name, size, frameCount, rate, objects: list }, null, 2)}\n`;
}
