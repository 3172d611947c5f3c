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

/** All pixels whose centres are near enough to the segment: in each row they are one interval, since a capsule is convex. */
function stampCapsule(data: Uint8Array, size: Size, from: XY, to: XY, radius: number): void {
  // A dot of the smallest brush still paints the pixel under it.
  const reach = Math.max(radius, Math.SQRT1_2);
  const top = Math.max(0, Math.floor(Math.min(from.y, to.y) - reach));
  const bottom = Math.min(size.height - 1, Math.ceil(Math.max(from.y, to.y) + reach));
  const length = Math.hypot(to.x - from.x, to.y - from.y);
  const [nx, ny] =
    length === 0
      ? [0, 0]
      : [((from.y - to.y) / length) * reach, ((to.x - from.x) / length) * reach];
  const corners: readonly XY[] = [
    { x: from.x + nx, y: from.y + ny },
    { x: to.x + nx, y: to.y + ny },
    { x: to.x - nx, y: to.y - ny },
    { x: from.x - nx, y: from.y - ny },
  ];
  for (let y = top; y <= bottom; y++) {
    const centre = y + 0.5;
    let [left, right] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (const end of [from, to]) {
      const squared = reach * reach - (centre - end.y) * (centre - end.y);
      if (squared < 0) continue;
      const half = Math.sqrt(squared);
      left = Math.min(left, end.x - half);
      right = Math.max(right, end.x + half);
    }
    for (let i = 0; i < 4; i++) {
      const [a, b] = [corners[i]!, corners[(i + 1) % 4]!];
      if (a.y === b.y || Math.min(a.y, b.y) > centre || Math.max(a.y, b.y) < centre) continue;
      const x = a.x + ((centre - a.y) / (b.y - a.y)) * (b.x - a.x);
      left = Math.min(left, x);
      right = Math.max(right, x);
    }
    const first = Math.max(0, Math.ceil(left - 0.5));
    const last = Math.min(size.width - 1, Math.floor(right - 0.5));
    if (first <= last) data.fill(1, y * size.width + first, y * size.width + last + 1);
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
