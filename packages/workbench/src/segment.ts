// Segments a single picture: one object by marks, or everything in it, as a palette picture.
import type { Frame } from "@masklet/video";
import { area, labelsFromMasks, tightBox, writeIndexedPng } from "@masklet/vision";
import { WorkbenchError } from "./errors.ts";
import { type Click, type CornerBox, checkMarks } from "./prompts.ts";
import type { Answer, Tracker } from "./tracker.ts";

/** Numbers an 8-bit picture has for objects. */
const OBJECTS_MAX = 255;

export interface SegmentJob {
  readonly tracker: Tracker;
  readonly picture: Frame;
  readonly name: string;
  readonly marks:
    | { readonly clicks: readonly Click[]; readonly box: CornerBox | null }
    | "everything";
  readonly signal: AbortSignal;
  readonly progress: (done: number, total: number) => void;
}

export interface SegmentedObject {
  /** Its number in the picture. */
  readonly object: number;
  readonly area: number;
  /** Left, top, right, bottom; right and bottom are one past the last pixel. */
  readonly box: readonly [number, number, number, number] | null;
  readonly predictedIou: number | null;
}

export interface Segmented {
  /** The palette picture: object numbers; where objects overlap the smaller lies on top. */
  readonly png: Uint8Array;
  readonly objects: readonly SegmentedObject[];
  /** Objects found beyond the 255 that the picture can hold; the least sure ones are left out. */
  readonly leftOut: number;
}

/** Checks marks against a picture before any model is loaded. Throws a WorkbenchError (`prompt`). */
export function checkSegmentMarks(job: Pick<SegmentJob, "marks" | "name" | "picture">): void {
  if (job.marks === "everything") return;
  const { clicks, box } = job.marks;
  if (clicks.length === 0 && box === null) {
    throw new WorkbenchError(
      "prompt",
      "No object is named: give --point or --box, or --auto for everything.",
    );
  }
  checkMarks(job.marks, job.picture.size, job.name);
}

/** Segments. Marks must have been checked. Throws a WorkbenchError (`interrupted`) and what the tracker throws. */
export async function segmentImage(job: SegmentJob): Promise<Segmented> {
  const { size } = job.picture;
  const session = await job.tracker.openPicture(job.picture);
  try {
    const found =
      job.marks === "everything"
        ? await session.segmentAll({ signal: job.signal, progress: job.progress })
        : (await session.segment({ kind: "marks", ...job.marks }, null)).slice(0, 1);
    const kept = found.slice(0, OBJECTS_MAX).map((answer, at) => ({ object: at + 1, answer }));
    const largestFirst = [...kept].sort((a, b) => area(b.answer.mask) - area(a.answer.mask));
    const labels = labelsFromMasks(
      largestFirst.map(({ object, answer }) => [object, answer.mask] as const),
      size,
    );
    return {
      png: await writeIndexedPng(labels),
      objects: kept.map(({ object, answer }) => describe(object, answer)),
      leftOut: found.length - kept.length,
    };
  } finally {
    await session.close();
  }
}

function describe(object: number, { mask, predictedIou }: Answer): SegmentedObject {
  const box = tightBox(mask);
  return {
    object,
    area: area(mask),
    box: box === null ? null : [box.x, box.y, box.x + box.width, box.y + box.height],
    predictedIou,
  };
}
