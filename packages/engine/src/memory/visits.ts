// Which frames were tracked, and which way: a few spans, however long the video.
import type { Direction } from "./bank.ts";

/** Frames from … to (both inclusive) that were tracked in one go. */
export interface Visit {
  readonly from: number;
  readonly to: number;
  readonly direction: Direction;
}

/** In the order in which they were made: the last one that holds a frame says how it was tracked last. */
export type Visits = readonly Visit[];

export function directionOn(visits: Visits, frame: number): Direction | undefined {
  return visits.findLast(({ from, to }) => from <= frame && frame <= to)?.direction;
}

/** The visits with this frame tracked last. */
export function withVisit(visits: Visits, frame: number, direction: Direction): Visits {
  const last = visits.at(-1);
  const next = last && (direction === "forward" ? last.to + 1 : last.from - 1);
  if (last === undefined || last.direction !== direction || frame !== next) {
    return [...visits, { from: frame, to: frame, direction }];
  }
  const grown = { ...last, from: Math.min(last.from, frame), to: Math.max(last.to, frame) };
  // What lies wholly under it can never be asked for again.
  const rest = visits.slice(0, -1).filter(({ from, to }) => from < grown.from || to > grown.to);
  return [...rest, grown];
}

/** The visits as if this frame had never been tracked. */
export function withoutVisit(visits: Visits, frame: number): Visits {
  return visits.flatMap((visit) => {
    if (frame < visit.from || frame > visit.to) return [visit];
    const parts = [
      { ...visit, to: frame - 1 },
      { ...visit, from: frame + 1 },
    ];
    return parts.filter(({ from, to }) => from <= to);
  });
}
