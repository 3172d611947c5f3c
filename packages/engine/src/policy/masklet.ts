// The default policy: a person's word stays, good views are remembered, collisions and cuts are respected.
import { ABSENT_LOGIT } from "../absent.ts";
import { type MemoryBank, outputOn, withoutTracked } from "../memory/bank.ts";
import { directionOn } from "../memory/visits.ts";
import {
  afterContest,
  COLLISION_BEGINS,
  containmentOf,
  hiddenOf,
  isCollision,
  overlapOf,
} from "./collisions.ts";
import { staleFrames } from "./corrections.ts";
import { restsInShot, servesInShot } from "./cuts.ts";
import {
  chooseGatedMemories,
  confidenceOf,
  type GateFrame,
  gateReach,
  rememberedFrames,
} from "./memory-gate.ts";
import {
  type Candidate,
  type Collision,
  type FrameJudgement,
  pairOf,
  type TrackingPolicy,
  type TrackView,
  type Verdict,
} from "./policy.ts";
import { isGoodSight } from "./reacquire.ts";

/**
 * Conditioning frames that take part at once. Each costs as much attention as a recent frame, so without
 * a limit every correction would slow down all later tracking; none of them is ever forgotten.
 */
export const CONDITIONING_MAX = 8;

/** The design's rules 3.1, 3.5 and 3.6 of the research notes, each in a file of its own. */
export const maskletPolicy: TrackingPolicy = {
  name: "masklet",
  looksAgain: true,
  keepsNear: true,
  conditions: () => true,
  choose: ({ bank, frame, direction, shot, frameCount, memory }) =>
    chooseGatedMemories({
      frame,
      direction,
      conditioning: [...bank.conditioning.keys()],
      tracked: usable(bank, shot),
      frameCount,
      rules: { ...memory, conditioningMax: memory.conditioningMax ?? CONDITIONING_MAX },
    }),
  rests: ({ bank, shot, foundIn }) =>
    restsInShot(shot, [
      ...foundIn,
      ...[...bank.conditioning.values()].map((output) => output.shot),
    ]),
  recognises: isGoodSight,
  judge,
  afterCorrection: (bank, corrected, visits) => {
    const conditioning = [...bank.conditioning.keys()];
    const tracked = [...bank.tracked.keys()].map(
      (frame) => [frame, directionOn(visits, frame)] as const,
    );
    return forgotten(bank, new Set(staleFrames({ corrected, conditioning, tracked })));
  },
  pruned,
};

/** Tracked frames that may be looked back on in this shot. */
function usable(bank: MemoryBank, shot: number | null): readonly GateFrame[] {
  return [...bank.tracked]
    .filter(([, output]) => output.memory !== null && servesInShot(output.shot, shot))
    .map(([frame, output]) => ({ frame, confidence: confidenceOf(output) }));
}

/** Stale frames can still be shown and corrected, but nothing is remembered of them. */
function forgotten(bank: MemoryBank, stale: ReadonlySet<number>): MemoryBank {
  const tracked = [...bank.tracked].map(
    ([frame, output]) => [frame, stale.has(frame) ? { ...output, memory: null } : output] as const,
  );
  return { ...bank, tracked: new Map(tracked) };
}

/** Keeps what could be chosen from here either way, and the direct neighbourhood of a person's frames. */
function pruned(bank: MemoryBank, { frame, shot, memory }: Omit<TrackView, "bank">): MemoryBank {
  const frames = usable(bank, shot);
  // One more than can be chosen: the present frame may be the next one's neighbour.
  const max = gateReach(memory) + 1;
  const kept = new Set([
    frame,
    ...rememberedFrames(frames, { now: frame, direction: "forward", max }),
    ...rememberedFrames(frames, { now: frame, direction: "backward", max }),
  ]);
  const anchors = [frame, ...bank.conditioning.keys()];
  const isNear = (candidate: number) =>
    anchors.some((anchor) => Math.abs(anchor - candidate) < memory.slots);
  return withoutTracked(bank, (candidate) => !kept.has(candidate) && !isNear(candidate));
}

/**
 * Who may be remembered, and what is left of masks that met. In a collision both sides keep their memory
 * as it was before; the shared region goes to the higher logit; an object that is swallowed or left with
 * too little is hidden. A mask that a person gave is never touched.
 */
function judge(candidates: readonly Candidate[], colliding: ReadonlySet<string>): FrameJudgement {
  const verdicts = new Map<number, Verdict>(
    candidates.map(({ object, output }) => [object, { output, remember: true }]),
  );
  const collisions: Collision[] = [];
  for (const [index, a] of candidates.entries()) {
    for (const b of candidates.slice(index + 1)) {
      if (a.isHuman && b.isHuman) continue;
      const overlap = overlapOf(a.output.logits, b.output.logits);
      if (!isCollision(overlap, colliding.has(pairOf(a.object, b.object)))) continue;
      if (isPart(a.bank, b.bank)) continue;
      const swallowed = hiddenOf(contender(a), contender(b), overlap);
      const hidden = [a, b]
        .filter((side) => settle(side, side === a ? b : a, swallowed, verdicts))
        .map(({ object }) => object);
      collisions.push({
        objects: [a.object, b.object],
        containment: containmentOf(overlap),
        hidden: hidden[0] ?? null,
      });
    }
  }
  return { verdicts, collisions };
}

/** Writes the verdict of one side; true when it is hidden. */
function settle(
  side: Candidate,
  other: Candidate,
  swallowed: number | null,
  verdicts: Map<number, Verdict>,
): boolean {
  if (side.isHuman) return false;
  const before = verdicts.get(side.object)!.output;
  // Of two equal masks a person's stands.
  const isSwallowed = swallowed !== null && (swallowed === side.object || other.isHuman);
  const left = isSwallowed ? null : afterContest(before.logits, other.output.logits);
  // Hidden is absent: no mask, and a score below zero that says so.
  const hidden = {
    ...before,
    logits: before.logits.map(() => ABSENT_LOGIT),
    score: -Math.abs(before.score),
  };
  const output = left === null ? hidden : { ...before, logits: left };
  verdicts.set(side.object, { output, remember: false });
  return left === null;
}

function contender({ object, output, recentScores, isHuman }: Candidate) {
  // A person's mask is in view beyond doubt.
  return { object, score: isHuman ? Number.POSITIVE_INFINITY : output.score, recentScores };
}

/** Whether a person drew one as part of the other: their masks share much on a frame that a person touched. */
function isPart(a: MemoryBank, b: MemoryBank): boolean {
  for (const frame of new Set([...a.conditioning.keys(), ...b.conditioning.keys()])) {
    const [outputA, outputB] = [outputOn(a, frame), outputOn(b, frame)];
    if (!outputA || !outputB || outputA.withheld || outputB.withheld) continue;
    if (containmentOf(overlapOf(outputA.logits, outputB.logits)) > COLLISION_BEGINS) return true;
  }
  return false;
}
