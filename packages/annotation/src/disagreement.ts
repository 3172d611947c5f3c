// Where in-betweens disagree with what was measured: how key frames are chosen.
import { type FrameIndex, iou } from "@masklet/vision";
import { betweenShapes, firstAfter } from "./between.ts";
import { type State, sortedFrames } from "./document.ts";
import { boxCorners, type Shape } from "./shape.ts";

export interface Disagreement {
  readonly frame: FrameIndex;
  /** 0 equal … 1 nothing in common, or one says absent and the other visible. */
  readonly difference: number;
}

/**
 * For each stored state between two neighbouring key frames: how far the in-between that the two key
 * frames imply is from it. Masks and boxes: 1 − IoU; rotated boxes and polygons: 1 − IoU of the boxes
 * around them; different kinds: 1. By frame, rising. Frames outside of the key frames are left out.
 * `keys` are the key frames to try, rising; the track's own ones unless given.
 */
export function disagreements(
  states: ReadonlyMap<FrameIndex, State>,
  keys: readonly FrameIndex[] = sortedFrames(states).filter((frame) => states.get(frame)!.key),
): readonly Disagreement[] {
  const found: Disagreement[] = [];
  for (const frame of sortedFrames(states)) {
    const following = firstAfter(keys, frame);
    const [from, to] = [keys[following - 1], keys[following]];
    if (from === undefined || to === undefined || from === frame) continue;
    const [start, end] = [states.get(from), states.get(to)];
    if (!start || !end) continue;
    const part = (frame - from) / (to - from);
    found.push({
      frame,
      difference: difference(impliedShape(start, end, part), shapeOf(states.get(frame)!)),
    });
  }
  return found;
}

/**
 * Key frames from which all measured states follow to within `tolerance`: begins with the first and
 * the last state and adds the worst frame between until none is worse (Ramer, Douglas and Peucker).
 * Rising. The cost is one in-between for each state and chosen key frame of its span.
 */
export function chooseKeyFrames(
  states: ReadonlyMap<FrameIndex, State>,
  tolerance: number,
): readonly FrameIndex[] {
  const frames = sortedFrames(states);
  const chosen = new Set<FrameIndex>([frames[0], frames.at(-1)].filter((f) => f !== undefined));
  const spans: (readonly [number, number])[] = [[0, frames.length - 1]];
  for (let span = spans.pop(); span !== undefined; span = spans.pop()) {
    const [low, high] = span;
    const worst = worstBetween(states, frames, low, high);
    if (worst.difference <= tolerance) continue;
    chosen.add(frames[worst.index]!);
    spans.push([low, worst.index], [worst.index, high]);
  }
  return [...chosen].sort((a, b) => a - b);
}

function worstBetween(
  states: ReadonlyMap<FrameIndex, State>,
  frames: readonly FrameIndex[],
  low: number,
  high: number,
): { index: number; difference: number } {
  let worst = { index: -1, difference: 0 };
  const [from, to] = [frames[low]!, frames[high]!];
  for (let index = low + 1; index < high; index++) {
    const part = (frames[index]! - from) / (to - from);
    const implied = impliedShape(states.get(from)!, states.get(to)!, part);
    const here = difference(implied, shapeOf(states.get(frames[index]!)!));
    if (here > worst.difference) worst = { index, difference: here };
  }
  return worst;
}

function shapeOf(state: State): Shape | null {
  return state.presence === "visible" ? state.shape : null;
}

function impliedShape(start: State, end: State, part: number): Shape | null {
  if (start.presence === "absent") return null;
  return end.presence === "visible" ? betweenShapes(start.shape, end.shape, part) : start.shape;
}

/** 1 − how much two shapes have in common; 0 when both are absent. */
function difference(a: Shape | null, b: Shape | null): number {
  if (a === null || b === null) return a === b ? 0 : 1;
  if (a.kind === "mask") return b.kind === "mask" ? 1 - iou(a.mask, b.mask) : 1;
  return b.kind === a.kind ? 1 - boxIou(bounds(a), bounds(b)) : 1;
}

interface Bounds {
  readonly x0: number;
  readonly y0: number;
  readonly x1: number;
  readonly y1: number;
}

function bounds(shape: Exclude<Shape, { kind: "mask" }>): Bounds {
  const points =
    shape.kind === "polygon" ? shape.parts.flatMap(({ outer }) => outer) : boxCorners(shape);
  let box: Bounds = { x0: Infinity, y0: Infinity, x1: -Infinity, y1: -Infinity };
  for (const { x, y } of points) {
    box = {
      x0: Math.min(box.x0, x),
      y0: Math.min(box.y0, y),
      x1: Math.max(box.x1, x),
      y1: Math.max(box.y1, y),
    };
  }
  return box;
}

function boxIou(a: Bounds, b: Bounds): number {
  const width = Math.max(0, Math.min(a.x1, b.x1) - Math.max(a.x0, b.x0));
  const height = Math.max(0, Math.min(a.y1, b.y1) - Math.max(a.y0, b.y0));
  const areaOf = (box: Bounds): number => (box.x1 - box.x0) * (box.y1 - box.y0);
  const either = areaOf(a) + areaOf(b) - width * height;
  return either === 0 ? 1 : (width * height) / either;
}
