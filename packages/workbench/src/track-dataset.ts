// A tracked clip as a document, and from there as a dataset in any format.
import { parse } from "node:path";
import {
  absent,
  type Document,
  newDocument,
  type Prompts,
  type Provenance,
  type State,
  trackId,
  trackInfo,
  visible,
} from "@masklet/annotation";
import {
  type FormatName,
  LossReport,
  type OutputFiles,
  sourceFromDocument,
  writeDataset,
} from "@masklet/formats";
import { averageRate } from "@masklet/video";
import { type FrameIndex, frameIndex, isEmpty, type Mask } from "@masklet/vision";
import { WorkbenchError } from "./errors.ts";
import { type TrackPlan, track } from "./track.ts";
import type { TrackResult } from "./track-output.ts";
import type { Hint, ObjectAnswer, Policy, Tracker } from "./tracker.ts";

export interface TrackDatasetJob {
  readonly plan: TrackPlan;
  readonly tracker: Tracker;
  readonly policy: Policy;
  readonly format: FormatName;
  readonly out: OutputFiles;
  readonly signal: AbortSignal;
  readonly progress: (done: number, total: number) => void;
}

export interface TrackedDataset extends TrackResult {
  readonly report: LossReport;
  readonly masksOn: (frame: number) => readonly { readonly object: number; readonly mask: Mask }[];
}

/**
 * Tracks, then writes the masklets as a dataset; the caller commits the output or abandons it. Overlapping masks
 * are both kept where the format can. Frames that were not tracked are unknown.
 * Throws a WorkbenchError (`interrupted`) where not one frame was finished, and what tracking and writing throw.
 */
export async function trackIntoDataset(job: TrackDatasetJob): Promise<TrackedDataset> {
  const { plan, signal } = job;
  const states = new Map(plan.objects.map((object) => [object, new Map<FrameIndex, State>()]));
  const tracked: number[] = [];
  for await (const answer of track(plan, job)) {
    for (const own of answer.objects) {
      const state = stateOf(job, own, answer.frame);
      if (state !== null) states.get(own.object)?.set(frameIndex(answer.frame), state);
    }
    tracked.push(answer.frame);
    job.progress(tracked.length, plan.frames);
  }
  if (tracked.length === 0) {
    throw new WorkbenchError(
      "interrupted",
      "Interrupted before the first frame was finished; nothing was written.",
    );
  }
  const report = new LossReport();
  const document = documentOf(plan, states);
  // An interrupt ends the tracking; what was finished is still written whole.
  await writeDataset(job.format, [sourceFromDocument(document)], job.out, report);
  return {
    tracked: tracked.sort((a, b) => a - b),
    complete: tracked.length === plan.frames && !signal.aborted,
    report,
    masksOn: (frame) => masksOn(states, frame),
  };
}

function documentOf(
  plan: TrackPlan,
  states: ReadonlyMap<number, ReadonlyMap<FrameIndex, State>>,
): Document {
  const { table } = plan.clip;
  const document = newDocument({
    name: parse(plan.clip.name).name,
    size: table.size,
    frameCount: table.frames.length,
    digest: table.digest,
    rate: averageRate(table),
    timestamps: { ...table.timeBase, ticks: table.frames.map((frame) => frame.ticks) },
  });
  const tracks = new Map(
    plan.objects.map((object) => [
      trackId(object),
      { info: trackInfo({ order: object }), review: null, states: states.get(object) ?? new Map() },
    ]),
  );
  return { ...document, tracks };
}

/** What is known of an object; null where nothing was computed or it rests since a cut. */
function stateOf(job: TrackDatasetJob, own: ObjectAnswer, frame: number): State | null {
  if (own.provenance === "none" || own.provenance === "cut") return null;
  const said = job.plan.hints.find(
    ({ prompt }) => prompt.object === own.object && prompt.frame === frame,
  );
  const facts = {
    score: own.predictedIou,
    prompts: said === undefined ? null : promptsOf(said.hint),
  };
  const provenance = provenanceOf(job, own);
  return isEmpty(own.mask)
    ? absent(provenance, facts)
    : visible({ kind: "mask", mask: own.mask }, provenance, facts);
}

function provenanceOf({ plan, tracker, policy }: TrackDatasetJob, own: ObjectAnswer): Provenance {
  if (own.provenance === "human") return { by: "person", person: null };
  const prompted = plan.prompts.filter(({ object }) => object === own.object);
  return {
    by: "model",
    model: tracker.name,
    version: tracker.digest,
    policy,
    run: null,
    prompted: prompted.map(({ frame }) => frameIndex(frame)),
  };
}

function promptsOf(hint: Hint): Prompts {
  if (hint.kind === "mask") return { points: [], box: null, mask: hint.mask };
  const { box } = hint;
  return {
    points: hint.clicks.map(({ x, y, sign }) => ({ at: { x, y }, sign })),
    box: box === null ? null : { from: { x: box.x0, y: box.y0 }, to: { x: box.x1, y: box.y1 } },
    mask: null,
  };
}

function masksOn(
  states: ReadonlyMap<number, ReadonlyMap<FrameIndex, State>>,
  frame: number,
): { object: number; mask: Mask }[] {
  return [...states].flatMap(([object, own]) => {
    const state = own.get(frameIndex(frame));
    return state?.presence === "visible" && state.shape.kind === "mask"
      ? [{ object, mask: state.shape.mask }]
      : [];
  });
}
