// Events: numbered, kept for a while, so that a browser that lost its stream gets what it missed.
import { EVENTS_KEPT, type ServerEvent } from "@masklet/protocol";

export interface NumberedEvent {
  readonly number: number;
  /** The event as it travels. */
  readonly text: string;
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

/** Characters of kept events: an entry may carry megabytes of masks. */
const KEPT_CHARACTERS_MAX = 16 * 1024 * 1024;

/** An event and whom it concerns: those who watch `video`, or everybody where it is null. */
interface KeptEvent extends NumberedEvent {
  readonly video: string | null;
}

export function createEvents(run: string): Events {
  const kept: KeptEvent[] = [];
  const listeners = new Set<(numbered: KeptEvent) => void>();
  let count = 0;
  let characters = 0;
  return {
    run,
    tell: (event) => {
      const text = JSON.stringify(event);
      const numbered = { number: ++count, text, video: videoOf(event) };
      kept.push(numbered);
      characters += text.length;
      while (kept.length > EVENTS_KEPT || characters > KEPT_CHARACTERS_MAX) {
        characters -= kept.shift()!.text.length;
      }
      for (const hear of listeners) hear(numbered);
    },
    listen: ({ video, lastId }, hear) => {
      const wanted = (numbered: KeptEvent) => {
        if (numbered.video === null || numbered.video === video) hear(numbered);
      };
      if (lastId !== null) {
        const [lastRun, lastNumber] = lastId.split(":");
        const oldest = kept[0]?.number ?? count + 1;
        const from = Number(lastNumber) + 1;
        if (lastRun !== run || !(from >= oldest && from <= count + 1)) {
          const reset: ServerEvent = { type: "reset" };
          hear({ number: count, text: JSON.stringify(reset) });
        } else for (const numbered of kept.slice(from - oldest)) wanted(numbered);
      }
      listeners.add(wanted);
      return () => listeners.delete(wanted);
    },
  };
}

/** Rows of videos and jobs concern every page; what happens inside a video only those who look at it. */
function videoOf(event: ServerEvent): string | null {
  switch (event.type) {
    case "entry":
    case "run":
    case "encoded":
      return event.video;
    default:
      return null;
  }
}
