// Everything a video session knows, as a value: objects, prompts, banks.
import type { Size } from "@masklet/vision";
import { emptyBank, type FrameOutput, type MemoryBank, outputOn } from "./memory/bank.ts";
import type { Visits } from "./memory/visits.ts";
import type { Sight } from "./policy/reacquire.ts";
import type { ModelPoints } from "./prompts.ts";

/** What a person said of one object on one frame. */
export type StoredPrompt =
  | { readonly kind: "points"; readonly points: ModelPoints }
  | { readonly kind: "mask" };

export interface ObjectTrack {
  readonly object: number;
  readonly prompts: ReadonlyMap<number, StoredPrompt>;
  readonly bank: MemoryBank;
  /** Outputs of prompts that wait for the next tracking run. */
  readonly pending: MemoryBank;
  /** Frames that were tracked or passed, and the way in which that was done. */
  readonly visits: Visits;
  /** Goes on through cuts (see `policy/cuts.ts`). */
  readonly carries: boolean;
  /** How the network saw it lately in shots in which it was followed (see `policy/reacquire.ts`). */
  readonly sights: readonly Sight[];
  /** Shots in which it was taken up again after a rest. */
  readonly foundIn: readonly number[];
}

export interface SessionState {
  readonly frameSize: Size;
  readonly frameCount: number | null;
  /** In the order in which objects were first named. */
  readonly objects: ReadonlyMap<number, ObjectTrack>;
}

export function emptyTrack(object: number): ObjectTrack {
  return {
    object,
    prompts: new Map(),
    bank: emptyBank,
    pending: emptyBank,
    visits: [],
    carries: false,
    sights: [],
    foundIn: [],
  };
}

/** What is shown of an object on a frame: a waiting answer first, then what was settled. */
export function shownOn(
  track: ObjectTrack,
  frame: number,
  kind: keyof MemoryBank,
): FrameOutput | undefined {
  return track.pending[kind].get(frame) ?? outputOn(track.bank, frame);
}

/** A copy of a map without one key. */
export function without<V>(map: ReadonlyMap<number, V>, key: number): ReadonlyMap<number, V> {
  const copy = new Map(map);
  copy.delete(key);
  return copy;
}
