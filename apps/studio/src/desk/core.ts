// What every part of the desk shares: the video, its document, the view, the pictures.
import { type State, stateAt, type Track, type TrackId } from "@masklet/annotation";
import type { Hello, Project, Video } from "@masklet/protocol";
import type { FrameIndex, Mask, Size } from "@masklet/vision";
import type { StoreApi } from "zustand/vanilla";
import { maskFromShape } from "../edit/brush.ts";
import type { FrameSource } from "../frames/frame-source.ts";
import type { Words } from "../words/words.ts";
import type { Session } from "./session.ts";
import type { Toast, View } from "./view.ts";

export interface Core {
  readonly hello: Hello;
  readonly project: Project;
  readonly video: Video;
  readonly size: Size;
  readonly session: Session;
  readonly view: StoreApi<View>;
  readonly frames: FrameSource;
  /** The catalogue of the language chosen now. */
  words(): Words;
  toast(toast: Omit<Toast, "id" | "count">): void;
  /** Notes a deed for the record of time and clicks. */
  did(action: string, object: TrackId | null, frame: FrameIndex): void;
  /** True while an answer of the model is waited for with idle hands. */
  waits(since: number, until: number): void;
}

/** The last frame. */
export function lastFrame(core: Core): FrameIndex {
  return (core.video.frames - 1) as FrameIndex;
}

export function trackOf(core: Core, id: TrackId): Track | null {
  return core.session.state.getState().document.tracks.get(id) ?? null;
}

/** The state on a frame, in-betweens included. */
export function stateOn(core: Core, id: TrackId, frame: FrameIndex): State | null {
  const track = trackOf(core, id);
  return track ? stateAt(track.states, frame) : null;
}

/** The frame that hands and prompts concern: the one whose picture is seen. */
export function seenFrame(core: Core): FrameIndex {
  const { shown, frame } = core.view.getState();
  return shown ?? frame;
}

/** A track's name as people say it. */
export function nameOf(core: Core, id: TrackId): string {
  return trackOf(core, id)?.info.name || core.words().object(id);
}

/** The pixels of any shape on this video, or null where it covers none. */
export function maskOfState(state: State | null, size: Size): Mask | null {
  if (state?.presence !== "visible") return null;
  const mask = maskFromShape(state.shape, size);
  return mask.counts.length > 1 ? mask : null;
}
