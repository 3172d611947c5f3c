// What a tracking policy decides; the session asks, policies answer with plain data.
import type { MemoryRules, PredictorRules } from "../configuration/rules.ts";
import type { Direction, FrameOutput, MemoryBank } from "../memory/bank.ts";
import type { MemoryChoice } from "../memory/choose.ts";
import type { Visits } from "../memory/visits.ts";
import type { Sight } from "./reacquire.ts";

/** One object before a frame is tracked. */
export interface TrackView {
  readonly bank: MemoryBank;
  readonly frame: number;
  readonly direction: Direction;
  /** Number of the frame's shot, or null where shots are not known. */
  readonly shot: number | null;
  /** Shots in which the object was taken up again without a person's word. */
  readonly foundIn: readonly number[];
  readonly frameCount: number | null;
  readonly memory: MemoryRules;
}

/** One object's fresh output on a frame, before anything is remembered. */
export interface Candidate {
  readonly object: number;
  readonly output: FrameOutput;
  readonly bank: MemoryBank;
  /** A person touched this frame: nothing may be taken from this output. */
  readonly isHuman: boolean;
  /** Scores of the object's most recent tracked frames, newest last. */
  readonly recentScores: readonly number[];
}

/** What becomes of a candidate. */
export interface Verdict {
  /** Shown and stored; may differ from the candidate's where a contest took pixels or the whole mask. */
  readonly output: FrameOutput;
  /** Whether the frame enters the memory. */
  readonly remember: boolean;
}

/** A place where two objects met, worth a look by a person. */
export interface Collision {
  readonly objects: readonly [number, number];
  /** Shared area over the smaller area, 0…1. */
  readonly containment: number;
  /** The object that was taken to be hidden, or null. */
  readonly hidden: number | null;
}

export interface FrameJudgement {
  readonly verdicts: ReadonlyMap<number, Verdict>;
  readonly collisions: readonly Collision[];
}

export interface TrackingPolicy {
  readonly name: "reference" | "masklet";
  /** Whether prompted frames are looked at again (`second-look/`) where the network's configuration asks for it. */
  readonly looksAgain: boolean;
  /** Whether a tracked mask loses the parts far from the one before where the network's configuration asks for it. */
  readonly keepsNear: boolean;
  /** Whether a prompt on a frame makes it a conditioning frame. */
  conditions(prompt: { readonly firstVisit: boolean }, rules: PredictorRules): boolean;
  choose(view: TrackView): MemoryChoice;
  /** Whether the object rests on this frame: no network, no mask, nothing remembered. */
  rests(view: TrackView): boolean;
  /** Whether a resting object that the network sees so is the same one, given how it saw it where a person named it. */
  recognises(sight: Sight, own: readonly Sight[]): boolean;
  /** `colliding` names the pairs (`pairOf`) that were in collision on the frame before. */
  judge(candidates: readonly Candidate[], colliding: ReadonlySet<string>): FrameJudgement;
  /** The bank after a person touched a frame that had been tracked; `visits` say which way each frame was. */
  afterCorrection(bank: MemoryBank, corrected: number, visits: Visits): MemoryBank;
  /** The bank after a frame was tracked, without what can never be read again. */
  pruned(bank: MemoryBank, view: Omit<TrackView, "bank">): MemoryBank;
}

/** The name of a pair, whichever way round. */
export function pairOf(a: number, b: number): string {
  return a < b ? `${a}-${b}` : `${b}-${a}`;
}
