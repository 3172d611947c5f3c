// How far the fast products stray from the exact ones on somebody's own clip: both track it side by side.
import { equal } from "@masklet/vision";
import { WorkbenchError } from "../errors.ts";
import { type TrackPlan, track } from "../track.ts";
import type { FrameAnswer, Policy, Tracker } from "../tracker.ts";
import { type FrameScore, mean, scoreFrame } from "./scores.ts";

export interface PrecisionJob {
  readonly plan: TrackPlan;
  /** The same network twice; both go on to the next frame together, so that they share the machine's moods. */
  readonly exact: Tracker;
  readonly fast: Tracker;
  readonly policy: Policy;
  readonly signal: AbortSignal;
  /** Milliseconds of a steady clock. */
  readonly now: () => number;
  readonly progress: (done: number, total: number) => void;
}

/** J, F and their mean in percent: 100 where the fast masks are those of the exact network. */
export interface Agreement {
  readonly J: number;
  readonly F: number;
  readonly JF: number;
}

export interface ObjectAgreement extends Agreement {
  readonly object: number;
  /** Frames on which both were compared. */
  readonly frames: number;
  /** Frames on which not one pixel differs. */
  readonly identical: number;
  readonly worst: Agreement & { readonly frame: number };
}

export interface Pace {
  /** From the second frame on, decoding included: the first one builds and warms the graphs. Null for a single frame. */
  readonly secondsPerFrame: number | null;
  /** The first frame, with all prompts. */
  readonly firstSeconds: number;
}

export interface PrecisionReport {
  readonly objects: readonly ObjectAgreement[];
  /** Mean over objects. */
  readonly mean: Agreement;
  readonly exact: Pace;
  readonly fast: Pace;
  /** How many times as fast the fast network was; null for a single frame. */
  readonly speedup: number | null;
  /** False where the caller asked to stop before the end. */
  readonly complete: boolean;
  /** Every frame, in the order in which they were tracked. */
  readonly frames: readonly {
    readonly frame: number;
    readonly objects: readonly (Agreement & { readonly object: number })[];
  }[];
}

interface FramePair {
  readonly exact: FrameAnswer;
  readonly fast: FrameAnswer;
  readonly milliseconds: { readonly exact: number; readonly fast: number };
}

/**
 * Tracks the plan with both and scores the fast masks against the exact ones. There is no truth in this: it says how far apart
 * they are, not which is right. Memory holds one frame's masks and a few numbers a frame.
 * Throws a WorkbenchError (`interrupted`) where not one frame was finished, and what tracking throws.
 */
export async function comparePrecision(job: PrecisionJob): Promise<PrecisionReport> {
  const frames: PrecisionReport["frames"][number][] = [];
  const times: FramePair["milliseconds"][] = [];
  const identical = new Map<number, number>();
  for await (const { exact, fast, milliseconds } of inStep(job)) {
    const objects = exact.objects.map(({ object, mask }) => {
      const own = fast.objects.find((each) => each.object === object);
      if (own === undefined) throw new Error(`The fast network lost object ${object}.`);
      if (equal(own.mask, mask)) identical.set(object, (identical.get(object) ?? 0) + 1);
      return { object, ...inPercent(scoreFrame(own.mask, mask)) };
    });
    frames.push({ frame: exact.frame, objects });
    times.push(milliseconds);
    job.progress(frames.length, job.plan.frames);
  }
  if (frames.length === 0) {
    throw new WorkbenchError("interrupted", "Interrupted before the first frame was compared.");
  }
  const objects = job.plan.objects.map((object) => {
    const scores = frames.flatMap(({ frame, objects: all }) =>
      all.filter((own) => own.object === object).map(({ J, F, JF }) => ({ frame, J, F, JF })),
    );
    const worst = scores.reduce((least, each) => (each.JF < least.JF ? each : least));
    const whole = { frames: scores.length, identical: identical.get(object) ?? 0 };
    return { object, ...whole, ...meanOf(scores), worst };
  });
  const pace = { exact: paceOf(times, "exact"), fast: paceOf(times, "fast") };
  const [exact, fast] = [pace.exact.secondsPerFrame, pace.fast.secondsPerFrame];
  return {
    objects,
    mean: meanOf(objects),
    ...pace,
    speedup: exact === null || fast === null ? null : exact / fast,
    complete: frames.length === job.plan.frames,
    frames,
  };
}

/** The answers of both for each frame, taken in turn: whoever was second on one frame is first on the next. */
async function* inStep(job: PrecisionJob): AsyncGenerator<FramePair> {
  const { plan, now } = job;
  const runs = {
    exact: track(plan, { ...job, tracker: job.exact }),
    fast: track(plan, { ...job, tracker: job.fast }),
  };
  const timed = async (which: "exact" | "fast") => {
    const start = now();
    const { value, done } = await runs[which].next();
    return { answer: done === true ? null : (value ?? null), milliseconds: now() - start };
  };
  try {
    for (let exactFirst = true; ; exactFirst = !exactFirst) {
      const first = await timed(exactFirst ? "exact" : "fast");
      const second = await timed(exactFirst ? "fast" : "exact");
      const [exact, fast] = exactFirst ? [first, second] : [second, first];
      if (exact.answer === null || fast.answer === null) return;
      const milliseconds = { exact: exact.milliseconds, fast: fast.milliseconds };
      yield { exact: exact.answer, fast: fast.answer, milliseconds };
    }
  } finally {
    await runs.exact.return(undefined);
    await runs.fast.return(undefined);
  }
}

function inPercent({ j, f }: FrameScore): Agreement {
  return { J: 100 * j, F: 100 * f, JF: 50 * (j + f) };
}

function meanOf(scores: readonly Agreement[]): Agreement {
  const of = (key: keyof Agreement) => mean(scores.map((score) => score[key]));
  return { J: of("J"), F: of("F"), JF: of("JF") };
}

function paceOf(times: readonly FramePair["milliseconds"][], which: "exact" | "fast"): Pace {
  const [first = 0, ...rest] = times.map((time) => time[which] / 1000);
  return { firstSeconds: first, secondsPerFrame: rest.length === 0 ? null : mean(rest) };
}
