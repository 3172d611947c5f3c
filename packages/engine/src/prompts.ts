// Prompts of a person: points, a box or a mask on one frame, checked and brought into model pixels.
import {
  bitmapFromMask,
  type ImagePoint,
  type Mask,
  resizeBilinearSmooth,
  type Size,
} from "@masklet/vision";
import { EngineError } from "./errors.ts";

/** A click that says what belongs to the object, or what does not. */
export interface Click {
  readonly at: ImagePoint;
  readonly sign: "include" | "exclude";
}

/** Corners of a box in the displayed frame. */
export interface PromptBox {
  readonly from: ImagePoint;
  readonly to: ImagePoint;
}

/** Points in model pixels (x, y, x, y, …) with the network's labels: 0 exclude, 1 include, 2 and 3 a box's corners. */
export interface ModelPoints {
  readonly coordinates: Float32Array;
  readonly labels: Float32Array;
}

const POINTS_MAX = 256; // each point is a token of the decoder; people give fewer than twenty

/** Labels of points as the networks take them. */
export const LABEL = { exclude: 0, include: 1, boxFrom: 2, boxTo: 3 } as const;

/**
 * Box corners first, then clicks, scaled from the frame to the model's square of `side` pixels.
 * Throws prompt-invalid for a prompt without points or one that lies outside the frame.
 */
export function modelPoints(
  prompt: { readonly clicks?: readonly Click[]; readonly box?: PromptBox },
  { frame, side }: { readonly frame: Size; readonly side: number },
): ModelPoints {
  const points: { readonly at: ImagePoint; readonly label: number; readonly edge: number }[] = [];
  if (prompt.box !== undefined) {
    const { from, to } = prompt.box;
    if (!(from.x < to.x && from.y < to.y)) {
      const corners = `${from.x}, ${from.y} – ${to.x}, ${to.y}`;
      throw new EngineError(
        "prompt-invalid",
        `The box ${corners} is empty: its corners go from top left to bottom right.`,
      );
    }
    // A box may end on the frame's far edge; a click must lie on a pixel.
    points.push(
      { at: from, label: LABEL.boxFrom, edge: 1 },
      { at: to, label: LABEL.boxTo, edge: 1 },
    );
  }
  for (const { at, sign } of prompt.clicks ?? []) points.push({ at, label: LABEL[sign], edge: 0 });
  if (points.length === 0)
    throw new EngineError("prompt-invalid", "A prompt needs at least one click or a box.");
  if (points.length > POINTS_MAX) {
    throw new EngineError(
      "prompt-invalid",
      `A prompt holds at most ${POINTS_MAX} points (got ${points.length}).`,
    );
  }
  const coordinates = new Float32Array(points.length * 2);
  for (const [index, { at, edge }] of points.entries()) {
    checkInside(at, frame, edge);
    coordinates[2 * index] = scaled(at.x, frame.width, side);
    coordinates[2 * index + 1] = scaled(at.y, frame.height, side);
  }
  return { coordinates, labels: Float32Array.from(points, ({ label }) => label) };
}

/** The reference divides by the frame's side first and multiplies then, each in float32. */
function scaled(value: number, from: number, to: number): number {
  return Math.fround(Math.fround(Math.fround(value) / from) * to);
}

function checkInside({ x, y }: ImagePoint, { width, height }: Size, edge: number): void {
  const inside = x >= 0 && y >= 0 && x < width + edge && y < height + edge;
  if (inside) return;
  const range = `0–${width - 1} × 0–${height - 1}`;
  throw new EngineError(
    "prompt-invalid",
    `The point ${x}, ${y} lies outside the frame (${range}).`,
  );
}

/** Both prompts on one frame, in the order in which they were given. */
export function joinedPoints(before: ModelPoints | undefined, after: ModelPoints): ModelPoints {
  if (before === undefined) return after;
  return {
    coordinates: Float32Array.of(...before.coordinates, ...after.coordinates),
    labels: Float32Array.of(...before.labels, ...after.labels),
  };
}

/**
 * A mask of the frame as 0 and 1 on the model's square: resized with smoothing, cut at one half.
 * Source: `sam2_video_predictor.py`, `add_new_mask`. Throws prompt-invalid unless it has the frame's size.
 */
export function modelMask(
  mask: Mask,
  { frame, side }: { readonly frame: Size; readonly side: number },
): Float32Array {
  if (mask.size.width !== frame.width || mask.size.height !== frame.height) {
    const sizes = `${mask.size.width}×${mask.size.height} and the frame ${frame.width}×${frame.height}`;
    throw new EngineError(
      "prompt-invalid",
      `The mask is ${sizes}: a mask prompt needs the frame's size.`,
    );
  }
  const values = Float32Array.from(bitmapFromMask(mask).data);
  if (frame.width === side && frame.height === side) return values;
  const square = resizeBilinearSmooth(values, { from: frame, to: { width: side, height: side } });
  return square.map((value) => (value >= 0.5 ? 1 : 0));
}
