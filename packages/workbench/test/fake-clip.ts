// A clip without a file: blank frames and a frame table.
import assert from "node:assert/strict";
import type { Clip } from "@masklet/video";
import { frameIndex, type Size } from "@masklet/vision";
import { blankFrames } from "./fake-tracker.ts";

/** A clip whose frames are all alike. */
export function fakeClip(size: Size, frameCount: number): Clip {
  const frames = blankFrames(size, frameCount);
  return {
    name: "clip.mp4",
    table: {
      digest: "d".repeat(64),
      container: "pictures",
      codec: "png",
      pixelFormat: "rgb24",
      size,
      orientation: { rotation: 0, mirrored: false },
      timeBase: { numerator: 1, denominator: 24 },
      frames: Array.from({ length: frameCount }, (_, index) => ({
        index: frameIndex(index),
        ticks: index,
        seconds: index / 24,
        key: true,
      })),
    },
    changes: Array.from({ length: frameCount }, () => []),
    warnings: [],
    frame: (index) => frames.frame(index),
    frames: (order) =>
      Array.isArray(order) || !("direction" in order)
        ? assert.fail("not asked for")
        : frames.frames({
            direction: order.direction,
            from: order.from ?? 0,
            count: order.count ?? frameCount,
          }),
    close: async () => {},
  };
}
