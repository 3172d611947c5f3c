// Reads a data set in DAVIS' layout: a folder of pictures and a folder of indexed masks for each sequence.
import { readdir } from "node:fs/promises";
import { basename, join } from "node:path";
import { systemReason } from "@masklet/disk";
import { type LabelMap, type Mask, masksFromLabels, type Size } from "@masklet/vision";
import { WorkbenchError } from "../errors.ts";
import { readLabels } from "../labels.ts";
import { type Truth, truthFromFrames } from "./truth.ts";

/** Marks pixels that belong to nobody and are not scored, in label maps that hold objects too. */
const VOID_LABEL = 255;

/** One sequence, not yet read. */
export interface DavisSequence {
  readonly name: string;
  readonly pictureFolder: string;
  readonly maskFolder: string;
  /** File names, in frame order. */
  readonly masks: readonly string[];
}

/**
 * Finds the sequences under `DIR/JPEGImages[/480p]` and `DIR/Annotations[/480p]`, by name. `only` picks some.
 * Throws a WorkbenchError: `input` where the layout is another, `prompt` for a name that is not there.
 */
export async function findSequences(
  dir: string,
  only: readonly string[] | null,
): Promise<DavisSequence[]> {
  const pictures = await resolutionFolder(dir, "JPEGImages");
  const annotations = await resolutionFolder(dir, "Annotations");
  const names = (await folders(annotations)).filter((name) => !name.startsWith("."));
  const unknown = only?.find((name) => !names.includes(name));
  if (unknown !== undefined) {
    const known = names.slice(0, 12).join(", ");
    throw new WorkbenchError("prompt", `${dir} has no sequence "${unknown}" (there are ${known}).`);
  }
  const wanted = only ?? names;
  if (wanted.length === 0) throw new WorkbenchError("input", `${annotations} holds no sequences.`);
  return Promise.all(
    [...wanted].sort().map(async (name) => {
      const maskFolder = join(annotations, name);
      const masks = await maskFiles(maskFolder);
      return { name, pictureFolder: join(pictures, name), maskFolder, masks };
    }),
  );
}

/** `DIR/KIND/480p`, else the only resolution there is, else `DIR/KIND` itself where it holds the sequences. */
async function resolutionFolder(dir: string, kind: string): Promise<string> {
  const base = join(dir, kind);
  const inside = await folders(base);
  if (inside.includes("480p")) return join(base, "480p");
  const full = inside.find((name) => name === "Full-Resolution" || name === "1080p");
  return full === undefined ? base : join(base, full);
}

async function folders(path: string): Promise<string[]> {
  const entries = await readdir(path, { withFileTypes: true }).catch((error: unknown) => {
    throw new WorkbenchError(
      "input",
      `${path} cannot be read: ${systemReason(error)}. A DAVIS folder holds JPEGImages and Annotations.`,
      { cause: error },
    );
  });
  // Links to folders count: data sets are often put together from them.
  return entries
    .filter((entry) => entry.isDirectory() || entry.isSymbolicLink())
    .map((entry) => entry.name)
    .sort();
}

async function maskFiles(folder: string): Promise<string[]> {
  const names = (await readdir(folder))
    .filter((name) => name.toLowerCase().endsWith(".png"))
    .sort();
  if (names.length === 0) throw new WorkbenchError("input", `${folder} holds no PNG masks.`);
  return names;
}

/** Reads the masks of a sequence. Throws a WorkbenchError (`input`) naming the file that is not what it should be. */
export async function readTruth(sequence: DavisSequence): Promise<Truth> {
  const maps: LabelMap[] = [];
  for (const name of sequence.masks) maps.push(await readLabels(join(sequence.maskFolder, name)));
  const size = maps[0]?.size ?? { width: 1, height: 1 };
  for (const [at, map] of maps.entries()) {
    if (map.size.width === size.width && map.size.height === size.height) continue;
    throw new WorkbenchError(
      "input",
      `${join(sequence.maskFolder, sequence.masks[at] ?? "")} is ${map.size.width} × ${map.size.height} pixels, ` +
        `but ${sequence.masks[0]} is ${size.width} × ${size.height}.`,
    );
  }
  return truthFromFrames(size, objectsOf(maps.map((map) => masksFromLabels(map))));
}

/**
 * DAVIS 2016 marks its one object with 255, DAVIS 2017 numbers objects from 1 and marks void with 255:
 * where 255 is the only value, it is the object.
 */
function objectsOf(frames: readonly Map<number, Mask>[]): Map<number, Mask>[] {
  const values = new Set(frames.flatMap((shown) => [...shown.keys()]));
  const isBinary = values.size === 1 && values.has(VOID_LABEL);
  return frames.map(
    (shown) =>
      new Map(
        [...shown]
          .filter(([value]) => isBinary || value !== VOID_LABEL)
          .map(([value, mask]) => [isBinary ? 1 : value, mask]),
      ),
  );
}

/**
 * Reads predicted masks for a sequence from `DIR/<sequence>/00000.png …` (or under `Annotations/480p`), one for
 * each mask of the truth, as a data set of the same form. Objects that are not predicted are empty.
 */
export async function readPrediction(
  dir: string,
  sequence: DavisSequence,
  truth: Truth,
): Promise<Truth> {
  const maskFolder = await predictionFolder(dir, sequence.name);
  const masks = await maskFiles(maskFolder);
  const missing = sequence.masks.find((name) => !masks.includes(basename(name)));
  if (missing !== undefined) {
    throw new WorkbenchError("input", `${maskFolder} has no ${missing}, which the data set has.`);
  }
  const prediction = await readTruth({ ...sequence, maskFolder });
  if (!sameSize(prediction.size, truth.size)) {
    throw new WorkbenchError(
      "input",
      `The masks in ${maskFolder} are ${prediction.size.width} × ${prediction.size.height} pixels, ` +
        `those of the data set ${truth.size.width} × ${truth.size.height}.`,
    );
  }
  return prediction;
}

async function predictionFolder(dir: string, name: string): Promise<string> {
  const inside = await folders(dir);
  if (inside.includes(name)) return join(dir, name);
  if (inside.includes("Annotations")) return join(await resolutionFolder(dir, "Annotations"), name);
  throw new WorkbenchError("input", `${dir} holds no folder "${name}" with predicted masks.`);
}

function sameSize(a: Size, b: Size): boolean {
  return a.width === b.width && a.height === b.height;
}
