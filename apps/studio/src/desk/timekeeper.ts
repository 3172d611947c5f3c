// Active seconds and deeds per object and frame, with an idle cut-off; sent in batches, kept while the server is away.

import type { TrackId } from "@masklet/annotation";
import type { Activity } from "@masklet/protocol";
import type { FrameIndex } from "@masklet/vision";
import { call } from "../link/call.ts";
import { settings } from "./settings.ts";

export interface Timekeeper {
  /** A person did something just now: pointer, key, wheel, or playing. */
  beat(): void;
  did(action: string, object: TrackId | null, frame: FrameIndex): void;
  waits(since: number, until: number): void;
  log(record: Activity): void;
  /** Active seconds since the studio was opened on this video, with those of earlier visits. */
  seconds(): number;
  close(): void;
}

const FLUSH_MS = 10_000;
const KEPT = "masklet.activity";

/** Keeps the time of one video. `place` tells the object and frame in hand. */
export function createTimekeeper(facts: {
  readonly video: string;
  readonly client: string;
  readonly before: number;
  readonly place: () => { object: TrackId | null; frame: FrameIndex };
}): Timekeeper {
  const { video, client, place } = facts;
  let last: number | null = null;
  let lastPlace = place();
  let total = facts.before;
  let wait = 0;
  const sums = new Map<
    string,
    { object: TrackId | null; frame: FrameIndex; seconds: number; wait: number }
  >();
  const records: Activity[] = [];
  let batch = 0;

  function settle(): void {
    const at = new Date().toISOString();
    for (const sum of sums.values()) records.push({ kind: "active", at, ...sum });
    sums.clear();
    if (records.length === 0) return;
    const kept = JSON.parse(localStorage.getItem(KEPT) ?? "[]") as unknown[];
    const id = `${client}.${Date.now().toString(36)}.${batch++}`;
    kept.push({ video, batch: id, client, records: records.splice(0, 500) });
    // A full storage must not stop the work: the oldest batches go first.
    localStorage.setItem(KEPT, JSON.stringify(kept.slice(-200)));
  }

  async function flush(): Promise<void> {
    settle();
    for (;;) {
      const kept = JSON.parse(localStorage.getItem(KEPT) ?? "[]") as {
        video: string;
        batch: string;
        client: string;
        records: Activity[];
      }[];
      const first = kept[0];
      if (!first) return;
      const { video: of, ...body } = first;
      try {
        await call("POST /api/videos/:video/activity", { at: { video: of }, body });
      } catch (error) {
        // Away: later. A video that is gone, or a batch the server refuses as it is: of no use to anybody.
        const { code } = error as { code?: string };
        if (code !== "not-found" && code !== "bad-request") return;
      }
      const now = JSON.parse(localStorage.getItem(KEPT) ?? "[]") as { batch: string }[];
      localStorage.setItem(KEPT, JSON.stringify(now.filter((one) => one.batch !== first.batch)));
    }
  }

  const timer = setInterval(() => void flush(), FLUSH_MS);
  const leave = () => settle();
  addEventListener("pagehide", leave);

  const keeper: Timekeeper = {
    beat() {
      const now = performance.now() / 1000;
      if (last !== null) {
        const seconds = Math.min(now - last, settings.getState().idleSeconds);
        total += seconds;
        const key = `${lastPlace.object}.${lastPlace.frame}`;
        const sum = sums.get(key) ?? { ...lastPlace, seconds: 0, wait: 0 };
        sum.seconds += seconds;
        sum.wait += Math.min(wait, seconds);
        wait = 0;
        sums.set(key, sum);
      }
      last = now;
      lastPlace = place();
    },
    did(action, object, frame) {
      records.push({ kind: "action", at: new Date().toISOString(), object, frame, action });
    },
    waits(since, until) {
      wait += (until - since) / 1000;
    },
    log: (record) => records.push(record),
    seconds: () => total,
    close() {
      clearInterval(timer);
      removeEventListener("pagehide", leave);
      void flush();
    },
  };
  return keeper;
}
