// The click a person would make next: the simulated annotator of the evaluation protocols.
import { squaredDistances } from "./distance.ts";
import { bitmapFromMask, emptyMask, type Mask, tightBox } from "./mask.ts";
import { crop, subtract } from "./mask-sets.ts";
import type { ImagePoint } from "./space.ts";

/** A click on the centre of a pixel: 1 = belongs to the object, 0 = does not. */
export interface Click {
  readonly point: ImagePoint;
  readonly label: 0 | 1;
}

/**
 * The centre of the larger error: the pixel of the missing or of the surplus region that is farthest
 * from that region's edge (the frame's border counts as one); missing wins only if strictly deeper,
 * and the first in reading order wins among equals. Null when the prediction is the truth.
 * Source: SAM 2 `sample_one_point_from_error_center`, RITM `isegm/inference/clicker.py`.
 */
export function nextClick(masks: {
  readonly prediction: Mask;
  readonly truth: Mask;
}): Click | null {
  const { prediction, truth } = masks;
  const missing = deepestPixel(subtract(truth, prediction));
  const surplus = deepestPixel(subtract(prediction, truth));
  if (missing === null && surplus === null) return null;
  const include = (missing?.depth ?? 0) > (surplus?.depth ?? 0);
  return { point: (include ? missing : surplus)!.point, label: include ? 1 : 0 };
}

/** The first click on an object: its deepest pixel. Null for an empty mask. */
export function firstClick(truth: Mask): Click | null {
  return nextClick({ prediction: emptyMask(truth.size), truth });
}

function deepestPixel(mask: Mask): { point: ImagePoint; depth: number } | null {
  const box = tightBox(mask);
  if (box === null) return null;
  // One pixel of background all around, outside the frame too.
  const window = { x: box.x - 1, y: box.y - 1, width: box.width + 2, height: box.height + 2 };
  const { data, size } = bitmapFromMask(crop(mask, window));
  const distances = squaredDistances(data, size, 0)!;
  let best = 0;
  for (let i = 1; i < distances.length; i++) if (distances[i]! > distances[best]!) best = i;
  const y = Math.floor(best / size.width);
  const point = { x: window.x + best - y * size.width, y: window.y + y };
  return { point, depth: distances[best]! };
}
