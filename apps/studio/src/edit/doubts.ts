// Where the model is likely wrong, and which frame is most worth a person's look.
import { type Document, sortedFrames, type Track, type TrackId } from "@masklet/annotation";
import type { FrameIndex, PixelBox, Size } from "@masklet/vision";
import { laneOf, SCORE_THRESHOLD } from "./lanes.ts";
import { measureOf } from "./measure.ts";

export type DoubtReason = "crossing" | "score" | "cut" | "vanished" | "area" | "edge" | "random";

/** A span worth a look, led by its most telling frame. */
export interface Doubt {
  readonly track: TrackId;
  readonly frame: FrameIndex;
  readonly from: number;
  readonly to: number;
  readonly reason: DoubtReason;
  /** The number of the sentence: a score, a ratio of areas; 0 where there is none. */
  readonly value: number;
  /** The other object of a crossing. */
  readonly other: TrackId | null;
  /** What fixing it is worth: risk summed over the frames it would flow to. */
  readonly worth: number;
  /** 0 … 1, how dark the mark is drawn. */
  readonly risk: number;
}

/** Frames near a key frame were looked at already. */
const NEAR_KEY = 3;
const APART_FRAMES = 6;
/** Risk flows to the frames after, fading over this many. */
const FLOW_FRAMES = 15;
const FLOW_MAX = 60;
/** What is left of a doubt's worth where the object looks just as on a key frame. */
const NOVELTY_MIN = 0.4;
const AREA_GROWN = 1.5;
const AREA_SHRUNK = 0.67;
const CROSSING_IOU = 0.1;
/** Crossings are looked for among this many tracks at most: pairs grow by the square. */
const CROSSING_TRACKS_MAX = 60;
export const DOUBTS_MAX = 200;

/** How many frames of all objects lie in the spans of doubts; a frame in two spans of an object counts once. */
export function framesIn(doubts: readonly Doubt[]): number {
  const byTrack = Map.groupBy(doubts, ({ track }) => track);
  let sum = 0;
  for (const spans of byTrack.values()) {
    let counted = -1;
    for (const { from, to } of spans.toSorted((a, b) => a.from - b.from)) {
      sum += Math.max(0, to - Math.max(counted, from - 1));
      counted = Math.max(counted, to);
    }
  }
  return sum;
}

interface Sample {
  readonly frame: FrameIndex;
  readonly absent: boolean;
  readonly model: boolean;
  readonly risk: number;
  readonly score: number | null;
  readonly area: number;
  readonly box: PixelBox | null;
}

/** All doubts of a document, the one most worth a look first (rule: risk that flows on from the frame, more for events). */
export function findDoubts(
  document: Document,
  facts: {
    readonly cuts: readonly number[];
    readonly looked: readonly { readonly object: number; readonly frame: number }[];
    readonly locked: ReadonlySet<TrackId>;
  },
): readonly Doubt[] {
  const found: Doubt[] = [];
  const tracks = [...document.tracks].filter(([id]) => !facts.locked.has(id));
  for (const [id, track] of tracks) {
    found.push(...ofTrack(id, track, document, facts.cuts));
  }
  if (tracks.length <= CROSSING_TRACKS_MAX)
    found.push(...crossings(tracks, document.video.frameCount));
  const looked = Map.groupBy(facts.looked, (look) => look.object);
  const open = found.filter(
    (doubt) =>
      !looked
        .get(doubt.track)
        ?.some(({ frame }) => frame >= doubt.from - NEAR_KEY && frame <= doubt.to + NEAR_KEY),
  );
  open.sort((a, b) => b.worth - a.worth || a.frame - b.frame);
  return apart(open);
}

/** Looks at one track, so that `findDoubts` finds it looked at: thousands of tracks are looked at piece by piece. */
export function lookAhead(track: TrackId, document: Document, cuts: readonly number[]): void {
  const own = document.tracks.get(track);
  if (own) ofTrack(track, own, document, cuts);
}

/** Doubts of one object whose frames nearly meet are one: the first (most worth) stays. At most DOUBTS_MAX. */
function apart(doubts: readonly Doubt[]): Doubt[] {
  const kept: Doubt[] = [];
  const frames = new Map<TrackId, number[]>();
  for (const doubt of doubts) {
    const own = frames.get(doubt.track) ?? [];
    if (own.some((frame) => Math.abs(frame - doubt.frame) <= APART_FRAMES)) continue;
    frames.set(doubt.track, [...own, doubt.frame]);
    kept.push(doubt);
    if (kept.length === DOUBTS_MAX) break;
  }
  return kept;
}

const samples = new WeakMap<Track["states"], readonly Sample[]>();

function samplesOf(states: Track["states"]): readonly Sample[] {
  let known = samples.get(states);
  if (!known) {
    known = sortedFrames(states).map((frame) => {
      const state = states.get(frame)!;
      const shape = state.presence === "visible" ? state.shape : null;
      const measure = shape?.kind === "mask" ? measureOf(shape.mask) : null;
      return {
        frame,
        absent: state.presence === "absent",
        model: state.provenance.by === "model" && !state.key,
        score: state.score,
        // A score judges a mask: where there is none it says nothing.
        risk: state.score === null || state.key || shape === null ? 0 : 1 - state.score,
        area: measure?.area ?? 0,
        box: measure?.box ?? null,
      };
    });
    samples.set(states, known);
  }
  return known;
}

const ownDoubts = new WeakMap<
  Track["states"],
  { readonly cuts: readonly number[]; readonly doubts: readonly Doubt[] }
>();

/** A track's own doubts, found once for each version of its states. */
function ofTrack(
  track: TrackId,
  own: Track,
  document: Document,
  cuts: readonly number[],
): readonly Doubt[] {
  const known = ownDoubts.get(own.states);
  if (known?.cuts === cuts) return known.doubts;
  const doubts = foundIn(track, own, document, cuts);
  ownDoubts.set(own.states, { cuts, doubts });
  return doubts;
}

function foundIn(
  track: TrackId,
  { states }: Track,
  document: Document,
  cuts: readonly number[],
): Doubt[] {
  const row = samplesOf(states);
  if (!row.some((sample) => sample.model)) return [];
  const { size } = document.video;
  const keys = laneOf(states, document.video.frameCount).keys.map((key) => key.frame);
  const found: Doubt[] = [];
  const add = (at: number, facts: Pick<Doubt, "reason" | "value" | "from" | "to">) => {
    const sample = row[at]!;
    if (keys.some((key) => Math.abs(key - sample.frame) < NEAR_KEY)) return;
    const worth = flow(row, at, keys) * novelty(row, at, keys) * 1.5;
    const risk = Math.min(1, Math.max(0.25, sample.risk * 1.6));
    found.push({ track, frame: sample.frame, other: null, worth, risk, ...facts });
  };
  lowRuns(row, (from, to, lowest) =>
    add(lowest, {
      reason: "score",
      value: row[lowest]!.score ?? 0,
      from: row[from]!.frame,
      to: row[to]!.frame,
    }),
  );
  for (let i = 1; i < row.length; i++) {
    const [last, here] = [row[i - 1]!, row[i]!];
    const span = { from: here.frame, to: here.frame };
    if (!here.model) continue;
    if (last.absent && !here.absent) add(i, { reason: "vanished", value: 0, ...span });
    const ratio = areaRatio(row, i);
    if (ratio > AREA_GROWN || ratio < AREA_SHRUNK)
      add(i, { reason: "area", value: ratio, ...span });
    if (here.box && last.box && touches(here.box, size) && !touches(last.box, size))
      add(i, { reason: "edge", value: 0, ...span });
    if (here.frame - last.frame > 1 && cuts.includes(last.frame + 1))
      add(i - 1, { reason: "cut", value: 0, from: last.frame, to: last.frame });
  }
  const end = row.length - 1;
  if (cuts.includes(row[end]!.frame + 1))
    add(end, { reason: "cut", value: 0, from: row[end]!.frame, to: row[end]!.frame });
  return found;
}

/** Runs of neighbouring frames below the threshold, with the frame of the lowest score. */
function lowRuns(
  row: readonly Sample[],
  each: (from: number, to: number, lowest: number) => void,
): void {
  let from = -1;
  let lowest = -1;
  for (let i = 0; i <= row.length; i++) {
    const sample = row[i];
    const low =
      sample?.model && !sample.absent && sample.score !== null && sample.score < SCORE_THRESHOLD;
    if (low) {
      if (from < 0) {
        from = i;
        lowest = i;
      }
      if (sample.score! < row[lowest]!.score!) lowest = i;
    } else if (from >= 0) {
      each(from, i - 1, lowest);
      from = -1;
    }
  }
}

function areaRatio(row: readonly Sample[], at: number): number {
  const here = row[at]!;
  if (here.absent || here.area === 0) return 1;
  const before = row
    .slice(Math.max(0, at - 10), at)
    .filter((sample) => sample.area > 0)
    .map((sample) => sample.area)
    .sort((a, b) => a - b);
  if (before.length < 3) return 1;
  return here.area / before[before.length >> 1]!;
}

function touches(box: PixelBox, size: Size): boolean {
  return (
    box.x <= 0 || box.y <= 0 || box.x + box.width >= size.width || box.y + box.height >= size.height
  );
}

/** Risk of the frames a correction here would flow to, until the next key frame. */
function flow(row: readonly Sample[], at: number, keys: readonly number[]): number {
  const start = row[at]!.frame;
  const next = keys.find((key) => key > start) ?? Number.POSITIVE_INFINITY;
  let sum = 0;
  for (let i = at; i < row.length; i++) {
    const { frame, risk } = row[i]!;
    if (frame >= next || frame - start > FLOW_MAX) break;
    sum += risk * Math.exp(-(frame - start) / FLOW_FRAMES);
  }
  return sum;
}

/**
 * How unlike its key frames a mask is, NOVELTY_MIN … 1: where the object looks as it did when a person saw it, another
 * look teaches little. The rule compares features; the size and shape of the box stand in for them here.
 */
function novelty(row: readonly Sample[], at: number, keys: readonly number[]): number {
  const { box } = row[at]!;
  if (!box) return 1;
  const seen = new Set(keys);
  let most = 0;
  for (const sample of row)
    if (sample.box && seen.has(sample.frame)) most = Math.max(most, alike(box, sample.box));
  return Math.max(NOVELTY_MIN, Math.sqrt(1 - most));
}

/** IoU of two boxes laid on one centre. */
function alike(a: PixelBox, b: PixelBox): number {
  const both = Math.min(a.width, b.width) * Math.min(a.height, b.height);
  return both / (a.width * a.height + b.width * b.height - both);
}

interface CrossingRow {
  readonly id: TrackId;
  readonly states: Track["states"];
  readonly row: readonly Sample[];
  readonly keys: readonly number[];
}

const crossed = new WeakMap<Track["states"], WeakMap<Track["states"], readonly Doubt[]>>();

/** Where two objects begin to overlap; found once for each pair of states. */
function crossings(tracks: readonly (readonly [TrackId, Track])[], frameCount: number): Doubt[] {
  const rows = tracks.map(([id, { states }]): CrossingRow => {
    const keys = laneOf(states, frameCount).keys.map((key) => key.frame);
    return { id, states, row: samplesOf(states), keys };
  });
  return rows.flatMap((one, i) =>
    rows.slice(i + 1).flatMap((two) => {
      const ofOne = crossed.get(one.states) ?? new WeakMap<Track["states"], readonly Doubt[]>();
      crossed.set(one.states, ofOne);
      const found = ofOne.get(two.states) ?? crossingsOf(one, two);
      ofOne.set(two.states, found);
      return found;
    }),
  );
}

function crossingsOf(one: CrossingRow, two: CrossingRow): Doubt[] {
  const found: Doubt[] = [];
  let meeting = false;
  let j = 0;
  for (let i = 0; i < one.row.length; i++) {
    const here = one.row[i]!;
    while (j < two.row.length && two.row[j]!.frame < here.frame) j++;
    const there = two.row[j]?.frame === here.frame ? two.row[j]! : null;
    const meet = !!here.box && !!there?.box && boxIou(here.box, there.box) > CROSSING_IOU;
    if (meet && !meeting && i > 0) {
      // The one with the lower score is the one to look at.
      const second = there.risk > here.risk;
      const doubt = second ? crossingAt(two, j, one.id) : crossingAt(one, i, two.id);
      if (doubt) found.push(doubt);
    }
    meeting = meet;
  }
  return found;
}

function crossingAt({ id, row, keys }: CrossingRow, at: number, other: TrackId): Doubt | null {
  const sample = row[at]!;
  const { frame } = sample;
  if (!sample.model || keys.some((key) => Math.abs(key - frame) < NEAR_KEY)) return null;
  const worth = flow(row, at, keys) * novelty(row, at, keys) * 1.5;
  const risk = Math.min(1, Math.max(0.4, sample.risk * 1.6));
  return {
    track: id,
    frame,
    from: frame,
    to: frame,
    reason: "crossing",
    value: 0,
    other,
    worth,
    risk,
  };
}

function boxIou(a: PixelBox, b: PixelBox): number {
  const width = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x);
  const height = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y);
  if (width <= 0 || height <= 0) return 0;
  return (width * height) / (a.width * a.height + b.width * b.height - width * height);
}

const expectations = new WeakMap<Track["states"], { wrong: number; frames: number }>();

/** Wrong frames to expect: the risk of every model frame, summed over the tracks that were looked at. */
export function expectedWrong(document: Document): { wrong: number; frames: number } {
  let [wrong, frames] = [0, 0];
  for (const { states } of document.tracks.values()) {
    const row = samples.get(states);
    if (!row) continue;
    let own = expectations.get(states);
    if (!own) {
      const models = row.filter((sample) => sample.model);
      own = {
        wrong: models.reduce((sum, sample) => sum + sample.risk, 0),
        frames: models.length,
      };
      expectations.set(states, own);
    }
    wrong += own.wrong;
    frames += own.frames;
  }
  return { wrong, frames };
}
