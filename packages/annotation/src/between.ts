// In-betweens: what key frames say about the frames between them. Derived when asked for, never stored.
import { type FrameIndex, isEmpty, morph } from "@masklet/vision";
import { type Absent, type State, sortedFrames, type Visible } from "./document.ts";
import { betweenRings } from "./rings.ts";
import type { BoxShape, PolygonPart, PolygonShape, RotatedBoxShape, Shape } from "./shape.ts";

type States = ReadonlyMap<FrameIndex, State>;

/**
 * What is known on a frame: the stored state, or the in-between that the neighbouring states imply,
 * or null for unknown. In-betweens say `interpolated` and from where; they are no key frames.
 * Rules (SPEC.md, section 4): after a state that says `nothing`, nothing is known; after `hold`, the
 * same until the next state or the end of the video; after `linear`, the shape moves to the next
 * state's, stays where the next says absent or has another kind of shape, and nothing is known where
 * no state follows.
 */
export function stateAt(states: States, frame: FrameIndex): State | null {
  const stored = states.get(frame);
  if (stored !== undefined) return stored;
  const frames = sortedFrames(states);
  const following = firstAfter(frames, frame);
  const from = frames[following - 1];
  if (from === undefined) return null;
  return between(states, { from, to: frames[following] ?? null }, frame);
}

/** The state on a frame strictly between two neighbouring stored ones; `to` null when `from` is the last. */
export function between(
  states: States,
  span: { readonly from: FrameIndex; readonly to: FrameIndex | null },
  frame: FrameIndex,
): State | null {
  const start = states.get(span.from)!;
  if (start.after === "nothing" || (start.after === "linear" && span.to === null)) return null;
  const facts = {
    key: false,
    pinned: false,
    score: null,
    prompts: null,
    provenance: {
      by: "interpolated",
      from: span.from,
      to: start.after === "hold" ? null : span.to,
    },
  } as const;
  if (start.presence === "absent") return { ...start, ...facts } satisfies Absent;
  const end = start.after === "linear" && span.to !== null ? states.get(span.to)! : null;
  const part = span.to === null ? 0 : (frame - span.from) / (span.to - span.from);
  const shape =
    end?.presence === "visible" ? betweenShapes(start.shape, end.shape, part) : start.shape;
  return { ...start, ...facts, shape } satisfies Visible;
}

/** Index of the first frame of a rising list that is after `frame`; the list's length where none is. */
export function firstAfter(frames: readonly FrameIndex[], frame: FrameIndex): number {
  let [low, high] = [0, frames.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (frames[middle]! <= frame) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The shape at `part` (0 … 1) of the way; the first shape stays where the kinds differ or masks are too far apart to meet. */
export function betweenShapes(a: Shape, b: Shape, part: number): Shape {
  if (a.kind === "box" && b.kind === "box") return betweenBoxes(a, b, part);
  if (a.kind === "rotated-box" && b.kind === "rotated-box") return betweenRotated(a, b, part);
  if (a.kind === "polygon" && b.kind === "polygon") return betweenPolygons(a, b, part);
  if (a.kind === "mask" && b.kind === "mask") {
    const mask = morph(a.mask, b.mask, part);
    return isEmpty(mask) ? (part < 0.5 ? a : b) : { kind: "mask", mask };
  }
  return a;
}

function mix(a: number, b: number, part: number): number {
  return a + (b - a) * part;
}

function betweenBoxes(a: BoxShape, b: BoxShape, part: number): BoxShape {
  return {
    kind: "box",
    x: mix(a.x, b.x, part),
    y: mix(a.y, b.y, part),
    width: mix(a.width, b.width, part),
    height: mix(a.height, b.height, part),
  };
}

/** The angle takes the shorter way round; of two equal ones, clockwise. */
function betweenRotated(a: RotatedBoxShape, b: RotatedBoxShape, part: number): RotatedBoxShape {
  const turn = wrapDegrees(b.degrees - a.degrees);
  return {
    kind: "rotated-box",
    centre: { x: mix(a.centre.x, b.centre.x, part), y: mix(a.centre.y, b.centre.y, part) },
    width: mix(a.width, b.width, part),
    height: mix(a.height, b.height, part),
    degrees: wrapDegrees(a.degrees + turn * part),
  };
}

/** The same angle in −180 < degrees ≤ 180. */
export function wrapDegrees(degrees: number): number {
  if (degrees > -180 && degrees <= 180) return degrees;
  const turned = ((degrees % 360) + 360) % 360;
  return turned > 180 ? turned - 360 : turned;
}

/**
 * Parts correspond by their place in the list, and so do the holes of corresponding parts. What has
 * no counterpart stays as it is in the first half of the way (a's) or appears in the second (b's).
 */
function betweenPolygons(a: PolygonShape, b: PolygonShape, part: number): PolygonShape {
  const parts = pairUp(
    a.parts,
    b.parts,
    part,
    (one, other): PolygonPart => ({
      outer: betweenRings(one.outer, other.outer, part),
      holes: pairUp(one.holes, other.holes, part, (x, y) => betweenRings(x, y, part)),
    }),
  );
  return { kind: "polygon", parts };
}

function pairUp<T>(a: readonly T[], b: readonly T[], part: number, join: (a: T, b: T) => T): T[] {
  const paired = Math.min(a.length, b.length);
  const joined = a.slice(0, paired).map((one, i) => join(one, b[i]!));
  const alone = part < 0.5 ? a : b;
  return [...joined, ...alone.slice(paired)];
}
