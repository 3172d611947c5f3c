// The document: a video's labels, its tracks, and what is known of each track on each frame.
import type { FrameIndex, ImagePoint, Mask, Size } from "@masklet/vision";
import type { Shape } from "./shape.ts";

declare const identity: unique symbol;

/** The number of a track, unique in its document: a whole number ≥ 0. What the command line calls OBJ. */
export type TrackId = number & { readonly [identity]: "track" };

/** The number of a label, unique in its document: a whole number ≥ 0 (COCO's category id). */
export type LabelId = number & { readonly [identity]: "label" };

export type AttributeValue = string | number | boolean;
export type AttributeValues = Readonly<Record<string, AttributeValue>>;

/** One attribute that a label's objects have. `mutable` ones may differ from frame to frame. */
export interface AttributeDefinition {
  readonly name: string;
  readonly type: "text" | "number" | "boolean" | "choice";
  /** The allowed values of a choice; empty for the other types. */
  readonly choices: readonly string[];
  readonly mutable: boolean;
  readonly initial: AttributeValue | null;
}

export interface Label {
  readonly name: string;
  /** The broader class, COCO's supercategory. */
  readonly parent: string | null;
  /** `#rrggbb`. */
  readonly colour: string | null;
  /** The key that chooses this label in the studio. */
  readonly key: string | null;
  readonly attributes: readonly AttributeDefinition[];
}

/** Presentation times of all frames in ticks; a tick lasts numerator / denominator seconds. */
export interface Timestamps {
  readonly numerator: number;
  readonly denominator: number;
  readonly ticks: readonly number[];
}

/** What the annotations belong to. Frames count from 0 in presentation order after the edit list. */
export interface VideoInfo {
  readonly name: string;
  readonly size: Size;
  readonly frameCount: number;
  /** Digest of the frame table; null where the annotations were imported without their video. */
  readonly digest: string | null;
  /** Frames per second for display; never used to find a frame. */
  readonly rate: number | null;
  readonly timestamps: Timestamps | null;
  /** The frames that are to be annotated, rising; null means every frame. */
  readonly annotated: readonly FrameIndex[] | null;
  /** Names of the pictures of those frames where the video is a folder of pictures, in the same order. */
  readonly pictures: readonly string[] | null;
  /** Metadata: camera, place, split … */
  readonly attributes: AttributeValues;
}

export interface TrackInfo {
  readonly label: LabelId | null;
  readonly name: string | null;
  /** `#rrggbb`; null leaves it to the palette. */
  readonly colour: string | null;
  /** Drawing order: higher lies on top; equal ones by track number. Decides overlaps where a format has one layer. */
  readonly order: number;
  /** Tracks of one exclusive group may not share pixels, a part and its whole excepted. */
  readonly exclusive: string | null;
  /** The track that this one is a part of: shorts may lie inside the fighter. */
  readonly partOf: TrackId | null;
  /** Values of immutable attributes. */
  readonly attributes: AttributeValues;
}

/** What people clicked, drew or painted on this frame to get the shape. Pixel-index coordinates. */
export interface Prompts {
  readonly points: readonly { readonly at: ImagePoint; readonly sign: "include" | "exclude" }[];
  /** Corners of a box prompt. */
  readonly box: { readonly from: ImagePoint; readonly to: ImagePoint } | null;
  readonly mask: Mask | null;
}

/** Who or what says so. `person` and `source` are names; null where nobody knows. */
export type Provenance =
  | { readonly by: "person"; readonly person: string | null }
  | {
      readonly by: "model";
      readonly model: string;
      readonly version: string | null;
      readonly policy: string | null;
      /** The transaction group that made it, so that a run can be found and taken back. */
      readonly run: string | null;
      /** The frames whose prompts the result rests on. */
      readonly prompted: readonly FrameIndex[];
    }
  | { readonly by: "interpolated"; readonly from: FrameIndex; readonly to: FrameIndex | null }
  | { readonly by: "imported"; readonly format: string; readonly source: string | null };

interface StateFacts {
  /** A key frame: in-betweens are derived from it and the next state. */
  readonly key: boolean;
  /** Pinned states are never overwritten by a run. */
  readonly pinned: boolean;
  /** What holds after this state until the next one: nothing is known, the shape moves towards the next, or it stays. */
  readonly after: "nothing" | "linear" | "hold";
  readonly provenance: Provenance;
  /** How good the maker thinks it is, 0 … 1. */
  readonly score: number | null;
  readonly prompts: Prompts | null;
  /** Values of mutable attributes. */
  readonly attributes: AttributeValues;
}

/** In view; `occluded` says partly hidden. An empty mask is never visible: that is `Absent`. */
export interface Visible extends StateFacts {
  readonly presence: "visible";
  readonly occluded: boolean;
  readonly shape: Shape;
}

/** A fact: the object is not in view on this frame. */
export interface Absent extends StateFacts {
  readonly presence: "absent";
}

/** What is known of one track on one frame. No state at all says *unknown*: nobody looked. */
export type State = Visible | Absent;

export interface Note {
  readonly frame: FrameIndex | null;
  readonly text: string;
  readonly author: string | null;
}

/** A judgement of a whole masklet by somebody else. */
export interface Review {
  readonly verdict: "satisfactory" | "unsatisfactory" | "ill-defined" | null;
  readonly reason: string | null;
  readonly reviewer: string | null;
  readonly notes: readonly Note[];
}

export interface Track {
  readonly info: TrackInfo;
  readonly review: Review | null;
  /** Not sorted; `sortedFrames` sorts. */
  readonly states: ReadonlyMap<FrameIndex, State>;
}

/** A value: edits make a new document that shares what did not change. */
export interface Document {
  readonly video: VideoInfo;
  readonly labels: ReadonlyMap<LabelId, Label>;
  readonly tracks: ReadonlyMap<TrackId, Track>;
}

/** Limits; each is far above what one video needs and keeps broken input from exhausting a machine. */
export const LIMITS = {
  frames: 10_000_000,
  side: 65_536,
  tracks: 100_000,
  labels: 100_000,
  stepsOfTransaction: 5_000_000,
} as const;

/** Brands a track number. Throws a RangeError unless it is a whole number ≥ 0. */
export function trackId(value: number): TrackId {
  if (!Number.isSafeInteger(value) || value < 0) {
    throw new RangeError(`A track number is a whole number from 0 (got ${value}).`);
  }
  return value as TrackId;
}

/** Brands a label number. Throws a RangeError unless it is a whole number ≥ 0. */
export function labelId(value: number): LabelId {
  if (!Number.isSafeInteger(value) || value < 0) {
    throw new RangeError(`A label number is a whole number from 0 (got ${value}).`);
  }
  return value as LabelId;
}

/** A document without labels and tracks. Fields that are left out are unknown. */
export function newDocument(
  video: Pick<VideoInfo, "name" | "size" | "frameCount"> & Partial<VideoInfo>,
): Document {
  const unknown = {
    digest: null,
    rate: null,
    timestamps: null,
    annotated: null,
    pictures: null,
    attributes: {},
  };
  return { video: { ...unknown, ...video }, labels: new Map(), tracks: new Map() };
}

/** Track facts with everything unsaid left empty. */
export function trackInfo(facts: Partial<TrackInfo> = {}): TrackInfo {
  return {
    label: null,
    name: null,
    colour: null,
    order: 0,
    exclusive: null,
    partOf: null,
    attributes: {},
    ...facts,
  };
}

type Unsaid = Partial<Omit<StateFacts, "provenance">>;
const UNSAID = {
  key: false,
  pinned: false,
  after: "nothing",
  score: null,
  prompts: null,
  attributes: {},
} as const;

/** "In view, with this shape." A person's word is a key frame and pinned unless said otherwise. */
export function visible(
  shape: Shape,
  provenance: Provenance,
  facts: Unsaid & { readonly occluded?: boolean } = {},
): Visible {
  const byPerson = provenance.by === "person";
  return {
    ...UNSAID,
    key: byPerson,
    pinned: byPerson,
    occluded: false,
    ...facts,
    presence: "visible",
    provenance,
    shape,
  };
}

/** "Not in view here." A person's word is a key frame and pinned unless said otherwise. */
export function absent(provenance: Provenance, facts: Unsaid = {}): Absent {
  const byPerson = provenance.by === "person";
  return { ...UNSAID, key: byPerson, pinned: byPerson, ...facts, presence: "absent", provenance };
}

const sorted = new WeakMap<ReadonlyMap<FrameIndex, State>, readonly FrameIndex[]>();

/** The frames of a track that have a state, rising. Kept for as long as the states are. */
export function sortedFrames(states: ReadonlyMap<FrameIndex, State>): readonly FrameIndex[] {
  let frames = sorted.get(states);
  if (frames === undefined) {
    frames = [...states.keys()].sort((a, b) => a - b);
    sorted.set(states, frames);
  }
  return frames;
}
