// Decoded frames to RGB bytes, the same bytes every time: range, matrix and bit depth respected.

import type { Size } from "@masklet/vision";
import {
  AV_FRAME_FLAG_INTERLACED,
  AV_PIX_FMT_RGB24,
  AVCOL_SPC_BT709,
  AVCOL_SPC_RGB,
  AVCOL_SPC_SMPTE170M,
  AVCOL_SPC_UNSPECIFIED,
  type AVColorSpace,
} from "node-av/constants";
import { avGetPixFmtName, Frame, SoftwareScaleContext } from "node-av/lib";
import { VideoError } from "../error.ts";
import { reason } from "./demux.ts";

/** Frames at least this high count as BT.709 where the file names no matrix, lower ones as BT.601 (as browsers do). */
const HIGH_DEFINITION_HEIGHT = 720;

/** swscale's switches: linear chroma, exact rounding, the same result on every processor. */
const EXACT = "bilinear+accurate_rnd+bitexact";
const SMALL = "area+accurate_rnd+bitexact";

/** Converts frames of any format and size to RGB of one size. */
export interface RgbConverter {
  /** height × width × 3 bytes of `size`, scaled if the frame has another size. Throws a `VideoError` (`damaged`). */
  convert(frame: Frame): Uint8Array;
  close(): void;
}

/** A converter to pictures of `size`; `small` averages pixels for pictures much smaller than the frame. */
export function rgbConverter(size: Size, quality: "exact" | "small"): RgbConverter {
  const scaler = new SoftwareScaleContext();
  scaler.allocContext();
  scaler.setOption("sws_flags", quality === "exact" ? EXACT : SMALL);
  const target = new Frame();
  target.alloc();
  return {
    convert(frame) {
      if (namelessMatrix(frame)) frame.colorSpace = assumedMatrix(frame.height);
      let status = scaleInto(scaler, target, frame, size);
      if (status < 0 && frame.colorSpace !== AVCOL_SPC_RGB) {
        // A matrix that swscale does not know (ICtCp, a broken tag): the usual one shows a picture.
        frame.colorSpace = assumedMatrix(frame.height);
        status = scaleInto(scaler, target, frame, size);
      }
      if (status < 0) {
        throw new VideoError(
          "damaged",
          `A frame of format ${avGetPixFmtName(frame.format as never) ?? frame.format} cannot be turned into RGB (${reason(status)}).`,
        );
      }
      return target.toBuffer();
    },
    close() {
      target.free();
      scaler.freeContext();
    },
  };
}

function scaleInto(scaler: SoftwareScaleContext, target: Frame, source: Frame, size: Size): number {
  target.unref();
  target.format = AV_PIX_FMT_RGB24;
  target.width = size.width;
  target.height = size.height;
  // swscale refuses to turn interlaced into progressive, and both fields stay in place anyway.
  target.flags = source.flags & AV_FRAME_FLAG_INTERLACED;
  return scaler.scaleFrameSync(target, source);
}

/** Whether a frame with luma and chroma does not say, or says wrongly, how they become RGB. */
function namelessMatrix(frame: Frame): boolean {
  const name = avGetPixFmtName(frame.format as never) ?? "";
  if (!name.startsWith("yuv") && !name.startsWith("nv") && !name.startsWith("p0")) return false;
  return frame.colorSpace === AVCOL_SPC_UNSPECIFIED || frame.colorSpace === AVCOL_SPC_RGB;
}

function assumedMatrix(height: number): AVColorSpace {
  return height >= HIGH_DEFINITION_HEIGHT ? AVCOL_SPC_BT709 : AVCOL_SPC_SMPTE170M;
}
