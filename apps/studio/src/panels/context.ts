// The desk and the screen for the panels: hooks that listen to exactly what a panel shows.
import type { Document, State, Track, TrackId } from "@masklet/annotation";
import { stateAt } from "@masklet/annotation";
import type { FrameIndex } from "@masklet/vision";
import { createContext, useContext, useEffect, useState } from "react";
import { useStore } from "zustand";
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

export function useSession<T>(pick: (session: SessionState) => T): T {
  return useStore(useDesk().session.state, pick);
}

export function useDocument(): Document {
  return useSession((session) => session.document);
}

/** While playing, panels follow at this pace; the picture and the playhead do not wait for them. */
const PLAYING_MS = 200;

/** The frame on screen, for panels: at once when stepping, now and then while playing. */
export function useFrame(): FrameIndex {
  const { view } = useDesk();
  const [frame, setFrame] = useState(() => view.getState().frame);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const stop = view.subscribe((now) => {
      if (!now.playing) {
        clearTimeout(timer);
        timer = undefined;
        setFrame(now.frame);
      } else
        timer ??= setTimeout(() => {
          timer = undefined;
          setFrame(view.getState().frame);
        }, PLAYING_MS);
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
