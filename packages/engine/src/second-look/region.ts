// Parts of a picture for a second look: where they lie, and how points and logits go there and back.
import type { Picture, Size } from "@masklet/vision";
import type { ModelPoints } from "../prompts.ts";

/** Whole pixels of the picture from (x0, y0) up to before (x1, y1), perhaps mirrored left to right. */
export interface Region {
  readonly x0: number;
  readonly y0: number;
  readonly x1: number;
  readonly y1: number;
  readonly mirrored: boolean;
}

/** A rectangle in shares of the picture's sides, 0…1. */
export interface Extent {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** Logits of what lies outside a region: surely not the object. */
export const OUTSIDE_LOGIT = -10;

export function wholeRegion({ width, height }: Size, mirrored: boolean): Region {
  return { x0: 0, y0: 0, x1: width, y1: height, mirrored };
}

/** A region of this size (shares of the sides) as near around a point as the picture's edges let it be. */
export function regionAround(
  centre: { readonly x: number; readonly y: number },
  share: { readonly width: number; readonly height: number },
  { width, height }: Size,
): Region {
  const across = Math.min(width, Math.max(1, Math.round(share.width * width)));
  const down = Math.min(height, Math.max(1, Math.round(share.height * height)));
  const x0 = Math.round(Math.min(Math.max(0, centre.x * width - across / 2), width - across));
  const y0 = Math.round(Math.min(Math.max(0, centre.y * height - down / 2), height - down));
  return { x0, y0, x1: x0 + across, y1: y0 + down, mirrored: false };
}

export function extentOf({ x0, y0, x1, y1 }: Region, { width, height }: Size): Extent {
  return { left: x0 / width, top: y0 / height, right: x1 / width, bottom: y1 / height };
}

/** The pixels of a region as a picture of its own. */
export function pictureOf(picture: Picture, { x0, y0, x1, y1, mirrored }: Region): Picture {
  const { channels, size } = picture;
  const [width, height] = [x1 - x0, y1 - y0];
  const data = new Uint8Array(width * height * channels);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const column = mirrored ? x1 - 1 - x : x0 + x;
      const from = ((y0 + y) * size.width + column) * channels;
      const to = (y * width + x) * channels;
      for (let channel = 0; channel < channels; channel++) {
        data[to + channel] = picture.data[from + channel]!;
      }
    }
  }
  return { size: { width, height }, channels, data };
}

const BOX_FROM = 2;
const BOX_TO = 3;

/**
 * Points of the whole picture in the model pixels of a region. Points outside it fall away; of a mirrored box the corners
 * change places, so that they still go from top left to bottom right.
 */
export function pointsIn(
  { coordinates, labels }: ModelPoints,
  region: Region,
  { frame, side }: { readonly frame: Size; readonly side: number },
): ModelPoints {
  const [width, height] = [region.x1 - region.x0, region.y1 - region.y0];
  const places = [...labels].map((label, at) => {
    const x = (coordinates[2 * at]! * frame.width) / side - region.x0;
    const y = (coordinates[2 * at + 1]! * frame.height) / side - region.y0;
    const isCorner = label === BOX_FROM || label === BOX_TO;
    // A pixel's number counts from the other end; a box's corner is an edge as much as a pixel.
    return { x: region.mirrored ? width - 1 - x : x, y, label, isCorner };
  });
  if (region.mirrored) swapCorners(places);
  const inside = places.filter(
    ({ x, y, isCorner }) => isCorner || (x >= 0 && y >= 0 && x < width && y < height),
  );
  return {
    coordinates: Float32Array.from(
      inside.flatMap(({ x, y }) => [(x / width) * side, (y / height) * side]),
    ),
    labels: Float32Array.from(inside, ({ label }) => label),
  };
}

function swapCorners(places: { x: number; readonly label: number }[]): void {
  const from = places.find(({ label }) => label === BOX_FROM);
  const to = places.find(({ label }) => label === BOX_TO);
  if (from === undefined || to === undefined) return;
  [from.x, to.x] = [to.x, from.x];
}

/** A square plane of logits over the whole picture. */
export interface Plane {
  readonly side: number;
  readonly data: Float32Array;
}

/** Logits of a square plane; there are as many as the side squared. */
export function planeOf(data: Float32Array): Plane {
  return { side: Math.sqrt(data.length), data };
}

/**
 * The logits of a region ("view", square over the region) on a plane of `side` over the whole picture: bilinear inside,
 * OUTSIDE_LOGIT elsewhere.
 */
export function broughtBack(
  view: Plane,
  { left, top, right, bottom }: Extent,
  { mirrored, side }: { readonly mirrored: boolean; readonly side: number },
): Float32Array {
  const whole = new Float32Array(side * side).fill(OUTSIDE_LOGIT);
  for (let row = 0; row < side; row++) {
    const v = ((row + 0.5) / side - top) / (bottom - top);
    if (v < 0 || v >= 1) continue;
    for (let column = 0; column < side; column++) {
      const u = ((column + 0.5) / side - left) / (right - left);
      if (u < 0 || u >= 1) continue;
      whole[row * side + column] = sampled(view, mirrored ? 1 - u : u, v);
    }
  }
  return whole;
}

/** Part of a plane over the whole picture as a view of `side`: the mean over each of the view's cells. */
export function takenOut(
  whole: Plane,
  { left, top, right, bottom }: Extent,
  { mirrored, side }: { readonly mirrored: boolean; readonly side: number },
): Float32Array {
  const view = new Float32Array(side * side);
  const across = Math.max(1, Math.ceil(((right - left) * whole.side) / side));
  const down = Math.max(1, Math.ceil(((bottom - top) * whole.side) / side));
  for (let row = 0; row < side; row++) {
    for (let column = 0; column < side; column++) {
      let total = 0;
      for (let sub = 0; sub < across * down; sub++) {
        const u = (column + ((sub % across) + 0.5) / across) / side;
        const v = (row + (Math.floor(sub / across) + 0.5) / down) / side;
        const x = left + (mirrored ? 1 - u : u) * (right - left);
        total += sampled(whole, x, top + v * (bottom - top));
      }
      view[row * side + column] = total / (across * down);
    }
  }
  return view;
}

/** Bilinear between cell centres; `x` and `y` are shares of the sides. */
function sampled({ side, data }: Plane, x: number, y: number): number {
  const column = Math.min(Math.max(x * side - 0.5, 0), side - 1);
  const row = Math.min(Math.max(y * side - 0.5, 0), side - 1);
  const [left, top] = [Math.floor(column), Math.floor(row)];
  const [right, bottom] = [Math.min(left + 1, side - 1), Math.min(top + 1, side - 1)];
  const [fx, fy] = [column - left, row - top];
  const above = data[top * side + left]! * (1 - fx) + data[top * side + right]! * fx;
  const below = data[bottom * side + left]! * (1 - fx) + data[bottom * side + right]! * fx;
  return above * (1 - fy) + below * fy;
}
