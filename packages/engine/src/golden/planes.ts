// Whole planes of logits in numbers: statistics, and choices that could have fallen the other way.
import type { Size } from "@masklet/vision";
import type { Tensor } from "../network.ts";

const SUPPRESSED = -10;

/**
 * Logits after the non-overlap rule with every close call the other way: where an object came within
 * `margin` of the winner, the winner could as well have lost and it have won.
 */
export function closeCallsOf(
  planes: readonly Float32Array[],
  raw: readonly Float32Array[],
  margin: number,
): readonly Float32Array[] {
  const calls = planes.map((plane) => plane.slice());
  const pixels = planes[0]?.length ?? 0;
  for (let pixel = 0; pixel < pixels; pixel++) {
    const best = Math.max(...raw.map((plane) => plane[pixel]!));
    const rivals = raw.filter((plane) => best - plane[pixel]! <= margin);
    if (rivals.length < 2) continue;
    for (const [index, plane] of raw.entries()) {
      if (best - plane[pixel]! > margin) continue;
      const kept = planes[index]![pixel] === plane[pixel];
      calls[index]![pixel] = kept ? Math.min(plane[pixel]!, SUPPRESSED) : plane[pixel]!;
    }
  }
  return calls;
}

/** How far close calls could move a plane's mean and its share of foreground. */
export function slackOf(
  plane: Float32Array,
  calls: Float32Array,
): { readonly mean: number; readonly share: number } {
  let moved = 0;
  let flipped = 0;
  for (let i = 0; i < plane.length; i++) {
    moved += Math.abs(plane[i]! - calls[i]!);
    if (plane[i]! > 0 !== calls[i]! > 0) flipped++;
  }
  return { mean: moved / plane.length, share: flipped / plane.length };
}

export function stack(planes: readonly Float32Array[], { width, height }: Size): Tensor {
  const data = new Float32Array(planes.length * width * height);
  for (const [index, plane] of planes.entries()) data.set(plane, index * plane.length);
  return { shape: [planes.length, 1, height, width], data };
}

export function statisticsOf(data: Float32Array, tolerance: number) {
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  let sum = 0;
  let positive = 0;
  let unsure = 0;
  for (const value of data) {
    if (value < min) min = value;
    if (value > max) max = value;
    sum += value;
    if (value > 0) positive++;
    if (Math.abs(value) < tolerance) unsure++;
  }
  return {
    min,
    max,
    mean: sum / data.length,
    positive: positive / data.length,
    unsure: unsure / data.length,
  };
}
