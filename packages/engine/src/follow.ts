// Following objects onto one frame: attend and decode in batches, judge together, remember.
import { maskFromLogits } from "@masklet/vision";
import { asksForNearParts, type Configuration } from "./configuration/configuration.ts";
import {
  attendToMemories,
  type Decision,
  decodeObjects,
  type Features,
  rememberObjects,
  severalFor,
} from "./frame-step.ts";
import {
  type Direction,
  type FrameOutput,
  type MemoryBank,
  outputOn,
  type StoredMemory,
  withOutput,
} from "./memory/bank.ts";
import type { MemoryChoice } from "./memory/choose.ts";
import { nearParts, TRACKED_REACH } from "./near-parts.ts";
import {
  type Candidate,
  type Collision,
  pairOf,
  type TrackView,
  type Verdict,
} from "./policy/policy.ts";
import { SIGHTS_MAX, type Sight } from "./policy/reacquire.ts";
import { BATCH_DEFAULT, batches, type SessionOptions, type VideoFrame } from "./session-options.ts";
import type { TrackingModel } from "./tracking-model.ts";
import type { ObjectTrack } from "./video-session-state.ts";

/** Object scores that a contest looks back on (SAM2MOT). */
const RECENT_SCORES = 10;
/** Frames after which a mask no longer says where the object is. */
const LAST_SEEN_REACH = 8;

/** Everything that a frame is followed with. */
export interface Following {
  readonly model: TrackingModel;
  readonly options: SessionOptions;
  readonly frame: VideoFrame;
  readonly direction: Direction;
  readonly features: Features;
  /** All objects of the session: those that are not followed here may have a person's mask on the frame. */
  readonly all: readonly ObjectTrack[];
  /** Pairs in collision on the frame before. */
  readonly colliding: ReadonlySet<string>;
}

export interface Followed {
  /** The followed objects with their new banks. */
  readonly tracks: readonly ObjectTrack[];
  readonly collisions: readonly Collision[];
  readonly colliding: ReadonlySet<string>;
}

/** One frame for these objects, none of which has a conditioning output on it. */
export async function follow(
  tracks: readonly ObjectTrack[],
  following: Following,
): Promise<Followed> {
  const { frame, options } = following;
  const decisions = new Map<number, Decision>();
  for (const batch of equalBatches(tracks, following)) {
    for (const [object, decision] of await decideBatch(batch, following)) {
      const { bank } = batch.find(({ track }) => track.object === object)!.track;
      decisions.set(object, keptNear(decision, bank, following));
    }
  }
  const { verdicts, collisions } = options.policy.judge(
    candidatesOf(decisions, following),
    following.colliding,
  );
  const memories = await remember(tracks, decisions, verdicts, following);
  return {
    tracks: tracks.map((track) => {
      const { output, remember } = verdicts.get(track.object)!;
      const stored = { ...output, memory: memories.get(track.object) ?? null, withheld: !remember };
      const bank = withOutput(track.bank, "tracked", frame.index, stored);
      const sights =
        remember && output.score > 0 ? withSight(track.sights, sightOf(output)) : track.sights;
      return { ...track, bank, sights };
    }),
    collisions,
    colliding: new Set(collisions.map(({ objects }) => pairOf(...objects))),
  };
}

/** The decision without parts far from the object's last mask, where policy and network ask for that. */
function keptNear(decision: Decision, bank: MemoryBank, following: Following): Decision {
  const { model, options } = following;
  if (!(options.policy.keepsNear && asksForNearParts(model.configuration))) return decision;
  const seen = lastSeen(bank, following);
  if (seen === null) return decision;
  const side = model.configuration.imageSize / 4;
  const known = maskFromLogits(seen, { width: side, height: side });
  const { output, unfilled } = decision;
  const logits = nearParts(output.logits, known, TRACKED_REACH);
  if (logits === output.logits) return decision;
  return {
    ...decision,
    output: { ...output, logits },
    unfilled: nearParts(unfilled, known, TRACKED_REACH),
  };
}

/** Logits of the nearest earlier frame, on the way of tracking and in its shot, on which the object was in view. */
function lastSeen(bank: MemoryBank, { frame, direction }: Following): Float32Array | null {
  const step = direction === "forward" ? -1 : 1;
  for (let back = 1; back <= LAST_SEEN_REACH; back++) {
    const output = outputOn(bank, frame.index + step * back);
    if (output === undefined || output.shot !== (frame.shot ?? null)) continue;
    if (output.score > 0) return output.logits;
  }
  return null;
}

function sightOf({ score, quality, logits }: FrameOutput): Sight {
  return { score, quality, area: logits.reduce((sum, logit) => sum + Number(logit > 0), 0) };
}

/** The sights with one more, without the oldest beyond the limit. */
function withSight(sights: readonly Sight[], sight: Sight): readonly Sight[] {
  return [...sights, sight].slice(-SIGHTS_MAX);
}

/** How the network sees each of these resting objects on a frame; nothing is remembered of it. */
export async function looksFor(
  tracks: readonly ObjectTrack[],
  following: Following,
): Promise<ReadonlyMap<number, Sight>> {
  const sights = new Map<number, Sight>();
  for (const batch of equalBatches(tracks, following)) {
    for (const [object, { output }] of await decideBatch(batch, following))
      sights.set(object, sightOf(output));
  }
  return sights;
}

/** What a policy is asked about an object on a frame. */
export function viewOf(
  { bank, foundIn }: Pick<ObjectTrack, "bank" | "foundIn">,
  {
    frame,
    direction,
    options,
    configuration,
  }: {
    readonly frame: VideoFrame;
    readonly direction: Direction;
    readonly options: SessionOptions;
    readonly configuration: Configuration;
  },
): TrackView {
  const { frameCount } = options;
  return {
    bank,
    frame: frame.index,
    direction,
    shot: frame.shot ?? null,
    foundIn,
    frameCount,
    memory: configuration.memory,
  };
}

interface Asked {
  readonly track: ObjectTrack;
  readonly choice: MemoryChoice;
}

/** Objects with equally many memories and pointers go through the network together. */
function equalBatches(
  tracks: readonly ObjectTrack[],
  following: Following,
): readonly (readonly Asked[])[] {
  const { model, options } = following;
  const groups = new Map<string, Asked[]>();
  for (const track of tracks) {
    const choice = options.policy.choose(
      viewOf(track, { ...following, configuration: model.configuration }),
    );
    const key = `${choice.memories.length} ${choice.pointers.length}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [{ track, choice }]);
    else group.push({ track, choice });
  }
  return [...groups.values()].flatMap((group) => batches(group, options.batch ?? BATCH_DEFAULT));
}

async function decideBatch(
  batch: readonly Asked[],
  { model, frame, features, options }: Following,
): Promise<readonly (readonly [number, Decision])[]> {
  const memories = batch.map(({ track, choice }) => ({ bank: track.bank, choice }));
  const conditioned = await attendToMemories(model, features, memories);
  const prompt = { points: null, logits: null, several: severalFor(model, 0, false) };
  const place = { count: batch.length, shot: frame.shot ?? null };
  const decisions = await decodeObjects(model, conditioned, prompt, place);
  return batch.map(({ track, choice }, index) => {
    const { object } = track;
    const decision = decisions[index]!;
    options.onEvent?.({
      kind: "decided",
      frame: frame.index,
      object,
      choice,
      points: 0,
      promptLogits: null,
      decision,
    });
    return [object, decision] as const;
  });
}

/** Fresh outputs of the followed objects beside what a person gave for the others on this frame. */
function candidatesOf(
  decisions: ReadonlyMap<number, Decision>,
  { all, frame }: Following,
): readonly Candidate[] {
  return all.flatMap(({ object, bank }): Candidate[] => {
    const fresh = decisions.get(object)?.output;
    const output = fresh ?? bank.conditioning.get(frame.index);
    if (output === undefined) return [];
    const recentScores = [...bank.tracked]
      .sort(([a], [b]) => Math.abs(a - frame.index) - Math.abs(b - frame.index))
      .slice(0, RECENT_SCORES)
      .map(([, { score }]) => score);
    return [{ object, output, bank, isHuman: fresh === undefined, recentScores }];
  });
}

/** Memories of those that may be remembered, by object. */
async function remember(
  tracks: readonly ObjectTrack[],
  decisions: ReadonlyMap<number, Decision>,
  verdicts: ReadonlyMap<number, Verdict>,
  { model, options, frame, features }: Following,
): Promise<ReadonlyMap<number, StoredMemory>> {
  const memories = new Map<number, StoredMemory>();
  const kept = tracks.filter(({ object }) => verdicts.get(object)!.remember);
  for (const batch of batches(kept, options.batch ?? BATCH_DEFAULT)) {
    // Tracked frames are remembered by their logits before holes were filled, as in the reference.
    const remembered = batch.map(({ object }) => {
      const { unfilled, output } = decisions.get(object)!;
      return { logits: unfilled, score: output.score };
    });
    const fresh = await rememberObjects(model, features, remembered, { prompted: false });
    for (const [index, { object }] of batch.entries()) {
      const memory = fresh[index]!;
      memories.set(object, memory);
      options.onEvent?.({ kind: "remembered", frame: frame.index, object, of: "tracked", memory });
    }
  }
  return memories;
}
