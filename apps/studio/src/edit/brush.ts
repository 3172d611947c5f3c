// Hand-made masks: strokes and outlines rasterised, and the operations on one mask.
import { boxCorners, type PolygonShape, type Shape } from "@masklet/annotation";
import {
  type Bitmap,
  bitmapFromMask,
  type Mask,
  maskFromBitmap,
  maskFromOutlines,
  outlinesFromMask,
  type Size,
  simplifyRing,
} from "@masklet/vision";

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

/** The pixels of one closed outline; edge coordinates. */
export function maskFromRing(ring: readonly XY[], size: Size): Mask {
  const outer = Float64Array.from(ring.flatMap((point) => [point.x, point.y]));
  return maskFromOutlines([{ outer, holes: [] }], size);
}

/** The pixels of any shape. */
export function maskFromShape(shape: Shape, size: Size): Mask {
  if (shape.kind === "mask") return shape.mask;
  if (shape.kind === "polygon") {
    const flat = (ring: readonly XY[]) => Float64Array.from(ring.flatMap(({ x, y }) => [x, y]));
    const outlines = shape.parts.map(({ outer, holes }) => ({
      outer: flat(outer),
      holes: holes.map(flat),
    }));
    return maskFromOutlines(outlines, size);
  }
  return maskFromRing(boxCorners(shape), size);
}

/** A mask as a polygon with parts and holes, points within `tolerance` pixels of the line left out. */
export function polygonFromMask(mask: Mask, tolerance: number): PolygonShape {
  const points = (ring: Float64Array) => {
    const kept = simplifyRing(ring, tolerance);
    return Array.from({ length: kept.length / 2 }, (_, i) => ({
      x: kept[2 * i]!,
      y: kept[2 * i + 1]!,
    }));
  };
  const parts = outlinesFromMask(mask).map(({ outer, holes }) => ({
    outer: points(outer),
    holes: holes.map(points),
  }));
  return { kind: "polygon", parts };
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
