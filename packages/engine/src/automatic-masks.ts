// All objects of a picture without a prompt: a grid of clicks, filtered by quality, stability and overlap.
import {
  area,
  fillHolesOfLogits,
  type ImagePoint,
  type Mask,
  maskFromLogits,
  type Picture,
  type PixelBox,
  paste,
  removeSpecksOfLogits,
  type Size,
  tightBox,
} from "@masklet/vision";
import {
  decodePrompts,
  type EncodedPicture,
  encodePicture,
  enlargedLogits,
  type RawCandidate,
} from "./image-predictor.ts";
import { stabilityOf } from "./mask-choice.ts";
import type { TrackingModel } from "./tracking-model.ts";

/** The reference's options with its defaults. Source: `automatic_mask_generator.py`, `SAM2AutomaticMaskGenerator`. */
export interface AutomaticMasksOptions {
  /** Clicks along each side of the grid; 32. */
  readonly pointsPerSide?: number;
  /** Predicted IoU above which a mask is kept; 0.8. */
  readonly qualityMin?: number;
  /** Stability from which a mask is kept; 0.95. */
  readonly stabilityMin?: number;
  /** Shift of the logits that stability is measured with; 1. */
  readonly stabilityOffset?: number;
  /** IoU of boxes above which the worse of two masks of one crop is dropped; 0.7. */
  readonly overlapMax?: number;
  /** The same between crops, where the mask of the smaller crop stays; 0.7. */
  readonly cropOverlapMax?: number;
  /** Further layers of crops, the first with 2 × 2, the second with 4 × 4; 0. */
  readonly cropLayers?: number;
  /** Share of the picture's short side by which crops of the first layer overlap; 512 / 1500. */
  readonly cropOverlap?: number;
  /** By how much the grid is coarser in each further layer; 1. */
  readonly pointsDivisor?: number;
  /** Holes and specks of at most this many pixels of the low-resolution mask (S/4) are cleaned away; 0 is off. */
  readonly smallRegionMax?: number;
  /** Called after each batch of clicks. */
  readonly onProgress?: (progress: { readonly clicks: number; readonly of: number }) => void;
  /** Ends the search between two batches by throwing the signal's reason. */
  readonly signal?: AbortSignal;
}

/** One object found. */
export interface AutomaticMask {
  readonly mask: Mask;
  readonly box: PixelBox;
  readonly area: number;
  readonly quality: number;
  readonly stability: number;
  /** The click that found it, in the whole picture. */
  readonly point: ImagePoint;
  readonly crop: PixelBox;
}

const DEFAULTS = {
  pointsPerSide: 32,
  qualityMin: 0.8,
  stabilityMin: 0.95,
  stabilityOffset: 1,
  overlapMax: 0.7,
  cropOverlapMax: 0.7,
  cropLayers: 0,
  cropOverlap: 512 / 1500,
  pointsDivisor: 1,
  smallRegionMax: 0,
};

type Settings = typeof DEFAULTS;

/** Clicks decoded in one run: answers do not depend on it, memory does. */
const CLICKS_PER_BATCH = 16;
/** Pixels from a crop's edge within which a box counts as cut off by it. */
const EDGE_DISTANCE = 20;

/** Finds masks of everything in a picture, best first within each crop. */
export async function automaticMasks(
  model: TrackingModel,
  picture: Picture,
  options: AutomaticMasksOptions = {},
): Promise<readonly AutomaticMask[]> {
  const settings: Settings = { ...DEFAULTS, ...withoutUndefined(options) };
  const crops = cropsOf(picture.size, settings);
  const of = crops.reduce((sum, { layer }) => sum + gridSide(layer, settings) ** 2, 0);
  let clicks = 0;
  const advance = (count: number) => {
    clicks += count;
    options.onProgress?.({ clicks, of });
    options.signal?.throwIfAborted();
  };
  const found: AutomaticMask[] = [];
  for (const { box, layer } of crops) {
    options.signal?.throwIfAborted();
    const inCrop = await searchCrop(model, picture, {
      box,
      grid: gridSide(layer, settings),
      settings,
      advance,
    });
    found.push(...withoutDuplicates(inCrop, ({ quality }) => quality, settings.overlapMax));
  }
  if (crops.length === 1) return found;
  // Masks of smaller crops are the finer ones.
  return withoutDuplicates(
    found,
    ({ crop }) => Math.fround(1 / (crop.width * crop.height)),
    settings.cropOverlapMax,
  );
}

function withoutUndefined(options: AutomaticMasksOptions): Partial<Settings> {
  const { onProgress: _, signal: __, ...settings } = options;
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined));
}

function gridSide(layer: number, { pointsPerSide, pointsDivisor }: Settings): number {
  return Math.floor(pointsPerSide / pointsDivisor ** layer);
}

/** The whole picture, then the layers of overlapping crops. Source: `utils/amg.py`, `generate_crop_boxes`. */
function cropsOf({ width, height }: Size, { cropLayers, cropOverlap }: Settings) {
  const crops: { readonly box: PixelBox; readonly layer: number }[] = [
    { box: { x: 0, y: 0, width, height }, layer: 0 },
  ];
  for (let layer = 1; layer <= cropLayers; layer++) {
    const side = 2 ** layer;
    const overlap = Math.floor(cropOverlap * Math.min(width, height) * (2 / side));
    const length = (whole: number) => Math.ceil((overlap * (side - 1) + whole) / side);
    const [wide, high] = [length(width), length(height)];
    for (let column = 0; column < side; column++) {
      for (let row = 0; row < side; row++) {
        const [x, y] = [(wide - overlap) * column, (high - overlap) * row];
        const box = { x, y, width: Math.min(wide, width - x), height: Math.min(high, height - y) };
        crops.push({ box, layer });
      }
    }
  }
  return crops;
}

interface Search {
  readonly box: PixelBox;
  readonly grid: number;
  readonly settings: Settings;
  readonly advance: (clicks: number) => void;
}

/** Clicks on a grid over one crop. Source: `_process_crop` and `_process_batch`. */
async function searchCrop(
  model: TrackingModel,
  picture: Picture,
  search: Search,
): Promise<AutomaticMask[]> {
  const part = cropPicture(picture, search.box);
  const encoded = await encodePicture(model, part);
  const points = gridPoints(search.grid, part.size);
  const found: AutomaticMask[] = [];
  for (let start = 0; start < points.length; start += CLICKS_PER_BATCH) {
    const batch = points.slice(start, start + CLICKS_PER_BATCH);
    const prompts = batch.map((at) => ({ clicks: [{ at, sign: "include" as const }] }));
    const answers = await decodePrompts(model, encoded, prompts, "three");
    for (const [at, candidates] of answers.entries()) {
      for (const candidate of candidates) {
        const kept = examined(candidate, {
          model,
          encoded,
          search,
          whole: picture.size,
          point: batch[at]!,
        });
        if (kept) found.push(kept);
      }
    }
    search.advance(batch.length);
  }
  return found;
}

/** Points evenly spaced, half a step from the edges, row by row. Source: `utils/amg.py`, `build_point_grid`. */
function gridPoints(side: number, { width, height }: Size): ImagePoint[] {
  return Array.from({ length: side * side }, (_, at) => ({
    x: (((at % side) + 0.5) / side) * width,
    y: ((Math.floor(at / side) + 0.5) / side) * height,
  }));
}

/** The mask in the whole picture, or undefined where a filter drops it; the cheapest filter first. */
function examined(
  candidate: RawCandidate,
  scene: {
    readonly model: TrackingModel;
    readonly encoded: EncodedPicture;
    readonly search: Search;
    readonly whole: Size;
    readonly point: ImagePoint;
  },
): AutomaticMask | undefined {
  const { model, encoded, whole, point } = scene;
  const { settings, box: crop } = scene.search;
  // The reference compares in float32: 0.95 is a little less there, and 19 pixels of 20 are enough.
  if (!(candidate.quality > Math.fround(settings.qualityMin))) return undefined;
  const logits = enlargedLogits(
    cleaned(candidate.logits, model, settings.smallRegionMax),
    model,
    encoded.size,
  );
  const stability = stabilityOf(logits, settings.stabilityOffset);
  if (stability < Math.fround(settings.stabilityMin)) return undefined;
  const inCrop = maskFromLogits(logits, encoded.size);
  const tight = tightBox(inCrop);
  if (tight === null) return undefined;
  const box = { ...tight, x: tight.x + crop.x, y: tight.y + crop.y };
  if (isCutOff(box, crop, whole)) return undefined;
  const mask = paste(inCrop, { size: whole, x: crop.x, y: crop.y });
  const found = { x: point.x + crop.x, y: point.y + crop.y };
  return { mask, box, area: area(mask), quality: candidate.quality, stability, point: found, crop };
}

/** Holes become foreground, then specks background, both measured before either. Source: `utils/transforms.py`, `postprocess_masks`. */
function cleaned(logits: Float32Array, model: TrackingModel, areaMax: number): Float32Array {
  if (areaMax === 0) return logits;
  const side = model.configuration.imageSize / 4;
  const size = { width: side, height: side };
  const result = fillHolesOfLogits(logits, { size, areaMax, value: 10 });
  const withoutSpecks = removeSpecksOfLogits(logits, { size, areaMax, value: -10 });
  return result.map((value, at) => (withoutSpecks[at] !== logits[at] ? withoutSpecks[at]! : value));
}

/** Whether a side of the box lies at a side of its crop that is not a side of the picture. Source: `is_box_near_crop_edge`. */
function isCutOff(box: PixelBox, crop: PixelBox, whole: Size): boolean {
  const near = (a: number, b: number) => Math.abs(a - b) <= EDGE_DISTANCE;
  const sides: readonly (readonly [place: number, crop: number, whole: number])[] = [
    [box.x, crop.x, 0],
    [box.y, crop.y, 0],
    [box.x + box.width - 1, crop.x + crop.width, whole.width],
    [box.y + box.height - 1, crop.y + crop.height, whole.height],
  ];
  return sides.some(([place, edge, border]) => near(place, edge) && !near(place, border));
}

/**
 * Greedy suppression by boxes: the best first, dropping every later one that overlaps a kept one too much.
 * Source: `torchvision.ops.batched_nms` on the corners of first and last pixels.
 */
function withoutDuplicates(
  masks: readonly AutomaticMask[],
  score: (mask: AutomaticMask) => number,
  overlapMax: number,
): AutomaticMask[] {
  const kept: AutomaticMask[] = [];
  for (const mask of masks.toSorted((a, b) => score(b) - score(a))) {
    if (kept.every(({ box }) => boxOverlap(box, mask.box) <= overlapMax)) kept.push(mask);
  }
  return kept;
}

/** IoU of boxes that reach from the first pixel to the last, as the reference measures them: in float32. */
function boxOverlap(a: PixelBox, b: PixelBox): number {
  const reach = (box: PixelBox) => Math.max(box.width - 1, 0) * Math.max(box.height - 1, 0);
  const across = Math.min(a.x + a.width, b.x + b.width) - 1 - Math.max(a.x, b.x);
  const down = Math.min(a.y + a.height, b.y + b.height) - 1 - Math.max(a.y, b.y);
  const shared = Math.max(across, 0) * Math.max(down, 0);
  const either = reach(a) + reach(b) - shared;
  return either > 0 ? Math.fround(shared / either) : 0;
}

function cropPicture(picture: Picture, box: PixelBox): Picture {
  const { channels, size } = picture;
  if (box.width === size.width && box.height === size.height) return picture;
  const data = new Uint8Array(box.width * box.height * channels);
  for (let row = 0; row < box.height; row++) {
    const start = ((box.y + row) * size.width + box.x) * channels;
    data.set(
      picture.data.subarray(start, start + box.width * channels),
      row * box.width * channels,
    );
  }
  return { size: { width: box.width, height: box.height }, channels, data };
}
