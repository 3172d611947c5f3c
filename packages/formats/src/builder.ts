// Gathering what a reader finds into a document, with the checks that every format shares.
import {
  type Document,
  type Label,
  type LabelId,
  LIMITS,
  labelId,
  type Review,
  type State,
  type TrackId,
  type TrackInfo,
  trackId,
  trackInfo,
  type VideoInfo,
} from "@masklet/annotation";
import type { Value } from "@masklet/annotation/reading";
import type { FrameIndex, Size } from "@masklet/vision";
import { FormatError } from "./error.ts";

/** Where in the dataset something was found, for messages. */
export interface Where {
  readonly file: string;
  readonly place?: string;
}

/** The most states that one dataset's video may have: 50 objects on 100,000 frames. */
export const STATES_MAX = 5_000_000;

interface Gathered {
  info: TrackInfo;
  review: Review | null;
  readonly states: Map<FrameIndex, State>;
}

/** Far more new numbers than a video or dataset can ask for. */
const NEW_NUMBERS_MAX = 1_000_000;

/** Gives numbers that are not taken, one a call: those after the largest, or the gaps from 1 where too few follow it. */
export function freeNumbers(taken: Iterable<number>): () => number {
  const numbers = new Set(taken);
  let largest = 0;
  for (const number of numbers) largest = Math.max(largest, number);
  let free = largest < Number.MAX_SAFE_INTEGER - NEW_NUMBERS_MAX ? largest + 1 : 1;
  return () => {
    while (numbers.has(free)) free++;
    return free++;
  };
}

/** Throws FormatError unless both sides are whole, positive and within LIMITS. */
export function checkedSize(width: number, height: number, where: Where): Size {
  for (const side of [width, height]) {
    if (!Number.isInteger(side) || side < 1 || side > LIMITS.side) {
      throw new FormatError(
        "malformed",
        where,
        `a size of ${width} × ${height} is not possible (1 to ${LIMITS.side} each)`,
      );
    }
  }
  return { width, height };
}

/** Throws FormatError unless the number is a frame number within LIMITS. */
export function checkedFrame(frame: number, where: Where): FrameIndex {
  if (!Number.isInteger(frame) || frame < 0 || frame >= LIMITS.frames) {
    throw new FormatError(
      "malformed",
      where,
      `frame ${frame} is not possible (0 to ${LIMITS.frames - 1})`,
    );
  }
  return frame as FrameIndex;
}

/** Throws FormatError unless the number is a count of frames within LIMITS. */
export function checkedFrameCount(count: number, where: Where): number {
  if (!Number.isInteger(count) || count < 0 || count > LIMITS.frames) {
    throw new FormatError(
      "malformed",
      where,
      `a video of ${count} frames is not possible (0 to ${LIMITS.frames})`,
    );
  }
  return count;
}

/** A count of frames in JSON. Throws ReadingError unless it is within LIMITS. */
export function readFrameCount(value: Value): number {
  return value.whole(0, LIMITS.frames);
}

/** A frame number in JSON. Throws ReadingError unless it is within LIMITS. */
export function readFrame(value: Value): FrameIndex {
  return value.whole(0, LIMITS.frames - 1) as FrameIndex;
}

/** A document in the making. Everything that is put is checked against what is there. */
export class Builder {
  readonly size: Size;
  readonly #labels = new Map<LabelId, Label>();
  readonly #tracks = new Map<TrackId, Gathered>();
  #count = 0;
  #last = -1;

  constructor(size: Size) {
    this.size = size;
  }

  /** The last frame that has a state; −1 where none has. */
  get lastFrame(): number {
    return this.#last;
  }

  get tracks(): ReadonlyMap<
    TrackId,
    { readonly info: TrackInfo; readonly states: ReadonlyMap<FrameIndex, State> }
  > {
    return this.#tracks;
  }

  label(id: number, label: Partial<Label> & { readonly name: string }, where: Where): LabelId {
    if (this.#labels.has(id as LabelId))
      throw new FormatError("malformed", where, `label ${id} is there twice`);
    if (this.#labels.size >= LIMITS.labels)
      throw new FormatError("too-large", where, `there are more than ${LIMITS.labels} labels`);
    const brand = checked(() => labelId(id), where);
    this.#labels.set(brand, { parent: null, colour: null, key: null, attributes: [], ...label });
    return brand;
  }

  hasTrack(id: number): boolean {
    return this.#tracks.has(id as TrackId);
  }

  track(id: number, info: Partial<TrackInfo>, where: Where, review: Review | null = null): TrackId {
    if (this.#tracks.has(id as TrackId))
      throw new FormatError("malformed", where, `object ${id} is there twice`);
    if (this.#tracks.size >= LIMITS.tracks)
      throw new FormatError("too-large", where, `there are more than ${LIMITS.tracks} objects`);
    const brand = checked(() => trackId(id), where);
    this.#tracks.set(brand, { info: trackInfo(info), review, states: new Map() });
    return brand;
  }

  /** Adds to what is known of a track. */
  describe(id: number, facts: Partial<TrackInfo>): void {
    const track = this.#tracks.get(id as TrackId)!;
    track.info = { ...track.info, ...facts };
  }

  /** The states of a track that is there, to look at. */
  statesOf(id: number): ReadonlyMap<FrameIndex, State> {
    return this.#tracks.get(id as TrackId)!.states;
  }

  state(id: number, frame: number, state: State, where: Where): void {
    const track = this.#tracks.get(id as TrackId);
    if (track === undefined) throw new FormatError("malformed", where, `there is no object ${id}`);
    const at = checkedFrame(frame, where);
    if (track.states.has(at))
      throw new FormatError("malformed", where, `object ${id} is on frame ${frame} twice`);
    if (++this.#count > STATES_MAX)
      throw new FormatError("too-large", where, `there are more than ${STATES_MAX} states`);
    this.#checkShape(state, where);
    track.states.set(at, state);
    this.#last = Math.max(this.#last, at);
  }

  /** Puts new states in place of all that a track has. */
  replaceStates(id: number, states: ReadonlyMap<FrameIndex, State>): void {
    const track = this.#tracks.get(id as TrackId)!;
    track.states.clear();
    for (const [frame, state] of states) track.states.set(frame, state);
  }

  #checkShape(state: State, where: Where): void {
    if (state.presence === "absent" || state.shape.kind !== "mask") return;
    const { size, counts } = state.shape.mask;
    if (size.width !== this.size.width || size.height !== this.size.height) {
      const [mask, video] = [
        `${size.width} × ${size.height}`,
        `${this.size.width} × ${this.size.height}`,
      ];
      throw new FormatError("malformed", where, `the mask is ${mask} in a video of ${video}`);
    }
    if (counts.length === 1) throw new FormatError("malformed", where, "the mask has no pixel");
  }

  /**
   * The document. `listed` are the frames that the format lists, rising; all of 0 … frameCount − 1
   * counts as "every frame". Facts that are left out are unknown.
   */
  finish(video: Pick<VideoInfo, "name"> & Partial<VideoInfo>, where: Where): Document {
    const annotated = video.annotated ?? null;
    for (const frame of annotated ?? []) checkedFrame(frame, where);
    const frameCount = checkedFrameCount(
      video.frameCount ?? Math.max(this.#last, annotated?.at(-1) ?? -1) + 1,
      where,
    );
    if (this.#last >= frameCount) {
      throw new FormatError(
        "malformed",
        where,
        `there is something on frame ${this.#last} of a video of ${frameCount} frames`,
      );
    }
    const every = annotated !== null && annotated.length === frameCount;
    const facts: VideoInfo = {
      digest: null,
      rate: null,
      timestamps: null,
      pictures: null,
      attributes: {},
      ...video,
      frameCount,
      size: this.size,
      annotated: every ? null : annotated,
    };
    for (const [id, { info }] of this.#tracks) {
      if (info.label !== null && !this.#labels.has(info.label)) {
        throw new FormatError(
          "malformed",
          where,
          `object ${id} has label ${info.label}, which is not there`,
        );
      }
      if (info.partOf !== null && !this.#tracks.has(info.partOf)) {
        throw new FormatError(
          "malformed",
          where,
          `object ${id} is part of object ${info.partOf}, which is not there`,
        );
      }
    }
    return { video: facts, labels: this.#labels, tracks: this.#tracks };
  }
}

function checked<T>(brand: () => T, where: Where): T {
  try {
    return brand();
  } catch (error) {
    if (error instanceof RangeError) throw new FormatError("malformed", where, error.message);
    throw error;
  }
}
