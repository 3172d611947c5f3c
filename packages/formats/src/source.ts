// What writers read from: a video's head, and its states in frame order or track by track, never all at once.
import {
  type Document,
  type State,
  sortedFrames,
  stateAt,
  type TrackId,
} from "@masklet/annotation";
import type { FrameIndex } from "@masklet/vision";

/** A document without its states. */
export interface Head {
  readonly video: Document["video"];
  readonly labels: Document["labels"];
  /** In drawing order: what lies on top comes last. */
  readonly tracks: ReadonlyMap<TrackId, TrackHead>;
}

export type TrackHead = Omit<
  Document["tracks"] extends ReadonlyMap<TrackId, infer T> ? T : never,
  "states"
>;

export interface FrameStates {
  readonly frame: FrameIndex;
  /** In drawing order. */
  readonly states: ReadonlyMap<TrackId, State>;
}

export interface TrackStates {
  readonly track: TrackId;
  /** By frame, rising. Walked once at most, before the next track is asked for: a long one need never be held whole. */
  readonly states: Iterable<StateOn> | AsyncIterable<StateOn>;
}

export type StateOn = readonly [FrameIndex, State];

/** A track in memory, for what must see all its states at once. */
export interface WholeTrack {
  readonly track: TrackId;
  /** By frame, rising. */
  readonly states: ReadonlyMap<FrameIndex, State>;
}

/** Gathers a track. */
export async function wholeTrack({ track, states }: TrackStates): Promise<WholeTrack> {
  return { track, states: new Map(await Array.fromAsync(states)) };
}

/** Whether derived in-betweens come along, as states with provenance `interpolated`. */
export type InBetweens = "derived" | "left-out";

/**
 * One video to be written. Both walks may be taken several times; each holds one frame at a time, so that a source over a
 * file, a database or a generator stays small.
 */
export interface Source {
  readonly head: Head;
  /** Frames that have a state, rising. */
  byFrame(inBetweens: InBetweens): AsyncIterable<FrameStates>;
  /** All tracks in drawing order, those without states too. */
  byTrack(inBetweens: InBetweens): AsyncIterable<TrackStates>;
}

/** The order in which tracks are drawn: by `order`, then by number. */
export function drawingOrder(tracks: ReadonlyMap<TrackId, TrackHead>): TrackId[] {
  return [...tracks.keys()].sort(
    (a, b) => tracks.get(a)!.info.order - tracks.get(b)!.info.order || a - b,
  );
}

/** Frames that are to be annotated, or all. */
export function listedFrames(video: Head["video"]): readonly FrameIndex[] {
  return video.annotated ?? Array.from({ length: video.frameCount }, (_, i) => i as FrameIndex);
}

/** The frames of `listedFrames` without a list of them: a declared length alone takes neither memory nor time. */
export interface FrameListing {
  readonly length: number;
  /** The frame at a place of the list; undefined beyond its end. */
  at(place: number): FrameIndex | undefined;
  has(frame: FrameIndex): boolean;
}

export function frameListing({ annotated, frameCount }: Head["video"]): FrameListing {
  if (annotated === null) {
    return {
      length: frameCount,
      at: (place) => (place < frameCount ? (place as FrameIndex) : undefined),
      has: (frame) => frame < frameCount,
    };
  }
  const frames = new Set(annotated);
  return {
    length: annotated.length,
    at: (place) => annotated[place],
    has: (frame) => frames.has(frame),
  };
}

/** A document in memory as a source. Frames with states join the list of frames to be annotated, so that none is skipped. */
export function sourceFromDocument(document: Document): Source {
  const order = drawingOrder(document.tracks);
  const tracks = new Map(
    order.map((id) => {
      const { info, review } = document.tracks.get(id)!;
      return [id, { info, review }] as const;
    }),
  );
  const statesOf = (id: TrackId, inBetweens: InBetweens): ReadonlyMap<FrameIndex, State> =>
    inBetweens === "derived" ? densified(document, id) : inOrder(document.tracks.get(id)!.states);
  return {
    head: { video: withAllListed(document), labels: document.labels, tracks },
    async *byTrack(inBetweens) {
      for (const id of order) yield { track: id, states: statesOf(id, inBetweens) };
    },
    async *byFrame(inBetweens) {
      for (const frame of framesOf(document, inBetweens)) {
        const states = new Map<TrackId, State>();
        for (const id of order) {
          const all = document.tracks.get(id)!.states;
          const state = inBetweens === "derived" ? stateAt(all, frame) : (all.get(frame) ?? null);
          if (state) states.set(id, state);
        }
        yield { frame, states };
      }
    },
  };
}

function inOrder(states: ReadonlyMap<FrameIndex, State>): ReadonlyMap<FrameIndex, State> {
  return new Map(sortedFrames(states).map((frame) => [frame, states.get(frame)!]));
}

/** The stored states and, on the frames to be annotated, the in-betweens. */
function densified(document: Document, id: TrackId): ReadonlyMap<FrameIndex, State> {
  const { states } = document.tracks.get(id)!;
  if ([...states.values()].every(({ after }) => after === "nothing")) return inOrder(states);
  const dense = new Map<FrameIndex, State>();
  for (const frame of framesWithin(withAllListed(document), reach(states, document.video))) {
    const state = stateAt(states, frame);
    if (state) dense.set(frame, state);
  }
  return dense;
}

interface Reach {
  readonly from: number;
  readonly to: number;
}

/** The first and last frame on which a track can have a state, derived ones too. */
function reach(states: ReadonlyMap<FrameIndex, State>, { frameCount }: Head["video"]): Reach {
  const frames = sortedFrames(states);
  const last = frames.at(-1);
  if (last === undefined) return { from: 0, to: -1 };
  return { from: frames[0]!, to: states.get(last)!.after === "hold" ? frameCount - 1 : last };
}

/** The listed frames of a reach; of a long video only these are walked. */
function framesWithin(video: Head["video"], { from, to }: Reach): readonly FrameIndex[] {
  if (video.annotated !== null)
    return video.annotated.filter((frame) => frame >= from && frame <= to);
  return Array.from({ length: Math.max(0, to - from + 1) }, (_, i) => (from + i) as FrameIndex);
}

function framesOf(document: Document, inBetweens: InBetweens): readonly FrameIndex[] {
  const tracks = [...document.tracks.values()];
  const found = new Set(tracks.flatMap(({ states }) => [...states.keys()]));
  const moving = tracks.filter(({ states }) =>
    [...states.values()].some(({ after }) => after !== "nothing"),
  );
  if (inBetweens === "derived") {
    for (const { states } of moving) {
      const within = framesWithin(document.video, reach(states, document.video));
      for (const frame of within) found.add(frame);
    }
  }
  return [...found].sort((a, b) => a - b);
}

function withAllListed(document: Document): Head["video"] {
  const { video } = document;
  if (video.annotated === null) return video;
  const listed = new Set(video.annotated);
  const states = [...document.tracks.values()].flatMap((track) => [...track.states.keys()]);
  if (states.every((frame) => listed.has(frame))) return video;
  const annotated = [...new Set([...listed, ...states])].sort((a, b) => a - b);
  const names = new Map(video.annotated.map((frame, i) => [frame, video.pictures?.[i]]));
  const pictures =
    video.pictures && annotated.map((frame) => names.get(frame) ?? String(frame).padStart(5, "0"));
  return { ...video, annotated, pictures };
}
