// Scans a video once: every packet listed, every frame decoded, the frame table proved.
import { createHash } from "node:crypto";
import { crc32 } from "node:zlib";
import type { FrameIndex, Size } from "@masklet/vision";
import { AV_FRAME_FLAG_CORRUPT, AV_PKT_FLAG_DISCARD } from "node-av/constants";
import { avGetPixFmtName, type Frame, type Packet } from "node-av/lib";
import type { ScanProgress } from "../clip.ts";
import { changeMeter, type FrameChange, hsvOf, smallSize } from "../cuts.ts";
import { VideoError } from "../error.ts";
import { digestText, type FrameEntry, type PacketEntry, sha256 } from "../frame-table.ts";
import { displayedSize } from "../orientation.ts";
import { type DecodeTally, decode } from "./decode.ts";
import type { KeyPacket, ScannedVideo } from "./decoder-messages.ts";
import { type Demuxed, demux, openDecoder, reason, streamOrientation, ticksOf } from "./demux.ts";
import { fileVersion } from "./files.ts";
import { FRAMES_MAX } from "./limits.ts";
import { type RgbConverter, rgbConverter } from "./rgb.ts";
import { strictTicks } from "./timestamps.ts";

/** FFmpeg states a file's start and duration in millionths of a second. */
const MICROSECONDS = 1_000_000;

/** A file that ends so much earlier than it states is incomplete; less is rounding. */
const MISSING_SECONDS = 1;

/**
 * The frame table and all else there is to know of a video file. A file that does not decode
 * cleanly is scanned again with one thread, so that what is patched up in it is always the same.
 * Throws a `VideoError`.
 */
export async function scanVideo(
  path: string,
  threads: number,
  progress: ScanProgress,
): Promise<ScannedVideo> {
  const demuxed = await demux(path);
  try {
    const facts = await gather(path, demuxed, threads, progress);
    const clean = facts.tally.refused + facts.concealed === 0;
    if (clean || threads === 1) return await summary(path, threads, facts);
  } finally {
    await demuxed.close();
  }
  return await scanVideo(path, 1, progress);
}

/** What one pass over the file collects. */
interface Facts {
  readonly demuxed: Demuxed;
  readonly tally: DecodeTally;
  readonly packets: PacketEntry[];
  readonly keys: KeyPacket[];
  readonly stamps: (number | null)[];
  readonly keyFrames: boolean[];
  readonly checksums: number[];
  readonly changes: FrameChange[];
  firstPacket: string;
  hiddenPackets: number;
  /** Seconds per tick of each stream. */
  readonly tickLengths: readonly number[];
  /** End of the latest packet of any stream, in seconds. */
  end: number;
  /** Frames whose damage the decoder patched up. */
  concealed: number;
  /** Frames that had another size and are scaled to the first one's. */
  resized: number;
  stored: Size | null;
  pixelFormat: string;
}

async function gather(
  path: string,
  demuxed: Demuxed,
  threads: number,
  progress: ScanProgress,
): Promise<Facts> {
  const facts = noFacts(demuxed);
  const context = await openDecoder(path, demuxed, threads);
  let small: RgbConverter | null = null;
  const measure = changeMeter();
  const expected = expectedFrames(demuxed);
  try {
    const gate = (packet: Packet) => notePacket(facts, packet);
    for await (const frame of decode(demuxed, context, facts.tally, gate)) {
      noteFrame(facts, frame);
      small ??= rgbConverter(smallSize(frame), "small");
      facts.changes.push(measure(hsvOf(small.convert(frame))));
      progress(facts.stamps.length, expected);
      if (facts.stamps.length > FRAMES_MAX) {
        throw new VideoError("too-large", `${path} has more than ${FRAMES_MAX} frames.`);
      }
    }
    return facts;
  } finally {
    small?.close();
    context.freeContext();
  }
}

/** Frames that the container announces, by number or by its length; null where it says neither. */
function expectedFrames({ format, stream }: Demuxed): number | null {
  const announced = Number(stream.nbFrames);
  if (announced > 0) return announced;
  const { num, den } = stream.avgFrameRate;
  const duration = Number(ticksOf(format.duration) ?? 0) / MICROSECONDS;
  return duration > 0 && num > 0 && den > 0 ? Math.ceil((duration * num) / den) : null;
}

function noFacts(demuxed: Demuxed): Facts {
  return {
    demuxed,
    tally: { refused: 0, readFailure: null },
    packets: [],
    keys: [],
    stamps: [],
    keyFrames: [],
    checksums: [],
    changes: [],
    firstPacket: "",
    hiddenPackets: 0,
    tickLengths: demuxed.format.streams.map(({ timeBase }) => timeBase.num / timeBase.den),
    end: Number.NEGATIVE_INFINITY,
    concealed: 0,
    resized: 0,
    stored: null,
    pixelFormat: "unknown",
  };
}

/** Lists a packet; all of the video are decoded, for shown frames may rest on hidden ones. */
function notePacket(facts: Facts, packet: Packet): boolean {
  const time = ticksOf(packet.pts) ?? ticksOf(packet.dts);
  const secondsPerTick = facts.tickLengths[packet.streamIndex];
  if (time !== null && secondsPerTick !== undefined) {
    facts.end = Math.max(facts.end, (time + Number(packet.duration)) * secondsPerTick);
  }
  if (packet.streamIndex !== facts.demuxed.stream.index) return false;
  const entry = { pts: ticksOf(packet.pts), dts: ticksOf(packet.dts), bytes: packet.size };
  if (packet.isKeyframe) facts.keys.push(entry);
  if (packet.hasFlags(AV_PKT_FLAG_DISCARD)) {
    facts.hiddenPackets++;
    return true;
  }
  if (facts.packets.length === 0) {
    facts.firstPacket = createHash("sha256")
      .update(packet.data ?? "")
      .digest("hex");
  }
  facts.packets.push(entry);
  return true;
}

function noteFrame(facts: Facts, frame: Frame): void {
  facts.stored ??= { width: frame.width, height: frame.height };
  if (frame.width !== facts.stored.width || frame.height !== facts.stored.height) facts.resized++;
  if (facts.stamps.length === 0) {
    facts.pixelFormat = avGetPixFmtName(frame.format as never) ?? "unknown";
  }
  if (frame.decodeErrorFlags !== 0 || frame.hasFlags(AV_FRAME_FLAG_CORRUPT)) facts.concealed++;
  facts.stamps.push(ticksOf(frame.bestEffortTimestamp));
  facts.keyFrames.push(frame.keyFrame !== 0);
  facts.checksums.push(crc32(frame.toBuffer()));
}

async function summary(path: string, threads: number, facts: Facts): Promise<ScannedVideo> {
  const { demuxed, stamps, stored } = facts;
  if (!stored || stamps.length === 0) {
    throw new VideoError(
      "damaged",
      `${path} holds ${demuxed.codecName} video, but not one frame of it decodes${
        facts.tally.readFailure === null ? "" : ` (${reason(facts.tally.readFailure)})`
      }.`,
    );
  }
  const { orientation, exact } = streamOrientation(demuxed.stream);
  const size = displayedSize(stored, orientation);
  const { timeBase, codecName: codec } = demuxed;
  const { ticks, backward } = strictTicks(stamps, usualStep(demuxed));
  const frames = ticks.map(
    (tick, index): FrameEntry => ({
      index: index as FrameIndex,
      ticks: tick,
      seconds: (tick * timeBase.numerator) / timeBase.denominator,
      key: facts.keyFrames[index] ?? false,
    }),
  );
  const digest = await sha256(
    digestText({
      codec,
      size,
      orientation,
      timeBase,
      frameCount: frames.length,
      packets: facts.packets,
      firstPacket: facts.firstPacket,
    }),
  );
  const container = demuxed.format.iformat?.name ?? "unknown";
  const { pixelFormat } = facts;
  return {
    table: { digest, container, codec, pixelFormat, size, orientation, timeBase, frames },
    changes: facts.changes,
    warnings: warningsOf(path, facts, { exact, backward }),
    index: {
      stamps: Float64Array.from(stamps, (stamp) => stamp ?? Number.NaN),
      checksums: Uint32Array.from(facts.checksums),
      keys: facts.keys,
      version: await fileVersion(path),
      threads,
    },
  };
}

/** Ticks from one frame to the next by the container's frame rate; 1 where it has none. */
function usualStep({ stream, timeBase }: Demuxed): number {
  const { num, den } = stream.avgFrameRate;
  if (num <= 0 || den <= 0) return 1;
  return Math.max(1, Math.round((den * timeBase.denominator) / (num * timeBase.numerator)));
}

function warningsOf(
  path: string,
  facts: Facts,
  { exact, backward }: { exact: boolean; backward: number },
): string[] {
  const lost = facts.tally.refused + unreadFrames(facts);
  const warnings: string[] = [];
  if (lost > 0 || facts.tally.readFailure !== null) {
    warnings.push(
      `${path} is damaged or incomplete: ${facts.stamps.length} frames decode, ${
        lost > 0 ? `about ${lost}` : "an unknown number"
      } are lost.`,
    );
  }
  if (facts.concealed > 0) {
    warnings.push(`${path} is damaged: the decoder patched up ${facts.concealed} frames.`);
  }
  if (facts.resized > 0 && facts.stored) {
    warnings.push(
      `${path} changes its size on the way: ${facts.resized} frames are scaled to the first one's ${facts.stored.width} × ${facts.stored.height}.`,
    );
  }
  if (backward > 0) {
    warnings.push(
      `${path} has ${backward} frames whose timestamps run backwards; they are shown evenly after the ones before.`,
    );
  }
  if (!exact) {
    warnings.push(`${path} asks to be turned by an odd angle; the nearest quarter turn is used.`);
  }
  return warnings;
}

/** Frames that the container announces and the file no longer has. */
function unreadFrames({ demuxed, packets, hiddenPackets, end }: Facts): number {
  const { format, stream } = demuxed;
  const announced = Number(stream.nbFrames);
  if (announced > 0) return Math.max(0, announced - packets.length - hiddenPackets);
  if (!Number.isFinite(end)) return 0;
  // Matroska counts its length from time 0, others from the first packet.
  const fromZero = /matroska/.test(format.iformat?.name ?? "");
  const start = fromZero ? 0 : (ticksOf(format.startTime) ?? 0);
  const missing = (start + Number(format.duration)) / MICROSECONDS - end;
  const { num, den } = stream.avgFrameRate;
  return missing > MISSING_SECONDS && den > 0 ? Math.round((missing * num) / den) : 0;
}
