// masklet eval davis: J and F of predicted or given masks against a data set in DAVIS' layout.
import { basename, resolve } from "node:path";
import { type Statistics, statistics } from "@masklet/vision";
import { WorkbenchError } from "../errors.ts";
import type { FrameSource, Policy, Tracker } from "../tracker.ts";
import { type DavisSequence, findSequences, readPrediction, readTruth } from "./davis-folder.ts";
import { type KeptResults, nothingKept } from "./kept.ts";
import {
  type InteractivePrompt,
  interactivePrompts,
  type Protocol,
  predictFromStart,
  predictInteractively,
  ROUNDS,
  type RoundResult,
  type Run,
  type StartPrompt,
} from "./protocols.ts";
import { type FrameScore, mean, scoreTrack, type TrackScore, trackMean } from "./scores.ts";
import { firstAppearance, type MaskTrack, type Truth } from "./truth.ts";

/** J, F and their mean in percent. */
export interface Percentages {
  readonly J: number;
  readonly F: number;
  readonly JF: number;
}

export interface ObjectReport extends Percentages {
  readonly object: number;
  readonly jRecall: number;
  readonly jDecay: number;
  readonly fRecall: number;
  readonly fDecay: number;
}

export interface SequenceReport extends Percentages {
  readonly name: string;
  readonly objects: number;
  readonly frames: number;
  readonly perObject: readonly ObjectReport[];
  /** (J + F) / 2 in percent on each frame, averaged over objects; null where nothing is scored. */
  readonly curve: readonly (number | null)[];
}

/** State after a number of rounds of corrections, averaged over all objects. */
export interface RoundReport extends Percentages {
  readonly round: number;
  /** Mean number of frames worked on. */
  readonly interactions: number;
  /** Mean modelled seconds of a person for one object. */
  readonly seconds: number;
}

/** What `masklet eval davis --json` prints. */
export interface DavisReport {
  readonly dataset: string;
  readonly protocol: Protocol | "predictions";
  readonly model: string | null;
  readonly size: number | null;
  readonly sequences: readonly SequenceReport[];
  /** Mean over all objects of all sequences. */
  readonly mean: Percentages;
  /** Recall (share of frames above 0.5) and decay over all objects, percent. */
  readonly statistics: { readonly J: Statistics; readonly F: Statistics };
  /** Frames tracked a second, decoding included, scoring not; null where nothing was tracked. */
  readonly fps: number | null;
  /** Only for interactive protocols; the sequences and the mean above are those after the last round. */
  readonly rounds?: readonly RoundReport[];
  readonly meanOverRounds?: Percentages;
}

/** Frames of a sequence that is open. */
export interface OpenFrames extends FrameSource {
  readonly cuts: readonly number[];
  close(): Promise<void>;
}

export interface DavisJob {
  readonly dir: string;
  /** Names of sequences, or null for all. */
  readonly only: readonly string[] | null;
  readonly source:
    | {
        readonly kind: "model";
        readonly tracker: Tracker;
        readonly policy: Policy;
        readonly protocol: Protocol;
        /** Opens the pictures of a sequence. */
        readonly openFrames: (folder: string) => Promise<OpenFrames>;
      }
    | { readonly kind: "predictions"; readonly dir: string };
  readonly signal: AbortSignal;
  readonly now: () => number;
  /** Told after each tracked frame and each scored sequence. */
  readonly progress: (state: { readonly framesDone: number; readonly sequence: string }) => void;
  readonly sequenceDone: (report: SequenceReport) => void;
  /** Where the scores of sequences are kept as soon as they are measured; nowhere by default. */
  readonly kept?: KeptResults;
}

/** The scored result of one sequence: per object the score of each round (one, where there are no rounds). */
interface ScoredSequence {
  readonly sequence: DavisSequence;
  readonly truth: Truth;
  readonly objects: ReadonlyMap<number, readonly ScoredRound[]>;
}

interface ScoredRound {
  readonly score: TrackScore;
  readonly interactions: number;
  readonly seconds: number;
}

/** Evaluates all sequences. Throws a WorkbenchError (`input`, `prompt`, `interrupted`) and what the tracker throws. */
export async function evaluateDavis(job: DavisJob): Promise<DavisReport> {
  const sequences = await findSequences(job.dir, job.only);
  const clock = { frames: 0, ms: 0 };
  const scored: ScoredSequence[] = [];
  const reports: SequenceReport[] = [];
  for (const sequence of sequences) {
    const truth = await readTruth(sequence);
    const objects =
      job.source.kind === "predictions"
        ? scoreGiven(await readPrediction(job.source.dir, sequence, truth), truth)
        : await keptOrScored(job, { sequence, truth, clock });
    scored.push({ sequence, truth, objects });
    const report = sequenceReport({ sequence, truth, objects });
    reports.push(report);
    job.sequenceDone(report);
  }
  return {
    dataset: basename(resolve(job.dir)),
    protocol: job.source.kind === "model" ? job.source.protocol : "predictions",
    model: job.source.kind === "model" ? job.source.tracker.name : null,
    size: job.source.kind === "model" ? job.source.tracker.side : null,
    sequences: reports,
    ...totals(scored),
    fps: clock.ms > 0 ? round2((1000 * clock.frames) / clock.ms) : null,
    ...interactiveTotals(job, scored),
  };
}

/** Official rule: every object, every frame but the first and the last of the sequence. */
function scoreGiven(prediction: Truth, truth: Truth): Map<number, ScoredRound[]> {
  return new Map(
    [...truth.objects].map(([object, track]) => {
      const predicted = prediction.objects.get(object) ?? truthless(track, prediction);
      return [object, [{ score: scoreTrack(predicted, track), interactions: 0, seconds: 0 }]];
    }),
  );
}

function truthless(track: MaskTrack, prediction: Truth): MaskTrack {
  const empty = [...prediction.objects.values()][0]?.[0];
  const size = empty?.size ?? prediction.size;
  return track.map(() => ({ size, counts: Uint32Array.of(size.width * size.height) }));
}

/** What was measured of a sequence before, or what is measured now and kept. */
async function keptOrScored(
  job: DavisJob,
  at: Parameters<typeof predictAndScore>[1],
): Promise<Map<number, ScoredRound[]>> {
  const kept = job.kept ?? nothingKept;
  // Files of the same evaluation hold what it wrote.
  const known = (await kept.read(at.sequence.name)) as readonly [number, ScoredRound[]][] | null;
  if (known !== null) return new Map(known);
  const scored = await predictAndScore(job, at);
  await kept.write(at.sequence.name, [...scored]);
  return scored;
}

async function predictAndScore(
  job: DavisJob,
  at: {
    readonly sequence: DavisSequence;
    readonly truth: Truth;
    readonly clock: { frames: number; ms: number };
  },
): Promise<Map<number, ScoredRound[]>> {
  const { source } = job;
  if (source.kind !== "model") throw new TypeError("Only a model predicts.");
  const { sequence, truth, clock } = at;
  const frames = await source.openFrames(sequence.pictureFolder);
  try {
    checkFrames(frames, sequence, truth);
    const run: Run = {
      truth,
      open: () =>
        source.tracker.openTracking(frames, {
          policy: source.policy,
          cuts: frames.cuts,
          history: isInteractive(source.protocol) ? "all" : "bounded",
        }),
      signal: job.signal,
      frameDone: () => {
        clock.frames += 1;
        job.progress({ framesDone: clock.frames, sequence: sequence.name });
      },
    };
    const start = job.now();
    const rounds = await predict(run, source.protocol);
    clock.ms += job.now() - start;
    return new Map(
      [...truth.objects].map(([object, track]) => [object, score(rounds, object, track)]),
    );
  } finally {
    await frames.close();
  }
}

async function predict(
  run: Run,
  protocol: Protocol,
): Promise<ReadonlyMap<number, readonly RoundResult[]>> {
  const rounds = new Map<number, readonly RoundResult[]>();
  if (isInteractive(protocol)) {
    for (const object of run.truth.objects.keys()) {
      rounds.set(object, await predictInteractively(run, object, protocol));
    }
    return rounds;
  }
  for (const [object, masks] of await predictFromStart(run, protocol satisfies StartPrompt)) {
    rounds.set(object, [{ masks, interactions: 1, seconds: 0 }]);
  }
  return rounds;
}

function isInteractive(protocol: Protocol): protocol is InteractivePrompt {
  return (interactivePrompts as readonly string[]).includes(protocol);
}

/** Objects that appear late are scored from the frame after their first, as if the video were cut there. */
function score(
  rounds: ReadonlyMap<number, readonly RoundResult[]>,
  object: number,
  track: MaskTrack,
): ScoredRound[] {
  const first = firstAppearance(track) ?? 0;
  return (rounds.get(object) ?? []).map(({ masks, interactions, seconds }) => ({
    score: scoreTrack(masks, track, first),
    interactions,
    seconds,
  }));
}

function checkFrames(frames: FrameSource, sequence: DavisSequence, truth: Truth): void {
  if (frames.frameCount !== truth.frameCount) {
    throw new WorkbenchError(
      "input",
      `${sequence.pictureFolder} has ${frames.frameCount} pictures, but ${sequence.maskFolder} has ${truth.frameCount} masks.`,
    );
  }
  const { width, height } = frames.size;
  if (width !== truth.size.width || height !== truth.size.height) {
    throw new WorkbenchError(
      "input",
      `The pictures of ${sequence.name} are ${width} × ${height} pixels, its masks ${truth.size.width} × ${truth.size.height}.`,
    );
  }
}

function sequenceReport({ sequence, truth, objects }: ScoredSequence): SequenceReport {
  const last = new Map(
    [...objects].map(([object, rounds]) => [object, rounds.at(-1)?.score ?? []]),
  );
  const perObject = [...last].map(([object, score]) => objectReport(object, score));
  return {
    name: sequence.name,
    objects: truth.objects.size,
    frames: truth.frameCount,
    J: mean(perObject.map((each) => each.J)),
    F: mean(perObject.map((each) => each.F)),
    JF: mean(perObject.map((each) => each.JF)),
    perObject,
    curve: Array.from({ length: truth.frameCount }, (_, frame) => {
      const scored = [...last.values()].map((score) => score[frame] ?? null);
      const present = scored.filter((each) => each !== null);
      return present.length === 0 ? null : 100 * mean(present.map(({ j, f }) => (j + f) / 2));
    }),
  };
}

function objectReport(object: number, score: TrackScore): ObjectReport {
  const scored = score.filter((each) => each !== null);
  const j = statistics(scored.map((each) => each.j));
  const f = statistics(scored.map((each) => each.f));
  return {
    object,
    ...percentages({ j: j.mean, f: f.mean }),
    jRecall: 100 * j.recall,
    jDecay: 100 * j.decay,
    fRecall: 100 * f.recall,
    fDecay: 100 * f.decay,
  };
}

function totals(scored: readonly ScoredSequence[]): Pick<DavisReport, "mean" | "statistics"> {
  const tracks = scored.flatMap(({ objects }) =>
    [...objects.values()].map((rounds) => rounds.at(-1)?.score ?? []),
  );
  const all = tracks.map(trackMean);
  const over = (pick: (each: FrameScore) => number): Statistics => {
    const each = tracks.map((track) =>
      statistics(track.filter((frame) => frame !== null).map(pick)),
    );
    return {
      mean: 100 * mean(each.map((one) => one.mean)),
      recall: 100 * mean(each.map((one) => one.recall)),
      decay: 100 * mean(each.map((one) => one.decay)),
    };
  };
  return {
    mean: percentages({ j: mean(all.map((each) => each.j)), f: mean(all.map((each) => each.f)) }),
    statistics: { J: over((each) => each.j), F: over((each) => each.f) },
  };
}

/** Averages each round over objects; an object that was perfect earlier keeps its last state. */
function interactiveTotals(
  job: DavisJob,
  scored: readonly ScoredSequence[],
): Pick<DavisReport, "rounds" | "meanOverRounds"> {
  if (job.source.kind !== "model" || !isInteractive(job.source.protocol)) return {};
  const objects = scored.flatMap(({ objects }) => [...objects.values()]);
  const rounds = Array.from({ length: ROUNDS }, (_, at) => {
    const states = objects.map((own) => own[at] ?? own.at(-1)).filter((each) => each !== undefined);
    const scores = states.map((state) => trackMean(state.score));
    return {
      round: at + 1,
      interactions: round2(mean(states.map((state) => state.interactions))),
      seconds: round2(mean(states.map((state) => state.seconds))),
      ...percentages({
        j: mean(scores.map((each) => each.j)),
        f: mean(scores.map((each) => each.f)),
      }),
    };
  });
  return {
    rounds,
    meanOverRounds: {
      J: mean(rounds.map((each) => each.J)),
      F: mean(rounds.map((each) => each.F)),
      JF: mean(rounds.map((each) => each.JF)),
    },
  };
}

function percentages({ j, f }: FrameScore): Percentages {
  return { J: 100 * j, F: 100 * f, JF: 50 * (j + f) };
}

function round2(value: number): number {
  return Math.round(value * 100) / 100;
}
