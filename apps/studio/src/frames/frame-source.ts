// The pictures of a video by frame number: a bounded cache, one decoder behind it, neighbours fetched ahead.
import type { FrameIndex, Size } from "@masklet/vision";

/** Turns a frame number into a picture. The caller closes what it gets. */
export interface FrameDecoder {
  readonly name: "server" | "webcodecs";
  /** Pictures that may be asked for at a time. */
  readonly atOnce: number;
  /** The nearest frame at or before this one that is had at once; itself where none is quicker than another. */
  landmark(frame: FrameIndex): FrameIndex;
  decode(frame: FrameIndex, signal: AbortSignal): Promise<ImageBitmap>;
  close(): void;
}

export interface FrameSource {
  readonly size: Size;
  /** The picture when it is at hand. It belongs to the source: do not close it, do not keep it over an await. */
  peek(frame: FrameIndex): ImageBitmap | null;
  /**
   * Asks for a frame now and its neighbours (in the direction of travel) after it; before it, after a jump, for the
   * landmark on the way to it. Earlier wishes that are not begun are dropped.
   */
  want(frame: FrameIndex, travel: 1 | -1): void;
  /** Called when a wanted picture has arrived, or could not be had. */
  onArrival(listener: (frame: FrameIndex, error: Error | null) => void): void;
  /** Changes the decoder; pictures at hand stay. Where it fails, `fallback` takes over for good. */
  use(decoder: FrameDecoder, fallback: FrameDecoder): void;
  readonly decoder: () => FrameDecoder["name"];
  close(): void;
}

/** Bytes of decoded pictures kept (four a pixel). */
const CACHE_BYTES_MAX = 320 * 1024 * 1024;
const AHEAD = 12;
const BEHIND = 4;
/** Going further than this is a jump. */
const JUMP_FRAMES = 24;

/** Makes a source over `count` frames. */
export function createFrameSource(facts: {
  readonly count: number;
  readonly size: Size;
  readonly decoder: FrameDecoder;
}): FrameSource {
  const { count, size } = facts;
  let decoder = facts.decoder;
  // Of very large pictures the neighbours alone are kept: a few of them fill the room.
  const room = Math.max(3, Math.floor(CACHE_BYTES_MAX / (4 * size.width * size.height)));
  const ahead = Math.min(AHEAD, Math.max(1, Math.floor((2 * (room - 1)) / 3)));
  const behind = Math.min(BEHIND, room - 1 - ahead);
  const pictures = new Map<FrameIndex, ImageBitmap>();
  const running = new Map<FrameIndex, AbortController>();
  let wishes: FrameIndex[] = [];
  let wanted: readonly FrameIndex[] = [];
  let asked = 0;
  let listener: (frame: FrameIndex, error: Error | null) => void = () => {};
  let reserve: FrameDecoder | null = null;
  let closed = false;

  function keep(frame: FrameIndex, picture: ImageBitmap): void {
    pictures.get(frame)?.close();
    pictures.delete(frame);
    pictures.set(frame, picture);
    for (const [oldest, old] of pictures) {
      if (pictures.size <= room) break;
      pictures.delete(oldest);
      old.close();
    }
  }

  function pump(): void {
    while (!closed && running.size < decoder.atOnce && wishes.length > 0) {
      const frame = wishes.shift()!;
      if (pictures.has(frame) || running.has(frame)) continue;
      const stop = new AbortController();
      running.set(frame, stop);
      const by = decoder;
      by.decode(frame, stop.signal)
        .then(
          (picture) => {
            if (closed) return picture.close();
            keep(frame, picture);
            listener(frame, null);
          },
          (error: unknown) => {
            if (closed) return;
            if (stop.signal.aborted) {
              // Taken back, and wanted again before it ended.
              if (wanted.includes(frame)) wishes.unshift(frame);
              return;
            }
            if (by === decoder && reserve) {
              decoder.close();
              decoder = reserve;
              reserve = null;
              wishes.unshift(frame);
            } else if (by !== decoder) wishes.unshift(frame);
            else listener(frame, error instanceof Error ? error : new Error(String(error)));
          },
        )
        .finally(() => {
          running.delete(frame);
          pump();
        });
    }
  }

  return {
    size,
    decoder: () => decoder.name,
    peek(frame) {
      const picture = pictures.get(frame);
      if (!picture) return null;
      pictures.delete(frame);
      pictures.set(frame, picture);
      return picture;
    },
    want(frame, travel) {
      const jump = Math.abs(frame - asked) > JUMP_FRAMES;
      asked = frame;
      const way = jump ? 1 : travel;
      const list: number[] = jump ? [decoder.landmark(frame), frame] : [frame];
      for (let step = 1; step <= ahead; step++) list.push(frame + way * step);
      for (let step = 1; step <= behind; step++) list.push(frame - way * step);
      wishes = list.filter(
        (one) => one >= 0 && one < count && !pictures.has(one as FrameIndex),
      ) as FrameIndex[];
      wanted = [...wishes];
      // What is under way but no longer wanted makes room for what is.
      for (const [one, stop] of running) {
        if (!wishes.includes(one)) stop.abort();
      }
      pump();
    },
    onArrival(next) {
      listener = next;
    },
    use(next, fallback) {
      decoder.close();
      decoder = next;
      reserve = fallback;
    },
    close() {
      closed = true;
      for (const stop of running.values()) stop.abort();
      for (const picture of pictures.values()) picture.close();
      pictures.clear();
      decoder.close();
    },
  };
}
