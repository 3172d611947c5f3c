// Area and box of shapes, measured once for each mask.
import type { Shape } from "@masklet/annotation";
import { boxCorners } from "@masklet/annotation";
import { area, type Mask, type PixelBox, tightBox } from "@masklet/vision";

export interface Measure {
  readonly area: number;
  readonly box: PixelBox;
}

const measures = new WeakMap<Mask, Measure>();

/** A mask's pixel count and tight box (edge coordinates as whole pixels). */
export function measureOf(mask: Mask): Measure {
  let measure = measures.get(mask);
  if (!measure) {
    measure = { area: area(mask), box: tightBox(mask) ?? { x: 0, y: 0, width: 0, height: 0 } };
    measures.set(mask, measure);
  }
  return measure;
}

/** The upright box around any shape, edge coordinates. */
export function boxOfShape(shape: Shape): PixelBox {
  if (shape.kind === "mask") return measureOf(shape.mask).box;
  const points =
    shape.kind === "polygon" ? shape.parts.flatMap((part) => part.outer) : boxCorners(shape);
  const xs = points.map((point) => point.x);
  const ys = points.map((point) => point.y);
  const [x, y] = [Math.min(...xs), Math.min(...ys)];
  return { x, y, width: Math.max(...xs) - x, height: Math.max(...ys) - y };
}

export function areaOfShape(shape: Shape): number {
  if (shape.kind === "mask") return measureOf(shape.mask).area;
  const box = boxOfShape(shape);
  return box.width * box.height;
}
