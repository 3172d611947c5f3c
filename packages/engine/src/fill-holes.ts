// Small holes in a mask's logits become foreground.

const FILLED = Math.fround(0.1);

/**
 * Fills the 8-connected regions of logits ≤ 0 with at most `maxArea` pixels with +0.1; returns new
 * logits, or the same array when there is nothing to fill. Source: `utils/misc.py`, `fill_holes_in_mask_scores`.
 */
export function fillHoles(logits: Float32Array, width: number, maxArea: number): Float32Array {
  if (maxArea <= 0) return logits;
  const seen = new Uint8Array(logits.length);
  const queue = new Int32Array(logits.length);
  let filled: Float32Array | null = null;
  for (let start = 0; start < logits.length; start++) {
    if (seen[start] === 1 || logits[start]! > 0) continue;
    const area = flood({ logits, width, seen, queue }, start);
    if (area > maxArea) continue;
    filled ??= logits.slice();
    for (let i = 0; i < area; i++) filled[queue[i]!] = FILLED;
  }
  return filled ?? logits;
}

interface Flood {
  readonly logits: Float32Array;
  readonly width: number;
  readonly seen: Uint8Array;
  /** Holds the region's pixels afterwards. */
  readonly queue: Int32Array;
}

/** Marks the background region around `start` and returns its area. */
function flood({ logits, width, seen, queue }: Flood, start: number): number {
  const height = logits.length / width;
  let end = 0;
  queue[end++] = start;
  seen[start] = 1;
  for (let at = 0; at < end; at++) {
    const pixel = queue[at]!;
    const x = pixel % width;
    const y = (pixel - x) / width;
    for (let ny = Math.max(0, y - 1); ny <= Math.min(height - 1, y + 1); ny++) {
      for (let nx = Math.max(0, x - 1); nx <= Math.min(width - 1, x + 1); nx++) {
        const next = ny * width + nx;
        if (seen[next] === 1 || logits[next]! > 0) continue;
        seen[next] = 1;
        queue[end++] = next;
      }
    }
  }
  return end;
}
