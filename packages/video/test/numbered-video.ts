// Makes small videos whose frames carry their number as a bar code, and reads the number back.
import type { Size } from "@masklet/vision";
import {
  AV_CODEC_FLAG_GLOBAL_HEADER,
  AV_LOG_QUIET,
  AV_PIX_FMT_RGB24,
  AV_PIX_FMT_YUV420P,
  AV_PKT_DATA_DISPLAYMATRIX,
  AVCOL_RANGE_MPEG,
  AVCOL_SPC_SMPTE170M,
  type AVColorRange,
  type AVColorSpace,
  AVERROR_EAGAIN,
  AVERROR_EOF,
  type AVPixelFormat,
  type FFEncoderCodec,
} from "node-av/constants";
import {
  Codec,
  CodecContext,
  Dictionary,
  FormatContext,
  Frame,
  Log,
  Packet,
  Rational,
  SoftwareScaleContext,
} from "node-av/lib";

Log.setLevel(AV_LOG_QUIET);

/** What kind of file to make; everything but container and encoder has a usual value. */
export interface NumberedVideo {
  readonly container: string;
  readonly encoder: string;
  readonly size?: Size;
  readonly pixelFormat?: AVPixelFormat;
  readonly options?: Readonly<Record<string, string>>;
  readonly muxing?: Readonly<Record<string, string>>;
  readonly bFrames?: number;
  readonly keyInterval?: number;
  /** Timestamps of the frames, in 1/25 s; 0, 1, 2, … if left out. */
  readonly ticks?: readonly number[];
  /** a, b, c, d of the display matrix. */
  readonly matrix?: readonly [number, number, number, number];
  readonly range?: AVColorRange;
  readonly colours?: AVColorSpace;
  /** The matrix that the file names, where that is not the one the samples were made with. */
  readonly tagged?: AVColorSpace;
  /** The stored picture of a frame; the bar code of its number if left out. */
  readonly draw?: (index: number, size: Size) => Uint8Array;
}

export const NUMBERED_SIZE: Size = { width: 160, height: 96 };
const FRAMES = 40;
const BITS = 8;

/** Eight bars, the number's highest bit left, over a grey ramp that moves so that frames differ. */
export function barCode(index: number, { width, height }: Size): Uint8Array {
  const rgb = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const bit = Math.floor((x * BITS) / width);
      const isSet = ((index >> (BITS - 1 - bit)) & 1) === 1;
      const ramp = 60 + ((x + 5 * index) % 120);
      rgb.fill(
        y < height / 2 ? (isSet ? 230 : 20) : ramp,
        (y * width + x) * 3,
        (y * width + x) * 3 + 3,
      );
    }
  }
  return rgb;
}

/** The number that a displayed frame carries in its upper half. */
export function readNumber(rgb: Uint8Array, { width, height }: Size): number {
  let number = 0;
  for (let bit = 0; bit < BITS; bit++) {
    const x = Math.floor(((bit + 0.5) * width) / BITS);
    const y = Math.floor(height / 4);
    number = number * 2 + ((rgb[(y * width + x) * 3 + 1] ?? 0) > 128 ? 1 : 0);
  }
  return number;
}

/** Writes such a video. */
export async function writeNumberedVideo(path: string, video: NumberedVideo): Promise<void> {
  const size = video.size ?? NUMBERED_SIZE;
  const ticks = video.ticks ?? Array.from({ length: FRAMES }, (_, i) => i);
  const output = new FormatContext();
  must(output.allocOutputContext2(null, video.container, path));
  const context = await encoderFor(video, size);
  const stream = output.newStream();
  must(stream.codecpar.fromContext(context));
  stream.timeBase = context.timeBase;
  stream.avgFrameRate = new Rational(25, 1);
  if (video.matrix)
    must(stream.codecpar.addCodedSideData(AV_PKT_DATA_DISPLAYMATRIX, matrixBytes(video.matrix)));
  must(await output.openOutput());
  must(await output.writeHeader(Dictionary.fromObject(video.muxing ?? {})));

  const packet = new Packet();
  packet.alloc();
  const drain = async () => {
    for (;;) {
      const status = await context.receivePacket(packet);
      if (status === AVERROR_EAGAIN || status === AVERROR_EOF) return;
      must(status);
      packet.streamIndex = 0;
      if (packet.duration === 0n) packet.duration = 1n;
      packet.rescaleTs(context.timeBase, stream.timeBase);
      must(await output.interleavedWriteFrame(packet));
    }
  };
  const draw = video.draw ?? barCode;
  for (const [index, tick] of ticks.entries()) {
    const frame = stored(draw(index, size), size, context, video.colours ?? AVCOL_SPC_SMPTE170M);
    frame.pts = BigInt(tick);
    must(await context.sendFrame(frame));
    frame.free();
    await drain();
  }
  must(await context.sendFrame(null));
  await drain();
  must(await output.writeTrailer());
  await output.closeOutput();
  packet.free();
  context.freeContext();
}

async function encoderFor(video: NumberedVideo, size: Size): Promise<CodecContext> {
  const codec = Codec.findEncoderByName(video.encoder as FFEncoderCodec);
  if (!codec) throw new Error(`no encoder ${video.encoder}`);
  const context = new CodecContext();
  context.allocContext3(codec);
  context.width = size.width;
  context.height = size.height;
  context.pixelFormat = video.pixelFormat ?? AV_PIX_FMT_YUV420P;
  context.timeBase = new Rational(1, 25);
  context.framerate = new Rational(25, 1);
  context.gopSize = video.keyInterval ?? 12;
  if (video.bFrames !== undefined) context.maxBFrames = video.bFrames;
  context.colorRange = video.range ?? AVCOL_RANGE_MPEG;
  context.colorSpace = video.tagged ?? video.colours ?? AVCOL_SPC_SMPTE170M;
  context.threadCount = 1;
  context.setFlags(AV_CODEC_FLAG_GLOBAL_HEADER);
  must(await context.open2(codec, Dictionary.fromObject(video.options ?? {})));
  return context;
}

function stored(rgb: Uint8Array, size: Size, context: CodecContext, colours: AVColorSpace): Frame {
  const source = Frame.fromVideoBuffer(Buffer.from(rgb), { ...size, format: AV_PIX_FMT_RGB24 });
  const scaler = new SoftwareScaleContext();
  scaler.allocContext();
  const frame = new Frame();
  frame.alloc();
  frame.format = context.pixelFormat;
  frame.width = size.width;
  frame.height = size.height;
  frame.colorSpace = colours;
  frame.colorRange = context.colorRange;
  must(scaler.scaleFrameSync(frame, source));
  source.free();
  scaler.freeContext();
  frame.colorSpace = context.colorSpace;
  return frame;
}

function matrixBytes([a, b, c, d]: readonly [number, number, number, number]): Buffer {
  const entries = new Int32Array(9);
  entries.set([a * 65536, b * 65536, 0, c * 65536, d * 65536, 0, 0, 0, 2 ** 30]);
  return Buffer.from(entries.buffer);
}

function must(status: number): void {
  if (status < 0) throw new Error(`FFmpeg status ${status}`);
}
