// Pictures decoded by the server, by frame number: the truth, and the first player.
import type { FrameDecoder } from "./frame-source.ts";

/** A picture from the server is mostly waiting. */
const AT_ONCE = 4;

/** Asks `GET /api/videos/:id/frames/:k`; the digest in the address makes the picture immutable and cacheable. */
export function serverDecoder(video: {
  readonly id: string;
  readonly digest: string;
}): FrameDecoder {
  return {
    name: "server",
    atOnce: AT_ONCE,
    landmark: (frame) => frame,
    async decode(frame, signal) {
      const path = `/api/videos/${encodeURIComponent(video.id)}/frames/${frame}`;
      const response = await fetch(`${path}?digest=${encodeURIComponent(video.digest)}`, {
        signal,
      });
      if (!response.ok) throw new Error(`Frame ${frame}: the server answered ${response.status}.`);
      return createImageBitmap(await response.blob());
    },
    close() {},
  };
}
