// Scene cuts: how much each frame differs from those before it, and where that means a new shot.
import type { FrameIndex, Size } from "@masklet/vision";

/** Longer side in pixels of the small pictures that frames are compared at. */
export const CUT_PICTURE_SIDE = 128;

/** Frames back that a frame is compared with besides the one before: the longest flash, plus one. */
export const CHANGE_LAGS = 4;

/**
 * How much a frame differs from those before it: entry k is the content change (0 to 255) against
 * frame index − 1 − k. Shorter near the clip's start; the first frame has no entries.
 */
export type FrameChange = readonly number[];

/** A small picture in OpenCV's 8-bit HSV: hue 0–179, saturation and value 0–255, three bytes a pixel. */
export type SmallPicture = Uint8Array;

/** Thresholds of the detector; the defaults are `CUT_RULE`. */
export interface CutRule {
  /** A cut changes the content at least so much: mean absolute difference of H, S and V. */
  readonly leastChange: number;
  /** … and at least so many times the median change of the neighbouring frames. */
  readonly leastRatio: number;
  /** Neighbours on either side that the ratio is taken over. */
  readonly neighbours: number;
  /** A change is a flash if a frame soon after differs less than this from the frame before … */
  readonly flashReturn: number;
  /** … and less than this share of the change itself. */
  readonly flashShare: number;
  /** Cuts lie at least so many frames apart; of two nearer ones the greater change stays. */
  readonly leastShot: number;
}

/**
 * PySceneDetect's AdaptiveDetector (`detectors/adaptive_detector.py`: ratio 3.0, change 15.0,
 * window 2) with the median for its mean, so that a flash on the cut does not hide it, and with a
 * flash rule of our own; measured in docs/decisions/0021-cuts.md.
 */
export const CUT_RULE: CutRule = {
  leastChange: 15,
  leastRatio: 3,
  neighbours: 2,
  flashReturn: 20,
  flashShare: 0.6,
  leastShot: 5,
};

/** Size of the small picture of a frame: longer side `CUT_PICTURE_SIDE`, never enlarged. */
export function smallSize({ width, height }: Size): Size {
  const scale = Math.min(1, CUT_PICTURE_SIDE / Math.max(width, height));
  return {
    width: Math.max(1, Math.round(width * scale)),
    height: Math.max(1, Math.round(height * scale)),
  };
}

/** RGB bytes (three a pixel) to HSV as OpenCV's `COLOR_RGB2HSV` for 8-bit pictures. */
export function hsvOf(rgb: Uint8Array): SmallPicture {
  const hsv = new Uint8Array(rgb.length);
  for (let i = 0; i + 2 < rgb.length; i += 3) {
    const r = rgb[i] ?? 0;
    const g = rgb[i + 1] ?? 0;
    const b = rgb[i + 2] ?? 0;
    const value = Math.max(r, g, b);
    const range = value - Math.min(r, g, b);
    if (range > 0) {
      const sextant =
        value === r ? (g - b) / range : value === g ? 2 + (b - r) / range : 4 + (r - g) / range;
      hsv[i] = Math.round((sextant < 0 ? sextant + 6 : sextant) * 30) % 180;
      hsv[i + 1] = Math.round((range * 255) / value);
    }
    hsv[i + 2] = value;
  }
  return hsv;
}

/**
 * Mean absolute difference of two HSV pictures of one size, over hue, saturation and value alike:
 * PySceneDetect's content value with weights 1, 1, 1, 0, except that hue goes the short way round
 * the colour circle (there red 179 and red 0 count as far apart).
 */
export function contentChange(a: SmallPicture, b: SmallPicture): number {
  let sum = 0;
  for (let i = 0; i + 2 < a.length; i += 3) {
    const hue = Math.abs((a[i] ?? 0) - (b[i] ?? 0));
    sum += Math.min(hue, 180 - hue);
    sum += Math.abs((a[i + 1] ?? 0) - (b[i + 1] ?? 0));
    sum += Math.abs((a[i + 2] ?? 0) - (b[i + 2] ?? 0));
  }
  return a.length === 0 ? 0 : sum / a.length;
}

/** Takes the frames' small pictures in order and gives each frame's change; keeps `CHANGE_LAGS` pictures. */
export function changeMeter(): (picture: SmallPicture) => FrameChange {
  let past: SmallPicture[] = [];
  return (picture) => {
    const change = past.map((before) => Math.fround(contentChange(before, picture)));
    past = [picture, ...past].slice(0, CHANGE_LAGS);
    return change;
  };
}

/**
 * The first frames of new shots, in order, by the changes of all frames of a clip.
 *
 * A frame begins a shot if it differs much from the frame before (`leastChange`), much more than its
 * neighbours do from theirs (`leastRatio`: a pan or a shaking camera changes every frame alike), and
 * the picture does not come back within a few frames (`flashReturn`: a flash or a glitch does).
 */
export function findCuts(changes: readonly FrameChange[], rule: CutRule = CUT_RULE): FrameIndex[] {
  const cuts: FrameIndex[] = [];
  for (let index = 1; index < changes.length; index++) {
    const change = changes[index]?.[0] ?? 0;
    if (change < rule.leastChange) continue;
    if (change < rule.leastRatio * surroundings(changes, index, rule.neighbours)) continue;
    if (isFlash(changes, index, Math.min(rule.flashReturn, change * rule.flashShare))) continue;
    const last = cuts.at(-1);
    if (last === undefined || index - last >= rule.leastShot) {
      cuts.push(index as FrameIndex);
    } else if (change > (changes[last]?.[0] ?? 0)) {
      cuts[cuts.length - 1] = index as FrameIndex;
    }
  }
  return cuts;
}

/** Median change of the frames at most `reach` away, without the frame itself. */
function surroundings(changes: readonly FrameChange[], index: number, reach: number): number {
  const others: number[] = [];
  for (let other = Math.max(1, index - reach); other <= index + reach; other++) {
    const change = other === index ? undefined : changes[other]?.[0];
    if (change !== undefined) others.push(change);
  }
  others.sort((a, b) => a - b);
  const middle = others.length >> 1;
  const upper = others[middle] ?? 0;
  return others.length % 2 === 1 ? upper : ((others[middle - 1] ?? 0) + upper) / 2;
}

/**
 * Whether the change at `index` belongs to a flash: the picture before it comes back after it, or it
 * is itself the way back from a change a few frames earlier.
 */
function isFlash(changes: readonly FrameChange[], index: number, limit: number): boolean {
  for (let lag = 1; lag < CHANGE_LAGS; lag++) {
    const comesBack = changes[index + lag]?.[lag];
    if (comesBack !== undefined && comesBack < limit) return true;
    const wentAway = changes[index]?.[lag];
    if (wentAway !== undefined && wentAway < limit) return true;
  }
  return false;
}
