// A mask's signed distance field: what fill, outline and halo are painted from, at any zoom.
import { type Mask, type PixelBox, tightBox } from "@masklet/vision";

/** Distances are kept up to 16 px on either side, in eighths of a pixel. */
export const STEPS_PER_PIXEL = 8;
/** The value between inside and outside. */
export const EDGE = 128;
/** Chamfer weights of straight and slanting neighbours; 5 units are one pixel. */
const STRAIGHT = 5;
const SLANTING = 7;
/** Further than the values reach. */
const FAR = 200;
/** Values this near the edge are evened, so that no staircase of the mask shows: 2.5 px. */
const EVENED = 20;

/** Rows of `box` one after another: EDGE + 8 · distance to the edge in pixels, positive inside, clamped to 0 … 255. */
export interface DistanceField {
  readonly box: PixelBox;
  readonly data: Uint8Array;
}

/** The field of a mask with `margin` pixels (at least one) of air around it, or null for an empty one. Linear in its area. */
export function distanceField(mask: Mask, margin: number): DistanceField | null {
  const tight = tightBox(mask);
  if (tight === null) return null;
  const box: PixelBox = {
    x: tight.x - margin,
    y: tight.y - margin,
    width: tight.width + 2 * margin,
    height: tight.height + 2 * margin,
  };
  const distance = toOtherSide(insideOf(mask, box), box.width, box.height);
  const data = new Uint8Array(distance.length);
  for (let i = 0; i < data.length; i++) data[i] = VALUES[distance[i]! + FAR]!;
  rimmed(data, box.width, box.height);
  return { box, data: evened(data, box.width, box.height) };
}

/** Values by signed distance + FAR. From pixel centre to pixel centre of the other side; the edge lies half a pixel before it. */
const VALUES = Uint8Array.from({ length: 2 * FAR + 1 }, (_, at) => {
  const pixels = (at - FAR) / STRAIGHT;
  const value = EDGE + STEPS_PER_PIXEL * (pixels > 0 ? pixels - 0.5 : pixels + 0.5);
  return Math.max(0, Math.min(255, value));
});

/** One byte a pixel of `box`, row by row: 1 inside the mask. Parts of the box outside of the frame are outside. */
export function insideOf(mask: Mask, box: PixelBox): Uint8Array {
  const { counts } = mask;
  const { height } = mask.size;
  const { width, height: rows } = box;
  const inside = new Uint8Array(width * rows);
  const first = box.x * height;
  const last = (box.x + width) * height;
  let position = 0;
  for (let run = 0; run < counts.length && position < last; run++) {
    const end = position + counts[run]!;
    if (run % 2 === 1 && end > first) {
      for (let from = Math.max(position, first); from < end; ) {
        const column = Math.floor(from / height);
        if (column >= box.x + width) break;
        const next = (column + 1) * height;
        const top = Math.max(0, from - column * height - box.y);
        const bottom = Math.min(rows, Math.min(end, next) - column * height - box.y);
        for (let row = top, at = top * width + column - box.x; row < bottom; row++, at += width)
          inside[at] = 1;
        from = next;
      }
    }
    position = end;
  }
  return inside;
}

/**
 * For every pixel the chamfer distance to the nearest pixel of the other side, negative outside, ±FAR where there is
 * none near. Two sweeps; the outermost pixels are air and are left out.
 */
function toOtherSide(inside: Uint8Array, width: number, height: number): Int16Array {
  const distance = new Int16Array(inside.length).fill(-FAR);
  for (let i = 0; i < inside.length; i++) if (inside[i] === 1) distance[i] = FAR;
  const last = inside.length - 1;
  for (const way of [1, -1] as const) {
    const start = way > 0 ? 0 : last;
    for (let row = 1; row < height - 1; row++) {
      let at = start + way * (row * width + 1);
      let behind = at - way * width;
      let beside = distance[at - way]!;
      let slant = distance[behind - way]!;
      let straight = distance[behind]!;
      for (let column = 1; column < width - 1; column++) {
        const ahead = distance[behind + way]!;
        let best = distance[at]!;
        // A neighbour of the other side is one step away; through one of the same side it is its distance and a step.
        if (best > 0) {
          const near = (beside < straight ? beside : straight) + STRAIGHT;
          const far = (slant < ahead ? slant : ahead) + SLANTING;
          if (near < best) best = near < STRAIGHT ? STRAIGHT : near;
          if (far < best) best = far < SLANTING ? SLANTING : far;
        } else {
          const near = (beside > straight ? beside : straight) - STRAIGHT;
          const far = (slant > ahead ? slant : ahead) - SLANTING;
          if (near > best) best = near > -STRAIGHT ? -STRAIGHT : near;
          if (far > best) best = far > -SLANTING ? -SLANTING : far;
        }
        distance[at] = best;
        beside = best;
        slant = straight;
        straight = ahead;
        at += way;
        behind += way;
      }
    }
  }
  return distance;
}

/** The outermost pixels, which the sweeps leave out, lie a pixel further out than their neighbours. */
function rimmed(data: Uint8Array, width: number, height: number): void {
  const further = (at: number, from: number) => {
    data[at] = Math.max(0, data[from]! - STEPS_PER_PIXEL);
  };
  for (let row = 1; row < height - 1; row++) {
    further(row * width, row * width + 1);
    further((row + 1) * width - 1, (row + 1) * width - 2);
  }
  const last = (height - 1) * width;
  for (let column = 0; column < width; column++) {
    further(column, column + width);
    further(last + column, last + column - width);
  }
}

/** Near the edge each value becomes a mean of its neighbourhood. */
function evened(data: Uint8Array, width: number, height: number): Uint8Array {
  const result = data.slice();
  for (let row = 1; row < height - 1; row++) {
    for (let at = row * width + 1, end = at + width - 2; at < end; at++) {
      const value = data[at]!;
      if (value < EDGE - EVENED || value > EDGE + EVENED) continue;
      const [up, down] = [at - width, at + width];
      const straight = data[at - 1]! + data[at + 1]! + data[up]! + data[down]!;
      const slanting = data[up - 1]! + data[up + 1]! + data[down - 1]! + data[down + 1]!;
      result[at] = 0.25 * value + 0.075 * straight + 0.1125 * slanting + 0.5;
    }
  }
  return result;
}
