// A tracked clip as a document, and from there as a dataset in any format.
import { parse } from "node:path";
import {
  absent,
  type Document,
  newDocument,
  type Prompts,
  type Provenance,
  type State,
  type TrackId,
  trackId,
  trackInfo,
  visible,
} from "@masklet/annotation";
import {
  type FormatName,
  LossReport,
  type OutputFiles,
  type Source,
  type StateOn,
  sourceFromDocument,
  writeDataset,
} from "@masklet/formats";
import { averageRate } from "@masklet/video";
import { frameIndex, isEmpty, type Mask } from "@masklet/vision";
import { type AnswerSpool, openAnswerSpool, type SpooledObject } from "./answer-spool.ts";
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
  /** The masks of a frame, until `close`. */
  readonly masksOn: (
    frame: number,
  ) => Promise<readonly { readonly object: number; readonly mask: Mask }[]>;
  /** Forgets the masks; the dataset is not touched. */
  readonly close: () => Promise<void>;
}

/**
 * Tracks, then writes the masklets as a dataset; the caller commits the output or abandons it, and closes the result.
 * Overlapping masks are both kept where the format can. Frames that were not tracked are unknown. Masks wait on disk in
 * between: memory holds one frame, or one track where the format needs it whole.
 * Throws a WorkbenchError (`interrupted`) where not one frame was finished, and what tracking and writing throw.
 */
export async function trackIntoDataset(job: TrackDatasetJob): Promise<TrackedDataset> {
  const { plan, signal } = job;
  const spool = await openAnswerSpool(plan.clip.table.size);
  try {
    let done = 0;
    for await (const answer of track(plan, job)) {
      await spool.append(answer);
      job.progress(++done, plan.frames);
    }
    if (done === 0) {
      throw new WorkbenchError(
        "interrupted",
        "Interrupted before the first frame was finished; nothing was written.",
      );
    }
    const report = new LossReport();
    // An interrupt ends the tracking; what was finished is still written whole.
    await writeDataset(job.format, [sourceOf(job, spool)], job.out, report);
    return {
      tracked: spool.frames(),
      complete: done === plan.frames && !signal.aborted,
      report,
      masksOn: async (frame) =>
        (await spool.read(frame)).filter((own) => isAnswered(own) && !isEmpty(own.mask)),
      close: () => spool.close(),
    };
  } catch (error) {
    await spool.close();
    throw error;
  }
}

/** What writers read from: the clip's facts, and the states as the spool holds them. */
function sourceOf(job: TrackDatasetJob, spool: AnswerSpool): Source {
  const { head } = sourceFromDocument(emptyDocument(job.plan));
  const statesOn = async (frame: number, object?: number) => {
    const states = new Map<TrackId, State>();
    for (const own of await spool.read(frame, object)) {
      const state = stateOf(job, own, frame);
      if (state !== null) states.set(trackId(own.object), state);
    }
    return states;
  };
  async function* statesOf(track: TrackId): AsyncGenerator<StateOn> {
    for (const frame of spool.frames()) {
      const state = (await statesOn(frame, track)).get(track);
      if (state !== undefined) yield [frameIndex(frame), state];
    }
  }
  return {
    head,
    async *byFrame() {
      for (const frame of spool.frames()) {
        const shown = await statesOn(frame);
        const states = new Map([...head.tracks.keys()].flatMap((id) => entryOf(shown, id)));
        if (states.size > 0) yield { frame: frameIndex(frame), states };
      }
    },
    async *byTrack() {
      for (const track of head.tracks.keys()) yield { track, states: statesOf(track) };
    },
  };
}

function entryOf<Key, Value>(map: ReadonlyMap<Key, Value>, key: Key): [Key, Value][] {
  const value = map.get(key);
  return value === undefined ? [] : [[key, value]];
}

/** The clip and its tracks without a state. */
function emptyDocument(plan: TrackPlan): Document {
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
      { info: trackInfo({ order: object }), review: null, states: new Map() },
    ]),
  );
  return { ...document, tracks };
}

/** False where nothing was computed or the object rests since a cut. */
function isAnswered({ provenance }: Pick<ObjectAnswer, "provenance">): boolean {
  return provenance !== "none" && provenance !== "cut";
}

/** What is known of an object; null where nothing was computed or it rests since a cut. */
function stateOf(job: TrackDatasetJob, own: SpooledObject, frame: number): State | null {
  if (!isAnswered(own)) return null;
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

function provenanceOf({ plan, tracker, policy }: TrackDatasetJob, own: SpooledObject): Provenance {
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
