// Tracks objects through a clip: checks what is asked, prompts, and streams the answers frame by frame.
import { type Clip, findCuts } from "@masklet/video";
import { WorkbenchError } from "./errors.ts";
import { readMaskPrompt } from "./mask-prompt.ts";
import { checkPrompts, type Prompt } from "./prompts.ts";
import type { FrameAnswer, FrameSource, Hint, Policy, Tracker } from "./tracker.ts";

export type Direction = "forward" | "backward" | "both";

/** What is to be tracked, as a person says it. */
export interface TrackOrder {
  readonly direction: Direction;
  /** First frame tracked; null for the first prompted one (the last prompted one when tracking backward). */
  readonly from: number | null;
  /** At most so many frames in each direction; null for all. */
  readonly count: number | null;
}

/** One run of frames in one direction. */
export interface Stretch {
  readonly from: number;
  readonly direction: "forward" | "backward";
  readonly count: number;
}

/** A request that is known to be right: prompts fit the clip and masks are read. */
export interface TrackPlan {
  readonly clip: Clip;
  readonly prompts: readonly Prompt[];
  readonly hints: readonly { readonly prompt: Prompt; readonly hint: Hint }[];
  readonly stretches: readonly Stretch[];
  /** Frames that will be tracked, each once. */
  readonly frames: number;
  readonly objects: readonly number[];
  readonly cuts: readonly number[];
}

/**
 * Checks joined prompts and order against the clip and reads mask files. Throws a WorkbenchError (`prompt`, or
 * `input` for a mask file that cannot be read).
 */
export async function planTrack(
  clip: Clip,
  prompts: readonly Prompt[],
  order: TrackOrder,
): Promise<TrackPlan> {
  const { size } = clip.table;
  const frameCount = clip.table.frames.length;
  checkPrompts(prompts, { name: clip.name, size, frameCount });
  if (order.from !== null && order.from >= frameCount) {
    throw new WorkbenchError(
      "prompt",
      `Tracking should begin at frame ${order.from}, but ${clip.name} has the frames 0 to ${frameCount - 1}.`,
    );
  }
  const hints: { prompt: Prompt; hint: Hint }[] = [];
  for (const prompt of prompts) {
    const { object, clicks, box, maskFile } = prompt;
    const hint: Hint =
      maskFile === null
        ? { kind: "marks", clicks, box }
        : { kind: "mask", mask: await readMaskPrompt(maskFile, { object, size }) };
    hints.push({ prompt, hint });
  }
  const stretches = stretchesOf(prompts, order, frameCount);
  const tracked = new Set(stretches.flatMap(framesOf));
  return {
    clip,
    prompts,
    hints,
    stretches,
    frames: tracked.size,
    objects: [...new Set(prompts.map((prompt) => prompt.object))].sort((a, b) => a - b),
    cuts: findCuts(clip.changes),
  };
}

function stretchesOf(prompts: readonly Prompt[], order: TrackOrder, frameCount: number): Stretch[] {
  const prompted = prompts.map((prompt) => prompt.frame);
  const first = order.from ?? Math.min(...prompted);
  const last = order.from ?? Math.max(...prompted);
  const limit = order.count ?? frameCount;
  const forward: Stretch = {
    from: first,
    direction: "forward",
    count: Math.min(limit, frameCount - first),
  };
  const backward = (from: number): Stretch => ({
    from,
    direction: "backward",
    count: Math.min(limit, from + 1),
  });
  switch (order.direction) {
    case "forward":
      return [forward];
    case "backward":
      return [backward(last)];
    case "both":
      // The frame in the middle belongs to the first stretch; the second one passes over it again.
      return first === 0 ? [forward] : [forward, backward(first)];
  }
}

function framesOf({ from, direction, count }: Stretch): number[] {
  return Array.from({ length: count }, (_, at) =>
    direction === "forward" ? from + at : from - at,
  );
}

/**
 * Prompts and tracks; each frame comes once, in the order of the stretches. Ends early, without an error, when
 * the signal is aborted. Throws what the tracker and the clip throw.
 */
export async function* track(
  plan: TrackPlan,
  told: { readonly tracker: Tracker; readonly policy: Policy; readonly signal: AbortSignal },
): AsyncGenerator<FrameAnswer> {
  const { signal } = told;
  if (signal.aborted) return;
  const rules = { policy: told.policy, cuts: plan.cuts };
  const session = await told.tracker.openTracking(framesFrom(plan.clip), rules);
  const seen = new Set<number>();
  try {
    for (const { prompt, hint } of plan.hints) {
      if (signal.aborted) return;
      await session.prompt(prompt.object, prompt.frame, hint);
    }
    for (const stretch of plan.stretches) {
      for await (const answer of session.track({ ...stretch, signal })) {
        if (seen.has(answer.frame)) continue;
        seen.add(answer.frame);
        yield answer;
        if (signal.aborted) return;
      }
    }
  } catch (error) {
    // Whatever an interrupted part threw, the answer to an interrupt is to stop.
    if (!signal.aborted) throw error;
  } finally {
    await session.close();
  }
}

/** A clip as sessions see it. */
export function framesFrom(clip: Clip): FrameSource {
  return {
    size: clip.table.size,
    frameCount: clip.table.frames.length,
    frame: (index) => clip.frame(index),
    frames: (order) => clip.frames(order),
  };
}
