// A mask's signed distance field: one texture from which the shader draws fill, outline and halo at any zoom.
import { type Mask, type PixelBox, tightBox } from "@masklet/vision";

/** Distances are kept up to 16 px on either side, in eighths of a pixel. */
const STEPS_PER_PIXEL = 8;
/** Air around the mask, image pixels: room for the halo when a 4K picture is shown small. */
const MARGIN = 12;
/** Chamfer weights of straight and slanting neighbours; 5 units are one pixel. */
const STRAIGHT = 5;
const SLANTING = 7;
const FAR = 20_000;

/**
 * `data` holds columns of `box` one after another (as the runs lie): value 128 + 8 · distance to the edge
 * in pixels, positive inside, clamped to 0 … 255.
 */
export interface DistanceField {
  readonly box: PixelBox;
  readonly data: Uint8Array;
}

/** The field of a mask, or null for an empty one. Linear in the area of its box. */
export function distanceField(mask: Mask): DistanceField | null {
  const tight = tightBox(mask);
  if (tight === null) return null;
  const box: PixelBox = {
    x: tight.x - MARGIN,
    y: tight.y - MARGIN,
    width: tight.width + 2 * MARGIN,
    height: tight.height + 2 * MARGIN,
  };
  const inside = insideOf(mask, box);
  const distance = toOtherSide(inside, box.width, box.height);
  const data = new Uint8Array(inside.length);
  for (let i = 0; i < data.length; i++) {
    // From pixel centre to pixel centre of the other side; the edge lies half a pixel before it.
    const pixels = distance[i]! / STRAIGHT - 0.5;
    const value = 128 + STEPS_PER_PIXEL * (inside[i] ? pixels : -pixels);
    data[i] = value < 0 ? 0 : value > 255 ? 255 : value;
  }
  return { box, data };
}

function insideOf(mask: Mask, box: PixelBox): Uint8Array {
  const { counts, size } = mask;
  const inside = new Uint8Array(box.width * box.height);
  let position = 0;
  for (let run = 0; run < counts.length; run++) {
    const length = counts[run]!;
    if (run % 2 === 1) {
      let from = position;
      const end = position + length;
      while (from < end) {
        const column = Math.floor(from / size.height);
        const row = from - column * size.height;
        const to = Math.min(end, (column + 1) * size.height);
        const start = (column - box.x) * box.height + (row - box.y);
        inside.fill(1, start, start + (to - from));
        from = to;
      }
    }
    position += length;
  }
  return inside;
}

/** For every pixel the chamfer distance to the nearest pixel of the other side. Two sweeps. */
function toOtherSide(inside: Uint8Array, columns: number, rows: number): Uint16Array {
  const distance = new Uint16Array(inside.length).fill(FAR);
  const relax = (at: number, from: number, step: number) => {
    const through = inside[at] === inside[from] ? distance[from]! + step : step;
    if (through < distance[at]!) distance[at] = through;
  };
  for (let column = 0; column < columns; column++) {
    for (let row = 0; row < rows; row++) {
      const at = column * rows + row;
      if (row > 0) relax(at, at - 1, STRAIGHT);
      if (column > 0) {
        relax(at, at - rows, STRAIGHT);
        if (row > 0) relax(at, at - rows - 1, SLANTING);
        if (row < rows - 1) relax(at, at - rows + 1, SLANTING);
      }
    }
  }
  for (let column = columns - 1; column >= 0; column--) {
    for (let row = rows - 1; row >= 0; row--) {
      const at = column * rows + row;
      if (row < rows - 1) relax(at, at + 1, STRAIGHT);
      if (column < columns - 1) {
        relax(at, at + rows, STRAIGHT);
        if (row < rows - 1) relax(at, at + rows + 1, SLANTING);
        if (row > 0) relax(at, at + rows - 1, SLANTING);
      }
    }
  }
  return distance;
}
