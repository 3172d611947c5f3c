// Masks as run lengths: build, read, measure.
import type { Size } from "./space.ts";

/**
 * A binary mask of one displayed frame, as uncompressed COCO RLE: run lengths down the columns,
 * columns left to right, alternating background and foreground, background first.
 *
 * Canonical, so that equal masks have equal bytes: only the first run may be 0, neighbouring runs
 * alternate, and the runs sum to width × height. An empty mask is the one run `[width × height]`.
 * Source: COCO API `common/maskApi.h`.
 */
export interface Mask {
  readonly size: Size;
  readonly counts: Uint32Array;
}

/** A mask as bytes, row by row, 0 for background and 1 for foreground; length width × height. */
export interface Bitmap {
  readonly size: Size;
  readonly data: Uint8Array;
}
