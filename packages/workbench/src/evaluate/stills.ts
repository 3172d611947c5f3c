// masklet eval stills: IoU after 1, 3, 5 … simulated clicks on single pictures, and clicks to reach 85 %.
import { access, readdir } from "node:fs/promises";
import { basename, join, parse, resolve } from "node:path";
import { systemReason } from "@masklet/disk";
import type { Frame } from "@masklet/video";
import { area, emptyMask, iou, type Mask, masksFromLabels, subtract } from "@masklet/vision";
import { WorkbenchError } from "../errors.ts";
import { readLabels } from "../labels.ts";
import type { Click } from "../prompts.ts";
import type { Answer, PictureSession, Tracker } from "../tracker.ts";
import { simulatedClick } from "./clicks.ts";
import { type KeptResults, nothingKept } from "./kept.ts";
import { type Estimate, type Reliability, reliabilityOf } from "./reliability.ts";
import { mean } from "./scores.ts";

const IGNORE_LABEL = 255;
// Smaller objects have masks that are coarse in these sets; more objects would let crowded pictures outvote the rest.
const LEAST_SHARE = 0.001;
const LEAST_PIXELS = 40;
const OBJECTS_PER_PICTURE = 6;
const NOC_TARGET = 0.85;
/** Clicks after which an object counts as not reached. */
export const NOC_CLICKS = 20;

/** What `masklet eval stills --json` prints. IoU in percent. */
export interface StillsReport {
  readonly dataset: string;
  readonly model: string;
  readonly size: number;
  /** IoU after so many clicks: the mean over sets of the mean over their objects. */
  readonly clicks: Readonly<Record<string, number>>;
  /** Mean number of clicks to reach 85 %, 20 where it is not reached; over sets as above. */
  readonly noc85: number;
  /** IoU of the best of all answers to the first click, which a person could choose; over sets as above. */
  readonly bestOfFirst: number;
  /** Predicted against real IoU of the answers after each of `clicks`, all objects weighing alike. */
  readonly reliability: Readonly<Record<string, Reliability>>;
  /** Objects. */
  readonly count: number;
  /** The same, all objects weighing alike. */
  readonly overObjects: {
    readonly clicks: Readonly<Record<string, number>>;
    readonly noc85: number;
  };
  readonly sets: readonly SetReport[];
}

export interface SetReport {
  readonly name: string;
  readonly count: number;
  readonly clicks: Readonly<Record<string, number>>;
  readonly noc85: number;
  readonly bestOfFirst: number;
}

export interface StillsJob {
  readonly dir: string;
  readonly clicks: readonly number[];
  readonly tracker: Tracker;
  readonly openPicture: (file: string) => Promise<Frame>;
  readonly signal: AbortSignal;
  readonly progress: (done: number, total: number, set: string) => void;
  /** Where the curves of pictures are kept as soon as they are measured; nowhere by default. */
  readonly kept?: KeptResults;
}

interface Still {
  readonly set: string;
  readonly picture: string;
  readonly masks: string;
}

/** What clicking on one object gave. */
interface ClickCurve {
  readonly set: string;
  /** IoU after 1, 2, … clicks, 0 … 1. */
  readonly ious: readonly number[];
  /** What the model took each for; null where it does not say. */
  readonly predicted: readonly (number | null)[];
  /** IoU of the best answer to the first click. */
  readonly bestOfFirst: number;
}

/**
 * Evaluates every picture of `DIR/<set>/<name>.jpg` with its mask `<name>.png`, or of DIR itself where it holds
 * the pictures. Throws a WorkbenchError (`input`, `interrupted`) and what the tracker throws.
 */
export async function evaluateStills(job: StillsJob): Promise<StillsReport> {
  const stills = await findStills(job.dir);
  const kept = job.kept ?? nothingKept;
  const curves: ClickCurve[] = [];
  for (const [at, still] of stills.entries()) {
    if (job.signal.aborted)
      throw new WorkbenchError("interrupted", "Interrupted; nothing was measured whole.");
    const name = `${still.set} ${basename(still.picture)}`;
    // Files of the same evaluation hold what it wrote.
    const known = (await kept.read(name)) as readonly ClickCurve[] | null;
    const fresh = known ?? (await clickThrough(job, still));
    if (known === null) await kept.write(name, fresh);
    curves.push(...fresh);
    job.progress(at + 1, stills.length, still.set);
  }
  if (curves.length === 0)
    throw new WorkbenchError("input", `${job.dir} holds no objects large enough.`);
  const names = [...new Set(stills.map((still) => still.set))];
  const sets = names
    .map((name) =>
      setReport(
        name,
        curves.filter((curve) => curve.set === name),
        job.clicks,
      ),
    )
    .filter((set) => set.count > 0);
  const all = setReport("all", curves, job.clicks);
  return {
    dataset: basename(resolve(job.dir)),
    model: job.tracker.name,
    size: job.tracker.side,
    clicks: Object.fromEntries(
      job.clicks.map((count) => [count, mean(sets.map((set) => set.clicks[count] ?? 0))]),
    ),
    noc85: mean(sets.map((set) => set.noc85)),
    bestOfFirst: mean(sets.map((set) => set.bestOfFirst)),
    reliability: Object.fromEntries(
      job.clicks.map((count) => [count, reliabilityOf(estimatesAfter(curves, count))]),
    ),
    count: curves.length,
    overObjects: { clicks: all.clicks, noc85: all.noc85 },
    sets,
  };
}

function setReport(
  name: string,
  curves: readonly ClickCurve[],
  clicks: readonly number[],
): SetReport {
  return {
    name,
    count: curves.length,
    clicks: Object.fromEntries(
      clicks.map((count) => [
        count,
        100 * mean(curves.map(({ ious }) => ious[Math.min(count, ious.length) - 1] ?? 0)),
      ]),
    ),
    noc85: mean(curves.map(({ ious }) => clicksToReach(ious))),
    bestOfFirst: 100 * mean(curves.map(({ bestOfFirst }) => bestOfFirst)),
  };
}

function estimatesAfter(curves: readonly ClickCurve[], clicks: number): Estimate[] {
  return curves.flatMap(({ ious, predicted }) => {
    const [real, thought] = [ious[clicks - 1], predicted[clicks - 1]];
    return real === undefined || thought == null ? [] : [{ predicted: thought, real }];
  });
}

function clicksToReach(ious: readonly number[]): number {
  const at = ious.findIndex((value) => value >= NOC_TARGET);
  return at === -1 ? NOC_CLICKS : at + 1;
}

async function findStills(dir: string): Promise<Still[]> {
  const entries = await readdir(dir, { withFileTypes: true }).catch((error: unknown) => {
    throw new WorkbenchError("input", `${dir} cannot be read: ${systemReason(error)}.`, {
      cause: error,
    });
  });
  const sets = entries
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort();
  const stills = (await Promise.all(sets.map((set) => stillsIn(join(dir, set), set)))).flat();
  stills.push(...(await stillsIn(dir, basename(resolve(dir)))));
  if (stills.length === 0) {
    throw new WorkbenchError(
      "input",
      `${dir} holds no pictures (.jpg) with masks (.png) beside them.`,
    );
  }
  return stills;
}

async function stillsIn(folder: string, set: string): Promise<Still[]> {
  const pictures = (await readdir(folder)).filter((name) => /\.jpe?g$/i.test(name)).sort();
  return Promise.all(
    pictures.map(async (name) => {
      const masks = join(folder, `${parse(name).name}.png`);
      await access(masks).catch(() => {
        throw new WorkbenchError(
          "input",
          `${join(folder, name)} has no mask ${basename(masks)} beside it.`,
        );
      });
      return { set, picture: join(folder, name), masks };
    }),
  );
}

/** Clicks on the objects of one picture; the picture is encoded once. */
async function clickThrough(job: StillsJob, still: Still): Promise<ClickCurve[]> {
  const labels = await readLabels(still.masks);
  const masks = masksFromLabels(labels);
  const ignored = masks.get(IGNORE_LABEL) ?? emptyMask(labels.size);
  masks.delete(IGNORE_LABEL);
  const targets = chooseTargets(
    [...masks.values()],
    labels.size.width * labels.size.height,
    basename(still.masks),
  );
  if (targets.length === 0) return [];
  const picture = await job.openPicture(still.picture);
  if (picture.size.width !== labels.size.width || picture.size.height !== labels.size.height) {
    throw new WorkbenchError(
      "input",
      `${still.picture} is ${picture.size.width} × ${picture.size.height} pixels, its mask ${labels.size.width} × ${labels.size.height}.`,
    );
  }
  const session = await job.tracker.openPicture(picture);
  try {
    const curves: ClickCurve[] = [];
    for (const truth of targets) {
      const target = { truth, ignored, atLeast: Math.max(...job.clicks) };
      curves.push({ set: still.set, ...(await clickOn(session, target)) });
    }
    return curves;
  } finally {
    await session.close();
  }
}

/** Objects that are large enough; of more than six, six by a draw that is the same every time. */
function chooseTargets(masks: readonly Mask[], pixels: number, name: string): Mask[] {
  const large = masks.filter((mask) => area(mask) >= Math.max(LEAST_PIXELS, LEAST_SHARE * pixels));
  if (large.length <= OBJECTS_PER_PICTURE) return large;
  const draw = sequenceFrom(name);
  const left = [...large];
  return Array.from(
    { length: OBJECTS_PER_PICTURE },
    () => left.splice(draw() % left.length, 1)[0],
  ).filter((mask) => mask !== undefined);
}

/** Whole numbers that look random and follow from a text (FNV-1a, then xorshift). */
function sequenceFrom(text: string): () => number {
  let state = 0x811c9dc5;
  for (const letter of text) state = Math.imul(state ^ (letter.codePointAt(0) ?? 0), 0x01000193);
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
}

/**
 * Clicks where the error is deepest. The first answer is the mask that the model itself chooses of three, later
 * ones its single mask. Goes on until 85 % are reached, yet at least `atLeast` and at most NOC_CLICKS clicks.
 */
async function clickOn(
  session: PictureSession,
  target: { readonly truth: Mask; readonly ignored: Mask; readonly atLeast: number },
): Promise<Omit<ClickCurve, "set">> {
  const { truth, ignored } = target;
  const clicks: Click[] = [];
  const ious: number[] = [];
  const predicted: (number | null)[] = [];
  let bestOfFirst = 0;
  let seen = emptyMask(truth.size);
  let previous: Answer | null = null;
  let reached = false;
  while (ious.length < target.atLeast || (!reached && ious.length < NOC_CLICKS)) {
    const click = simulatedClick(seen, truth);
    if (click === null) break;
    clicks.push(click);
    const hint = { kind: "marks", clicks: [...clicks], box: null } as const;
    const answers = await session.segment(hint, previous);
    const answer: Answer | undefined = answers[0];
    if (answer === undefined)
      throw new WorkbenchError("model", "The model gave no mask for a click.");
    previous = answer;
    seen = subtract(answer.mask, ignored);
    const value = iou(seen, truth);
    if (ious.length === 0) {
      bestOfFirst = Math.max(...answers.map(({ mask }) => iou(subtract(mask, ignored), truth)));
    }
    ious.push(value);
    predicted.push(answer.predictedIou);
    reached ||= value >= NOC_TARGET;
  }
  return { ious, predicted, bestOfFirst };
}
