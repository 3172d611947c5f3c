// Outlines along the edges of pixels: traced from masks, filled back, simplified.
import { labelSegments } from "./components.ts";
import { VisionError } from "./error.ts";
import { bitmapFromMask, checkSize, type Mask, tightBox } from "./mask.ts";
import { crop } from "./mask-sets.ts";
import { RunWriter } from "./run-writer.ts";
import type { PixelBox, Size } from "./space.ts";

/**
 * A closed polygon as x, y, x, y …; the last point is joined to the first. Edge coordinates, as
 * COCO polygons have them: pixel (column, row) covers column … column + 1, row … row + 1, so its
 * centre is half a pixel from where an ImagePoint has it.
 */
export type Ring = Float64Array;

/** One part of a mask: its outer ring, clockwise on screen, and its holes, anticlockwise. */
export interface Outline {
  readonly outer: Ring;
  readonly holes: readonly Ring[];
}

/** The most places where outlines may cross columns of pixels when filled: half a gigabyte of them. */
export const OUTLINE_CROSSINGS_MAX = 2 ** 26;

/**
 * The exact outlines of a mask, one for each 4-connected part, in reading order of their first
 * pixels; points only where the outline turns. `maskFromOutlines` gives the same mask back.
 */
export function outlinesFromMask(mask: Mask): Outline[] {
  const box = tightBox(mask);
  if (box === null) return [];
  // One pixel of background all around, so that the walk never leaves the bytes.
  const window = { x: box.x - 1, y: box.y - 1, width: box.width + 2, height: box.height + 2 };
  const loops = traceLoops(bitmapFromMask(crop(mask, window)).data, window);
  const outers = loops.filter((loop) => loop.area > 0);
  const holes = loops.filter((loop) => loop.area < 0);
  if (holes.length === 0) return outers.map(({ ring }) => ({ outer: ring, holes: [] }));
  if (outers.length === 1) return [{ outer: outers[0]!.ring, holes: holes.map((h) => h.ring) }];
  const partOf = partFinder(mask);
  const holesOf = new Map<number, Ring[]>();
  for (const hole of holes) {
    const part = partOf(hole.column, hole.row);
    const known = holesOf.get(part);
    if (known === undefined) holesOf.set(part, [hole.ring]);
    else known.push(hole.ring);
  }
  return outers.map((loop) => ({
    outer: loop.ring,
    holes: holesOf.get(partOf(loop.column, loop.row)) ?? [],
  }));
}

interface Loop {
  readonly ring: Ring;
  /** Twice the enclosed area; positive for clockwise on screen, which is how outer rings run. */
  readonly area: number;
  /** A foreground pixel on its inner side. */
  readonly column: number;
  readonly row: number;
}

/** Set on a pixel whose upper edge has been walked. */
const WALKED = 2;

/** Every loop has an edge that runs to the right, along the top of a foreground pixel. */
function traceLoops(data: Uint8Array, window: PixelBox): Loop[] {
  const stride = window.width;
  const loops: Loop[] = [];
  for (let start = stride; start < data.length; start++) {
    if (data[start] !== 1 || (data[start - stride]! & 1) === 1) continue;
    const ring = walk(data, window, start);
    const row = Math.floor(start / stride);
    loops.push({
      ring,
      area: twiceArea(ring),
      column: window.x + start - row * stride,
      row: window.y + row,
    });
  }
  return loops;
}

/**
 * Walks along the edges of pixels with the foreground on the right, from the top left corner of
 * pixel `start` to the right. Where two foreground pixels meet at a corner only, it turns right:
 * they are different parts.
 */
function walk(data: Uint8Array, window: PixelBox, start: number): Ring {
  const stride = window.width;
  // For the directions right, down, left, up: the step between corners, and the two pixels ahead,
  // both as offsets from the corner's own number (that of the pixel below and right of it).
  const steps = [1, stride, -1, -stride];
  const aheadRight = [0, -1, -stride - 1, -stride];
  const aheadLeft = [-stride, 0, -1, -stride - 1];
  const points: number[] = [];
  let corner = start;
  let direction = 0;
  do {
    const row = Math.floor(corner / stride);
    points.push(window.x + corner - row * stride, window.y + row);
    let straight = true;
    do {
      if (direction === 0) data[corner]! |= WALKED;
      corner += steps[direction]!;
      if ((data[corner + aheadRight[direction]!]! & 1) === 0) {
        direction = (direction + 1) & 3;
        straight = false;
      } else if ((data[corner + aheadLeft[direction]!]! & 1) === 1) {
        direction = (direction + 3) & 3;
        straight = false;
      }
    } while (straight);
  } while (corner !== start || direction !== 0);
  return Float64Array.from(points);
}

/** Finds the number of the 4-connected part that holds a foreground pixel. */
function partFinder(mask: Mask): (column: number, row: number) => number {
  const { count, columns, tops, labels } = labelSegments(mask, 4);
  return (column, row) => {
    let low = 0;
    let high = count - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      const before =
        columns[middle]! < column || (columns[middle] === column && tops[middle]! <= row);
      if (before) low = middle;
      else high = middle - 1;
    }
    return labels[low]!;
  };
}

/** Twice the signed area; positive for clockwise on screen (y down). */
function twiceArea(ring: Ring): number {
  let sum = 0;
  let x = ring[ring.length - 2] ?? 0;
  let y = ring[ring.length - 1] ?? 0;
  for (let i = 0; i < ring.length; i += 2) {
    sum += x * ring[i + 1]! - ring[i]! * y;
    x = ring[i]!;
    y = ring[i + 1]!;
  }
  return sum;
}

/**
 * The pixels whose centres lie inside: within an outer ring and in no hole of it, outlines united.
 * Rings may run either way and reach outside the frame; a hole should lie within its outer ring.
 * Source of the rule: nonzero winding, sampled at pixel centres (top and left edges belong).
 * Throws VisionError `polygon-invalid` for coordinates that are no numbers or for more than
 * OUTLINE_CROSSINGS_MAX crossings.
 */
export function maskFromOutlines(outlines: readonly Outline[], size: Size): Mask {
  checkSize(size);
  const turns: { readonly ring: Ring; readonly sign: 1 | -1 }[] = [];
  for (const { outer, holes } of outlines) {
    turns.push({ ring: outer, sign: twiceArea(outer) >= 0 ? 1 : -1 });
    for (const hole of holes) turns.push({ ring: hole, sign: twiceArea(hole) >= 0 ? -1 : 1 });
  }
  let total = 0;
  for (const { ring } of turns) total += countCrossings(ring, size);
  if (total > OUTLINE_CROSSINGS_MAX) {
    throw new VisionError(
      "polygon-invalid",
      `Outlines cross the columns of the frame ${total} times; at most ${OUTLINE_CROSSINGS_MAX} are filled. Simplify them first.`,
    );
  }
  const crossings = new Float64Array(total);
  let length = 0;
  for (const { ring, sign } of turns) length = addCrossings(ring, sign, size, crossings, length);
  return fill(crossings.sort(), size);
}

/** The columns first … end − 1 whose centres an edge passes, within the frame. */
function passedColumns(from: number, to: number, size: Size): { first: number; end: number } {
  const first = Math.max(Math.ceil(Math.min(from, to) - 0.5), 0);
  const end = Math.min(Math.ceil(Math.max(from, to) - 0.5), size.width);
  return { first, end };
}

function countCrossings(ring: Ring, size: Size): number {
  if (ring.length < 6 || ring.length % 2 === 1 || !ring.every(Number.isFinite)) {
    throw new VisionError(
      "polygon-invalid",
      `A ring is at least three points of finite x, y (got ${ring.length} numbers: ${ring.slice(0, 8).join(", ")}…).`,
    );
  }
  let total = 0;
  let x = ring[ring.length - 2]!;
  for (let i = 0; i < ring.length; i += 2) {
    const { first, end } = passedColumns(x, ring[i]!, size);
    total += Math.max(end - first, 0);
    x = ring[i]!;
  }
  return total;
}

/** Adds (column × (height + 1) + row) × 2 + (1 for downwards into the ring) for each crossing. */
function addCrossings(
  ring: Ring,
  sign: 1 | -1,
  size: Size,
  into: Float64Array,
  from: number,
): number {
  const { height } = size;
  let length = from;
  let x0 = ring[ring.length - 2]!;
  let y0 = ring[ring.length - 1]!;
  for (let i = 0; i < ring.length; i += 2) {
    const x1 = ring[i]!;
    const y1 = ring[i + 1]!;
    const { first, end } = passedColumns(x0, x1, size);
    const enters = x1 > x0 === (sign === 1) ? 1 : 0;
    const slope = (y1 - y0) / (x1 - x0);
    for (let column = first; column < end; column++) {
      const y = y0 === y1 ? y0 : y0 + (column + 0.5 - x0) * slope;
      const row = Math.min(Math.max(Math.ceil(y - 0.5), 0), height);
      into[length++] = (column * (height + 1) + row) * 2 + enters;
    }
    x0 = x1;
    y0 = y1;
  }
  return length;
}

/** Walks down each column; inside is where as many crossings in as out have not been met. */
function fill(crossings: Float64Array, size: Size): Mask {
  const { height } = size;
  const writer = new RunWriter();
  let winding = 0;
  let begun = 0;
  for (let i = 0; i < crossings.length; i++) {
    const place = Math.floor(crossings[i]! / 2);
    const column = Math.floor(place / (height + 1));
    const pixel = place - column;
    const before = winding;
    winding += crossings[i]! % 2 === 1 ? 1 : -1;
    if (before === 0) begun = pixel;
    else if (winding === 0) writer.add(begun, pixel);
  }
  return writer.finish(size);
}

/**
 * The ring with points left out that lie within `tolerance` pixels of what remains (Douglas and
 * Peucker 1973, on a closed line cut at its two farthest points); at least a triangle stays.
 */
export function simplifyRing(ring: Ring, tolerance: number): Ring {
  const points = ring.length / 2;
  if (points <= 3 || !(tolerance > 0)) return ring;
  const kept = new Uint8Array(points);
  // Cut at the first point and the one farthest from it.
  let opposite = 1;
  for (let i = 2; i < points; i++) if (gap(ring, 0, i) > gap(ring, 0, opposite)) opposite = i;
  kept[0] = 1;
  kept[opposite] = 1;
  keepBetween(ring, { from: 0, to: opposite }, tolerance, kept);
  keepBetween(ring, { from: opposite, to: points }, tolerance, kept);
  if (kept.reduce((sum, value) => sum + value, 0) < 3) {
    const first = farthest(ring, { from: 0, to: opposite });
    const second = farthest(ring, { from: opposite, to: points });
    kept[second.squared > first.squared ? second.index : first.index] = 1;
  }
  return ring.filter((_, i) => kept[i >> 1] === 1);
}

/** A stretch of a ring between two point numbers; `to` may be the number of points, which is point 0. */
interface Stretch {
  readonly from: number;
  readonly to: number;
}

function keepBetween(ring: Ring, whole: Stretch, tolerance: number, kept: Uint8Array): void {
  const open = [whole];
  for (let stretch = open.pop(); stretch !== undefined; stretch = open.pop()) {
    if (stretch.to - stretch.from < 2) continue;
    const { index, squared } = farthest(ring, stretch);
    if (squared <= tolerance * tolerance) continue;
    kept[index] = 1;
    open.push({ from: stretch.from, to: index }, { from: index, to: stretch.to });
  }
}

/** The point of a stretch farthest from the line between its ends. */
function farthest(ring: Ring, { from, to }: Stretch): { index: number; squared: number } {
  const last = (to * 2) % ring.length;
  const x0 = ring[from * 2]!;
  const y0 = ring[from * 2 + 1]!;
  const dx = ring[last]! - x0;
  const dy = ring[last + 1]! - y0;
  const length = dx * dx + dy * dy;
  let index = from;
  let squared = -1;
  for (let i = from + 1; i < to; i++) {
    const px = ring[i * 2]! - x0;
    const py = ring[i * 2 + 1]! - y0;
    const along = length === 0 ? 0 : Math.min(Math.max((px * dx + py * dy) / length, 0), 1);
    const away = (px - along * dx) ** 2 + (py - along * dy) ** 2;
    if (away > squared) {
      squared = away;
      index = i;
    }
  }
  return { index, squared };
}

function gap(ring: Ring, a: number, b: number): number {
  return (ring[a * 2]! - ring[b * 2]!) ** 2 + (ring[a * 2 + 1]! - ring[b * 2 + 1]!) ** 2;
}
