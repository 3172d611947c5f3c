// One kind of shape as another: filled, outlined, boxed, and cut down to what a format can hold.
import {
  type BoxShape,
  boxCorners,
  type EdgePoint,
  type MaskShape,
  type PolygonPart,
  type PolygonShape,
  type Ring,
  type Shape,
} from "@masklet/annotation";
import {
  type Mask,
  maskFromOutlines,
  outlinesFromMask,
  type Size,
  tightBox,
} from "@masklet/vision";
import { bridged, ringArea } from "./bridge.ts";

/** The pixels whose centres lie inside a shape. May be empty: for boxes thinner than a pixel, or outside the frame. */
export function maskFromShape(shape: Shape, size: Size): Mask {
  if (shape.kind === "mask") return shape.mask;
  const parts = shape.kind === "polygon" ? shape.parts : [{ outer: boxCorners(shape), holes: [] }];
  const outlines = parts.map(({ outer, holes }) => ({
    outer: flatRing(outer),
    holes: holes.map(flatRing),
  }));
  return maskFromOutlines(outlines, size);
}

/** The outlines of a mask along the edges of its pixels; filling them gives the mask back. */
export function polygonFromMask(mask: Mask): PolygonShape {
  const parts = outlinesFromMask(mask).map(({ outer, holes }) => ({
    outer: ringFromFlat(outer),
    holes: holes.map(ringFromFlat),
  }));
  return { kind: "polygon", parts };
}

/** The upright box around a shape. */
export function boxAround(shape: Shape): BoxShape {
  if (shape.kind === "box") return shape;
  if (shape.kind === "mask") return { kind: "box", ...tightBox(shape.mask)! };
  const points =
    shape.kind === "polygon" ? shape.parts.flatMap(({ outer }) => outer) : boxCorners(shape);
  let [x0, y0, x1, y1] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const { x, y } of points) {
    x0 = Math.min(x0, x);
    y0 = Math.min(y0, y);
    x1 = Math.max(x1, x);
    y1 = Math.max(y1, y);
  }
  return { kind: "box", x: x0, y: y0, width: x1 - x0, height: y1 - y0 };
}

/** A ring as x, y, x, y … */
export function flatRing(ring: Ring): Float64Array {
  const flat = new Float64Array(ring.length * 2);
  ring.forEach(({ x, y }, i) => {
    flat[2 * i] = x;
    flat[2 * i + 1] = y;
  });
  return flat;
}

/** A ring from x, y, x, y … */
export function ringFromFlat(flat: ArrayLike<number>): Ring {
  const ring: EdgePoint[] = [];
  for (let i = 0; i + 1 < flat.length; i += 2) ring.push({ x: flat[i]!, y: flat[i + 1]! });
  return ring;
}

/** What a format can say about shapes. */
export interface ShapesHeld {
  readonly kinds: readonly Shape["kind"][];
  /** Whether polygons may have holes and more than one part; without meaning where polygons are not held. */
  readonly holes: boolean;
  readonly parts: boolean;
  /** Digits after the decimal point; null keeps numbers as they are. */
  readonly digits: number | null;
  /** Whether parts and holes are joined to one outline instead of being left out. */
  readonly bridged?: boolean;
}

/** What became of a shape. */
export interface FittedShape {
  /** Null where no pixel is left. */
  readonly shape: Shape | null;
  readonly converted: boolean;
  readonly boxed: boolean;
  readonly holesFilled: number;
  readonly partsDropped: number;
  readonly bridged: boolean;
  readonly rounded: boolean;
}

/** The nearest shape that a format holds, and what had to be given up. */
export function fitShape(given: Shape, size: Size, held: ShapesHeld): FittedShape {
  const shape = unturned(given, held);
  const kind = kindFor(shape, held);
  const converted = kind === shape.kind ? shape : asKind(shape, kind, size);
  const facts = {
    converted: kind !== shape.kind && kind !== "box",
    boxed: kind !== shape.kind && kind === "box",
    holesFilled: 0,
    partsDropped: 0,
    bridged: false,
    rounded: false,
  };
  if (converted === null) return { ...facts, shape: null };
  const simple = converted.kind === "polygon" ? simplified(converted, held) : null;
  const whole = simple?.shape ?? converted;
  const rounded = held.digits === null ? whole : roundShape(whole, held.digits);
  return {
    ...facts,
    holesFilled: simple?.holes ?? 0,
    partsDropped: simple?.parts ?? 0,
    bridged: simple?.bridged ?? false,
    rounded: rounded !== whole,
    shape: rounded,
  };
}

/** A rotated box that is not turned is a box where the format tells them apart by the angle alone. */
function unturned(shape: Shape, held: ShapesHeld): Shape {
  if (shape.kind !== "rotated-box" || shape.degrees !== 0 || !held.kinds.includes("box"))
    return shape;
  const { centre, width, height } = shape;
  return { kind: "box", x: centre.x - width / 2, y: centre.y - height / 2, width, height };
}

function kindFor(shape: Shape, held: ShapesHeld): Shape["kind"] {
  const { kinds } = held;
  const masks = kinds.includes("mask");
  if (shape.kind === "polygon" && kinds.includes("polygon") && masks) {
    const fits =
      (held.parts || shape.parts.length === 1) &&
      (held.holes || shape.parts.every(({ holes }) => holes.length === 0));
    return fits ? "polygon" : "mask";
  }
  if (kinds.includes(shape.kind)) return shape.kind;
  if (shape.kind !== "mask" && kinds.includes("polygon")) return "polygon";
  return masks ? "mask" : kinds.includes("polygon") ? "polygon" : "box";
}

function asKind(shape: Shape, kind: Shape["kind"], size: Size): Shape | null {
  if (kind === "box") return boxAround(shape);
  if (kind === "polygon" && shape.kind !== "mask" && shape.kind !== "polygon") {
    return { kind: "polygon", parts: [{ outer: boxCorners(shape), holes: [] }] };
  }
  const mask = maskFromShape(shape, size);
  if (mask.counts.length === 1) return null;
  return kind === "polygon" ? polygonFromMask(mask) : ({ kind: "mask", mask } satisfies MaskShape);
}

interface Simplified {
  readonly shape: PolygonShape;
  readonly holes: number;
  readonly parts: number;
  readonly bridged: boolean;
}

function simplified(shape: PolygonShape, held: ShapesHeld): Simplified {
  let { parts } = shape;
  const [first] = parts;
  if (held.bridged && (parts.length > 1 || first!.holes.length > 0)) {
    const one: PolygonShape = { kind: "polygon", parts: [{ outer: bridged(parts), holes: [] }] };
    return { shape: one, holes: 0, parts: 0, bridged: true };
  }
  const dropped = held.parts ? 0 : parts.length - 1;
  if (dropped > 0) parts = [largest(parts)];
  const holes = held.holes ? 0 : parts.reduce((sum, part) => sum + part.holes.length, 0);
  if (holes > 0) parts = parts.map(({ outer }) => ({ outer, holes: [] }));
  const simple: PolygonShape = dropped + holes > 0 ? { kind: "polygon", parts } : shape;
  return { shape: simple, holes, parts: dropped, bridged: false };
}

function largest(parts: readonly PolygonPart[]): PolygonPart {
  return parts.reduce((best, part) =>
    Math.abs(ringArea(part.outer)) > Math.abs(ringArea(best.outer)) ? part : best,
  );
}

/** A number with so many digits after the point, and never −0. */
export function roundTo(value: number, digits: number): number {
  const scale = 10 ** digits;
  const rounded = Math.round(value * scale) / scale;
  return rounded === 0 ? 0 : rounded;
}

/** The same shape with fewer digits; the very same where nothing changes. */
export function roundShape(shape: Shape, digits: number): Shape {
  const round = (value: number): number => roundTo(value, digits);
  const same = JSON.stringify(shape.kind === "mask" ? null : shape);
  const rounded = ((): Shape => {
    switch (shape.kind) {
      case "mask":
        return shape;
      case "box":
        return {
          kind: "box",
          x: round(shape.x),
          y: round(shape.y),
          width: round(shape.width),
          height: round(shape.height),
        };
      case "rotated-box": {
        const { centre, width, height, degrees } = shape;
        return {
          kind: "rotated-box",
          centre: { x: round(centre.x), y: round(centre.y) },
          width: round(width),
          height: round(height),
          degrees: round(degrees),
        };
      }
      case "polygon": {
        const ring = (one: Ring): Ring => one.map(({ x, y }) => ({ x: round(x), y: round(y) }));
        return {
          kind: "polygon",
          parts: shape.parts.map(({ outer, holes }) => ({
            outer: ring(outer),
            holes: holes.map(ring),
          })),
        };
      }
    }
  })();
  return shape.kind === "mask" || JSON.stringify(rounded) === same ? shape : rounded;
}
