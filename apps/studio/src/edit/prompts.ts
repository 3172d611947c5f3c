// What was clicked and boxed on a frame, as a value: add, move, remove, and say it on the wire.
import type { Prompts } from "@masklet/annotation";
import type { SegmentRequest } from "@masklet/protocol";
import { type Mask, rleString } from "@masklet/vision";

export type PromptSet = Prompts;
export type Sign = "include" | "exclude";

export const noPrompts: PromptSet = { points: [], box: null, mask: null };

export function withPoint(prompts: PromptSet, at: { x: number; y: number }, sign: Sign): PromptSet {
  return { ...prompts, points: [...prompts.points, { at, sign }] };
}

export function withoutPoint(prompts: PromptSet, index: number): PromptSet {
  return { ...prompts, points: prompts.points.filter((_, i) => i !== index) };
}

export function withMovedPoint(
  prompts: PromptSet,
  index: number,
  at: { x: number; y: number },
): PromptSet {
  const points = prompts.points.map((point, i) => (i === index ? { ...point, at } : point));
  return { ...prompts, points };
}

/** `from` and `to` in any order; the kept box has its top left first. */
export function withBox(
  prompts: PromptSet,
  box: { from: { x: number; y: number }; to: { x: number; y: number } } | null,
): PromptSet {
  if (!box) return { ...prompts, box: null };
  const { from, to } = box;
  return {
    ...prompts,
    box: {
      from: { x: Math.min(from.x, to.x), y: Math.min(from.y, to.y) },
      to: { x: Math.max(from.x, to.x), y: Math.max(from.y, to.y) },
    },
  };
}

export function isNothing(prompts: PromptSet): boolean {
  return prompts.points.length === 0 && prompts.box === null && prompts.mask === null;
}

/** A mask needs one point that includes, a box, or a mask to correct. */
export function canAsk(prompts: PromptSet): boolean {
  return (
    prompts.box !== null ||
    prompts.mask !== null ||
    prompts.points.some((point) => point.sign === "include")
  );
}

export function wireMask(mask: Mask): { size: [number, number]; counts: string } {
  return { size: [mask.size.height, mask.size.width], counts: rleString(mask) };
}

/** The part of a segment request that the prompts decide. */
export function asked(prompts: PromptSet): Pick<SegmentRequest, "points" | "box" | "mask"> {
  const { box } = prompts;
  return {
    points: prompts.points.map(({ at, sign }) => ({ x: at.x, y: at.y, sign })),
    box: box && { x0: box.from.x, y0: box.from.y, x1: box.to.x, y1: box.to.y },
    mask: prompts.mask && wireMask(prompts.mask),
  };
}
