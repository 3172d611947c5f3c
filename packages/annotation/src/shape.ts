// Shapes an object can have on a frame: mask, box, rotated box, polygon with parts and holes.
import type { Mask } from "@masklet/vision";

/**
 * A point of an outline, in *edge* coordinates of the displayed frame: (0, 0) is the top-left corner
 * of the top-left pixel and (width, height) the bottom-right corner of the frame, so that pixel i
 * covers i … i + 1. COCO, CVAT and LabelMe count so. Prompts use pixel centres instead (`ImagePoint`).
 */
export interface EdgePoint {
  readonly x: number;
  readonly y: number;
}

/** A closed outline of at least three points; the last one joins the first. */
export type Ring = readonly EdgePoint[];

/** One part of a polygon: what is inside `outer` and inside none of `holes`. */
export interface PolygonPart {
  readonly outer: Ring;
  readonly holes: readonly Ring[];
}

export interface MaskShape {
  readonly kind: "mask";
  readonly mask: Mask;
}

/** An upright box in edge coordinates; width and height are not negative. */
export interface BoxShape {
  readonly kind: "box";
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** A box turned by `degrees` clockwise as seen on screen (y down) around its centre; −180 < degrees ≤ 180. */
export interface RotatedBoxShape {
  readonly kind: "rotated-box";
  readonly centre: EdgePoint;
  readonly width: number;
  readonly height: number;
  readonly degrees: number;
}

/** At least one part. Parts may touch but belong to one object; their union is the object. */
export interface PolygonShape {
  readonly kind: "polygon";
  readonly parts: readonly PolygonPart[];
}

export type Shape = MaskShape | BoxShape | RotatedBoxShape | PolygonShape;

/** The four corners of a box of either kind, clockwise on screen from its own top left. */
export function boxCorners(box: BoxShape | RotatedBoxShape): Ring {
  if (box.kind === "box") {
    const { x, y, width, height } = box;
    return [
      { x, y },
      { x: x + width, y },
      { x: x + width, y: y + height },
      { x, y: y + height },
    ];
  }
  const angle = (box.degrees * Math.PI) / 180;
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const corner = (u: number, v: number): EdgePoint => ({
    x: box.centre.x + u * cos - v * sin,
    y: box.centre.y + u * sin + v * cos,
  });
  const [u, v] = [box.width / 2, box.height / 2];
  return [corner(-u, -v), corner(u, -v), corner(u, v), corner(-u, v)];
}
