// Events: numbered, kept for a while, so that a browser that lost its stream gets what it missed.
import { EVENTS_KEPT, type ServerEvent } from "@masklet/protocol";

export interface NumberedEvent {
  readonly number: number;
  readonly event: ServerEvent;
}

export interface Events {
  /** Marks this start of the server: event numbers of another one mean nothing here. */
  readonly run: string;
  tell(event: ServerEvent): void;
  /**
   * Hears of every event from now on, and first of those after `lastId` (`<run>:<number>`); of a `reset`
   * where they are gone. Returns the way to stop.
   */
  listen(
    options: { readonly video: string | null; readonly lastId: string | null },
    hear: (numbered: NumberedEvent) => void,
  ): () => void;
}

export function createEvents(run: string): Events {
  const kept: NumberedEvent[] = [];
  const listeners = new Set<(numbered: NumberedEvent) => void>();
  let count = 0;
  return {
    run,
    tell: (event) => {
      const numbered = { number: ++count, event };
      kept.push(numbered);
      if (kept.length > EVENTS_KEPT) kept.shift();
      for (const hear of listeners) hear(numbered);
    },
    listen: ({ video, lastId }, hear) => {
      const concerns = ({ event }: NumberedEvent) =>
        !("video" in event && typeof event.video === "string") ||
        event.type === "video-gone" ||
        event.video === video;
      const wanted = (numbered: NumberedEvent) => {
        if (concerns(numbered)) hear(numbered);
      };
      if (lastId !== null) {
        const [lastRun, lastNumber] = lastId.split(":");
        const oldest = kept[0]?.number ?? count + 1;
        const from = Number(lastNumber) + 1;
        if (lastRun !== run || !(from >= oldest && from <= count + 1)) {
          hear({ number: count, event: { type: "reset" } });
        } else for (const numbered of kept.slice(from - oldest)) wanted(numbered);
      }
      listeners.add(wanted);
      return () => listeners.delete(wanted);
    },
  };
}
