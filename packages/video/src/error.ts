// The one error of video, with a closed set of codes.

/**
 * What can go wrong with a video, a folder of pictures or a file that is written:
 *
 * - `not-found`: there is no such file or folder;
 * - `unreadable`: it is there, but reading it is refused or fails;
 * - `not-a-video`: the bytes are no video (or no picture) that is known;
 * - `no-pictures`: a sound file, or a folder without pictures;
 * - `unsupported`: a known format whose codec cannot be decoded here;
 * - `damaged`: not one frame decodes, or a picture of a folder does not;
 * - `too-large`: over one of the named limits;
 * - `size-mismatch`: pictures of one clip differ in size;
 * - `out-of-range`: a frame number outside the clip;
 * - `decoder-died`, `decoder-hung`: the decoder's process ended, or went silent and was ended;
 * - `closed`: the clip or sink was closed before;
 * - `cannot-write`: the output could not be written, or was written wrong.
 */
export type VideoErrorCode =
  | "not-found"
  | "unreadable"
  | "not-a-video"
  | "no-pictures"
  | "unsupported"
  | "damaged"
  | "too-large"
  | "size-mismatch"
  | "out-of-range"
  | "decoder-died"
  | "decoder-hung"
  | "closed"
  | "cannot-write";

/** An error whose message is one sentence that names the file, the place and the cause. */
export class VideoError extends Error {
  override readonly name = "VideoError";
  readonly code: VideoErrorCode;

  constructor(code: VideoErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
