// Pictures decoded in the browser by WebCodecs: the fast player, used only where its frames are provably the server's.
import type { FrameTable, Video } from "@masklet/protocol";
import type { FrameIndex } from "@masklet/vision";
import { address, call } from "../link/call.ts";
import type { FrameDecoder } from "./frame-source.ts";

/** A wish this far ahead of the running decoder is reached by going on; anything else by a new start at a key frame. */
const GO_ON_FRAMES = 48;
/** Timestamps of the two sides may differ by rounding, never by half a frame. */
const AGREE_SECONDS = 0.002;

interface Wish {
  readonly done: (picture: ImageBitmap) => void;
  readonly fail: (error: Error) => void;
}

/**
 * Opens the media of a video with the browser's decoder. Null where the browser cannot decode it, or where its list
 * of frames is not the server's frame table: same count, same presentation times.
 */
export async function browserDecoder(video: Video): Promise<FrameDecoder | null> {
  if (video.media === "frames" || !("VideoDecoder" in globalThis)) return null;
  const [bunny, table] = await Promise.all([
    import("mediabunny"),
    call("GET /api/videos/:video/table", { at: { video: video.id } }),
  ]);
  if (table.digest !== video.digest || table.pts.length !== video.frames) return null;
  const url = address("/api/videos/:video/media", { video: video.id }, { digest: video.digest });
  const input = new bunny.Input({
    formats: bunny.ALL_FORMATS,
    source: new bunny.UrlSource(new URL(url, location.href)),
  });
  const track = await input.getPrimaryVideoTrack();
  if (!track || !(await track.canDecode())) {
    input.dispose();
    // The server thought this browser could: it makes a copy that any can, and tells when it is there.
    if (video.media === "original")
      await call("POST /api/videos/:video/proxy", { at: { video: video.id } });
    return null;
  }
  const times: number[] = [];
  const packets = new bunny.EncodedPacketSink(track);
  for await (const packet of packets.packets(undefined, undefined, { metadataOnly: true }))
    times.push(packet.timestamp);
  times.sort((a, b) => a - b);
  if (!agrees(times, table)) {
    input.dispose();
    return null;
  }
  const { width, height } = video;
  const sink = new bunny.CanvasSink(track, {
    width,
    height,
    fit: "fill",
    poolSize: 2,
    // A copy of odd size has a column or row more than the video.
    ...(video.media === "proxy" && { crop: { left: 0, top: 0, width, height } }),
  });
  return walkingDecoder({
    times,
    canvases: (from) => sink.canvases(from),
    close: () => input.dispose(),
  });
}

/** Same count, and every frame at the same distance from the first. */
export function agrees(times: readonly number[], table: FrameTable): boolean {
  const [numerator, denominator] = table.timeBase;
  const { pts } = table;
  const [firstTime, firstTick] = [times[0], pts[0]];
  if (times.length !== pts.length || firstTime === undefined || firstTick === undefined)
    return false;
  const tick = numerator / denominator;
  return times.every(
    (time, k) => Math.abs(time - firstTime - (pts[k]! - firstTick) * tick) < AGREE_SECONDS,
  );
}

interface Drawn {
  readonly canvas: HTMLCanvasElement | OffscreenCanvas;
  readonly timestamp: number;
}

/** One walk through the frames serves all wishes; pictures passed on the way answer theirs. */
function walkingDecoder(source: {
  readonly times: readonly number[];
  canvases(from: number): AsyncGenerator<Drawn, void, unknown>;
  close(): void;
}): FrameDecoder {
  const { times } = source;
  const wishes = new Map<FrameIndex, Wish>();
  let walk: AsyncGenerator<Drawn, void, unknown> | null = null;
  let next = 0;
  let busy = false;
  let closed = false;

  function frameOf(timestamp: number): number {
    let [low, high] = [0, times.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (times[middle]! <= timestamp + AGREE_SECONDS / 2) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  async function serve(): Promise<void> {
    if (busy) return;
    busy = true;
    try {
      while (wishes.size > 0 && !closed) {
        const ahead = [...wishes.keys()].filter((one) => one >= next && one < next + GO_ON_FRAMES);
        if (!walk || ahead.length === 0) {
          // The newest wish is the frame asked for; older ones were guesses about what comes next.
          const start = ahead.length > 0 ? Math.min(...ahead) : [...wishes.keys()][0]!;
          await walk?.return();
          walk = source.canvases(times[start]!);
          next = start;
        }
        const step = await walk.next();
        if (step.done) {
          walk = null;
          failAll(new Error("The browser's decoder ended early."));
          return;
        }
        const frame = frameOf(step.value.timestamp) as FrameIndex;
        next = frame + 1;
        const wish = wishes.get(frame);
        if (!wish) continue;
        wishes.delete(frame);
        wish.done(await createImageBitmap(step.value.canvas));
      }
    } catch (error) {
      walk = null;
      failAll(error instanceof Error ? error : new Error(String(error)));
    } finally {
      busy = false;
    }
  }

  function failAll(error: Error): void {
    for (const wish of wishes.values()) wish.fail(error);
    wishes.clear();
  }

  return {
    name: "webcodecs",
    decode(frame, signal) {
      return new Promise((done, fail) => {
        wishes.set(frame, { done, fail });
        signal.addEventListener("abort", () => {
          if (wishes.delete(frame)) fail(new Error("No longer wanted."));
        });
        void serve();
      });
    },
    close() {
      closed = true;
      failAll(new Error("Closed."));
      void walk?.return();
      source.close();
    },
  };
}
