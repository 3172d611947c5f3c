// A short clip of our own, drawn by arithmetic: three objects, a crossing, a cut, and the exact masks.
import type { Size } from "@masklet/vision";
import { type Placement, paintThing, type Thing } from "./sample-paint.ts";

export const sampleSize: Size = { width: 640, height: 360 };
export const sampleFrameCount = 120;
export const sampleFrameRate = 24;
/** First frame of the second shot, in which none of the first shot's objects is to be seen. */
export const sampleCut = 84;

/** An object of the clip and a click that names it: pixel indices of frame 0. */
export interface SampleObject {
  readonly id: number;
  readonly name: string;
  readonly click: { readonly x: number; readonly y: number };
}

/** One frame: RGB bytes row by row, and the number of the object that each pixel shows, 0 for none. */
export interface SampleFrame {
  readonly rgb: Uint8Array;
  readonly labels: Uint8Array;
}

const BALL = 1;
const MUG = 2;
const STAR = 3;
const NO_OBJECT = 0;

export const sampleObjects: readonly SampleObject[] = [
  { id: BALL, name: "red ball", click: { x: 92, y: 226 } },
  { id: MUG, name: "teal mug", click: { x: 372, y: 236 } },
  { id: STAR, name: "yellow star", click: { x: 532, y: 128 } },
];

/** Draws the frames one after the other. The same on every machine and every call. */
export function* sampleFrames(): Generator<SampleFrame> {
  const { width, height } = sampleSize;
  let backdrop = new Uint8Array();
  for (let index = 0; index < sampleFrameCount; index++) {
    const shot = index < sampleCut ? room : sea;
    // The camera stands still: the empty scene is painted once for each shot.
    if (index === 0 || index === sampleCut) backdrop = paintBackdrop(shot.backdrop);
    const rgb = backdrop.slice();
    const labels = new Uint8Array(width * height);
    for (const thing of shot.things) paintThing({ rgb, labels, size: sampleSize }, thing, index);
    yield { rgb, labels };
  }
}

interface Shot {
  /** Colour of the empty scene at a pixel, 0 … 1. */
  readonly backdrop: (x: number, y: number) => Colour;
  /** From the back to the front. */
  readonly things: readonly Thing[];
}

type Colour = readonly [red: number, green: number, blue: number];

function paintBackdrop(backdrop: Shot["backdrop"]): Uint8Array<ArrayBuffer> {
  const rgb = new Uint8Array(sampleSize.width * sampleSize.height * 3);
  let at = 0;
  for (let y = 0; y < sampleSize.height; y++) {
    for (let x = 0; x < sampleSize.width; x++) {
      // Light falls off towards the corners.
      const dx = x / sampleSize.width - 0.45;
      const dy = y / sampleSize.height - 0.4;
      const light = 1.06 - 0.55 * (dx * dx + dy * dy);
      for (const part of backdrop(x, y)) rgb[at++] = Math.min(255, Math.max(0, 255 * part * light));
    }
  }
  return rgb;
}

// The first shot: a room with a wooden table. The ball rolls before the star and behind the mug.
const TABLE_TOP = 196;

const starCorners = starOutline({ points: 5, outer: 54, inner: 25 });

const room: Shot = {
  backdrop(x, y) {
    if (y < TABLE_TOP) {
      const stripe = 0.012 * Math.sin(x / 9) + 0.02 * (noise(x / 60, y / 60) - 0.5);
      const fade = 0.08 * (y / TABLE_TOP);
      return [0.83 + stripe - fade, 0.85 + stripe - fade, 0.82 + stripe - fade];
    }
    const plank = Math.floor((y - TABLE_TOP) / 41);
    const grain =
      noise(x / 70 + plank * 7.3, y / 3.1) * 0.09 + noise(x / 11, y / 1.7 + plank) * 0.04;
    const seam = (y - TABLE_TOP) % 41 < 1.5 ? -0.12 : 0;
    const tone = 0.02 * Math.sin(plank * 2.4) + grain + seam;
    return [0.6 + tone, 0.43 + tone, 0.29 + tone * 0.8];
  },
  things: [
    {
      label: STAR,
      reach: 62,
      roundness: 9,
      shadow: { x: 7, y: 9, softness: 9 },
      distance: (x, y) => polygon(x, y, starCorners) - 4,
      colour: (x, y) => {
        const ring = 0.06 * Math.sin(length(x, y) / 4);
        return [0.97 + ring, 0.76 + ring, 0.16];
      },
      place: (frame) => ({
        x: 532 - 2.6 * frame,
        y: 128 + 14 * Math.sin(frame / 11),
        angle: 0.03 * frame,
      }),
    },
    {
      label: BALL,
      reach: 52,
      roundness: 48,
      shadow: { x: 10, y: 17, softness: 12 },
      distance: (x, y) => length(x, y) - 48,
      // Marks that show the rolling, yet faint: a click must not be taken for one on a part.
      colour: (x, y) => {
        const wave = 0.05 * Math.sin(x / 13) * Math.sin(y / 13);
        return [0.8 + wave, 0.13 + wave / 2, 0.12 + wave / 2];
      },
      place: ballPlace,
    },
    {
      label: MUG,
      reach: 84,
      roundness: 20,
      shadow: { x: 9, y: 12, softness: 11 },
      distance: (x, y) =>
        Math.min(
          roundedBox(x, y, { halfWidth: 38, halfHeight: 47, corner: 12 }),
          Math.abs(roundedBox(x - 44, y, { halfWidth: 20, halfHeight: 26, corner: 18 })) - 6,
        ),
      colour: (x, y) => {
        const dot = length(((x + 100) % 25) - 12.5, ((y + 100) % 25) - 12.5) < 4.5;
        return dot && x < 36 ? [0.85, 0.95, 0.92] : [0.06, 0.52, 0.53];
      },
      place: (frame) => ({ x: 372 + 6 * Math.sin(frame / 17), y: 236, angle: 0 }),
    },
  ],
};

/** The ball rolls to the right and hops: without slipping, so its angle follows from the way it made. */
function ballPlace(frame: number): Placement {
  const x = 92 + 5.2 * frame;
  const hop = Math.abs(Math.sin((frame / 84) * Math.PI * 3));
  return { x, y: 252 - 26 - 44 * hop, angle: (x - 92) / 48 };
}

// The second shot: the sea at dusk, with a boat and a red balloon that nobody should take for the ball.
const HORIZON = 228;

const sea: Shot = {
  backdrop(x, y) {
    if (y < HORIZON) {
      const height = y / HORIZON;
      const cloud = 0.07 * noise(x / 95, y / 22) + 0.03 * noise(x / 31, y / 9);
      return [0.2 + 0.42 * height + cloud, 0.25 + 0.2 * height + cloud, 0.45 + cloud];
    }
    const depth = (y - HORIZON) / (sampleSize.height - HORIZON);
    const wave = 0.07 * noise(x / (14 + 50 * depth), y / (2 + 6 * depth));
    return [0.1 + wave, 0.2 + wave + 0.04 * depth, 0.34 + wave];
  },
  things: [
    {
      label: NO_OBJECT,
      reach: 60,
      roundness: 40,
      shadow: null,
      distance: (x, y) => length(x, y * 0.86) - 38,
      colour: () => [0.8, 0.16, 0.2],
      place: (frame) => ({ x: 420 + 0.9 * frame, y: 118 - 0.7 * (frame - sampleCut), angle: 0.08 }),
    },
    {
      label: NO_OBJECT,
      reach: 100,
      roundness: 8,
      shadow: null,
      distance: (x, y) =>
        Math.min(
          polygon(x, y, [
            [-74, 10],
            [74, 10],
            [48, 42],
            [-52, 42],
          ]),
          polygon(x, y, [
            [-4, -78],
            [56, 2],
            [-4, 2],
          ]),
          polygon(x, y, [
            [-12, -62],
            [-12, 2],
            [-50, 2],
          ]),
        ) - 2,
      colour: (_, y) => (y > 6 ? [0.93, 0.55, 0.2] : [0.95, 0.94, 0.9]),
      place: (frame) => ({
        x: 150 + 1.6 * (frame - sampleCut),
        y: 226 + 4 * Math.sin(frame / 7),
        angle: 0.05 * Math.sin(frame / 9),
      }),
    },
  ],
};

function starOutline(shape: {
  readonly points: number;
  readonly outer: number;
  readonly inner: number;
}): readonly (readonly [number, number])[] {
  return Array.from({ length: 2 * shape.points }, (_, at) => {
    const radius = at % 2 === 0 ? shape.outer : shape.inner;
    const angle = (Math.PI * at) / shape.points - Math.PI / 2;
    return [radius * Math.cos(angle), radius * Math.sin(angle)] as const;
  });
}

// Signed distances in pixels, negative inside.

function roundedBox(
  x: number,
  y: number,
  box: { readonly halfWidth: number; readonly halfHeight: number; readonly corner: number },
): number {
  const dx = Math.abs(x) - box.halfWidth + box.corner;
  const dy = Math.abs(y) - box.halfHeight + box.corner;
  return length(Math.max(dx, 0), Math.max(dy, 0)) + Math.min(Math.max(dx, dy), 0) - box.corner;
}

/** As Math.hypot, which is many times slower for the sake of numbers that no picture has. */
function length(x: number, y: number): number {
  return Math.sqrt(x * x + y * y);
}

/** Distance to the outline by its nearest edge; the side by counting crossings. */
function polygon(x: number, y: number, corners: readonly (readonly [number, number])[]): number {
  let nearest = Number.POSITIVE_INFINITY;
  let inside = false;
  let [fromX, fromY] = corners.at(-1) ?? [0, 0];
  for (const [toX, toY] of corners) {
    const alongX = toX - fromX;
    const alongY = toY - fromY;
    const share = ((x - fromX) * alongX + (y - fromY) * alongY) / (alongX ** 2 + alongY ** 2);
    const along = Math.min(1, Math.max(0, share));
    const [offX, offY] = [x - fromX - along * alongX, y - fromY - along * alongY];
    nearest = Math.min(nearest, offX * offX + offY * offY);
    const crosses = fromY > y !== toY > y && x < fromX + ((y - fromY) / alongY) * alongX;
    if (crosses) inside = !inside;
    fromX = toX;
    fromY = toY;
  }
  return inside ? -Math.sqrt(nearest) : Math.sqrt(nearest);
}

/** Smooth value noise, 0 … 1, the same everywhere: hashed lattice points, joined by smooth steps. */
function noise(x: number, y: number): number {
  const column = Math.floor(x);
  const row = Math.floor(y);
  const right = smooth(x - column);
  const down = smooth(y - row);
  const top = lattice(column, row) * (1 - right) + lattice(column + 1, row) * right;
  const bottom = lattice(column, row + 1) * (1 - right) + lattice(column + 1, row + 1) * right;
  return top * (1 - down) + bottom * down;
}

function smooth(t: number): number {
  return t * t * (3 - 2 * t);
}

function lattice(column: number, row: number): number {
  let mixed = Math.imul(column, 0x27d4eb2d) ^ Math.imul(row, 0x165667b1);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x2c1b3c6d);
  mixed = Math.imul(mixed ^ (mixed >>> 12), 0x297a2d39);
  return ((mixed ^ (mixed >>> 15)) >>> 0) / 0xffffffff;
}
