// One event stream for the pages beside the annotator, however many of their parts listen.
import type { ServerEvent } from "@masklet/protocol";
import { type EventStream, openEvents } from "../link/events.ts";

interface Listener {
  readonly onEvent: (event: ServerEvent) => void;
  /** Events may have been missed: read everything anew. */
  readonly onGap: () => void;
}

const listeners = new Set<Listener>();
let stream: EventStream | null = null;
let broken = false;

/** Listens until the returned function is called. The stream closes with its last listener. */
export function listenToEvents(listener: Listener): () => void {
  listeners.add(listener);
  stream ??= openEvents(
    null,
    (event) => {
      for (const one of listeners) {
        if (event.type === "reset") one.onGap();
        else one.onEvent(event);
      }
    },
    (open) => {
      if (open && broken) for (const one of listeners) one.onGap();
      broken = !open;
    },
  );
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    stream?.close();
    stream = null;
    broken = false;
  };
}
