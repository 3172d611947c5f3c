// A tracker that knows the truth: it answers with the masks it was given, or with an error until it is corrected.
import type { Frame } from "@masklet/video";
import { emptyMask, frameIndex, type Mask, maskFromBitmap, type Size } from "@masklet/vision";
import type { FrameSource, Hint, ObjectAnswer, Tracker, TrackingSession } from "../src/tracker.ts";

export interface FakeWorld {
  readonly size: Size;
  /** Masks by object, one a frame. */
  readonly objects: ReadonlyMap<number, readonly Mask[]>;
  /** What tracking gives; the truth by default. `prompted` are the frames on which the object was named. */
  readonly track?: (object: number, frame: number, prompted: ReadonlySet<number>) => Mask;
}

/** Remembers what was asked of it. */
export interface FakeTracker extends Tracker {
  readonly asked: string[];
  open: number;
}

export function fakeTracker(world: FakeWorld): FakeTracker {
  const truth = (object: number, frame: number): Mask =>
    world.objects.get(object)?.[frame] ?? emptyMask(world.size);
  const fake: FakeTracker = {
    asked: [],
    open: 0,
    name: "fake",
    digest: null,
    side: 256,
    async openTracking(frames) {
      fake.open += 1;
      return session(frames);
    },
    async openPicture() {
      throw new Error("The fake has no pictures.");
    },
    async close() {},
  };

  function answer(
    object: number,
    mask: Mask,
    provenance: ObjectAnswer["provenance"],
  ): ObjectAnswer {
    const { width, height } = world.size;
    return {
      object,
      mask,
      predictedIou: 0.9,
      objectScore: 5,
      provenance,
      logits: () => new Float32Array(width * height).fill(object),
    };
  }

  function session(frames: FrameSource): TrackingSession {
    const prompted = new Map<number, Set<number>>();
    return {
      async prompt(object, frame, hint) {
        fake.asked.push(`prompt ${object}@${frame} ${described(hint)}`);
        prompted.set(object, (prompted.get(object) ?? new Set()).add(frame));
        return answer(object, truth(object, frame), "human");
      },
      async *track({ from, direction, count, signal }) {
        fake.asked.push(`track ${direction} ${from}+${count}`);
        for await (const { index } of frames.frames({ direction, from, count })) {
          if (signal.aborted) return;
          yield {
            frame: index,
            objects: [...prompted].map(([object, named]) => {
              const mask = named.has(index)
                ? truth(object, index)
                : (world.track?.(object, index, named) ?? truth(object, index));
              return answer(object, mask, named.has(index) ? "human" : "model");
            }),
          };
        }
      },
      async close() {
        fake.open -= 1;
      },
    };
  }
  return fake;
}

function described(hint: Hint): string {
  if (hint.kind === "mask") return "mask";
  const clicks = hint.clicks.map(({ x, y, sign }) => `${sign === "include" ? "+" : "-"}${x},${y}`);
  return [...clicks, ...(hint.box === null ? [] : ["box"])].join(" ");
}

/** Frames without content. */
export function blankFrames(
  size: Size,
  frameCount: number,
): FrameSource & { close(): Promise<void> } {
  const frame = (index: number): Frame => ({
    index: frameIndex(index),
    seconds: index / 24,
    size,
    rgb: new Uint8Array(size.width * size.height * 3),
  });
  return {
    size,
    frameCount,
    frame: async (index) => frame(index),
    async *frames({ direction, from, count }) {
      for (let at = 0; at < count; at++)
        yield frame(direction === "forward" ? from + at : from - at);
    },
    async close() {},
  };
}

/** A mask drawn with `#` for the object. */
export function drawn(...rows: readonly string[]): Mask {
  const size = { width: rows[0]?.length ?? 1, height: rows.length };
  return maskFromBitmap({
    size,
    data: Uint8Array.from(rows.join(""), (cell) => (cell === "#" ? 1 : 0)),
  });
}

/** A filled square of `side` pixels with its top left corner at x, y. */
export function square(
  size: Size,
  at: { readonly x: number; readonly y: number; readonly side: number },
): Mask {
  const data = new Uint8Array(size.width * size.height);
  for (let y = at.y; y < at.y + at.side; y++) {
    data.fill(1, y * size.width + at.x, y * size.width + at.x + at.side);
  }
  return maskFromBitmap({ size, data });
}
