// Hand-made masks: strokes and outlines rasterised, and the operations on one mask.
import { type Bitmap, bitmapFromMask, type Mask, maskFromBitmap, type Size } from "@masklet/vision";

interface XY {
  readonly x: number;
  readonly y: number;
}

/** The pixels whose centres lie within half of `diameter` (at least one pixel) of the stroke; edge coordinates. */
export function maskFromStroke(points: readonly XY[], diameter: number, size: Size): Mask {
  const data = new Uint8Array(size.width * size.height);
  const radius = Math.max(0.5, diameter / 2);
  for (let i = 0; i < points.length; i++) {
    stampCapsule(data, size, points[Math.max(0, i - 1)]!, points[i]!, radius);
  }
  return maskFromBitmap({ size, data });
}

function stampCapsule(data: Uint8Array, size: Size, from: XY, to: XY, radius: number): void {
  const left = Math.max(0, Math.floor(Math.min(from.x, to.x) - radius));
  const right = Math.min(size.width - 1, Math.ceil(Math.max(from.x, to.x) + radius));
  const top = Math.max(0, Math.floor(Math.min(from.y, to.y) - radius));
  const bottom = Math.min(size.height - 1, Math.ceil(Math.max(from.y, to.y) + radius));
  const [dx, dy] = [to.x - from.x, to.y - from.y];
  const length2 = dx * dx + dy * dy;
  // A dot of the smallest brush still paints the pixel under it.
  const reach = Math.max(radius, Math.SQRT1_2);
  for (let y = top; y <= bottom; y++) {
    for (let x = left; x <= right; x++) {
      const [px, py] = [x + 0.5 - from.x, y + 0.5 - from.y];
      const along = length2 === 0 ? 0 : Math.min(1, Math.max(0, (px * dx + py * dy) / length2));
      const [ex, ey] = [px - along * dx, py - along * dy];
      if (ex * ex + ey * ey <= reach * reach) data[y * size.width + x] = 1;
    }
  }
}

/** The pixels whose centres lie inside the rings by the even-odd rule; edge coordinates. */
export function maskFromRings(rings: readonly (readonly XY[])[], size: Size): Mask {
  const data = new Uint8Array(size.width * size.height);
  for (let y = 0; y < size.height; y++) {
    const crossings: number[] = [];
    for (const ring of rings) {
      for (let i = 0; i < ring.length; i++) {
        const [a, b] = [ring[i]!, ring[(i + 1) % ring.length]!];
        const middle = y + 0.5;
        if (a.y <= middle === b.y <= middle) continue;
        crossings.push(a.x + ((middle - a.y) / (b.y - a.y)) * (b.x - a.x));
      }
    }
    crossings.sort((a, b) => a - b);
    for (let i = 0; i + 1 < crossings.length; i += 2) {
      const from = Math.max(0, Math.ceil(crossings[i]! - 0.5));
      const to = Math.min(size.width - 1, Math.ceil(crossings[i + 1]! - 0.5) - 1);
      if (to >= from) data.fill(1, y * size.width + from, y * size.width + to + 1);
    }
  }
  return maskFromBitmap({ size, data });
}

/** One pixel more on all four sides. */
export function grown(mask: Mask): Mask {
  return eachPixel(mask, (data, width, height, x, y) => {
    const at = y * width + x;
    if (data[at]) return 1;
    if (x > 0 && data[at - 1]) return 1;
    if (x < width - 1 && data[at + 1]) return 1;
    if (y > 0 && data[at - width]) return 1;
    return y < height - 1 && data[at + width] ? 1 : 0;
  });
}

/** One pixel less on all four sides; the frame's edge counts as mask. */
export function shrunk(mask: Mask): Mask {
  return eachPixel(mask, (data, width, height, x, y) => {
    const at = y * width + x;
    if (!data[at]) return 0;
    if (x > 0 && !data[at - 1]) return 0;
    if (x < width - 1 && !data[at + 1]) return 0;
    if (y > 0 && !data[at - width]) return 0;
    return y < height - 1 && !data[at + width] ? 0 : 1;
  });
}

/** Majority in a 5×5 window: jagged edges become even, specks and pinholes go. */
export function smoothed(mask: Mask): Mask {
  return eachPixel(mask, (data, width, height, x, y) => {
    let [inside, all] = [0, 0];
    for (let row = Math.max(0, y - 2); row <= Math.min(height - 1, y + 2); row++) {
      for (let column = Math.max(0, x - 2); column <= Math.min(width - 1, x + 2); column++) {
        inside += data[row * width + column]!;
        all++;
      }
    }
    return inside * 2 > all ? 1 : 0;
  });
}

/** Holes filled: background that does not reach the frame's edge becomes mask. */
export function withoutHoles(mask: Mask): Mask {
  const { size, data } = bitmapFromMask(mask);
  const { width, height } = size;
  const outside = new Uint8Array(data.length);
  const open: number[] = [];
  const visit = (at: number) => {
    if (data[at] || outside[at]) return;
    outside[at] = 1;
    open.push(at);
  };
  for (let x = 0; x < width; x++) {
    visit(x);
    visit((height - 1) * width + x);
  }
  for (let y = 0; y < height; y++) {
    visit(y * width);
    visit(y * width + width - 1);
  }
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    const x = at % width;
    if (x > 0) visit(at - 1);
    if (x < width - 1) visit(at + 1);
    if (at >= width) visit(at - width);
    if (at < data.length - width) visit(at + width);
  }
  return maskFromBitmap({ size, data: outside.map((value) => 1 - value) });
}

function eachPixel(
  mask: Mask,
  rule: (data: Uint8Array, width: number, height: number, x: number, y: number) => number,
): Mask {
  const { size, data }: Bitmap = bitmapFromMask(mask);
  const result = new Uint8Array(data.length);
  for (let y = 0; y < size.height; y++) {
    for (let x = 0; x < size.width; x++)
      result[y * size.width + x] = rule(data, size.width, size.height, x, y);
  }
  return maskFromBitmap({ size, data: result });
}
