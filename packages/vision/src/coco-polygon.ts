// COCO's polygons to masks, with COCO's own roundings.
import { VisionError } from "./error.ts";
import { checkSize, emptyMask, type Mask } from "./mask.ts";
import { union } from "./mask-sets.ts";
import { RunWriter } from "./run-writer.ts";
import type { Size } from "./space.ts";

/** COCO walks outlines on a grid five times as fine. */
const FINE = 5;
/** The most steps of that walk for one polygon: longer than any outline of the largest frame need be. */
export const POLYGON_STEPS_MAX = 2 ** 26;

/**
 * The union of polygons, each x, y, x, y … in edge coordinates, filled to the pixel as pycocotools
 * does (`rleFrPoly` and `rleMerge` of `maskApi.c`). An inner polygon cuts no hole: that is the format.
 * Throws VisionError `polygon-invalid` for fewer than three points (COCO's own limit), numbers that
 * are not finite, or an outline of more than POLYGON_STEPS_MAX steps.
 */
export function maskFromCocoPolygons(polygons: readonly ArrayLike<number>[], size: Size): Mask {
  checkSize(size);
  let mask = emptyMask(size);
  for (const polygon of polygons) mask = union(mask, maskFromCocoPolygon(polygon, size));
  return mask;
}

function maskFromCocoPolygon(polygon: ArrayLike<number>, size: Size): Mask {
  checkPolygon(polygon);
  const starts = boundaryPixels(polygon, size).sort();
  // Each pair of equal starts cancels; what remains are the places where the mask changes its value.
  const writer = new RunWriter();
  let begun = -1;
  for (let i = 0; i < starts.length; i++) {
    if (begun < 0) {
      begun = starts[i]!;
    } else {
      writer.add(begun, starts[i]!);
      begun = -1;
    }
  }
  if (begun >= 0) writer.add(begun, size.width * size.height);
  return writer.finish(size);
}

function checkPolygon(polygon: ArrayLike<number>): void {
  const points = polygon.length / 2;
  let steps = 0;
  for (let i = 0; i < polygon.length; i += 2) {
    const next = (i + 2) % polygon.length;
    const dx = Math.abs(polygon[i]! - polygon[next]!);
    const dy = Math.abs(polygon[i + 1]! - polygon[next + 1]!);
    steps += FINE * Math.max(dx, dy) + 2;
  }
  if (points < 3 || !Number.isInteger(points) || !(steps <= POLYGON_STEPS_MAX)) {
    throw new VisionError(
      "polygon-invalid",
      `A COCO polygon is at least three points of finite x, y and an outline of at most ` +
        `${POLYGON_STEPS_MAX / FINE} pixels (got ${polygon.length} numbers and ${Math.ceil(steps / FINE)} pixels).`,
    );
  }
}

/** Column-major numbers of the first pixels below each place where the outline crosses a column's centre. */
function boundaryPixels(polygon: ArrayLike<number>, size: Size): Float64Array {
  const { width, height } = size;
  let found = new Float64Array(256);
  let count = 0;
  let lastU = Number.NaN;
  let lastV = 0;
  const step = (u: number, v: number) => {
    if (u !== lastU && !Number.isNaN(lastU)) {
      const column = ((u < lastU ? u : u - 1) + 0.5) / FINE - 0.5;
      if (Number.isInteger(column) && column >= 0 && column <= width - 1) {
        const row = Math.min(Math.max((Math.min(v, lastV) + 0.5) / FINE - 0.5, 0), height);
        if (count === found.length) {
          const grown = new Float64Array(count * 2);
          grown.set(found);
          found = grown;
        }
        found[count++] = column * height + Math.ceil(row);
      }
    }
    lastU = u;
    lastV = v;
  };
  for (let i = 0; i < polygon.length; i += 2) {
    const next = (i + 2) % polygon.length;
    walkEdge(
      fine(polygon[i]!),
      fine(polygon[i + 1]!),
      fine(polygon[next]!),
      fine(polygon[next + 1]!),
      step,
    );
  }
  return found.subarray(0, count);
}

/** C's conversion to int cuts towards zero, below zero too. */
function fine(coordinate: number): number {
  return Math.trunc(FINE * coordinate + 0.5);
}

/** All points of the fine grid along an edge, from its start to its end, always computed from its lower end. */
function walkEdge(
  xFrom: number,
  yFrom: number,
  xTo: number,
  yTo: number,
  step: (u: number, v: number) => void,
): void {
  const dx = Math.abs(xTo - xFrom);
  const dy = Math.abs(yTo - yFrom);
  const flipped = (dx >= dy && xFrom > xTo) || (dx < dy && yFrom > yTo);
  const x = flipped ? xTo : xFrom;
  const y = flipped ? yTo : yFrom;
  const sign = flipped ? -1 : 1;
  if (dx >= dy) {
    // A point twice over has no slope; its one step repeats where the walk stands.
    const slope = dx === 0 ? 0 : (sign * (yTo - yFrom)) / dx;
    for (let d = 0; d <= dx; d++) {
      const t = flipped ? dx - d : d;
      step(t + x, Math.trunc(y + slope * t + 0.5));
    }
  } else {
    const slope = (sign * (xTo - xFrom)) / dy;
    for (let d = 0; d <= dy; d++) {
      const t = flipped ? dy - d : d;
      step(Math.trunc(x + slope * t + 0.5), t + y);
    }
  }
}
