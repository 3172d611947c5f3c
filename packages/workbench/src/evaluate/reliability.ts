// Whether predicted figures mean what they say: predicted against real IoU, in bins.
import { mean } from "./scores.ts";

/** One answer: what the model thought of it and what it was, 0 … 1. */
export interface Estimate {
  readonly predicted: number;
  readonly real: number;
}

export interface ReliabilityBin {
  readonly from: number;
  readonly to: number;
  readonly count: number;
  /** Means in the bin, percent; null where it is empty. */
  readonly predicted: number | null;
  readonly real: number | null;
}

export interface Reliability {
  readonly count: number;
  readonly bins: readonly ReliabilityBin[];
  /** Mean distance of predicted and real means over bins, weighted by their counts, percent (expected calibration error). */
  readonly error: number;
  /** Pearson's correlation of predicted and real; null where either does not vary. */
  readonly correlation: number | null;
}

const BINS = 5;

/** The reliability table of estimates, in five bins of equal width. Source: Guo et al., ICML 2017, section 2. */
export function reliabilityOf(estimates: readonly Estimate[]): Reliability {
  const bins = Array.from({ length: BINS }, (_, at): ReliabilityBin => {
    const own = estimates.filter(({ predicted }) => binOf(predicted) === at);
    const average = (pick: (each: Estimate) => number) =>
      own.length === 0 ? null : 100 * mean(own.map(pick));
    return {
      from: at / BINS,
      to: (at + 1) / BINS,
      count: own.length,
      predicted: average(({ predicted }) => predicted),
      real: average(({ real }) => real),
    };
  });
  const distances = bins.map(
    ({ count, predicted, real }) => count * Math.abs((predicted ?? 0) - (real ?? 0)),
  );
  return {
    count: estimates.length,
    bins,
    error: distances.reduce((sum, each) => sum + each, 0) / Math.max(1, estimates.length),
    correlation: correlationOf(estimates),
  };
}

function binOf(value: number): number {
  return Math.min(BINS - 1, Math.max(0, Math.floor(value * BINS)));
}

function correlationOf(estimates: readonly Estimate[]): number | null {
  const centre = {
    predicted: mean(estimates.map(({ predicted }) => predicted)),
    real: mean(estimates.map(({ real }) => real)),
  };
  let [together, ofPredicted, ofReal] = [0, 0, 0];
  for (const { predicted, real } of estimates) {
    together += (predicted - centre.predicted) * (real - centre.real);
    ofPredicted += (predicted - centre.predicted) ** 2;
    ofReal += (real - centre.real) ** 2;
  }
  return ofPredicted === 0 || ofReal === 0 ? null : together / Math.sqrt(ofPredicted * ofReal);
}
