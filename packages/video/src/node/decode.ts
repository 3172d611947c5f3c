// Decodes a video stream in order, going on past what does not decode and counting it.
import { AVERROR_EAGAIN, AVERROR_EOF } from "node-av/constants";
import { type CodecContext, Frame, Packet } from "node-av/lib";
import type { Demuxed } from "./demux.ts";

/** Decoding errors in a row, at the stream's end, after which the rest is given up. */
const ERRORS_IN_A_ROW_MAX = 64;

/** What went wrong on the way; filled while frames are drawn. */
export interface DecodeTally {
  /** Packets or frames that the decoder refused. */
  refused: number;
  /** FFmpeg's status that ended reading, null at a proper end. */
  readFailure: number | null;
}

/** Sees each packet of the file, whatever its stream, and says whether it is decoded or passed over. */
export type PacketGate = (packet: Packet) => boolean;

/**
 * The frames of an open stream from where it stands, in presentation order. Each yielded frame is
 * only valid until the next is drawn: clone what must stay.
 */
export async function* decode(
  { format, stream }: Demuxed,
  context: CodecContext,
  tally: DecodeTally,
  gate: PacketGate = () => true,
): AsyncGenerator<Frame> {
  const packet = new Packet();
  packet.alloc();
  const frame = new Frame();
  frame.alloc();
  try {
    for (;;) {
      const status = await format.readFrame(packet);
      if (status === AVERROR_EAGAIN) continue;
      if (status < 0) {
        tally.readFailure = status === AVERROR_EOF ? null : status;
        break;
      }
      try {
        if (!gate(packet) || packet.streamIndex !== stream.index) continue;
        while ((await send(context, packet, tally)) === "full") {
          yield* ready(context, frame, tally, 1);
        }
      } finally {
        packet.unref();
      }
      yield* ready(context, frame, tally, 1);
    }
    await context.sendPacket(null);
    yield* ready(context, frame, tally, ERRORS_IN_A_ROW_MAX);
  } finally {
    frame.free();
    packet.free();
  }
}

async function send(
  context: CodecContext,
  packet: Packet,
  tally: DecodeTally,
): Promise<"sent" | "full"> {
  const status = await context.sendPacket(packet);
  if (status === AVERROR_EAGAIN) return "full";
  if (status < 0) tally.refused++;
  return "sent";
}

/** The frames the decoder has ready, going on past so many errors in a row. */
async function* ready(
  context: CodecContext,
  frame: Frame,
  tally: DecodeTally,
  errorsMax: number,
): AsyncGenerator<Frame> {
  let errors = 0;
  while (errors < errorsMax) {
    const status = await context.receiveFrame(frame);
    if (status === AVERROR_EAGAIN || status === AVERROR_EOF) return;
    if (status < 0) {
      tally.refused++;
      errors++;
      continue;
    }
    errors = 0;
    yield frame;
    frame.unref();
  }
}
