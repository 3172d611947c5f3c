// Connected components on runs: parts, holes and specks.
import type { Mask } from "./mask.ts";
import { invert, union } from "./mask-sets.ts";
import { maskFromLogits } from "./rasters.ts";
import { RunWriter } from "./run-writer.ts";
import { type Segments, segmentsOf } from "./segments.ts";
import type { Size } from "./space.ts";

/** 4 = pixels that share a side belong together; 8 = a corner is enough. */
export type Connectivity = 4 | 8;

/** Segments with the number of the component each belongs to. */
interface LabelledSegments extends Segments {
  /** Numbered from 0 by first pixel, columns left to right. */
  readonly labels: Int32Array;
  /** Pixels of each component. */
  readonly areas: readonly number[];
}

/** Labels the foreground; linear in the number of segments. */
export function labelSegments(mask: Mask, connectivity: Connectivity): LabelledSegments {
  const segments = segmentsOf(mask);
  const { count, columns, tops, bottoms } = segments;
  const parents = new Int32Array(count);
  const reach = connectivity === 8 ? 1 : 0;
  let left = 0;
  let columnStart = 0;
  for (let i = 0; i < count; i++) {
    parents[i] = i;
    if (i > 0 && columns[i] !== columns[i - 1]) {
      left = columns[i] === columns[i - 1]! + 1 ? columnStart : i;
      columnStart = i;
    }
    // Both columns run downwards: what ends above this segment ends above all that follow.
    while (left < columnStart && bottoms[left]! + reach <= tops[i]!) left++;
    for (let j = left; j < columnStart && tops[j]! < bottoms[i]! + reach; j++) join(parents, i, j);
  }
  const labels = new Int32Array(count);
  const areas: number[] = [];
  for (let i = 0; i < count; i++) {
    // A root is the first segment of its component, so it has its number before all others.
    const root = find(parents, i);
    if (root === i) {
      labels[i] = areas.length;
      areas.push(0);
    } else {
      labels[i] = labels[root]!;
    }
    areas[labels[i]!]! += bottoms[i]! - tops[i]!;
  }
  return { ...segments, labels, areas };
}

function find(parents: Int32Array, start: number): number {
  let at = start;
  while (parents[at] !== at) {
    parents[at] = parents[parents[at]!]!;
    at = parents[at]!;
  }
  return at;
}

/** Joins two trees under the earlier root. */
function join(parents: Int32Array, a: number, b: number): void {
  const rootA = find(parents, a);
  const rootB = find(parents, b);
  if (rootA < rootB) parents[rootB] = rootA;
  else parents[rootA] = rootB;
}

/** The connected parts of a mask, each of the mask's size, by first pixel, columns left to right. */
export function components(mask: Mask, connectivity: Connectivity): Mask[] {
  const segments = labelSegments(mask, connectivity);
  const writers = segments.areas.map(() => new RunWriter());
  addSegments(segments, mask.size, (label) => writers[label]!);
  return writers.map((writer) => writer.finish(mask.size));
}

function pick(segments: LabelledSegments, size: Size, wanted: (label: number) => boolean): Mask {
  const writer = new RunWriter();
  addSegments(segments, size, (label) => (wanted(label) ? writer : null));
  return writer.finish(size);
}

function addSegments(
  segments: LabelledSegments,
  size: Size,
  writerOf: (label: number) => RunWriter | null,
): void {
  const { count, columns, tops, bottoms, labels } = segments;
  for (let i = 0; i < count; i++) {
    const start = columns[i]! * size.height;
    writerOf(labels[i]!)?.add(start + tops[i]!, start + bottoms[i]!);
  }
}

interface SmallRegions {
  /** Regions of this many pixels or fewer count as small. */
  readonly areaMax: number;
  readonly connectivity: Connectivity;
}

/**
 * Adds every connected part of the background of at most areaMax pixels, at the frame's border too
 * (mode `holes` of SAM 2's `remove_small_regions`, whose `< area` is areaMax + 1 here).
 */
export function fillSmallHoles(mask: Mask, { areaMax, connectivity }: SmallRegions): Mask {
  return union(mask, smallRegions(invert(mask), { areaMax, connectivity }));
}

/** Adds all background that is not connected, side by side, to the frame's border. */
export function fillEnclosedHoles(mask: Mask): Mask {
  const { width, height } = mask.size;
  const segments = labelSegments(invert(mask), 4);
  const { count, columns, tops, bottoms, labels } = segments;
  const open = new Set<number>();
  for (let i = 0; i < count; i++) {
    const atSide = columns[i] === 0 || columns[i] === width - 1;
    if (atSide || tops[i] === 0 || bottoms[i] === height) open.add(labels[i]!);
  }
  return union(
    mask,
    pick(segments, mask.size, (label) => !open.has(label)),
  );
}

/**
 * Takes away every connected part of at most areaMax pixels; if all are that small the largest
 * stays, the first among equals (mode `islands` of SAM 2's `remove_small_regions`).
 */
export function removeSmallRegions(mask: Mask, { areaMax, connectivity }: SmallRegions): Mask {
  const segments = labelSegments(mask, connectivity);
  const { areas } = segments;
  let largest = 0;
  for (let i = 1; i < areas.length; i++) if (areas[i]! > areas[largest]!) largest = i;
  return pick(segments, mask.size, (label) => label === largest || areas[label]! > areaMax);
}

function smallRegions(mask: Mask, { areaMax, connectivity }: SmallRegions): Mask {
  const segments = labelSegments(mask, connectivity);
  return pick(segments, mask.size, (label) => segments.areas[label]! <= areaMax);
}

interface LogitRegions {
  readonly size: Size;
  /** Regions of this many pixels or fewer are painted. */
  readonly areaMax: number;
  /** The logit they get. */
  readonly value: number;
}

/**
 * Logits with every 8-connected region of logits ≤ 0 of at most areaMax pixels set to `value`
 * (0.1 in `fill_holes_in_mask_scores` of SAM 2's video predictor, 10 in its picture predictor).
 */
export function fillHolesOfLogits(logits: Float32Array, to: LogitRegions): Float32Array {
  return painted(logits, to, invert(maskFromLogits(logits, to.size)));
}

/**
 * Logits with every 8-connected region of logits > 0 of at most areaMax pixels set to `value`
 * (−10 for `max_sprinkle_area` of SAM 2's picture predictor).
 */
export function removeSpecksOfLogits(logits: Float32Array, to: LogitRegions): Float32Array {
  return painted(logits, to, maskFromLogits(logits, to.size));
}

function painted(logits: Float32Array, to: LogitRegions, regions: Mask): Float32Array {
  const { size, areaMax, value } = to;
  const { count, columns, tops, bottoms, labels, areas } = labelSegments(regions, 8);
  const result = logits.slice();
  for (let i = 0; i < count; i++) {
    if (areas[labels[i]!]! > areaMax) continue;
    for (let y = tops[i]!; y < bottoms[i]!; y++) result[y * size.width + columns[i]!] = value;
  }
  return result;
}
