// Frames by number out of a scanned video: in order, or by jumping to a key frame, proved equal.
import { crc32 } from "node:zlib";
import type { FrameIndex } from "@masklet/vision";
import { AVFMT_SEEK_TO_PTS, AVSEEK_FLAG_BACKWARD } from "node-av/constants";
import type { CodecContext, Frame, Packet } from "node-av/lib";
import { VideoError } from "../error.ts";
import { displayedSize, turnUpright } from "../orientation.ts";
import { decode, type PacketGate } from "./decode.ts";
import { decodedCache } from "./decoded-cache.ts";
import type { FileVersion, KeyPacket, ReadableVideo } from "./decoder-messages.ts";
import { type Demuxed, demux, openDecoder, readOnlyVideo, ticksOf } from "./demux.ts";
import { fileVersion } from "./files.ts";
import { DECODED_CACHE_BYTES } from "./limits.ts";
import { type RgbConverter, rgbConverter } from "./rgb.ts";
import { seekPlan } from "./seek-plan.ts";

/** Frames nearer than this ahead are decoded up to, even if a key frame lies between. */
const SEEK_GAIN = 8;

/** Frames after a jump among which one must tell by its timestamp where the decoder stands. */
const FRAMES_WITHOUT_PLACE_MAX = 64;

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
  /** Number of the next frame; null just after a jump, when only a timestamp can tell. */
  next: number | null;
  /** Whether the run began at the file's start: then its frames are right by definition. */
  fromStart: boolean;
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
  const plan = seekPlan(index);
  const stored = displayedSize(table.size, table.orientation);
  const cache = decodedCache(DECODED_CACHE_BYTES);
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

  const startOver = async (): Promise<Run> => {
    await endRun();
    if (!sameVersion(await fileVersion(path), index.version)) {
      throw new VideoError("damaged", `${path} was changed after it was opened; open it again.`);
    }
    const demuxed = await demux(path);
    readOnlyVideo(demuxed);
    const context = await openDecoder(path, demuxed, index.threads);
    const frames = decode(demuxed, context, { refused: 0, readFailure: null });
    run = { demuxed, context, frames, next: 0, fromStart: true };
    return run;
  };

  /** Puts the decoder on a key packet. Not having got there shows in the frames that come. */
  const jump = async (key: KeyPacket) => {
    const jumping = run ?? (await startOver());
    const { demuxed, context } = jumping;
    await jumping.frames.return(undefined);
    context.flushBuffers();
    const byPts = demuxed.format.iformat?.hasFlags(AVFMT_SEEK_TO_PTS as never) ?? false;
    const time = (byPts ? key.pts : key.dts) ?? key.dts ?? key.pts ?? 0;
    await demuxed.format.seekFrame(demuxed.stream.index, BigInt(time), AVSEEK_FLAG_BACKWARD);
    jumping.frames = decode(demuxed, context, { refused: 0, readFailure: null }, fromKey(key));
    jumping.next = null;
    jumping.fromStart = false;
  };

  /** Decodes on to a frame, keeping those on the way; null if it does not come. */
  const decodeTo = async (wanted: number): Promise<Frame | null> => {
    let withoutPlace = 0;
    while (run && withoutPlace <= FRAMES_WITHOUT_PLACE_MAX) {
      const drawn = await run.frames.next();
      if (drawn.done) {
        run.next = null;
        return null;
      }
      progress();
      const stamp = ticksOf(drawn.value.bestEffortTimestamp);
      const told = run.fromStart || stamp === null ? null : plan.frameOf(stamp);
      const frame = told ?? run.next;
      if (frame === null) {
        withoutPlace++;
        continue;
      }
      run.next = frame + 1;
      cache.put(frame, drawn.value);
      if (frame >= wanted) return frame === wanted ? cache.get(wanted) : null;
    }
    return null;
  };

  /** Whether a frame is what decoding in order gave when the file was scanned. */
  const isProved = (frame: Frame | null, number: number): frame is Frame =>
    frame !== null && crc32(frame.toBuffer()) === index.checksums[number];

  /** The frame, out of the cache or decoded by the shortest way that proves right. */
  const find = async (wanted: number): Promise<Frame> => {
    const kept = cache.get(wanted);
    if (isProved(kept, wanted)) return kept;
    const isAhead = () => run !== null && run.next !== null && run.next <= wanted;
    if (isAhead() && plan.nearestStart(wanted) <= (run?.next ?? 0) + SEEK_GAIN) {
      const fromStart = run?.fromStart ?? false;
      const frame = await decodeTo(wanted);
      if (frame && (fromStart || isProved(frame, wanted))) return frame;
    }
    const isFirst = run === null && plan.nearestStart(wanted) === 0;
    for (const key of isFirst ? [] : plan.keysFor(wanted)) {
      await jump(key);
      const frame = await decodeTo(wanted);
      if (isProved(frame, wanted)) return frame;
    }
    await startOver();
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
