// Draws what the embedded model makes of our own clips, one click an object: `node bench/cases.ts FILE.webp [MODEL]`.
import { fileURLToPath } from "node:url";
import { answerMasks, maskletPolicy, VideoSession } from "@masklet/engine";
import { embeddedModels, type LoadedModel, loadModel } from "@masklet/engine/node";
import {
  bitmapFromMask,
  emptyMask,
  erode,
  frameIndex,
  iou,
  type Mask,
  masksFromLabels,
  type Picture,
  type Size,
  subtract,
} from "@masklet/vision";
import { sampleCut, sampleFrames, sampleObjects, sampleSize } from "@masklet/workbench";
import sharp, { type OverlayOptions } from "sharp";
import { clipSize, type SeedClip, seedClips } from "./clips.ts";

/** Columns of the sheet: frames at these shares of the clip. */
const SHARES = [0, 0.25, 0.5, 0.75, 1];
const CELL_WIDTH = 320;
const GAP = 6;
const COLOURS = [
  [255, 92, 40],
  [40, 140, 255],
  [60, 200, 90],
] as const;
const TINT = 0.5;
const WHITE = [255, 255, 255] as const;

interface Case {
  readonly size: Size;
  readonly objects: readonly {
    readonly object: number;
    readonly click: { readonly x: number; readonly y: number };
  }[];
  readonly frames: readonly {
    readonly picture: Picture;
    readonly labels: Uint8Array;
    readonly shot: number;
  }[];
}

function sampleCase(): Case {
  const frames = [...sampleFrames()].map(({ rgb, labels }, index) => ({
    picture: { size: sampleSize, channels: 3 as const, data: rgb },
    labels,
    shot: Number(index >= sampleCut),
  }));
  const objects = sampleObjects.map(({ id, click }) => ({ object: id, click }));
  return { size: sampleSize, objects, frames };
}

function seedCase({ objects, frameCount, frame }: SeedClip): Case {
  return {
    size: clipSize,
    objects,
    frames: Array.from({ length: frameCount }, (_, index) => frame(index)),
  };
}

/** One row of cells: the picture, the model's masks as tints, the exact masks as white outlines; and the mean IoU. */
async function rowOf(model: LoadedModel, { size, objects, frames }: Case) {
  const session = new VideoSession(model, {
    policy: maskletPolicy,
    frameSize: size,
    frameCount: frames.length,
    history: "bounded",
  });
  const at = (index: number) => ({ ...frames[index]!, index: frameIndex(index) });
  for (const { object, click } of objects) {
    await session.addPoints({
      object,
      frame: at(0),
      clicks: [{ at: click, sign: "include" }],
      earlier: "replace",
    });
  }
  const wanted = new Set(SHARES.map((share) => Math.round(share * (frames.length - 1))));
  const cells: Uint8Array[] = [];
  const ious: number[] = [];
  for await (const answer of session.track(
    frames.map((_, index) => at(index)),
    { direction: "forward" },
  )) {
    const { picture, labels } = frames[answer.frame]!;
    const truth = masksFromLabels({ size, data: labels });
    const masks = answerMasks(answer, { size, overlap: "kept" });
    for (const [place, { object }] of objects.entries()) {
      const exact = truth.get(object);
      if (exact !== undefined) ious.push(iou(masks[place]!, exact));
    }
    if (!wanted.has(answer.frame)) continue;
    const data = Uint8Array.from(picture.data);
    for (const [place, { object }] of objects.entries()) {
      tint(data, masks[place]!, COLOURS[place % COLOURS.length]!, TINT);
      const exact = truth.get(object) ?? emptyMask(size);
      tint(data, subtract(exact, erode(exact, 1)), WHITE, 1);
    }
    cells.push(data);
  }
  return { cells, meanIou: ious.reduce((sum, each) => sum + each, 0) / ious.length };
}

function tint(
  rgb: Uint8Array,
  mask: Mask,
  colour: readonly [number, number, number],
  share: number,
): void {
  const { data } = bitmapFromMask(mask);
  for (let pixel = 0; pixel < data.length; pixel++) {
    if (data[pixel] === 0) continue;
    for (const [channel, value] of colour.entries()) {
      const at = 3 * pixel + channel;
      rgb[at] = Math.round(rgb[at]! * (1 - share) + value * share);
    }
  }
}

async function sheetOf(rows: readonly { size: Size; cells: readonly Uint8Array[] }[]) {
  const parts: OverlayOptions[] = [];
  let top = GAP;
  for (const { size, cells } of rows) {
    const height = Math.round((CELL_WIDTH * size.height) / size.width);
    for (const [column, cell] of cells.entries()) {
      const input = await sharp(cell, { raw: { ...size, channels: 3 } })
        .resize(CELL_WIDTH, height)
        .png()
        .toBuffer();
      parts.push({ input, left: GAP + column * (CELL_WIDTH + GAP), top });
    }
    top += height + GAP;
  }
  const width = GAP + SHARES.length * (CELL_WIDTH + GAP);
  const ground = { width, height: top, channels: 3 as const, background: "#ffffff" };
  return sharp({ create: ground }).composite(parts).webp({ quality: 80 });
}

const [, , file, name = "masklet-nano"] = process.argv;
if (file === undefined) {
  console.log("Give a file to draw into: node bench/cases.ts FILE.webp [MODEL]");
  process.exitCode = 2;
} else {
  const home = process.env.MASKLET_HOME ?? fileURLToPath(new URL("../.masklet", import.meta.url));
  const model = await loadModel(name, { home, embedded: embeddedModels });
  const rows: { size: Size; cells: Uint8Array[] }[] = [];
  for (const each of [sampleCase(), ...seedClips.map(seedCase)]) {
    const { cells, meanIou } = await rowOf(model, each);
    rows.push({ size: each.size, cells });
    console.log(`row ${rows.length}: mean IoU ${(100 * meanIou).toFixed(1)}`);
  }
  await (await sheetOf(rows)).toFile(file);
  await model.close();
}
