// COCO's segmentations: run lengths (string or list) and polygons, both ways.
import type { PolygonPart, Shape } from "@masklet/annotation";
import { LIMITS } from "@masklet/annotation";
import type { Value } from "@masklet/annotation/reading";
import { area, type Mask, maskFromCounts, maskFromRleString, rleString } from "@masklet/vision";
import { ringArea } from "../bridge.ts";
import { boxAround, flatRing, ringFromFlat } from "../shapes.ts";

/** `{size: [height, width], counts}` with counts as a string or as a list of runs. */
export function maskFromSegmentation(value: Value): Mask {
  const [height, width, ...more] = value.at("size").items(2);
  if (!height || !width || more.length > 0)
    return value.at("size").fail("a size is [height, width]");
  const size = { width: width.whole(1, LIMITS.side), height: height.whole(1, LIMITS.side) };
  const counts = value.at("counts");
  if (typeof counts.raw === "string") return maskFromRleString(counts.raw, size);
  return maskFromCounts(
    counts.items().map((run) => run.whole()),
    size,
  );
}

export function segmentationFromMask(mask: Mask): { size: [number, number]; counts: string } {
  return { size: [mask.size.height, mask.size.width], counts: rleString(mask) };
}

/**
 * A segmentation as a shape; null for none (a missing one, an empty list). Polygons `[[x, y, …], …]`
 * are parts of one object: COCO unites them, so none is a hole. Those of fewer than three points are
 * left out and counted.
 */
export function shapeFromSegmentation(value: Value): {
  readonly shape: Shape | null;
  readonly slivers: number;
} {
  if (value.missing) return { shape: null, slivers: 0 };
  if (!Array.isArray(value.raw))
    return { shape: { kind: "mask", mask: maskFromSegmentation(value) }, slivers: 0 };
  const parts: PolygonPart[] = [];
  let slivers = 0;
  for (const polygon of value.items()) {
    const numbers = polygon.items().map((one) => one.number());
    if (numbers.length % 2 === 1) polygon.fail("a polygon is [x, y, x, y, …]");
    if (numbers.length < 6) slivers++;
    else parts.push({ outer: ringFromFlat(numbers), holes: [] });
  }
  return { shape: parts.length > 0 ? { kind: "polygon", parts } : null, slivers };
}

/** `segmentation`, `bbox` and `area` of a shape; boxes have no segmentation. */
export function geometryOf(shape: Shape): { segmentation: unknown; bbox: number[]; area: number } {
  const { x, y, width, height } = boxAround(shape);
  const bbox = [x, y, width, height];
  if (shape.kind === "mask")
    return { segmentation: segmentationFromMask(shape.mask), bbox, area: area(shape.mask) };
  if (shape.kind !== "polygon") return { segmentation: [], bbox, area: width * height };
  const segmentation = shape.parts.map(({ outer }) => [...flatRing(outer)]);
  return {
    segmentation,
    bbox,
    area: shape.parts.reduce((sum, { outer }) => sum + Math.abs(ringArea(outer)), 0),
  };
}

/** A box of `[x, y, width, height]`. */
export function boxFromBbox(value: Value): Shape {
  const [x, y, width, height, ...more] = value.items().map((one) => one.number());
  if (
    x === undefined ||
    y === undefined ||
    width === undefined ||
    height === undefined ||
    more.length > 0
  ) {
    return value.fail("a box is [x, y, width, height]");
  }
  if (width < 0 || height < 0) value.fail("a box has no negative side");
  return { kind: "box", x, y, width, height };
}
