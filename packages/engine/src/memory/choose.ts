// Which memories and pointers a frame attends to: arithmetic on frame numbers, no tensor in sight.
import type { MemoryRules } from "../configuration/rules.ts";
import type { Direction, MemoryBank } from "./bank.ts";

export interface ChosenMemory {
  readonly frame: number;
  readonly from: keyof MemoryBank;
  /** Row of the temporal code: `slots − 1` for conditioning frames, `n − 1` for n frames ago. */
  readonly row: number;
}

export interface ChosenPointer {
  readonly frame: number;
  readonly from: keyof MemoryBank;
  /** Frames between it and now, before scaling; negative for the future where signs are kept. */
  readonly distance: number;
}

/** In the order in which the network sees them. */
export interface MemoryChoice {
  readonly memories: readonly ChosenMemory[];
  readonly pointers: readonly ChosenPointer[];
  /** Distances are divided by this before their sine code. */
  readonly distanceScale: number;
}

export interface MemoryQuestion {
  readonly frame: number;
  readonly direction: Direction;
  /** Frames with a conditioning output, in the bank's order. */
  readonly conditioning: readonly number[];
  /** Whether a tracked output may be used. */
  readonly hasTracked: (frame: number) => boolean;
  /** Frames of the clip, or null for a stream of unknown length. */
  readonly frameCount: number | null;
  readonly rules: MemoryRules;
}

/**
 * The reference's choice, to the letter: all (or the nearest) conditioning frames, then up to
 * `slots − 1` recent frames oldest first; pointers of the conditioning frames, then of up to
 * `pointersMax − 1` recent frames nearest first. Missing frames are skipped. How a frame was tracked
 * is not asked. Source: `modeling/sam2_base.py`, `_prepare_memory_conditioned_features`.
 */
export function chooseMemories(question: MemoryQuestion): MemoryChoice {
  const { frame, direction, conditioning, hasTracked, frameCount, rules } = question;
  const selected = nearestConditioning(conditioning, frame, rules.conditioningMax);
  const unselected = new Set(conditioning.filter((candidate) => !selected.includes(candidate)));
  // A conditioning frame over the limit serves as if it had been tracked.
  const find = (candidate: number): keyof MemoryBank | null => {
    if (hasTracked(candidate)) return "tracked";
    return unselected.has(candidate) ? "conditioning" : null;
  };

  const memories: ChosenMemory[] = conditioningMemories(selected, rules);
  for (let ago = rules.slots - 1; ago >= 1; ago--) {
    const candidate = recentFrame({ frame, direction, ago, stride: rules.stride });
    const from = find(candidate);
    if (from !== null) memories.push({ frame: candidate, from, row: ago - 1 });
  }

  const pointers: ChosenPointer[] = conditioningPointers(selected, question);
  const reach = pointerReach(frameCount, rules);
  for (let distance = 1; distance < reach; distance++) {
    const candidate = direction === "forward" ? frame - distance : frame + distance;
    if (candidate < 0 || (frameCount !== null && candidate >= frameCount)) break;
    const from = find(candidate);
    if (from !== null) pointers.push({ frame: candidate, from, distance });
  }
  return { memories, pointers, distanceScale: distanceScale(frameCount, rules) };
}

/** Conditioning memories come first and share one row, whatever their distance. */
export function conditioningMemories(
  selected: readonly number[],
  rules: MemoryRules,
): ChosenMemory[] {
  return selected.map((frame) => ({ frame, from: "conditioning", row: rules.slots - 1 }));
}

/** Pointers of the selected conditioning frames; those of the future only where the rules allow. */
export function conditioningPointers(
  selected: readonly number[],
  { frame, direction, rules }: Pick<MemoryQuestion, "frame" | "direction" | "rules">,
): ChosenPointer[] {
  const sign = direction === "forward" ? 1 : -1;
  return selected
    .filter((candidate) => !rules.pointersOnlyFromPast || (frame - candidate) * sign >= 0)
    .map((candidate) => ({
      frame: candidate,
      from: "conditioning",
      distance: rules.signedDistances ? (frame - candidate) * sign : Math.abs(frame - candidate),
    }));
}

/** How many frames, this one included, pointers reach back: no more than the clip has. */
export function pointerReach(frameCount: number | null, rules: MemoryRules): number {
  return frameCount === null ? rules.pointersMax : Math.min(frameCount, rules.pointersMax);
}

/** The divisor of distances; 1 where the reference divides by zero (a clip of one frame). */
export function distanceScale(frameCount: number | null, rules: MemoryRules): number {
  return Math.max(1, pointerReach(frameCount, rules) - 1);
}

/**
 * At most `max` conditioning frames: the nearest before, the nearest at or after, then the nearest of
 * the rest (equal distances in the bank's order). Source: `sam2_utils.py`, `select_closest_cond_frames`.
 */
export function nearestConditioning(
  conditioning: readonly number[],
  frame: number,
  max: number | null,
): readonly number[] {
  if (max === null || conditioning.length <= max) return conditioning;
  const before = conditioning.filter((candidate) => candidate < frame);
  const after = conditioning.filter((candidate) => candidate >= frame);
  const selected: number[] = [];
  if (before.length > 0) selected.push(Math.max(...before));
  if (after.length > 0) selected.push(Math.min(...after));
  const rest = conditioning.filter((candidate) => !selected.includes(candidate));
  rest.sort((a, b) => Math.abs(a - frame) - Math.abs(b - frame));
  return [...selected, ...rest.slice(0, Math.max(0, max - selected.length))];
}

/**
 * The frame that stands `ago` memories back: the direct neighbour for 1, then every `stride`-th frame
 * counted on a grid from frame 0.
 */
export function recentFrame(place: {
  readonly frame: number;
  readonly direction: Direction;
  readonly ago: number;
  readonly stride: number;
}): number {
  const { frame, direction, ago, stride } = place;
  if (direction === "forward") {
    if (ago === 1) return frame - 1;
    return Math.floor((frame - 2) / stride) * stride - (ago - 2) * stride;
  }
  if (ago === 1) return frame + 1;
  return Math.ceil((frame + 2) / stride) * stride + (ago - 2) * stride;
}
