// Display matrices: from a container's nine numbers to an orientation, and turning pictures by it.
import type { Size } from "@masklet/vision";
import type { Orientation } from "./frame-table.ts";

/** Shown as stored. */
export const UPRIGHT: Orientation = { rotation: 0, mirrored: false };

/**
 * The orientation nearest to a display matrix, and whether the matrix is exactly that (no skew, no
 * odd angle). `matrix` holds nine numbers row by row as in ISO/IEC 14496-12 `tkhd`: a stored point
 * (p, q) is shown at (a·p + c·q, b·p + d·q) with a, b, c, d = entries 0, 1, 3, 4 and y pointing
 * down. Only signs and ratios matter, so raw 16.16 integers will do. A null matrix (all zero) is
 * taken as upright.
 */
export function orientationOf(matrix: ArrayLike<number>): {
  readonly orientation: Orientation;
  readonly exact: boolean;
} {
  const [a, b, c, d] = [matrix[0] ?? 0, matrix[1] ?? 0, matrix[3] ?? 0, matrix[4] ?? 0];
  if (a === 0 && b === 0 && c === 0 && d === 0) return { orientation: UPRIGHT, exact: true };
  const mirrored = a * d - b * c < 0;
  // Mirroring comes first, so it flips the sign of what the stored x axis becomes.
  const [ax, bx] = mirrored ? [-a, -b] : [a, b];
  const degrees = (Math.atan2(bx, ax) * 180) / Math.PI;
  const quarter = ((Math.round(degrees / 90) % 4) + 4) % 4;
  const rotation = ([0, 90, 180, 270] as const)[quarter] ?? 0;
  const exact = (a === 0 && d === 0) || (b === 0 && c === 0);
  return { orientation: { rotation, mirrored }, exact };
}

/** The size a stored picture is shown at. */
export function displayedSize(stored: Size, { rotation }: Orientation): Size {
  return rotation === 90 || rotation === 270
    ? { width: stored.height, height: stored.width }
    : stored;
}

/**
 * Turns a stored RGB picture (height × width × 3 bytes) upright. Returns the input itself where
 * nothing is to be done.
 */
export function turnUpright(rgb: Uint8Array, stored: Size, orientation: Orientation): Uint8Array {
  const { rotation, mirrored } = orientation;
  if (rotation === 0 && !mirrored) return rgb;
  const shown = displayedSize(stored, orientation);
  const out = new Uint8Array(rgb.length);
  // Where shown (0, 0) lies in the stored picture, and the byte steps for one pixel right and down.
  const across = mirrored ? -3 : 3;
  const down = stored.width * 3;
  const left = mirrored ? (stored.width - 1) * 3 : 0;
  const right = mirrored ? 0 : (stored.width - 1) * 3;
  const bottom = (stored.height - 1) * down;
  const [origin, stepX, stepY] =
    rotation === 0
      ? [left, across, down]
      : rotation === 90
        ? [left + bottom, -down, across]
        : rotation === 180
          ? [right + bottom, -across, -down]
          : [right, down, -across];
  let target = 0;
  for (let y = 0; y < shown.height; y++) {
    let source = origin + y * stepY;
    for (let x = 0; x < shown.width; x++, source += stepX) {
      out[target++] = rgb[source] ?? 0;
      out[target++] = rgb[source + 1] ?? 0;
      out[target++] = rgb[source + 2] ?? 0;
    }
  }
  return out;
}
