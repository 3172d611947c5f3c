// Shapes as CVAT's elements <box>, <polygon> and <mask>, both ways.
import type { EdgePoint, Shape } from "@masklet/annotation";
import { clipped } from "@masklet/annotation/reading";
import type { Size } from "@masklet/vision";
import type { Where } from "../builder.ts";
import { FormatError } from "../error.ts";
import { roundShape } from "../shapes.ts";
import { maskFromRuns, runsFromMask } from "./runs.ts";

/** Digits after the point; corners are sums, and what is taken apart again must not leave a trace. */
export const CVAT_DIGITS = 4;

export type Attributes = Readonly<Record<string, string>>;

/** Element names that become shapes; the others (points, polylines, ellipses, cuboids, skeletons, tags) do not. */
export const SHAPE_ELEMENTS: ReadonlySet<string> = new Set(["box", "polygon", "mask"]);
export const OTHER_ELEMENTS: ReadonlySet<string> = new Set([
  "points",
  "polyline",
  "ellipse",
  "cuboid",
  "skeleton",
  "tag",
]);

/** The element's name and its geometry. */
export function elementOfShape(shape: Shape): {
  readonly name: string;
  readonly attributes: Record<string, string | number>;
} {
  if (shape.kind === "mask") {
    const { runs, box } = runsFromMask(shape.mask);
    return {
      name: "mask",
      attributes: {
        rle: runs.join(", "),
        left: box.x,
        top: box.y,
        width: box.width,
        height: box.height,
      },
    };
  }
  if (shape.kind === "polygon") {
    return {
      name: "polygon",
      attributes: { points: shape.parts[0]!.outer.map(({ x, y }) => `${x},${y}`).join(";") },
    };
  }
  const { width, height } = shape;
  const [x, y] =
    shape.kind === "box"
      ? [shape.x, shape.y]
      : [shape.centre.x - width / 2, shape.centre.y - height / 2];
  const corners = { xtl: x, ytl: y, xbr: x + width, ybr: y + height };
  if (shape.kind === "box") return { name: "box", attributes: corners };
  return { name: "box", attributes: { ...corners, rotation: (shape.degrees + 360) % 360 } };
}

/** Null for a mask without a pixel. */
export function shapeOfElement(
  name: string,
  attributes: Attributes,
  size: Size,
  where: Where,
): Shape | null {
  if (name === "mask") {
    const [x, y, width, height] = ["left", "top", "width", "height"].map((key) =>
      numberOf(attributes, key, where),
    );
    const runs = textOf(attributes, "rle", where)
      .split(",")
      .map((run) => Number(run.trim() || Number.NaN));
    const mask = maskFromRuns(runs, { x: x!, y: y!, width: width!, height: height! }, size, where);
    return mask.counts.length === 1 ? null : { kind: "mask", mask };
  }
  if (name === "polygon") {
    const outer = textOf(attributes, "points", where)
      .split(";")
      .map((pair): EdgePoint => {
        const [x = Number.NaN, y = Number.NaN, ...more] = pair
          .split(",")
          .map((cell) => (cell.trim() === "" ? Number.NaN : Number(cell)));
        if (!Number.isFinite(x) || !Number.isFinite(y) || more.length > 0)
          throw new FormatError("malformed", where, "points are x,y;x,y;…");
        return { x, y };
      });
    if (outer.length < 3)
      throw new FormatError("malformed", where, "a polygon has at least three points");
    return { kind: "polygon", parts: [{ outer, holes: [] }] };
  }
  const [x0, y0, x1, y1] = ["xtl", "ytl", "xbr", "ybr"].map((key) =>
    numberOf(attributes, key, where),
  ) as [number, number, number, number];
  if (x1 < x0 || y1 < y0)
    throw new FormatError(
      "malformed",
      where,
      "a box has its lower right corner above or left of its upper left one",
    );
  const degrees = attributes.rotation === undefined ? 0 : numberOf(attributes, "rotation", where);
  const [width, height] = [x1 - x0, y1 - y0];
  if (degrees % 360 === 0)
    return roundShape({ kind: "box", x: x0, y: y0, width, height }, CVAT_DIGITS);
  const turned = ((degrees % 360) + 360) % 360;
  const centre = { x: (x0 + x1) / 2, y: (y0 + y1) / 2 };
  return roundShape(
    { kind: "rotated-box", centre, width, height, degrees: turned > 180 ? turned - 360 : turned },
    CVAT_DIGITS,
  );
}

export function textOf(attributes: Attributes, key: string, where: Where): string {
  const text = attributes[key];
  if (text === undefined)
    throw new FormatError("malformed", where, `the attribute ${key} is missing`);
  return text;
}

export function numberOf(attributes: Attributes, key: string, where: Where): number {
  const text = textOf(attributes, key, where);
  const number = text.trim() === "" ? Number.NaN : Number(text);
  if (!Number.isFinite(number))
    throw new FormatError(
      "malformed",
      where,
      `${key} is ${JSON.stringify(clipped(text))}, not a number`,
    );
  return number;
}

/** CVAT writes 0 and 1, some tools True and False. */
export function flagOf(attributes: Attributes, key: string): boolean {
  return attributes[key] === "1" || attributes[key]?.toLowerCase() === "true";
}
