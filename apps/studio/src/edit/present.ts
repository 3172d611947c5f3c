// Which tracks can be in view on a frame, found without looking at every state of thousands of them.
import { type Document, sortedFrames, type Track, type TrackId } from "@masklet/annotation";
import type { FrameIndex } from "@masklet/vision";

type Tracks = Document["tracks"];

const drawOrders = new WeakMap<Tracks, readonly (readonly [TrackId, Track])[]>();

/** Tracks in the order they are drawn, the lowest first; sorted once for each version of the tracks. */
export function inDrawOrder(tracks: Tracks): readonly (readonly [TrackId, Track])[] {
  let order = drawOrders.get(tracks);
  if (!order) {
    order = [...tracks].sort(([a, one], [b, other]) => one.info.order - other.info.order || a - b);
    drawOrders.set(tracks, order);
  }
  return order;
}

/** False only where nothing can be known of the track on the frame: before its first state, or after one that says nothing. */
export function reaches(states: Track["states"], frame: FrameIndex): boolean {
  const frames = sortedFrames(states);
  const [first, last] = [frames[0], frames.at(-1)];
  if (first === undefined || last === undefined || frame < first) return false;
  return frame <= last || states.get(last)!.after !== "nothing";
}

const nextTracks = new WeakMap<Tracks, TrackId>();

/** The number that the next new object gets. */
export function nextTrack(tracks: Tracks): TrackId {
  let next = nextTracks.get(tracks);
  if (next === undefined) {
    let highest = 0;
    for (const track of tracks.keys()) if (track > highest) highest = track;
    next = (highest + 1) as TrackId;
    nextTracks.set(tracks, next);
  }
  return next;
}

/** Objects with a mask on one frame alone: clicked or painted once, never tracked. None in a video of one frame. */
export function untracked(document: Document): readonly TrackId[] {
  if (document.video.frameCount < 2) return [];
  return [...document.tracks]
    .filter(([, { states }]) => {
      const [only, another] = states.values();
      return another === undefined && only?.presence === "visible" && only.shape.kind === "mask";
    })
    .map(([id]) => id);
}
