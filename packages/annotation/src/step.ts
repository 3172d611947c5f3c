// Steps and transactions: the only way a document changes. Each step carries what was and what will be.
import type { FrameIndex } from "@masklet/vision";
import type {
  Document,
  Label,
  LabelId,
  Review,
  State,
  TrackId,
  TrackInfo,
  VideoInfo,
} from "./document.ts";
import { same } from "./same.ts";

/** `before` null means that there was nothing, `after` null that there will be nothing. */
interface Change<T> {
  readonly before: T | null;
  readonly after: T | null;
}

export type Step =
  | { readonly type: "putVideo"; readonly before: VideoInfo; readonly after: VideoInfo }
  | ({ readonly type: "putLabel"; readonly label: LabelId } & Change<Label>)
  | ({ readonly type: "putTrack"; readonly track: TrackId } & Change<TrackInfo>)
  | ({ readonly type: "putReview"; readonly track: TrackId } & Change<Review>)
  | ({
      readonly type: "putState";
      readonly track: TrackId;
      readonly frame: FrameIndex;
    } & Change<State>);

/** A group of steps that happen together or not at all. The same value travels over the wire and into the log. */
export interface Transaction {
  readonly id: string;
  /** What the user did, in the words of the undo menu. */
  readonly title: string;
  readonly origin: "person" | "engine" | "import";
  /** Who did it; null where nobody is signed in. */
  readonly author: string | null;
  /** Transactions of one run are undone together. */
  readonly run: string | null;
  readonly steps: readonly Step[];
}

/** Reverses a transaction: steps backwards, before and after swapped. Applying both changes nothing. */
export function invert(
  transaction: Transaction,
  as: { readonly id: string; readonly title?: string },
): Transaction {
  const steps = transaction.steps.map(inverse).reverse();
  return { ...transaction, ...as, steps };
}

function inverse(step: Step): Step {
  return { ...step, before: step.after, after: step.before } as Step;
}

/**
 * Joins transactions that follow each other into one with the same effect: for each thing the first
 * `before` and the last `after`; what ends as it began drops out. Facts are those of the last one.
 */
export function squash(
  transactions: readonly Transaction[],
  as: { readonly id: string; readonly title?: string },
): Transaction {
  const last = transactions.at(-1);
  if (last === undefined) throw new RangeError("Squashing needs at least one transaction.");
  const byThing = new Map<string, Step>();
  for (const { steps } of transactions) {
    for (const step of steps) {
      const thing = thingOf(step);
      const first = byThing.get(thing);
      byThing.set(thing, first ? ({ ...step, before: first.before } as Step) : step);
    }
  }
  const steps = [...byThing.values()].filter((step) => !same(step.before, step.after));
  return { ...last, ...as, steps };
}

/** The name of what a step changes: steps with equal names concern the same thing. */
export function thingOf(step: Step): string {
  switch (step.type) {
    case "putVideo":
      return "video";
    case "putLabel":
      return `label ${step.label}`;
    case "putTrack":
      return `track ${step.track}`;
    case "putReview":
      return `review ${step.track}`;
    case "putState":
      return `${step.track} ${step.frame}`;
  }
}

/** What the document holds now for the thing that the step changes. */
export function currentOf(document: Document, step: Step): Step["before"] {
  switch (step.type) {
    case "putVideo":
      return document.video;
    case "putLabel":
      return document.labels.get(step.label) ?? null;
    case "putTrack":
      return document.tracks.get(step.track)?.info ?? null;
    case "putReview":
      return document.tracks.get(step.track)?.review ?? null;
    case "putState":
      return document.tracks.get(step.track)?.states.get(step.frame) ?? null;
  }
}
