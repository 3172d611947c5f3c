// Masks of everything as the official generator found them (bench/reference/record_automatic.py), and how ours compare.
import { iou, maskFromRleString, type Size } from "@masklet/vision";
import type { AutomaticMask, AutomaticMasksOptions } from "../src/automatic-masks.ts";

export interface RecordedSearch {
  readonly side: number;
  readonly cases: readonly RecordedCase[];
}

export interface RecordedCase {
  readonly name: string;
  /** Keyword arguments of `SAM2AutomaticMaskGenerator`. */
  readonly options: Readonly<Record<string, number>>;
  readonly masks: readonly RecordedMask[];
}

export interface RecordedMask {
  /** COCO's compressed string. */
  readonly rle: string;
  readonly quality: number;
  readonly stability: number;
  readonly point: readonly [number, number];
  /** Left, top, width, height. */
  readonly crop: readonly [number, number, number, number];
}

const OPTION_NAMES = {
  points_per_side: "pointsPerSide",
  pred_iou_thresh: "qualityMin",
  stability_score_thresh: "stabilityMin",
  stability_score_offset: "stabilityOffset",
  box_nms_thresh: "overlapMax",
  crop_nms_thresh: "cropOverlapMax",
  crop_n_layers: "cropLayers",
  crop_overlap_ratio: "cropOverlap",
  crop_n_points_downscale_factor: "pointsDivisor",
  min_mask_region_area: "smallRegionMax",
} as const satisfies Record<string, keyof AutomaticMasksOptions>;

/** The reference's options in our words. */
export function optionsOf({ options }: RecordedCase): AutomaticMasksOptions {
  return Object.fromEntries(
    Object.entries(options).map(([name, value]) => {
      const ours = OPTION_NAMES[name as keyof typeof OPTION_NAMES];
      if (ours === undefined) throw new Error(`The option ${name} is unknown.`);
      return [ours, value];
    }),
  );
}

export interface SearchComparison {
  readonly ours: number;
  readonly theirs: number;
  /** Places of the list where click, crop and quality are not those of the reference. */
  readonly displaced: number;
  /** Lowest IoU of two masks at the same place of both lists. */
  readonly worstIou: number;
  readonly equalMasks: number;
  readonly worstQuality: number;
  readonly worstStability: number;
}

const QUALITY_TOLERANCE = 2e-3; // as everywhere: golden/README.md
const POINT_TOLERANCE = 1e-3; // pixels; the reference keeps points in float32

/** Compares both lists place by place. */
export function compareSearch(
  ours: readonly AutomaticMask[],
  { masks: theirs }: RecordedCase,
  size: Size,
): SearchComparison {
  let [displaced, worstIou, equalMasks, worstQuality, worstStability] = [0, 1, 0, 0, 0];
  for (const [at, their] of theirs.entries()) {
    const our = ours[at];
    if (our === undefined) break;
    const overlap = iou(our.mask, maskFromRleString(their.rle, size));
    const quality = Math.abs(our.quality - their.quality);
    const stability = Math.abs(our.stability - their.stability);
    worstIou = Math.min(worstIou, overlap);
    worstQuality = Math.max(worstQuality, quality);
    worstStability = Math.max(worstStability, stability);
    if (overlap === 1) equalMasks++;
    const { x, y, width, height } = our.crop;
    const samePlace =
      String([x, y, width, height]) === String(their.crop) &&
      Math.hypot(our.point.x - their.point[0], our.point.y - their.point[1]) <= POINT_TOLERANCE;
    if (!samePlace || quality > QUALITY_TOLERANCE) displaced++;
  }
  return {
    ours: ours.length,
    theirs: theirs.length,
    displaced,
    worstIou,
    equalMasks,
    worstQuality,
    worstStability,
  };
}
