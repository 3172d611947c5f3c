// Renders the sample clip into a sink, remembers its exact masks, and says how near a tracked object came.
import type { VideoSink } from "@masklet/video";
import { area, emptyMask, iou, isEmpty, type Mask, masksFromLabels } from "@masklet/vision";
import { mean } from "./evaluate/scores.ts";
import {
  sampleCut,
  sampleFrameCount,
  sampleFrames,
  sampleObjects,
  sampleSize,
} from "./sample-clip.ts";

/** Exact masks of the sample clip: for each frame the mask of each object, by its number. */
export type SampleTruth = readonly ReadonlyMap<number, Mask>[];

/** Draws every frame into the sink and completes it. The sink is abandoned on any failure. Throws what it throws. */
export async function renderSample(
  sink: VideoSink,
  told: { readonly signal: AbortSignal; readonly progress: (done: number, total: number) => void },
): Promise<SampleTruth> {
  const truth: ReadonlyMap<number, Mask>[] = [];
  try {
    for (const { rgb, labels } of sampleFrames()) {
      told.signal.throwIfAborted();
      await sink.write(rgb);
      const shown = masksFromLabels({ size: sampleSize, data: labels });
      truth.push(
        new Map(sampleObjects.map(({ id }) => [id, shown.get(id) ?? emptyMask(sampleSize)])),
      );
      told.progress(truth.length, sampleFrameCount);
    }
    await sink.finish();
  } catch (error) {
    await sink.abandon();
    throw error;
  }
  return truth;
}

export interface SampleScore {
  /** Mean IoU over the frames that show the object, 0 … 1. */
  readonly iou: number;
  /** Share of those frames with an IoU above one half. */
  readonly followed: number;
  /** Frames of the second shot, where the object is not, on which a mask of some size was given all the same. */
  readonly carriedOverCut: number;
}

// Smaller specks are no claim that the object is there.
const CLAIM_PIXELS = 50;

/** Compares one object's predicted masks by frame with the truth. */
export function scoreSample(
  truth: SampleTruth,
  object: number,
  predicted: ReadonlyMap<number, Mask>,
): SampleScore {
  const ious: number[] = [];
  let carriedOverCut = 0;
  for (const [frame, shown] of truth.entries()) {
    const exact = shown.get(object);
    const found = predicted.get(frame);
    if (exact === undefined || found === undefined) continue;
    if (!isEmpty(exact)) ious.push(iou(found, exact));
    else if (frame >= sampleCut && area(found) >= CLAIM_PIXELS) carriedOverCut += 1;
  }
  return {
    iou: mean(ious),
    followed: mean(ious.map((value) => (value > 0.5 ? 1 : 0))),
    carriedOverCut,
  };
}
