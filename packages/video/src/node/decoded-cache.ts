// Decoded frames kept for going back: by number, within a number of bytes.
import { avImageGetBufferSize, type Frame } from "node-av/lib";

/** Frames by number. What it gives stays valid until the next `put`. */
export interface DecodedCache {
  get(number: number): Frame | null;
  /** Keeps a reference to the frame's samples; the longest unused frames make room. */
  put(number: number, frame: Frame): void;
  clear(): void;
}

/** A cache of at most so many bytes of samples, or of one frame if that is larger. */
export function decodedCache(bytesMax: number): DecodedCache {
  const frames = new Map<number, { readonly frame: Frame; readonly bytes: number }>();
  let total = 0;
  const drop = (number: number) => {
    const entry = frames.get(number);
    if (!entry) return;
    frames.delete(number);
    total -= entry.bytes;
    entry.frame.free();
  };
  return {
    get(number) {
      const entry = frames.get(number);
      if (!entry) return null;
      frames.delete(number);
      frames.set(number, entry);
      return entry.frame;
    },
    put(number, frame) {
      const copy = frame.clone();
      if (!copy) return;
      drop(number);
      const bytes = avImageGetBufferSize(frame.format as never, frame.width, frame.height, 1);
      frames.set(number, { frame: copy, bytes });
      total += bytes;
      for (const oldest of frames.keys()) {
        if (total <= bytesMax || oldest === number) break;
        drop(oldest);
      }
    },
    clear() {
      for (const number of [...frames.keys()]) drop(number);
    },
  };
}
