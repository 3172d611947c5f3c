// Shapes as JSON, both ways.
import { type Mask, maskFromRleString, rleString, VisionError } from "@masklet/vision";
import { LIMITS } from "./document.ts";
import type { Value } from "./reading.ts";
import type { EdgePoint, PolygonPart, Ring, Shape } from "./shape.ts";

type ShapeJson = { readonly [key: string]: unknown };

/** The mask in COCO's form: `{size: [height, width], counts: string}`. */
export function maskToJson(mask: Mask): { size: readonly number[]; counts: string } {
  return { size: [mask.size.height, mask.size.width], counts: rleString(mask) };
}

/** Reads COCO's `{size: [height, width], counts: string}`. */
export function maskFromJson(value: Value): Mask {
  const [height, width] = numbers(value.at("size"), 2, "a size is [height, width]");
  const sides = value.at("size").items();
  sides[0]!.whole(1, LIMITS.side);
  sides[1]!.whole(1, LIMITS.side);
  try {
    return maskFromRleString(value.at("counts").text(), { width: width!, height: height! });
  } catch (error) {
    if (error instanceof VisionError) value.at("counts").fail(error.message.replace(/\.$/, ""));
    throw error;
  }
}

/** Rings are flat lists `[x, y, x, y, …]`, outer ring first, then its holes. */
export function shapeToJson(shape: Shape): ShapeJson {
  switch (shape.kind) {
    case "mask":
      return { mask: maskToJson(shape.mask) };
    case "box":
      return { box: [shape.x, shape.y, shape.width, shape.height] };
    case "rotated-box": {
      const { centre, width, height, degrees } = shape;
      return { rotatedBox: [centre.x, centre.y, width, height, degrees] };
    }
    case "polygon":
      return { polygon: shape.parts.map(({ outer, holes }) => [outer, ...holes].map(flat)) };
  }
}

export function shapeFromJson(value: Value): Shape {
  const [kind, one] = value.entries()[0] ?? value.fail("a shape is missing");
  switch (kind) {
    case "mask":
      return { kind: "mask", mask: maskFromJson(one) };
    case "box": {
      const [x, y, width, height] = numbers(one, 4, "a box is [x, y, width, height]");
      if (width! < 0 || height! < 0) one.fail("a box has no negative side");
      return { kind: "box", x: x!, y: y!, width: width!, height: height! };
    }
    case "rotatedBox": {
      const [x, y, width, height, degrees] = numbers(
        one,
        5,
        "a rotated box is [x, y, width, height, degrees]",
      );
      if (width! < 0 || height! < 0) one.fail("a box has no negative side");
      return {
        kind: "rotated-box",
        centre: { x: x!, y: y! },
        width: width!,
        height: height!,
        degrees: degrees!,
      };
    }
    case "polygon": {
      const parts = one.items().map(partFromJson);
      return parts.length > 0
        ? { kind: "polygon", parts }
        : one.fail("a polygon has at least one part");
    }
    default:
      return value.fail(`${kind} is no shape; mask, box, rotatedBox and polygon are`);
  }
}

function numbers(value: Value, count: number, rule: string): number[] {
  const items = value.items();
  return items.length === count ? items.map((item) => item.number()) : value.fail(rule);
}

function flat(ring: Ring): number[] {
  return ring.flatMap(({ x, y }) => [x, y]);
}

function partFromJson(value: Value): PolygonPart {
  const [outer, ...holes] = value.items().map(ringFromJson);
  return outer ? { outer, holes } : value.fail("a part begins with its outer ring");
}

function ringFromJson(value: Value): Ring {
  const items = value.items();
  if (items.length < 6 || items.length % 2 === 1) {
    value.fail("a ring is [x, y, x, y, …] with at least three points");
  }
  const ring: EdgePoint[] = [];
  for (let i = 0; i < items.length; i += 2)
    ring.push({ x: items[i]!.number(), y: items[i + 1]!.number() });
  return ring;
}
