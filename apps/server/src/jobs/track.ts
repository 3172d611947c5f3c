// Tracking jobs: passes of the engine turned into transactions, resumed where they stopped, halted where a cut asks.
import { randomUUID } from "node:crypto";
import { type Document, type State, type Step, type TrackId, trackId } from "@masklet/annotation";
import type { Job, TrackLane, TrackRequest, Video, WireMask } from "@masklet/protocol";
import {
  type FrameIndex,
  frameIndex,
  type Mask,
  maskFromRleString,
  rleString,
} from "@masklet/vision";
import {
  type Anchor,
  agreementWatch,
  anchorsOf,
  type Pass,
  passesOf,
  stepsOf,
  type TrackedObject,
} from "@masklet/workbench";
import { type Engine, EngineAway, EngineRefusal, type TrackedFrame } from "../engine/client.ts";
import { Refusal, sameFrames } from "../problem.ts";
import type { Catalogue } from "../store/catalogue.ts";
import type { Documents } from "../store/documents.ts";
import type { Jobs } from "../store/jobs.ts";
import type { Runs } from "../store/runs.ts";

/** Steps gathered into one transaction: few enough to appear soon, enough to be cheap on the disk. */
const STEPS_PER_TRANSACTION = 32;
/** Gathered steps are written after so long even if they are fewer. */
const FLUSH_MS = 400;
/** Starts of the engine process that one job survives. */
const ENGINE_STARTS_MAX = 5;
/** Looks whether the engine is back so often, for so long. */
const ENGINE_LOOK_MS = 250;
const ENGINE_WAIT_MS = 120_000;

/** What a job needs to go on after a restart: what was asked, and how far it is. */
export interface TrackPayload {
  readonly request: TrackRequest;
  readonly user: string;
  /** Passes left, the present one first. */
  readonly passes: readonly Pass[];
  /** The last frame of the present pass that is on the disk, or null. */
  readonly reached: FrameIndex | null;
  /** Cuts that the user has been asked about. */
  readonly asked: readonly number[];
}

export interface TrackBench {
  readonly catalogue: Catalogue;
  readonly documents: Documents;
  readonly jobs: Jobs;
  readonly runs: Runs;
  readonly engine: Engine;
  readonly now: () => number;
}

/** A job's payload and first lanes. Refuses what cannot be tracked before anything is written. */
export async function newTrackJob(
  bench: TrackBench,
  video: Video,
  request: TrackRequest,
  user: string,
): Promise<{
  readonly payload: TrackPayload;
  readonly lanes: Job["lanes"];
  readonly total: number;
}> {
  sameFrames(video.digest, request.digest);
  if (request.from > request.to || request.to >= video.frames) {
    throw new Refusal(
      "bad-request",
      `The range ${request.from}–${request.to} is not inside the video's frames 0–${video.frames - 1}.`,
    );
  }
  const { document, revision } = await bench.documents.read(video.id);
  const objects = request.objects.map(trackId);
  await sameObjects(bench, video.id, { request, revision });
  anchorsOf(document, objects);
  const passes = passesOf(
    {
      objects,
      direction: request.direction,
      origin: frameIndex(request.origin),
      from: frameIndex(request.from),
      to: frameIndex(request.to),
    },
    video.cuts,
  );
  const wanted = { from: request.from, to: request.to };
  const lanes = objects.map(
    (object): TrackLane => ({ object, reached: null, wanted, state: "waiting", at: null }),
  );
  // The frame that both directions start from is one frame.
  const visited = passes.flatMap(({ first, last }) => [first, last]);
  const frames = visited.length === 0 ? 0 : Math.max(...visited) - Math.min(...visited) + 1;
  const total = frames * objects.length;
  return { payload: { request, user, passes, reached: null, asked: [] }, lanes, total };
}

/** Refuses to track objects that are not as the page that asks has them. */
async function sameObjects(
  bench: TrackBench,
  video: string,
  { request, revision }: { readonly request: TrackRequest; readonly revision: number },
): Promise<void> {
  if (request.revision > revision) {
    throw new Refusal(
      "stale",
      `The page has edits that the server has not (revision ${request.revision}, here ${revision}): track again when they are saved.`,
    );
  }
  const newer = await bench.documents.firstEdit(
    video,
    request.revision,
    new Set(request.objects.map(trackId)),
  );
  if (newer === null) return;
  throw new Refusal(
    "stale",
    `"${newer.transaction.title}" changed an object after the page was last up to date (revision ${newer.sequence}, page ${request.revision}): look at it, and track again.`,
  );
}

/** The payload of a job whose question was answered with "end": what lies beyond the cut is dropped. */
export function endedAtCut(payload: TrackPayload): TrackPayload {
  const [next, ...rest] = payload.passes;
  if (next === undefined) return payload;
  return { ...payload, passes: rest.filter((pass) => pass.direction !== next.direction) };
}

/** Runs a job until it ends, asks or is stopped. Throws what a failed job should say. */
export async function runTrackJob(
  bench: TrackBench,
  job: Job,
  start: TrackPayload,
  stop: AbortSignal,
): Promise<"done" | "asking" | "cancelled"> {
  let payload = start;
  for (;;) {
    const [pass, ...rest] = payload.passes;
    if (pass === undefined) {
      await endLanes(bench, job);
      return "done";
    }
    await runPass(bench, job.id, payload, pass, stop);
    if (stop.aborted) return "cancelled";
    payload = { ...payload, passes: rest, reached: null };
    const cut = crossedBetween(pass, rest[0]);
    if (cut !== null && !payload.asked.includes(cut)) {
      payload = { ...payload, asked: [...payload.asked, cut] };
      await ask(bench, job, payload, cut);
      return "asking";
    }
    await bench.jobs.change(job.id, { payload });
  }
}

async function ask(
  bench: TrackBench,
  job: Job,
  payload: TrackPayload,
  cut: FrameIndex,
): Promise<void> {
  const lanes = (await lanesOf(bench, job)).map(
    (lane): TrackLane => ({ ...lane, state: "at-cut", at: cut }),
  );
  const question = { kind: "cut", frame: cut, object: payload.request.objects[0]! } as const;
  await bench.jobs.change(job.id, { payload, lanes, state: "asking", question });
}

/** How each object's part ended: at a cut nobody wanted to cross, out of sight, or at its end. */
async function endLanes(bench: TrackBench, job: Job): Promise<void> {
  const { document } = await bench.documents.read(job.video!);
  const lanes = (await lanesOf(bench, job)).map((lane): TrackLane => {
    if (lane.state === "at-cut") return lane;
    const states = document.tracks.get(trackId(lane.object))?.states;
    const at = states === undefined ? null : lostAt(states, lane.reached);
    return { ...lane, state: at === null ? "done" : "lost", at };
  });
  await bench.jobs.change(job.id, { lanes });
}

/** The first of the frames without the object that a part ends with, or null where it ends in sight. */
function lostAt(
  states: ReadonlyMap<FrameIndex, State>,
  reached: TrackLane["reached"],
): FrameIndex | null {
  if (reached === null) return null;
  let at: FrameIndex | null = null;
  for (let frame = reached.to; frame >= reached.from; frame--) {
    if (states.get(frameIndex(frame))?.presence !== "absent") break;
    at = frameIndex(frame);
  }
  return at;
}

async function lanesOf(bench: TrackBench, job: Job): Promise<Job["lanes"]> {
  return (await bench.jobs.get(job.id))?.job.lanes ?? job.lanes;
}

/** The cut between two passes of one direction, or null where the next one turns round or there is none. */
function crossedBetween(pass: Pass, next: Pass | undefined): FrameIndex | null {
  return next?.direction === pass.direction ? pass.cutAfter : null;
}

/** One pass, begun again from the last written frame whenever the engine process dies under it. */
async function runPass(
  bench: TrackBench,
  id: string,
  payload: TrackPayload,
  pass: Pass,
  stop: AbortSignal,
): Promise<void> {
  for (let starts = 1; ; starts++) {
    const kept = await bench.jobs.get(id);
    const reached = (kept?.payload as TrackPayload | undefined)?.reached ?? payload.reached;
    try {
      return await runPassFrom(bench, kept!.job, { ...payload, reached }, pass, stop);
    } catch (error) {
      if (error instanceof EngineRefusal && error.code === "stopped") return;
      if (!(error instanceof EngineAway) || starts === ENGINE_STARTS_MAX) throw error;
      await engineBack(bench.engine, stop);
      if (stop.aborted) return;
    }
  }
}

async function engineBack(engine: Engine, stop: AbortSignal): Promise<void> {
  for (let waited = 0; waited < ENGINE_WAIT_MS && !stop.aborted; waited += ENGINE_LOOK_MS) {
    if (engine.state() === "ready") return;
    await new Promise((done) => setTimeout(done, ENGINE_LOOK_MS));
  }
  if (!stop.aborted) throw new EngineAway("The model's process does not start again.");
}

async function runPassFrom(
  bench: TrackBench,
  job: Job,
  payload: TrackPayload,
  pass: Pass,
  stop: AbortSignal,
): Promise<void> {
  const video = job.video!;
  const { request, reached } = payload;
  const objects = request.objects.map(trackId);
  const forward = pass.direction === "forward";
  const first = reached === null ? pass.first : reached + (forward ? 1 : -1);
  if (forward ? first > pass.last : first < pass.last) return;

  const { document } = await bench.documents.read(video);
  const anchors = anchorsOf(document, objects);
  const prompted = [...new Set(anchors.map(({ frame }) => frame))].sort((a, b) => a - b);
  const agreed =
    request.only === "all" ? () => false : agreementWatch(document, { prompted, pass });
  const write = createWriter(bench, job, payload, prompted);
  const order = {
    job: job.id,
    clip: { video, path: (await bench.catalogue.source(video)) ?? "", digest: request.digest },
    anchors: [...anchors, ...lastMasks(document, objects, reached)].map(wireAnchor),
    direction: pass.direction,
    first,
    last: pass.last,
  };
  await bench.jobs.change(job.id, { state: "running" });

  let gathered: Gathered[] = [];
  let writtenAt = bench.now();
  const flush = async () => {
    if (gathered.length > 0) await write(gathered);
    gathered = [];
    writtenAt = bench.now();
  };
  try {
    for await (const tracked of bench.engine.track(order)) {
      const answer = { frame: frameIndex(tracked.frame), answers: tracked.objects.map(answerOf) };
      gathered.push(answer);
      const full = gathered.length * objects.length >= STEPS_PER_TRANSACTION;
      if (full || bench.now() - writtenAt > FLUSH_MS) await flush();
      if (stop.aborted || agreed(answer.frame, answer.answers)) break;
    }
  } finally {
    // Whatever ended the pass, the frames that were tracked are kept.
    await flush();
  }
}

interface Gathered {
  readonly frame: FrameIndex;
  readonly answers: readonly TrackedObject[];
}

/** Commits frames and moves the job's account of how far it is, in this order: a crash in between repeats, never skips. */
function createWriter(
  bench: TrackBench,
  job: Job,
  payload: TrackPayload,
  prompted: readonly FrameIndex[],
): (batch: readonly Gathered[]) => Promise<void> {
  let { lanes } = job;
  return async (batch) => {
    await commit(bench, job, { batch, prompted, author: payload.user });
    lanes = lanes.map((lane) => {
      return { ...lane, state: "running", at: null, reached: widened(lane, batch) };
    });
    const done = lanes.reduce(
      (sum, { reached: span }) => sum + (span ? span.to - span.from + 1 : 0),
      0,
    );
    const reached = batch.at(-1)!.frame;
    await bench.jobs.change(job.id, { done, lanes, payload: { ...payload, reached } });
  };
}

async function commit(
  bench: TrackBench,
  job: Job,
  {
    batch,
    prompted,
    author,
  }: {
    readonly batch: readonly Gathered[];
    readonly prompted: readonly FrameIndex[];
    readonly author: string;
  },
): Promise<void> {
  const video = job.video!;
  const atWork = bench.engine.atWork();
  const maker = {
    run: job.subject,
    model: atWork?.name ?? "unknown",
    version: atWork?.digest?.slice(0, 12) ?? null,
    policy: "masklet",
    prompted,
  };
  // An edit may slip in between reading and committing: the next reading sees it and leaves its frames alone.
  for (;;) {
    const { document } = await bench.documents.read(video);
    const made = batch.map(({ frame, answers }) => stepsOf(document, frame, answers, maker));
    const steps: Step[] = made.flatMap((one) => one.steps);
    if (steps.length === 0) return;
    const { refused } = await bench.documents.commit(
      video,
      [{ id: randomUUID(), title: "Track", origin: "engine", author, run: job.subject, steps }],
      { client: null },
    );
    if (refused === null) {
      const differences = made.flatMap((one) => (one.difference === null ? [] : one.difference));
      const difference = differences.length === 0 ? null : Math.max(...differences);
      await bench.runs.grow(job.subject, { frames: steps.length, difference });
      return;
    }
    if (refused.refusal.code !== "stale") throw new Error(refused.refusal.message);
  }
}

/**
 * The masks of the last written frame: after a restart the memory of the frames before is gone, and these stand in
 * for it.
 */
function lastMasks(
  document: Document,
  objects: readonly TrackId[],
  reached: FrameIndex | null,
): readonly Anchor[] {
  if (reached === null) return [];
  return objects.flatMap((object) => {
    const state = document.tracks.get(object)?.states.get(reached);
    if (state?.presence !== "visible" || state.shape.kind !== "mask") return [];
    if (state.provenance.by === "person") return [];
    return [{ object, frame: reached, mask: state.shape.mask }];
  });
}

function widened(lane: TrackLane, batch: readonly Gathered[]): TrackLane["reached"] {
  const frames = batch.map(({ frame }) => frame as number);
  const from = Math.min(lane.reached?.from ?? Number.POSITIVE_INFINITY, ...frames);
  const to = Math.max(lane.reached?.to ?? Number.NEGATIVE_INFINITY, ...frames);
  return { from, to };
}

function wireAnchor({ object, frame, mask }: Anchor) {
  return { object, frame, mask: wireMask(mask) };
}

/** A mask in the protocol's form. */
export function wireMask(mask: Mask): WireMask {
  return { size: [mask.size.height, mask.size.width], counts: rleString(mask) };
}

function answerOf({ object, mask, score }: TrackedFrame["objects"][number]): TrackedObject {
  if (mask === null) return { object: trackId(object), mask: null, score };
  const [height, width] = mask.size;
  return {
    object: trackId(object),
    mask: maskFromRleString(mask.counts, { width, height }),
    score,
  };
}
