// Which key packets lead to a frame, and which frame a timestamp belongs to.
import type { DecodeIndex, KeyPacket } from "./decoder-messages.ts";

/** Key packets tried for one frame, going back in time. */
const KEYS_TRIED = 3;

/** How to reach frames by jumping. */
export interface SeekPlan {
  /** The frame that alone has this timestamp; null if none or several have it. */
  frameOf(stamp: number): number | null;
  /** Key packets to begin at for a frame, the nearest first. None where timestamps do not help. */
  keysFor(frame: number): readonly KeyPacket[];
  /** First frame at or after the key packet nearest to a frame; 0 where there is none. */
  nearestStart(frame: number): number;
}

/** The plan by what the scan found. */
export function seekPlan({ stamps, keys }: Pick<DecodeIndex, "stamps" | "keys">): SeekPlan {
  const frames = new Map<number, number | null>();
  for (const [frame, stamp] of stamps.entries()) {
    if (!Number.isNaN(stamp)) frames.set(stamp, frames.has(stamp) ? null : frame);
  }
  const sorted = keys
    .map((packet) => ({ packet, time: packet.pts ?? packet.dts ?? Number.NaN }))
    .filter(({ time }) => !Number.isNaN(time))
    .sort((a, b) => a.time - b.time);
  const times = sorted.map(({ time }) => time);
  const keyOfFrame = new Int32Array(stamps.length);
  const starts = new Int32Array(sorted.length).fill(stamps.length);
  for (const [frame, stamp] of stamps.entries()) {
    // A frame without a timestamp comes from the same group of pictures as the one before.
    const key = Number.isNaN(stamp) ? (keyOfFrame[frame - 1] ?? -1) : lastAtMost(times, stamp);
    keyOfFrame[frame] = key;
    if (key >= 0) starts[key] = Math.min(starts[key] ?? frame, frame);
  }
  return {
    frameOf: (stamp) => frames.get(stamp) ?? null,
    keysFor(frame) {
      const last = keyOfFrame[frame] ?? -1;
      const nearest = sorted.slice(Math.max(0, last - KEYS_TRIED + 1), last + 1);
      return nearest.reverse().map(({ packet }) => packet);
    },
    nearestStart: (frame) => starts[keyOfFrame[frame] ?? -1] ?? 0,
  };
}

/** Position of the last value of an ascending list that is at most the limit; −1 if none is. */
function lastAtMost(ascending: readonly number[], limit: number): number {
  let low = 0;
  let high = ascending.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((ascending[middle] ?? 0) <= limit) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
