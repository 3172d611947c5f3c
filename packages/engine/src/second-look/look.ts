// A second look at what a person points at: the picture mirrored and closer, and all views brought together.
import type { Size } from "@masklet/vision";
import {
  asksForNearParts,
  calibratedQuality,
  calibratedScore,
} from "../configuration/configuration.ts";
import { type Features, promptInputs } from "../frame-step.ts";
import { stabilityOf } from "../mask-choice.ts";
import { partsPointedAt } from "../near-parts.ts";
import type { ModelPoints } from "../prompts.ts";
import type { TrackingModel } from "../tracking-model.ts";
import { type Candidate, cutOffLength, overlapOfLogits, rankedByAgreement } from "./agreement.ts";
import {
  broughtBack,
  extentOf,
  OUTSIDE_LOGIT,
  type Plane,
  pointsIn,
  type Region,
  regionAround,
  takenOut,
  wholeRegion,
} from "./region.ts";
import type { Views } from "./views.ts";

/** Side of the view around a first click, in sides of the picture. */
const CLICK_VIEW_SHARE = 0.5;
/** A correction is seen in the box of mask and points, widened by this factor … */
const OBJECT_VIEW_FACTOR = 1.6;
/** … but not smaller than this share of the picture's sides … */
const OBJECT_VIEW_MIN = 0.12;
/** … nor narrower than this share of its longer side. */
const OBJECT_VIEW_ASPECT = 0.6;
/** A view of more of the picture than this shows nothing that the whole does not. */
const OBJECT_VIEW_AREA_MAX = 0.75;
/** Answers to one click that overlap more than this are one answer. */
const SAME_ANSWER_IOU = 0.8;
const ANSWERS_MAX = 3;
const STABILITY_DELTA = 1;

export interface LookQuestion {
  /** In model pixels of the whole picture; none where an answer is only to be refined. */
  readonly points: ModelPoints;
  /** The answer that is being corrected, over the whole picture; null for a first prompt. */
  readonly before: Plane | null;
  /** Of the whole picture, on a tracked frame conditioned on memories. */
  readonly features: Features;
  readonly views: Views;
}

/** An answer of all views together. */
export interface Look {
  /** Logits S × S over the whole picture: four times as fine as the network's own. */
  readonly detail: Float32Array;
  /** Predicted IoU, 0…1. */
  readonly quality: number;
  /** The highest object score (logit) of all views. */
  readonly score: number;
  readonly pointer: Float32Array;
}

/**
 * Answers to a prompt, the best first: up to three different ones for a single click, one for anything else. Beside the
 * whole picture a single click costs one encoder pass (and one more, once for each picture, for its mirror image) and two
 * decoder passes; anything else one of each.
 */
export async function lookAgain(
  model: TrackingModel,
  question: LookQuestion,
): Promise<readonly Look[]> {
  const { points, before } = question;
  const { imageSize } = model.configuration;
  const isFirstClick = before === null && points.labels.length === 1;
  const looks = isFirstClick
    ? await firstLooks(model, question)
    : [await correctedLook(model, question)];
  if (!asksForNearParts(model.configuration)) return looks;
  return looks.map((look) => ({
    ...look,
    detail: partsPointedAt(look.detail, { points, before, imageSize }),
  }));
}

/** What one view shows: four masks with what the network says of them. */
interface Seen {
  readonly region: Region;
  readonly masks: readonly Float32Array[];
  readonly quality: Float32Array;
  readonly score: number;
  readonly pointers: readonly Float32Array[];
}

async function see(
  model: TrackingModel,
  { points, before, features, views }: LookQuestion,
  region: Region,
): Promise<Seen> {
  const { imageSize: side, width } = model.configuration;
  const frame = views.picture.size;
  const { left, top, right, bottom } = extentOf(region, frame);
  const isWhole = left === 0 && top === 0 && right === 1 && bottom === 1 && !region.mirrored;
  const seen = isWhole ? features : await views.features(region);
  const place = { mirrored: region.mirrored, side: side / 4 };
  const logits = before === null ? null : takenOut(before, extentOf(region, frame), place);
  const inside = pointsIn(points, region, { frame, side });
  const outputs = await model.graphs.run("decode", { ...seen, ...promptInputs(inside, logits) });
  const cut = (data: Float32Array, size: number) =>
    Array.from({ length: 4 }, (_, at) => data.slice(at * size, (at + 1) * size));
  return {
    region,
    masks: cut(outputs.masks!.data, (side / 4) ** 2),
    quality: outputs.quality!.data.map((each) => calibratedQuality(each, model.configuration)),
    score: calibratedScore(outputs.object_score!.data[0]!, model.configuration),
    pointers: cut(outputs.pointers!.data, width),
  };
}

async function firstLooks(model: TrackingModel, question: LookQuestion): Promise<readonly Look[]> {
  const side = model.configuration.imageSize;
  const frame = question.views.picture.size;
  const [x, y] = question.points.coordinates;
  const closer = regionAround(
    { x: x! / side, y: y! / side },
    { width: CLICK_VIEW_SHARE, height: CLICK_VIEW_SHARE },
    frame,
  );
  const seen: Seen[] = [];
  for (const region of [wholeRegion(frame, false), wholeRegion(frame, true), closer]) {
    seen.push(await see(model, question, region));
  }
  const score = Math.max(...seen.map((each) => each.score));
  const candidates = seen.flatMap((each) => candidatesOf(each, frame, side));
  const ranked = rankedByAgreement(candidates).map((at) => candidates[at]!);
  return differing(ranked).map(({ logits, quality, pointer }) => ({
    detail: logits,
    quality,
    score,
    pointer,
  }));
}

function candidatesOf(
  { region, masks, quality, pointers }: Seen,
  frame: Size,
  side: number,
): (Candidate & { readonly pointer: Float32Array })[] {
  const extent = extentOf(region, frame);
  const [first, last] = region.mirrored ? ["right", "left"] : ["left", "right"];
  const inner = {
    [first!]: extent.left > 0,
    [last!]: extent.right < 1,
    top: extent.top > 0,
    bottom: extent.bottom < 1,
  } as { left: boolean; right: boolean; top: boolean; bottom: boolean };
  return masks.map((mask, at) => ({
    logits: broughtBack({ side: side / 4, data: mask }, extent, {
      mirrored: region.mirrored,
      side,
    }),
    quality: quality[at]!,
    stability: stabilityOf(mask, STABILITY_DELTA),
    cutOff: cutOffLength(mask, inner),
    pointer: pointers[at]!,
  }));
}

/** The first answers of a ranking that differ from one another. */
function differing<T extends Candidate>(ranked: readonly T[]): T[] {
  const kept: T[] = [];
  for (const candidate of ranked) {
    if (kept.length === ANSWERS_MAX) break;
    const isNew = kept.every(
      ({ logits }) => overlapOfLogits(logits, candidate.logits) <= SAME_ANSWER_IOU,
    );
    if (isNew) kept.push(candidate);
  }
  return kept;
}

/**
 * The single mask of the whole picture; where the object leaves most of the picture free, averaged with what a view of its
 * surroundings shows. (The mirror image adds nothing here, and the closer view alone is worse: decision 0042.)
 */
async function correctedLook(model: TrackingModel, question: LookQuestion): Promise<Look> {
  const side = model.configuration.imageSize;
  const frame = question.views.picture.size;
  const whole = await see(model, question, wholeRegion(frame, false));
  const pointer = whole.pointers[0]!;
  const first = singleIn(whole, frame, side);
  const region = surroundings(first, question.points, { frame, side });
  if (region === null) {
    return { detail: first, quality: whole.quality[0]!, score: whole.score, pointer };
  }
  const closer = await see(model, question, region);
  const inside = singleIn(closer, frame, side);
  return {
    detail: first.map((logit, at) =>
      inside[at]! === OUTSIDE_LOGIT ? logit : (logit + inside[at]!) / 2,
    ),
    quality: (whole.quality[0]! + closer.quality[0]!) / 2,
    score: Math.max(whole.score, closer.score),
    pointer,
  };
}

/** The single mask of a view, brought back over the whole picture. */
function singleIn({ region, masks }: Seen, frame: Size, side: number): Float32Array {
  const view = { side: side / 4, data: masks[0]! };
  return broughtBack(view, extentOf(region, frame), { mirrored: region.mirrored, side });
}

/** The view around mask and points, or null where it would show most of the picture. */
function surroundings(
  detail: Float32Array,
  { coordinates, labels }: ModelPoints,
  { frame, side }: { readonly frame: Size; readonly side: number },
): Region | null {
  const points = [...labels].map((_, at) => [coordinates[2 * at]!, coordinates[2 * at + 1]!]);
  let left = Math.min(...points.map(([x]) => x!));
  let right = Math.max(...points.map(([x]) => x!));
  let top = Math.min(...points.map(([, y]) => y!));
  let bottom = Math.max(...points.map(([, y]) => y!));
  for (let row = 0, at = 0; row < side; row++) {
    for (let column = 0; column < side; column++, at++) {
      if (detail[at]! <= 0) continue;
      left = Math.min(left, column);
      right = Math.max(right, column + 1);
      top = Math.min(top, row);
      bottom = Math.max(bottom, row + 1);
    }
  }
  if (left > right) return null;
  const widened = (from: number, to: number) =>
    Math.max(((to - from) / side) * OBJECT_VIEW_FACTOR, OBJECT_VIEW_MIN);
  const [across, down] = [widened(left, right), widened(top, bottom)];
  const share = {
    width: Math.max(across, down * OBJECT_VIEW_ASPECT),
    height: Math.max(down, across * OBJECT_VIEW_ASPECT),
  };
  const centre = { x: (left + right) / 2 / side, y: (top + bottom) / 2 / side };
  const region = regionAround(centre, share, frame);
  const extent = extentOf(region, frame);
  const seen = (extent.right - extent.left) * (extent.bottom - extent.top);
  return seen < OBJECT_VIEW_AREA_MAX ? region : null;
}
