// The limits of reading and writing pictures, each with its reason.

/** Pixels of one frame or picture: 8192 × 8192. More is taken for a picture bomb. */
export const FRAME_PIXELS_MAX = 2 ** 26;

/** Frames of one clip: over nine hours at 30 a second. */
export const FRAMES_MAX = 1_000_000;

/** Pictures of one folder. */
export const PICTURES_MAX = 200_000;

/** Resident memory of a decoder's or encoder's process in bytes; over it the process ends itself. */
export const WORKER_MEMORY_MAX = 3 * 2 ** 30;

/** Milliseconds without a sign of progress after which such a process is ended; on a machine at a load of 22 half of it went to starting. */
export const WORKER_SILENCE_MAX = 60_000;

/** The same for encoders, which end by moving the whole file to put its index in front. */
export const ENCODER_SILENCE_MAX = 300_000;

/** Milliseconds between two signs of progress of a busy process. */
export const PROGRESS_INTERVAL = 200;

/** Bytes of decoded pictures kept for going back, per reader. */
export const DECODED_CACHE_BYTES = 96 * 2 ** 20;

/** Frames asked of the decoder ahead of who reads a stream of frames … */
export const READ_AHEAD_FRAMES = 4;

/** … and the bytes they may take; large frames are read ahead less. */
export const READ_AHEAD_BYTES = 128 * 2 ** 20;

/** Decoding threads. More threads hold more frames in memory and gain little beyond four. */
export const DECODER_THREADS_MAX = 4;

/** Bytes of one picture's file. */
export const PICTURE_BYTES_MAX = 512 * 2 ** 20;

/** Pictures of a folder that are decoded at the same time. */
export const PICTURES_AT_ONCE = 4;
