// The desk and the screen for the panels: hooks that listen to exactly what a panel shows.
import type { Document, State, Track, TrackId } from "@masklet/annotation";
import { stateAt } from "@masklet/annotation";
import type { FrameIndex } from "@masklet/vision";
import { createContext, useContext, useEffect, useState } from "react";
import { type StoreApi, useStore } from "zustand";
import type { ActionContext } from "../actions/actions.ts";
import type { Desk } from "../desk/desk.ts";
import type { SessionState } from "../desk/session.ts";
import type { View } from "../desk/view.ts";

export const DeskContext = createContext<ActionContext | null>(null);

export function useContextOfActions(): ActionContext {
  const context = useContext(DeskContext);
  if (!context) throw new Error("A panel of the annotator stands outside of it.");
  return context;
}

export function useDesk(): Desk {
  return useContextOfActions().desk;
}

export function useView<T>(pick: (view: View) => T): T {
  return useStore(useDesk().view, pick);
}

/** Of the session, in the task after the stage has drawn it: the picture does not wait for the panels. */
export function useSession<T>(pick: (session: SessionState) => T): T {
  return useStore(afterDrawing(useDesk().session.state), pick);
}

export function useDocument(): Document {
  return useSession((session) => session.document);
}

const late = new WeakMap<object, StoreApi<SessionState>>();
const waiting = new Set<() => void>();

/** The store as it is, its listeners called once the frame is drawn, all in one task. */
function afterDrawing(store: StoreApi<SessionState>): StoreApi<SessionState> {
  const known = late.get(store);
  if (known) return known;
  const made: StoreApi<SessionState> = {
    ...store,
    subscribe(listener) {
      let before = store.getState();
      const hear = () => {
        const now = store.getState();
        listener(now, before);
        before = now;
      };
      const stop = store.subscribe(() => {
        if (waiting.size === 0) soon(tell);
        waiting.add(hear);
      });
      return () => {
        stop();
        waiting.delete(hear);
      };
    },
  };
  late.set(store, made);
  return made;
}

function tell(): void {
  const listeners = [...waiting];
  waiting.clear();
  for (const hear of listeners) hear();
}

/** In the task after the next frame; a page that is not seen draws none. */
function soon(deed: () => void): void {
  if (document.hidden) setTimeout(deed, 0);
  else requestAnimationFrame(() => setTimeout(deed, 0));
}

/** While frames change one after another, panels follow at this pace; the picture and the playhead do not wait for them. */
const FOLLOWING_MS = 150;

/** The frame on screen, for panels: after the stage has drawn it, now and then while frames change quickly. */
export function useFrame(): FrameIndex {
  const { view } = useDesk();
  const [frame, setFrame] = useState(() => view.getState().frame);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let followed = Number.NEGATIVE_INFINITY;
    const follow = () => {
      timer = undefined;
      followed = performance.now();
      setFrame(view.getState().frame);
    };
    const stop = view.subscribe((now, before) => {
      if (now.frame === before.frame || timer !== undefined) return;
      const rested = performance.now() - followed > FOLLOWING_MS;
      timer = setTimeout(() => soon(follow), rested ? 0 : FOLLOWING_MS);
    });
    return () => {
      stop();
      clearTimeout(timer);
    };
  }, [view]);
  return frame;
}

/** The selected object with its state on the frame on screen; null where none is selected. */
export function useSelected(): {
  readonly id: TrackId;
  readonly track: Track;
  readonly state: State | null;
  readonly frame: FrameIndex;
} | null {
  const id = useView((view) => view.selected);
  const document = useDocument();
  const frame = useFrame();
  const track = id === null ? undefined : document.tracks.get(id);
  return id !== null && track ? { id, track, state: stateAt(track.states, frame), frame } : null;
}
