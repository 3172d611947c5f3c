// Frames as label maps: what DAVIS, YouTube-VOS and MOTS share in reading and writing PNG files.
import { type State, type TrackId, visible } from "@masklet/annotation";
import { clipped } from "@masklet/annotation/reading";
import {
  type FrameIndex,
  type IndexedPicture,
  labelsFromMasks,
  type Mask,
  masksFromLabels,
  readIndexedPng,
  type Size,
} from "@masklet/vision";
import { FormatError, inFile } from "./error.ts";
import { type InputFiles, readBytes } from "./files.ts";
import type { FormatName } from "./format.ts";
import { maskFromShape } from "./shapes.ts";
import type { FrameStates } from "./source.ts";

/** One picture of a sequence. */
export interface FramePicture {
  readonly frame: FrameIndex;
  readonly file: string;
}

/** A sequence found in a tree of files: its name and its pictures by frame. */
export interface Sequence {
  readonly name: string;
  readonly pictures: readonly FramePicture[];
}

/** More digits than any frame number has. */
const STEM_DIGITS_MAX = 9;

/**
 * Groups files `…/<sequence>/<digits>.png` by their folder, sequences by name, pictures by frame.
 * Files of other names are left out. `inside` keeps only what lies under a folder of one of these names,
 * where there is such a folder.
 */
export function findSequences(
  names: readonly string[],
  inside: readonly string[],
  extension = "png",
): Sequence[] {
  const pattern = new RegExp(`^(?:(.*)/)?(\\d{1,${STEM_DIGITS_MAX}})\\.${extension}$`, "is");
  const under = names.filter((name) => name.split("/").some((part) => inside.includes(part)));
  const folders = new Map<string, FramePicture[]>();
  for (const file of under.length > 0 ? under : names) {
    const match = pattern.exec(file);
    if (match === null) continue;
    const folder = match[1] ?? "";
    const pictures = folders.get(folder) ?? [];
    pictures.push({ frame: Number(match[2]) as FrameIndex, file });
    folders.set(folder, pictures);
  }
  return [...folders].map(([folder, pictures]) => ({
    name: folder.split("/").at(-1) || "video",
    pictures: pictures.sort((a, b) => a.frame - b.frame),
  }));
}

/** Throws FormatError where two files claim the same frame of a sequence. */
export function checkFrames(sequence: Sequence): void {
  sequence.pictures.forEach(({ frame, file }, i) => {
    const other = sequence.pictures[i + 1];
    if (other?.frame === frame) {
      throw new FormatError("malformed", { file }, `${clipped(other.file)} is frame ${frame} too`);
    }
  });
}

/** The masks of a picture by value, 0 left out. */
export async function readLabelMap(
  files: InputFiles,
  file: string,
): Promise<{ readonly picture: IndexedPicture; readonly masks: ReadonlyMap<number, Mask> }> {
  const bytes = await readBytes(files, file);
  let picture: IndexedPicture;
  try {
    picture = await readIndexedPng(bytes);
  } catch (error) {
    return inFile(file, () => {
      throw error;
    });
  }
  return { picture, masks: masksFromLabels(picture) };
}

/** A visible state as a reader finds it. */
export function importedMask(mask: Mask, format: FormatName): State {
  return visible({ kind: "mask", mask }, { by: "imported", format, source: null });
}

/** The visible masks of a frame by number, in drawing order. */
export function* visibleMasks(frame: FrameStates, size: Size): Iterable<readonly [TrackId, Mask]> {
  for (const [id, state] of frame.states) {
    if (state.presence === "visible") yield [id, maskFromShape(state.shape, size)];
  }
}

/** A frame as a label map of bytes. */
export function labelMap(
  frame: FrameStates,
  size: Size,
): { readonly size: Size; readonly data: Uint8Array } {
  return labelsFromMasks(visibleMasks(frame, size), size);
}
