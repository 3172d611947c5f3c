// Masks drawn with characters, and small documents to edit.
import { type FrameIndex, type Mask, maskFromBitmap } from "@masklet/vision";
import {
  apply,
  type Document,
  newDocument,
  type Shape,
  type State,
  type Step,
  type Transaction,
  trackId,
  trackInfo,
  visible,
} from "../src/index.ts";

/** `mask("..##", ".###")`: `#` is inside. */
export function mask(...rows: readonly string[]): Mask {
  const size = { width: rows[0]!.length, height: rows.length };
  return maskFromBitmap({ size, data: Uint8Array.from(rows.join(""), (c) => (c === "#" ? 1 : 0)) });
}

export const at = (frame: number): FrameIndex => frame as FrameIndex;
export const person = { by: "person", person: null } as const;
export const tracker = {
  by: "model",
  model: "nano",
  version: null,
  policy: null,
  run: "r",
  prompted: [],
} as const;

export function box(x: number, y = 0, width = 4, height = 4): Shape {
  return { kind: "box", x, y, width, height };
}

export function transaction(steps: readonly Step[], facts: Partial<Transaction> = {}): Transaction {
  return { id: "t", title: "Edit", origin: "person", author: null, run: null, ...facts, steps };
}

/** A 40 × 30 video of 20 frames with one track for each list of states. */
export function documentOf(...tracks: readonly Readonly<Record<number, State>>[]): Document {
  const steps = tracks.flatMap((states, i): Step[] => [
    {
      type: "putTrack",
      track: trackId(i + 1),
      before: null,
      after: trackInfo({ name: `track ${i + 1}` }),
    },
    ...Object.entries(states).map(
      ([frame, after]): Step => ({
        type: "putState",
        track: trackId(i + 1),
        frame: at(Number(frame)),
        before: null,
        after,
      }),
    ),
  ]);
  const empty = newDocument({ name: "clip", size: { width: 40, height: 30 }, frameCount: 20 });
  return applied(empty, transaction(steps));
}

export function applied(document: Document, one: Transaction): Document {
  const outcome = apply(document, one);
  if (!outcome.ok) throw new Error(outcome.refusal.message);
  return outcome.document;
}

export const boxState = (x: number): State => visible(box(x), person);
