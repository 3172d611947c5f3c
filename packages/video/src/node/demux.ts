// Opens a video file: which container, which stream, which decoder; or one sentence why not.
import {
  AV_CODEC_ID_NONE,
  AV_DISPOSITION_ATTACHED_PIC,
  AV_NOPTS_VALUE,
  AV_PKT_DATA_DISPLAYMATRIX,
  AVDISCARD_ALL,
  AVMEDIA_TYPE_AUDIO,
  AVMEDIA_TYPE_VIDEO,
} from "node-av/constants";
import {
  avGetCodecName,
  Codec,
  CodecContext,
  Dictionary,
  FFmpegError,
  FormatContext,
  type Stream,
} from "node-av/lib";
import { VideoError } from "../error.ts";
import type { TimeBase } from "../frame-table.ts";
import { orientationOf, UPRIGHT } from "../orientation.ts";
import { FRAME_PIXELS_MAX } from "./limits.ts";

/**
 * Containers that are tried. Playlists and scripts of other files (HLS, DASH, concat) are left out:
 * they would let a file make the program open others.
 */
const CONTAINERS = [
  "mov,matroska,avi,mpegts,mpeg,mpegvideo,m4v,h264,hevc,vvc,av1,obu,ivf,flv,asf,ogg,mxf,gif,dv,nut",
  "yuv4mpegpipe,mjpeg,wav,mp3,flac,aac",
].join(",");

/** An open file with its video stream; `close` it. */
export interface Demuxed {
  readonly format: FormatContext;
  readonly stream: Stream;
  readonly timeBase: TimeBase;
  readonly codecName: string;
  close(): Promise<void>;
}

/**
 * Opens the first video stream of a file that is not a cover picture.
 * Throws a `VideoError` (`not-a-video`, `no-pictures`, `too-large`).
 */
export async function demux(path: string): Promise<Demuxed> {
  const format = new FormatContext();
  const options = Dictionary.fromObject({
    protocol_whitelist: "file",
    format_whitelist: CONTAINERS,
  });
  const opened = await format.openInput(`file:${path}`, null, options);
  options.free();
  if (opened < 0) {
    throw new VideoError(
      "not-a-video",
      `${path} is not a video that can be read (${reason(opened)}).`,
    );
  }
  try {
    await format.findStreamInfo();
    const stream = videoStream(path, format);
    const { width, height } = stream.codecpar;
    if (width * height > FRAME_PIXELS_MAX) throw tooLarge(path, width, height);
    return {
      format,
      stream,
      timeBase: { numerator: stream.timeBase.num, denominator: stream.timeBase.den },
      codecName: avGetCodecName(stream.codecpar.codecId) ?? "unknown",
      close: () => format.closeInput(),
    };
  } catch (error) {
    await format.closeInput();
    throw error;
  }
}

/** Leaves out all but the video stream while reading. */
export function readOnlyVideo({ format, stream }: Demuxed): void {
  for (const other of format.streams) {
    if (other.index !== stream.index) other.discard = AVDISCARD_ALL;
  }
}

/** The orientation its container gives a stream, and whether that is a plain quarter turn or mirror. */
export function streamOrientation(stream: Stream): ReturnType<typeof orientationOf> {
  const bytes = stream.codecpar.getCodedSideData(AV_PKT_DATA_DISPLAYMATRIX);
  if (!bytes || bytes.length < 36) return { orientation: UPRIGHT, exact: true };
  const littleEndian = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return orientationOf(Array.from({ length: 9 }, (_, i) => view.getInt32(i * 4, littleEndian)));
}

/** An open decoder for a stream. Throws a `VideoError` (`unsupported`). Free it with `freeContext`. */
export async function openDecoder(
  path: string,
  { stream, codecName }: Demuxed,
  threads: number,
): Promise<CodecContext> {
  const codec = Codec.findDecoder(stream.codecpar.codecId);
  if (!codec) {
    throw new VideoError(
      "unsupported",
      `${path} holds ${codecName} video, and there is no decoder for that.`,
    );
  }
  const context = new CodecContext();
  context.allocContext3(codec);
  context.parametersToContext(stream.codecpar);
  context.pktTimebase = stream.timeBase;
  context.threadCount = threads;
  const options = Dictionary.fromObject({ max_pixels: FRAME_PIXELS_MAX });
  const opened = await context.open2(codec, options);
  options.free();
  if (opened < 0) {
    context.freeContext();
    throw new VideoError(
      "unsupported",
      `${path} holds ${codecName} video that its decoder refuses (${reason(opened)}).`,
    );
  }
  return context;
}

/** FFmpeg's words for one of its status codes. */
export function reason(status: number): string {
  return FFmpegError.strerror(status).toLowerCase();
}

/** A timestamp as a number; null where FFmpeg has none. */
export function ticksOf(timestamp: bigint): number | null {
  return timestamp === AV_NOPTS_VALUE ? null : Number(timestamp);
}

function videoStream(path: string, format: FormatContext): Stream {
  const videos = format.streams.filter(
    (stream) =>
      stream.codecpar.codecType === AVMEDIA_TYPE_VIDEO &&
      !stream.hasDisposition(AV_DISPOSITION_ATTACHED_PIC),
  );
  const stream = videos[0];
  if (!stream) {
    const sound = format.streams.some(({ codecpar }) => codecpar.codecType === AVMEDIA_TYPE_AUDIO);
    throw new VideoError("no-pictures", `${path} holds ${sound ? "sound, but " : ""}no video.`);
  }
  if (stream.codecpar.codecId === AV_CODEC_ID_NONE) {
    throw new VideoError("unsupported", `${path} holds video in a codec that is not known.`);
  }
  return stream;
}

function tooLarge(path: string, width: number, height: number): VideoError {
  return new VideoError(
    "too-large",
    `${path} has frames of ${width} × ${height} pixels; at most ${FRAME_PIXELS_MAX} pixels are read.`,
  );
}
