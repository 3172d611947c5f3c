// The frame table: which frames a clip has, when each is shown, and the digest that names them.
import type { FrameIndex, Size } from "@masklet/vision";

/** An exact fraction of a second; both are positive integers. */
export interface TimeBase {
  readonly numerator: number;
  readonly denominator: number;
}

/** One frame of the table. */
export interface FrameEntry {
  /** Position in presentation order, from 0, after the edit list. */
  readonly index: FrameIndex;
  /** Exact timestamp: `ticks × timeBase` seconds. Strictly rises along the table; may be negative. */
  readonly ticks: number;
  /** The same timestamp rounded to a double. */
  readonly seconds: number;
  /** Whether decoding can begin at this frame. */
  readonly key: boolean;
}

/** How the stored picture is turned to be shown: mirrored left to right first, then turned clockwise. */
export interface Orientation {
  readonly rotation: 0 | 90 | 180 | 270;
  readonly mirrored: boolean;
}

/** What a clip is, frame by frame: every entry was proved by decoding it. */
export interface FrameTable {
  /** SHA-256 in hexadecimal of `digestText`; equal digests mean equal frame numbers. */
  readonly digest: string;
  /** FFmpeg's name of the container (`mov,mp4,m4a,3gp,3g2,mj2`), or `pictures` for a folder. */
  readonly container: string;
  /** FFmpeg's name of the codec (`h264`), or the picture format of a folder. */
  readonly codec: string;
  /** FFmpeg's name of the stored pixel format (`yuv420p10le`), or `rgb24` for pictures. */
  readonly pixelFormat: string;
  /** Displayed size in pixels: after rotation, in the stored pixel grid (pixel aspect not applied). */
  readonly size: Size;
  readonly orientation: Orientation;
  readonly timeBase: TimeBase;
  readonly frames: readonly FrameEntry[];
}

/** One coded packet of the video as the container lists it. */
export interface PacketEntry {
  /** Presentation time in ticks; null where the container has none. */
  readonly pts: number | null;
  /** Decoding time in ticks; null where the container has none. */
  readonly dts: number | null;
  /** Bytes of the packet. */
  readonly bytes: number;
}

/** What a video's digest is computed over. */
export interface DigestInput {
  readonly codec: string;
  readonly size: Size;
  readonly orientation: Orientation;
  readonly timeBase: TimeBase;
  /** Frames proved by decoding. */
  readonly frameCount: number;
  /** Shown packets (without those an edit list hides) in decoding order. */
  readonly packets: readonly PacketEntry[];
  /** SHA-256 in hexadecimal of the first shown packet's bytes. */
  readonly firstPacket: string;
}

/**
 * The canonical text whose SHA-256 names a video's frames. Only facts that every demuxer knows
 * go in, and times count from the earliest shown packet, so a browser reaches the same text from
 * the container's index without reading the picture data (docs/decisions/0020-frame-table.md).
 */
export function digestText(input: DigestInput): string {
  const times = input.packets.map((packet) => packet.pts ?? packet.dts);
  const known = times.filter((time) => time !== null);
  const start = known.reduce((least, time) => Math.min(least, time), known[0] ?? 0);
  const { numerator, denominator } = reduced(input.timeBase);
  const head = [
    "masklet frame table 1",
    `codec ${input.codec}`,
    `size ${input.size.width}x${input.size.height}`,
    `rotation ${input.orientation.rotation}${input.orientation.mirrored ? " mirrored" : ""}`,
    `time base ${numerator}/${denominator}`,
    `frames ${input.frameCount}`,
    `first ${input.firstPacket}`,
  ];
  const rows = input.packets.map((packet, index) => {
    const time = times[index] ?? null;
    return `${time === null ? "-" : time - start} ${packet.bytes}`;
  });
  return `${[...head, ...rows].join("\n")}\n`;
}

/** The canonical text of a folder of pictures: the SHA-256 of each file's bytes, in frame order. */
export function picturesDigestText(size: Size, contentDigests: readonly string[]): string {
  const head = ["masklet pictures 1", `size ${size.width}x${size.height}`];
  return `${[...head, ...contentDigests].join("\n")}\n`;
}

/** SHA-256 of a text's UTF-8 bytes or of bytes, in hexadecimal, by the web's own cryptography. */
export async function sha256(data: string | Uint8Array<ArrayBuffer>): Promise<string> {
  const bytes = typeof data === "string" ? new TextEncoder().encode(data) : data;
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return Array.from(hash, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/**
 * Mean frames per second over the table: (n − 1) frames over the time from the first to the last.
 * Null for fewer than two frames.
 */
export function averageRate(table: FrameTable): number | null {
  const first = table.frames[0];
  const last = table.frames.at(-1);
  if (!first || !last || last.ticks === first.ticks) return null;
  const { numerator, denominator } = table.timeBase;
  return ((table.frames.length - 1) * denominator) / ((last.ticks - first.ticks) * numerator);
}

function reduced({ numerator, denominator }: TimeBase): TimeBase {
  let a = numerator;
  let b = denominator;
  while (b !== 0) [a, b] = [b, a % b];
  return { numerator: numerator / a, denominator: denominator / a };
}
