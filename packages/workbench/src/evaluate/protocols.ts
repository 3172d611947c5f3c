// How a person prompts in a benchmark: once at the start, or in rounds of corrections, simulated from the truth.
import { emptyMask, iou, type Mask, tightBox } from "@masklet/vision";
import { WorkbenchError } from "../errors.ts";
import type { Click } from "../prompts.ts";
import type { FrameAnswer, Hint, TrackingSession } from "../tracker.ts";
import { simulatedClick } from "./clicks.ts";
import { firstAppearance, type MaskTrack, type Truth } from "./truth.ts";

export const startPrompts = ["mask", "box", "click", "clicks3"] as const;
export type StartPrompt = (typeof startPrompts)[number];
export const interactivePrompts = ["offline", "online"] as const;
export type InteractivePrompt = (typeof interactivePrompts)[number];
export type Protocol = StartPrompt | InteractivePrompt;

// SAM 2, section 6.1.1 and appendix E.1.2.
export const CLICKS_PER_FRAME = 3;
export const ROUNDS = 8;
const ONLINE_PAUSE_BELOW = 0.75;

// The time model of the same appendix, in seconds: to find a frame, to click, to look through 300 frames.
const FIND_SECONDS = 1;
const CLICK_SECONDS = 1.5;
const LOOK_SECONDS_PER_FRAME = 30 / 300;

/** What a run needs: sessions over the sequence, a way to stop, and somebody to tell how far it is. */
export interface Run {
  readonly truth: Truth;
  readonly open: () => Promise<TrackingSession>;
  readonly signal: AbortSignal;
  readonly frameDone: () => void;
}

/** Masks by object after each round; a single round where prompts are given only at the start. */
export interface RoundResult {
  readonly masks: MaskTrack;
  /** Frames the simulated person has worked on so far. */
  readonly interactions: number;
  /** Modelled seconds of that person so far; the model's computing time is not in it. */
  readonly seconds: number;
}

/**
 * Prompts every object where it first appears, tracks all of them together to the end, and returns the masks
 * by object. Frames before the first appearance are empty.
 */
export async function predictFromStart(
  run: Run,
  prompt: StartPrompt,
): Promise<ReadonlyMap<number, MaskTrack>> {
  const { truth } = run;
  const predicted = new Map<number, Mask[]>();
  const absent = emptyMask(truth.size);
  const session = await run.open();
  try {
    let start = truth.frameCount;
    for (const [object, track] of truth.objects) {
      predicted.set(
        object,
        track.map(() => absent),
      );
      const first = firstAppearance(track);
      if (first === null) continue;
      start = Math.min(start, first);
      const shown = maskAt(track, first);
      await promptOnce(session, { object, frame: first, truth: shown }, prompt);
    }
    for await (const answer of trackForward(run, session, start)) {
      for (const { object, mask } of answer.objects) {
        const track = truth.objects.get(object);
        const first = track === undefined ? null : firstAppearance(track);
        if (first === null || answer.frame < first) continue;
        predicted.get(object)?.splice(answer.frame, 1, mask);
      }
    }
  } finally {
    await session.close();
  }
  return predicted;
}

interface Spot {
  readonly object: number;
  readonly frame: number;
  readonly truth: Mask;
}

async function promptOnce(
  session: TrackingSession,
  spot: Spot,
  prompt: StartPrompt,
): Promise<void> {
  switch (prompt) {
    case "mask":
      await session.prompt(spot.object, spot.frame, { kind: "mask", mask: spot.truth });
      return;
    case "box":
      await session.prompt(spot.object, spot.frame, boxHint(spot.truth));
      return;
    case "click":
      await correct(session, spot, { before: emptyMask(spot.truth.size), clicks: 1 });
      return;
    case "clicks3":
      await correct(session, spot, {
        before: emptyMask(spot.truth.size),
        clicks: CLICKS_PER_FRAME,
      });
  }
}

/** The tight box of the truth, its corners on the outermost pixels. */
function boxHint(truth: Mask): Hint {
  const box = tightBox(truth);
  if (box === null) throw new RangeError("An empty mask has no box.");
  const { x, y, width, height } = box;
  return {
    kind: "marks",
    clicks: [],
    box: { x0: x, y0: y, x1: x + width - 1, y1: y + height - 1 },
  };
}

/**
 * Clicks where the error is deepest, as often as told or until nothing is wrong. Starts from the mask that
 * stands there before and returns the one after the last click.
 */
async function correct(
  session: TrackingSession,
  spot: Spot,
  told: { readonly before: Mask; readonly clicks: number },
): Promise<Mask> {
  const clicks: Click[] = [];
  let mask = told.before;
  while (clicks.length < told.clicks) {
    const click = simulatedClick(mask, spot.truth);
    if (click === null) break;
    clicks.push(click);
    const hint: Hint = { kind: "marks", clicks: [...clicks], box: null };
    mask = (await session.prompt(spot.object, spot.frame, hint)).mask;
  }
  return mask;
}

/** Rounds of corrections on one object, each object of a sequence on its own. */
export async function predictInteractively(
  run: Run,
  object: number,
  prompt: InteractivePrompt,
): Promise<readonly RoundResult[]> {
  const track = run.truth.objects.get(object);
  if (track === undefined) throw new RangeError(`There is no object ${object}.`);
  return prompt === "offline" ? offline(run, object, track) : online(run, object, track);
}

/**
 * Offline: track the whole sequence, correct the frame with the lowest IoU among those not yet worked on,
 * track again with all prompts. One result a round.
 */
async function offline(run: Run, object: number, truth: MaskTrack): Promise<RoundResult[]> {
  const first = firstAppearance(truth) ?? 0;
  const results: RoundResult[] = [];
  const worked = new Set<number>();
  let masks: Mask[] = truth.map(() => emptyMask(run.truth.size));
  const session = await run.open();
  try {
    for (let round = 1; round <= ROUNDS; round++) {
      const frame = round === 1 ? first : worstFrame(masks, truth, { first, worked });
      if (frame === null) break;
      worked.add(frame);
      const spot = { object, frame, truth: maskAt(truth, frame) };
      await correct(session, spot, { before: maskAt(masks, frame), clicks: CLICKS_PER_FRAME });
      masks = [...masks];
      for await (const answer of trackForward(run, session, first)) {
        const own = answer.objects.find((each) => each.object === object);
        if (own !== undefined) masks[answer.frame] = own.mask;
      }
      const look = LOOK_SECONDS_PER_FRAME * truth.length;
      const work = look + FIND_SECONDS + CLICK_SECONDS * CLICKS_PER_FRAME;
      results.push({ masks, interactions: worked.size, seconds: work * worked.size });
    }
  } finally {
    await session.close();
  }
  return results;
}

/** The frame with the lowest IoU that nobody has worked on; null where every other frame is perfect. */
function worstFrame(
  masks: MaskTrack,
  truth: MaskTrack,
  among: { readonly first: number; readonly worked: ReadonlySet<number> },
): number | null {
  let worst: number | null = null;
  let least = 1;
  for (let frame = among.first; frame < truth.length; frame++) {
    if (among.worked.has(frame)) continue;
    const value = iou(maskAt(masks, frame), maskAt(truth, frame));
    if (value < least) {
      least = value;
      worst = frame;
    }
  }
  return worst;
}

/**
 * Online: one pass; where the IoU falls below 0.75 the person stops, corrects that frame and goes on. What lies
 * behind is never revised. The passes for 1 … 8 frames allowed are runs of their own, so each gives a result.
 */
async function online(run: Run, object: number, truth: MaskTrack): Promise<RoundResult[]> {
  const results: RoundResult[] = [];
  for (let allowed = 1; allowed <= ROUNDS; allowed++) {
    const result = await onlinePass(run, { object, truth, allowed });
    results.push(result);
    // With fewer pauses than allowed, a larger allowance changes nothing.
    if (result.interactions < allowed) break;
  }
  return results;
}

async function onlinePass(
  run: Run,
  told: { readonly object: number; readonly truth: MaskTrack; readonly allowed: number },
): Promise<RoundResult> {
  const { object, truth, allowed } = told;
  const masks: Mask[] = truth.map(() => emptyMask(run.truth.size));
  let frame: number | null = firstAppearance(truth) ?? 0;
  let interactions = 0;
  const session = await run.open();
  try {
    while (frame !== null) {
      const at: number = frame;
      interactions += 1;
      const spot = { object, frame: at, truth: maskAt(truth, at) };
      masks[at] = await correct(session, spot, {
        before: maskAt(masks, at),
        clicks: CLICKS_PER_FRAME,
      });
      frame = null;
      for await (const answer of trackForward(run, session, at)) {
        const own = answer.objects.find((each) => each.object === object);
        if (own === undefined) continue;
        masks[answer.frame] = own.mask;
        if (answer.frame === at || interactions === allowed) continue;
        if (iou(own.mask, maskAt(truth, answer.frame)) < ONLINE_PAUSE_BELOW) {
          frame = answer.frame;
          break;
        }
      }
    }
  } finally {
    await session.close();
  }
  const work = FIND_SECONDS + CLICK_SECONDS * CLICKS_PER_FRAME;
  const seconds = LOOK_SECONDS_PER_FRAME * truth.length + work * interactions;
  return { masks, interactions, seconds };
}

async function* trackForward(
  run: Run,
  session: TrackingSession,
  from: number,
): AsyncGenerator<FrameAnswer> {
  const count = run.truth.frameCount - from;
  if (count <= 0) return;
  for await (const answer of session.track({
    from,
    direction: "forward",
    count,
    signal: run.signal,
  })) {
    run.frameDone();
    yield answer;
  }
  if (run.signal.aborted) throw new WorkbenchError("interrupted", "Interrupted.");
}

function maskAt(track: MaskTrack, frame: number): Mask {
  const mask = track[frame];
  if (mask === undefined) throw new RangeError(`There is no frame ${frame}.`);
  return mask;
}
