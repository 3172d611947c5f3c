// Frames by number out of a scanned video: in order, or by jumping to a key frame, proved equal.
import { crc32 } from "node:zlib";
import type { FrameIndex } from "@masklet/vision";
import { AVFMT_SEEK_TO_PTS, AVSEEK_FLAG_BACKWARD } from "node-av/constants";
import { avImageGetBufferSize, type CodecContext, type Frame, type Packet } from "node-av/lib";
import { VideoError } from "../error.ts";
import { displayedSize, turnUpright } from "../orientation.ts";
import { decode, type PacketGate } from "./decode.ts";
import type { FileVersion, KeyPacket, ReadableVideo } from "./decoder-messages.ts";
import { type Demuxed, demux, openDecoder, readOnlyVideo, ticksOf } from "./demux.ts";
import { fileVersion } from "./files.ts";
import { DECODED_CACHE_BYTES } from "./limits.ts";
import { type RgbConverter, rgbConverter } from "./rgb.ts";

/** Frames nearer than this ahead are decoded up to, even if a key frame lies between. */
const SEEK_GAIN = 8;

/** Key frames tried, going back, before decoding from the start. */
const KEYS_TRIED = 3;

/** A video open for reading frames. One request at a time. */
export interface FrameReader {
  /** The frame upright in RGB: height × width × 3 bytes. Throws a `VideoError` (`damaged`). */
  frame(index: FrameIndex): Promise<Uint8Array>;
  close(): Promise<void>;
}

/** A decoder standing somewhere in the stream. */
interface Run {
  readonly demuxed: Demuxed;
  readonly context: CodecContext;
  frames: AsyncGenerator<Frame>;
  /** Number of the next frame; null just after a jump, when only the timestamp can tell. */
  next: number | null;
  /** Whether the run began at the file's start, where frames can simply be counted. */
  counted: boolean;
}

/**
 * Opens a scanned video for reading. `progress` is called for each decoded frame. A frame reached by
 * a jump must have the checksum that decoding in order gave; where it has not, the jump goes further
 * back, at last to the start. So only a frame whose damage decodes differently each time differs.
 */
export function frameReader(
  path: string,
  { table, index }: ReadableVideo,
  progress: () => void,
): FrameReader {
  const frameOfStamp = new Map<number, number>();
  if (index.seekable) index.stamps.forEach((stamp, frame) => void frameOfStamp.set(stamp, frame));
  const keys = index.seekable ? keysByTime(index.keys) : [];
  const stored = displayedSize(table.size, table.orientation);
  const cache = decodedCache();
  let converter: RgbConverter | null = null;
  let run: Run | null = null;

  const endRun = async () => {
    const ending = run;
    run = null;
    if (!ending) return;
    await ending.frames.return(undefined);
    ending.context.freeContext();
    await ending.demuxed.close();
  };

  const startOver = async () => {
    await endRun();
    if (!sameVersion(await fileVersion(path), index.version)) {
      throw new VideoError("damaged", `${path} was changed after it was opened; open it again.`);
    }
    const demuxed = await demux(path);
    readOnlyVideo(demuxed);
    const context = await openDecoder(path, demuxed, index.threads);
    const frames = decode(demuxed, context, { refused: 0, readFailure: null });
    run = { demuxed, context, frames, next: 0, counted: true };
  };

  /** Puts the decoder on a key packet; false where the container does not lead there. */
  const jump = async (key: KeyPacket): Promise<boolean> => {
    if (!run) await startOver();
    if (!run) return false;
    const { demuxed, context } = run;
    await run.frames.return(undefined);
    context.flushBuffers();
    const byPts = demuxed.format.iformat?.hasFlags(AVFMT_SEEK_TO_PTS as never) ?? false;
    const time = (byPts ? key.pts : key.dts) ?? key.dts ?? key.pts;
    if (time === null) return false;
    const flags = AVSEEK_FLAG_BACKWARD;
    const status = await demuxed.format.seekFrame(demuxed.stream.index, BigInt(time), flags);
    run.frames = decode(demuxed, context, { refused: 0, readFailure: null }, fromKey(key));
    run.next = null;
    run.counted = false;
    return status >= 0;
  };

  /** Decodes on to a frame, keeping those on the way; null if it does not come. */
  const decodeTo = async (wanted: number): Promise<Frame | null> => {
    for (;;) {
      const drawn = run ? await run.frames.next() : { done: true as const, value: undefined };
      if (!run || drawn.done) return null;
      progress();
      const stamp = ticksOf(drawn.value.bestEffortTimestamp);
      const frame = run.counted ? run.next : stamp === null ? undefined : frameOfStamp.get(stamp);
      if (frame === undefined || frame === null) continue;
      run.next = frame + 1;
      cache.put(frame, drawn.value);
      if (frame >= wanted) return frame === wanted ? cache.get(wanted) : null;
    }
  };

  /** Whether a frame is what decoding in order gave when the file was scanned. */
  const isProved = (frame: Frame | null, number: number): frame is Frame =>
    frame !== null && crc32(frame.toBuffer()) === index.checksums[number];

  /** The frame, out of the cache or decoded by the shortest way that proves right. */
  const find = async (wanted: number): Promise<Frame> => {
    const kept = cache.get(wanted);
    if (isProved(kept, wanted)) return kept;
    const stamp = index.stamps[wanted] ?? Number.NaN;
    const last = keys.findLastIndex((key) => key.time <= stamp);
    const nearestKey = index.stamps.findIndex((time) => time >= (keys[last]?.time ?? Infinity));
    const next = run?.next ?? null;
    if (next !== null && next <= wanted && nearestKey <= next + SEEK_GAIN) {
      // Decoding from the start is the truth even where damage decodes differently each time.
      const counted = run?.counted ?? false;
      const frame = await decodeTo(wanted);
      if (isProved(frame, wanted) || (frame && counted)) return frame;
    }
    for (let tried = 0; tried < KEYS_TRIED && last - tried > 0; tried++) {
      const key = keys[last - tried];
      if (!key || !(await jump(key.packet))) continue;
      const frame = await decodeTo(wanted);
      if (isProved(frame, wanted)) return frame;
    }
    if (!run?.counted || next === null || next > wanted) await startOver();
    const frame = await decodeTo(wanted);
    if (frame) return frame;
    throw new VideoError("damaged", `Frame ${wanted} of ${path} does not decode any more.`);
  };

  return {
    async frame(number) {
      const frame = await find(number);
      converter ??= rgbConverter(stored, "exact");
      return turnUpright(converter.convert(frame), stored, table.orientation);
    },
    async close() {
      cache.clear();
      converter?.close();
      await endRun();
    },
  };
}

function sameVersion(a: FileVersion, b: FileVersion): boolean {
  return a.bytes === b.bytes && a.changed === b.changed;
}

/** Passes over packets until the key packet, and lets all from there on through. */
function fromKey(key: KeyPacket): PacketGate {
  let begun = false;
  return (packet: Packet) => {
    begun ||=
      packet.isKeyframe &&
      packet.size === key.bytes &&
      ticksOf(packet.pts) === key.pts &&
      ticksOf(packet.dts) === key.dts;
    return begun;
  };
}

function keysByTime(keys: readonly KeyPacket[]): { time: number; packet: KeyPacket }[] {
  return keys
    .map((packet) => ({ time: packet.pts ?? packet.dts ?? Number.NaN, packet }))
    .filter(({ time }) => !Number.isNaN(time))
    .sort((a, b) => a.time - b.time);
}

/** Decoded frames by number, at most `DECODED_CACHE_BYTES`; the longest unused goes first. */
function decodedCache() {
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
    get(number: number): Frame | null {
      const entry = frames.get(number);
      if (!entry) return null;
      frames.delete(number);
      frames.set(number, entry);
      return entry.frame;
    },
    put(number: number, frame: Frame): void {
      const copy = frame.clone();
      if (!copy) return;
      drop(number);
      const bytes = avImageGetBufferSize(frame.format as never, frame.width, frame.height, 1);
      frames.set(number, { frame: copy, bytes });
      total += bytes;
      for (const oldest of frames.keys()) {
        if (total <= DECODED_CACHE_BYTES || oldest === number) break;
        drop(oldest);
      }
    },
    clear(): void {
      for (const number of [...frames.keys()]) drop(number);
    },
  };
}
