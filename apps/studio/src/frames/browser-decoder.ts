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
  /** Taken back while the decoder is on its way to it. */
  takenBack: boolean;
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
  const listed: Listed[] = [];
  if (track && (await track.canDecode())) {
    const packets = new bunny.EncodedPacketSink(track);
    for await (const packet of packets.packets(undefined, undefined, { metadataOnly: true }))
      listed.push({ time: packet.timestamp, key: packet.type === "key" });
  }
  const shown = withoutRunUp(listed, table.pts.length);
  const times = shown.map(({ time }) => time);
  if (!track || !agrees(times, table)) {
    input.dispose();
    // The server thought this browser could: it makes a copy that any can, and tells when it is there.
    if (video.media === "original")
      await call("POST /api/videos/:video/proxy", { at: { video: video.id } });
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
    keys: shown.flatMap(({ key }, frame) => (key ? [frame as FrameIndex] : [])),
    walkFrom: (time) => sink.canvases(time),
    alone: (time) => sink.getCanvas(time),
    close: () => input.dispose(),
  });
}

interface Listed {
  /** Seconds. */
  readonly time: number;
  readonly key: boolean;
}

/**
 * The packets that are shown, in order of time: where an edit list begins late, those before time 0 are decoded for the
 * sake of the others and never seen. Left as they are unless exactly so many are before 0 as there are too many.
 */
export function withoutRunUp(packets: readonly Listed[], frames: number): readonly Listed[] {
  const sorted = [...packets].sort((a, b) => a.time - b.time);
  const before = sorted.filter(({ time }) => time < -AGREE_SECONDS).length;
  return sorted.length - before === frames ? sorted.slice(before) : sorted;
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

/**
 * One walk through the frames serves all wishes; pictures passed on the way answer theirs. A frame that the decoder is
 * on its way to is finished though it is taken back, so that a hand that keeps moving sees pictures; only the wish
 * for a key frame, which means a jump, ends the way.
 */
export function walkingDecoder(source: {
  readonly times: readonly number[];
  /** Frames that need no other to be decoded, in order. */
  readonly keys: readonly FrameIndex[];
  /** Pictures from a time on. The decoder runs dozens of frames ahead of what is taken. */
  walkFrom(time: number): AsyncGenerator<Drawn, void, unknown>;
  /** The picture of a key frame, and nothing decoded beside it. */
  alone(time: number): Promise<Drawn | null>;
  close(): void;
}): FrameDecoder {
  const { times, keys } = source;
  const isKey = new Set(keys);
  const wishes = new Map<FrameIndex, Wish>();
  let walk: AsyncGenerator<Drawn, void, unknown> | null = null;
  let next = 0;
  /** The frame that the decoder is on its way to. */
  let sought: FrameIndex | null = null;
  let busy = false;
  let closed = false;

  async function serve(): Promise<void> {
    if (busy) return;
    busy = true;
    try {
      // Wishes of one moment are one walk.
      await Promise.resolve();
      while (wishes.size > 0 && !closed) {
        const ahead = [...wishes.keys()].some((one) => one >= next && one < next + GO_ON_FRAMES);
        if (!walk || !ahead) {
          void walk?.return();
          walk = null;
          const start = startFor([...wishes.keys()]);
          sought = start;
          if (isKey.has(start) && !wishes.has((start + 1) as FrameIndex)) {
            const drawn = await source.alone(times[start]!);
            if (!drawn) throw new Error("The browser's decoder has no picture here.");
            await grant(start, drawn);
            sought = null;
            continue;
          }
          walk = source.walkFrom(times[start]!);
          next = start;
        }
        const walking = walk;
        const step = await walking.next();
        if (walk !== walking) continue;
        if (step.done) throw new Error("The browser's decoder ended early.");
        const frame = (lastAtOrBefore(times, step.value.timestamp + AGREE_SECONDS / 2) ??
          0) as FrameIndex;
        next = frame + 1;
        if (sought !== null && frame >= sought) sought = null;
        await grant(frame, step.value);
      }
    } catch (error) {
      walk = null;
      failAll(error instanceof Error ? error : new Error(String(error)));
    } finally {
      busy = false;
    }
  }

  async function grant(frame: FrameIndex, { canvas }: Drawn): Promise<void> {
    const wish = wishes.get(frame);
    if (!wish) return;
    wishes.delete(frame);
    wish.done(await createImageBitmap(canvas));
  }

  /** Ends the way to a frame that nobody waits for any more. */
  function giveUp(): void {
    if (walk === null || sought === null || !wishes.get(sought)?.takenBack) return;
    wishes.get(sought)!.fail(new Error("No longer wanted."));
    wishes.delete(sought);
    sought = null;
    void walk.return();
    walk = null;
  }

  function failAll(error: Error): void {
    for (const wish of wishes.values()) wish.fail(error);
    wishes.clear();
  }

  return {
    name: "webcodecs",
    atOnce: GO_ON_FRAMES,
    landmark: (frame) => keys[lastAtOrBefore(keys, frame) ?? -1] ?? frame,
    decode(frame, signal) {
      return new Promise((done, fail) => {
        if (isKey.has(frame)) giveUp();
        const wish: Wish = { done, fail, takenBack: false };
        wishes.set(frame, wish);
        signal.addEventListener("abort", () => {
          if (frame === sought) wish.takenBack = true;
          else if (wishes.delete(frame)) fail(new Error("No longer wanted."));
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

/** The first wish; where those after it lie just before it (somebody goes backwards), the earliest of them. */
function startFor(wishes: readonly FrameIndex[]): FrameIndex {
  let start = wishes[0]!;
  for (const wish of wishes.slice(1)) {
    if (wish !== start - 1) break;
    start = wish;
  }
  return start;
}

/** Index of the last value that is not above `limit` in an ascending list; null where all are. */
function lastAtOrBefore(values: readonly number[], limit: number): number | null {
  let [low, high] = [0, values.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (values[middle]! <= limit) low = middle + 1;
    else high = middle;
  }
  return low === 0 ? null : low - 1;
}
