// What is true of a sequence: the exact mask of each object on each frame.
import { emptyMask, isEmpty, type Mask, type Size } from "@masklet/vision";

/** The masks of one object, one for each frame of its sequence. */
export type MaskTrack = readonly Mask[];

export interface Truth {
  readonly size: Size;
  readonly frameCount: number;
  /** Tracks by object number, ascending; every track has `frameCount` masks. */
  readonly objects: ReadonlyMap<number, MaskTrack>;
}

/** Builds tracks from the masks that each frame shows, by object number; an object not shown has an empty mask. */
export function truthFromFrames(size: Size, frames: readonly ReadonlyMap<number, Mask>[]): Truth {
  const numbers = [...new Set(frames.flatMap((shown) => [...shown.keys()]))].sort((a, b) => a - b);
  const absent = emptyMask(size);
  const objects = new Map(
    numbers.map((number) => [number, frames.map((shown) => shown.get(number) ?? absent)]),
  );
  return { size, frameCount: frames.length, objects };
}

/** The first frame that shows the object, or null where none does. */
export function firstAppearance(track: MaskTrack): number | null {
  const first = track.findIndex((mask) => !isEmpty(mask));
  return first === -1 ? null : first;
}
