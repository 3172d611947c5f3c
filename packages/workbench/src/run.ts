// A tracking run over a document: where it starts, which frames it visits, and the steps its answers make.
import {
  absent,
  boxCorners,
  type Document,
  type EdgePoint,
  type Shape,
  type State,
  type Step,
  sortedFrames,
  type TrackId,
  visible,
} from "@masklet/annotation";
import {
  type FrameIndex,
  iou,
  isEmpty,
  type Mask,
  maskFromOutlines,
  type Size,
} from "@masklet/vision";
import { WorkbenchError } from "./errors.ts";

export type RunDirection = "forward" | "backward" | "both";

/** What a person asks of a run. Frames are inclusive; `origin` is where forward and backward count from. */
export interface RunOrder {
  readonly objects: readonly TrackId[];
  readonly direction: RunDirection;
  readonly origin: FrameIndex;
  readonly from: FrameIndex;
  readonly to: FrameIndex;
}

/** A mask that a person answers for: the run starts from it and never overwrites it. */
export interface Anchor {
  readonly object: TrackId;
  readonly frame: FrameIndex;
  readonly mask: Mask;
}

/** One pass in one direction without a cut inside: from its first frame to its last, both visited. */
export interface Pass {
  readonly direction: "forward" | "backward";
  readonly first: FrameIndex;
  readonly last: FrameIndex;
  /** The cut that the next pass of the same direction would cross: its first frame of the new shot; null at the end. */
  readonly cutAfter: FrameIndex | null;
}

/** What the tracker said of one object on one frame; `mask` null where it is out of view. */
export interface TrackedObject {
  readonly object: TrackId;
  readonly mask: Mask | null;
  /** Predicted IoU, 0 … 1. */
  readonly score: number;
}

/** Who tracked: written into the provenance of every state of the run. */
export interface RunMaker {
  readonly run: string;
  readonly model: string;
  readonly version: string | null;
  readonly policy: string;
}

/** A new mask agrees with the old one from this IoU on; a re-tracking run ends after so many such frames. */
export const AGREEMENT_IOU = 0.98;
export const AGREEMENT_FRAMES = 12;

/**
 * The masks to start from: what persons said of these objects, anywhere in the video (a memory bank reads the future
 * too). Boxes and polygons are filled. Throws a WorkbenchError (`prompt`) for an object that nobody has drawn.
 */
export function anchorsOf(document: Document, objects: readonly TrackId[]): readonly Anchor[] {
  const { size } = document.video;
  return objects.flatMap((object) => {
    const track = document.tracks.get(object);
    if (track === undefined) {
      throw new WorkbenchError("prompt", `There is no object ${object} in this video.`);
    }
    const anchors: Anchor[] = [];
    for (const frame of sortedFrames(track.states)) {
      const state = track.states.get(frame)!;
      if (!isHuman(state) || state.presence !== "visible") continue;
      const mask = maskOfShape(state.shape, size);
      if (!isEmpty(mask)) anchors.push({ object, frame, mask });
    }
    if (anchors.length === 0) {
      throw new WorkbenchError(
        "prompt",
        `Object ${object} has no mask that a person made: click it on one frame first.`,
      );
    }
    return anchors;
  });
}

/** Whether a person answers for a state: a run starts from it and never overwrites it. */
export function isHuman(state: State): boolean {
  return state.pinned || state.provenance.by === "person";
}

/**
 * The passes of a run: forward ones first, each cut into shots, so that nothing is carried over a cut unasked.
 * `cuts` are first frames of new shots, ascending.
 */
export function passesOf(order: RunOrder, cuts: readonly number[]): readonly Pass[] {
  const passes: Pass[] = [];
  if (order.direction !== "backward") {
    let first = Math.max(order.origin, order.from);
    for (const cut of [...cuts, order.to + 1]) {
      if (cut <= first || first > order.to) continue;
      const last = Math.min(cut - 1, order.to);
      const cutAfter = last < order.to ? (cut as FrameIndex) : null;
      passes.push({
        direction: "forward",
        first: first as FrameIndex,
        last: last as FrameIndex,
        cutAfter,
      });
      first = cut;
    }
  }
  if (order.direction !== "forward") {
    let first = Math.min(order.origin, order.to);
    for (const cut of [...cuts].reverse().concat(order.from)) {
      if (cut > first || first < order.from) continue;
      const last = Math.max(cut, order.from);
      const cutAfter = last > order.from ? (last as FrameIndex) : null;
      passes.push({
        direction: "backward",
        first: first as FrameIndex,
        last: last as FrameIndex,
        cutAfter,
      });
      first = cut - 1;
    }
  }
  return passes;
}

/**
 * The steps that one frame's answers make on the document as it stands now. Frames that a person touched yield none.
 * `difference` is the largest 1 − IoU to what stood there before, null where nothing did.
 */
export function stepsOf(
  document: Document,
  frame: FrameIndex,
  answers: readonly TrackedObject[],
  maker: RunMaker & { readonly prompted: readonly FrameIndex[] },
): { readonly steps: readonly Step[]; readonly difference: number | null } {
  const steps: Step[] = [];
  let difference: number | null = null;
  const provenance = { by: "model", ...maker } as const;
  for (const { object, mask, score } of answers) {
    const track = document.tracks.get(object);
    if (track === undefined) continue;
    const before = track.states.get(frame) ?? null;
    if (before !== null && isHuman(before)) continue;
    const shown = mask !== null && !isEmpty(mask);
    const after = shown
      ? visible({ kind: "mask", mask }, provenance, { score })
      : absent(provenance, { score });
    steps.push({ type: "putState", track: object, frame, before, after });
    if (before !== null) {
      const apart = 1 - agreement(before, shown ? mask : null, document.video.size);
      difference = Math.max(difference ?? 0, apart);
    }
  }
  return { steps, difference };
}

/**
 * For re-tracking: tells, frame by frame, when a pass may end because its masks agree with the old ones for a run of
 * frames. Not while a key frame lies ahead that the old masks here were made without: what follows it is still to come.
 */
export function agreementWatch(
  before: Document,
  { prompted, pass }: { readonly prompted: readonly FrameIndex[]; readonly pass: Pass },
): (frame: FrameIndex, answers: readonly TrackedObject[]) => boolean {
  const sign = pass.direction === "forward" ? 1 : -1;
  const isAhead = (key: FrameIndex, frame: FrameIndex) =>
    sign * (key - frame) > 0 && sign * (pass.last - key) >= 0;
  let agreeing = 0;
  return (frame, answers) => {
    const olds = answers.map(({ object }) => before.tracks.get(object)?.states.get(frame));
    const same = answers.every(({ mask }, at) => {
      const old = olds[at];
      return old !== undefined && agreement(old, mask, before.video.size) >= AGREEMENT_IOU;
    });
    agreeing = same && !prompted.includes(frame) ? agreeing + 1 : 0;
    if (agreeing < AGREEMENT_FRAMES) return false;
    const known = (key: FrameIndex) =>
      olds.every((old) => old?.provenance.by === "model" && old.provenance.prompted.includes(key));
    return prompted.every((key) => !isAhead(key, frame) || known(key));
  };
}

/** IoU of a state with a mask; two absences agree fully. */
export function agreement(state: State, mask: Mask | null, size: Size): number {
  const before = state.presence === "visible" ? maskOfShape(state.shape, size) : null;
  if (before === null || mask === null) return before === mask ? 1 : 0;
  return iou(before, mask);
}

/** The pixels of a shape; the parts of a polygon are united, holes left out. */
export function maskOfShape(shape: Shape, size: Size): Mask {
  switch (shape.kind) {
    case "mask":
      return shape.mask;
    case "box":
    case "rotated-box":
      return maskFromOutlines([{ outer: ringOf(boxCorners(shape)), holes: [] }], size);
    case "polygon":
      return maskFromOutlines(
        shape.parts.map(({ outer, holes }) => ({
          outer: ringOf(outer),
          holes: holes.map(ringOf),
        })),
        size,
      );
  }
}

function ringOf(points: readonly EdgePoint[]): Float64Array {
  return Float64Array.from(points.flatMap(({ x, y }) => [x, y]));
}
