// Encodes RGB pictures as H.264 in MP4 that every browser plays.
import type { Size } from "@masklet/vision";
import {
  AV_CODEC_FLAG_GLOBAL_HEADER,
  AV_PIX_FMT_RGB24,
  AV_PIX_FMT_YUV420P,
  AVCOL_PRI_BT709,
  AVCOL_RANGE_MPEG,
  AVCOL_SPC_BT709,
  AVCOL_TRC_BT709,
  AVERROR_EAGAIN,
  AVERROR_EOF,
  FF_ENCODER_LIBX264,
} from "node-av/constants";
import {
  Codec,
  CodecContext,
  Dictionary,
  FormatContext,
  Frame,
  Packet,
  Rational,
  SoftwareScaleContext,
  type Stream,
} from "node-av/lib";
import { VideoError } from "../error.ts";
import type { TimeBase } from "../frame-table.ts";
import type { FrameTiming } from "../sink.ts";
import { reason } from "./demux.ts";

/** What a file is made for. */
export type Purpose = "watching" | "stepping";

/**
 * How x264 works for each purpose. `quality`: its constant quality (18 is taken for visually lossless, 23 is its
 * default). `keyInterval`: frames between two key frames at most: a jump in a player decodes so many. Watching: two
 * seconds at 24 a second. Stepping: a jump costs a few frames, and a frame back is as near as a frame on.
 */
const SETTINGS: Readonly<
  Record<Purpose, { quality: number; preset: string; keyInterval: number }>
> = {
  watching: { quality: 20, preset: "veryfast", keyInterval: 48 },
  stepping: { quality: 18, preset: "superfast", keyInterval: 6 },
};

/** An encoder that is open. */
export interface Encoder {
  add(rgb: Uint8Array): Promise<void>;
  /** Completes the file. Throws a `VideoError` (`cannot-write`), as `add` does. */
  finish(): Promise<void>;
}

/** What is to be written: pictures of a size, when each is shown, and what for. */
export interface EncoderPlan {
  readonly size: Size;
  readonly timing: FrameTiming;
  readonly purpose: Purpose;
}

/**
 * Opens an encoder that writes to `path`. Pictures of odd width or height are padded to even by
 * repeating the last column or row, for H.264 in 4:2:0 has even sizes only. No B-frames, so that the
 * file begins at time 0 without an edit list. Throws a `VideoError` (`cannot-write`).
 */
export async function openEncoder(
  path: string,
  { size, timing, purpose }: EncoderPlan,
): Promise<Encoder> {
  const clock = clockOf(timing);
  const coded = { width: size.width + (size.width % 2), height: size.height + (size.height % 2) };
  const output = new FormatContext();
  check(path, output.allocOutputContext2(null, "mp4", `file:${path}`));
  const context = await h264Context(path, { coded, timeBase: clock.timeBase, purpose });
  const stream = output.newStream();
  check(path, stream.codecpar.fromContext(context));
  stream.timeBase = context.timeBase;
  check(path, await output.openOutput());
  const options = Dictionary.fromObject({ movflags: "+faststart" });
  check(path, await output.writeHeader(options));
  options.free();

  const convert = yuvConverter(path, size, coded);
  const drain = packetWriter(path, output, stream, context, clock.durationAt);
  let count = 0;
  return {
    async add(rgb) {
      const frame = convert.convert(rgb);
      frame.pts = BigInt(clock.ticksAt(count));
      count++;
      check(path, await context.sendFrame(frame));
      await drain();
    },
    async finish() {
      check(path, await context.sendFrame(null));
      await drain();
      check(path, await output.writeTrailer());
      await output.closeOutput();
      convert.close();
      context.freeContext();
    },
  };
}

async function h264Context(
  path: string,
  {
    coded,
    timeBase,
    purpose,
  }: { readonly coded: Size; readonly timeBase: TimeBase; readonly purpose: Purpose },
): Promise<CodecContext> {
  const { quality, preset, keyInterval } = SETTINGS[purpose];
  const codec = Codec.findEncoderByName(FF_ENCODER_LIBX264);
  if (!codec) throw new VideoError("cannot-write", `${path}: there is no H.264 encoder here.`);
  const context = new CodecContext();
  context.allocContext3(codec);
  context.width = coded.width;
  context.height = coded.height;
  context.pixelFormat = AV_PIX_FMT_YUV420P;
  context.timeBase = new Rational(timeBase.numerator, timeBase.denominator);
  context.gopSize = keyInterval;
  context.maxBFrames = 0;
  context.colorSpace = AVCOL_SPC_BT709;
  context.colorPrimaries = AVCOL_PRI_BT709;
  context.colorTrc = AVCOL_TRC_BT709;
  context.colorRange = AVCOL_RANGE_MPEG;
  context.setFlags(AV_CODEC_FLAG_GLOBAL_HEADER);
  const options = Dictionary.fromObject({ preset, crf: quality });
  check(path, await context.open2(codec, options));
  options.free();
  return context;
}

/** Turns pictures into padded YUV frames; the returned frame is valid until the next call. */
function yuvConverter(path: string, size: Size, coded: Size) {
  const scaler = new SoftwareScaleContext();
  scaler.allocContext();
  scaler.setOption("sws_flags", "bilinear+accurate_rnd+bitexact");
  const target = new Frame();
  target.alloc();
  return {
    convert(rgb: Uint8Array): Frame {
      const padded = Buffer.from(paddedToEven(rgb, size, coded));
      const source = Frame.fromVideoBuffer(padded, { ...coded, format: AV_PIX_FMT_RGB24 });
      target.unref();
      target.format = AV_PIX_FMT_YUV420P;
      target.width = coded.width;
      target.height = coded.height;
      target.colorSpace = AVCOL_SPC_BT709;
      target.colorRange = AVCOL_RANGE_MPEG;
      check(path, scaler.scaleFrameSync(target, source));
      source.free();
      return target;
    },
    close() {
      target.free();
      scaler.freeContext();
    },
  };
}

/** Writes the packets that the encoder has ready, each with the time and duration of its picture. */
function packetWriter(
  path: string,
  output: FormatContext,
  stream: Stream,
  context: CodecContext,
  durationAt: (index: number) => number,
): () => Promise<void> {
  const packet = new Packet();
  packet.alloc();
  let written = 0;
  return async () => {
    for (;;) {
      const status = await context.receivePacket(packet);
      if (status === AVERROR_EAGAIN || status === AVERROR_EOF) return;
      check(path, status);
      packet.streamIndex = stream.index;
      packet.duration = BigInt(durationAt(written));
      packet.rescaleTs(context.timeBase, stream.timeBase);
      written++;
      check(path, await output.interleavedWriteFrame(packet));
      packet.unref();
    }
  };
}

/** When the n-th picture is shown, from 0, and for how long, in ticks of a time base. */
function clockOf(timing: FrameTiming): {
  readonly timeBase: TimeBase;
  ticksAt(index: number): number;
  durationAt(index: number): number;
} {
  if (timing.kind === "constant") {
    const { numerator, denominator } = timing.rate;
    const timeBase = { numerator: denominator, denominator: numerator };
    return { timeBase, ticksAt: (index) => index, durationAt: () => 1 };
  }
  const { timeBase, ticks } = timing;
  const at = (index: number) => {
    const tick = ticks[index];
    if (tick === undefined) {
      throw new RangeError(`There are timestamps for ${ticks.length} pictures, not for one more.`);
    }
    return tick - (ticks[0] ?? 0);
  };
  // The last picture stays as long as the one before it did.
  const durationAt = (index: number) => {
    const from = Math.max(0, Math.min(index, ticks.length - 2));
    return ticks.length < 2 ? 1 : at(from + 1) - at(from);
  };
  return { timeBase, ticksAt: at, durationAt };
}

function paddedToEven(rgb: Uint8Array, size: Size, coded: Size): Uint8Array {
  if (coded.width === size.width && coded.height === size.height) return rgb;
  const out = new Uint8Array(coded.width * coded.height * 3);
  const row = size.width * 3;
  for (let y = 0; y < coded.height; y++) {
    const from = Math.min(y, size.height - 1) * row;
    const to = y * coded.width * 3;
    out.set(rgb.subarray(from, from + row), to);
    if (coded.width > size.width) out.set(rgb.subarray(from + row - 3, from + row), to + row);
  }
  return out;
}

function check(path: string, status: number): void {
  if (status < 0) {
    throw new VideoError("cannot-write", `${path} cannot be written (${reason(status)}).`);
  }
}
