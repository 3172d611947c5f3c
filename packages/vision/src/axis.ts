// What one output sample takes from which input samples, along one axis: the tables of all resamplers.

/**
 * Output sample i is the sum over k < taps of weights[i × taps + k] × input[indices[i × taps + k]].
 * Where a filter reaches fewer samples, the rest of its weights are 0 and its indices repeat.
 */
export interface Axis {
  readonly taps: number;
  readonly indices: Int32Array;
  readonly weights: Float32Array;
}

interface Lengths {
  readonly from: number;
  readonly to: number;
}

/** Two neighbours, no smoothing: torch's `bilinear` with `align_corners=False` (`UpSample.h`). */
export function linearAxis({ from, to }: Lengths): Axis {
  const indices = new Int32Array(to * 2);
  const weights = new Float32Array(to * 2);
  // Torch computes positions in float32; so do we, or samples at a seam would pick another pair.
  const scale = Math.fround(from / to);
  for (let i = 0; i < to; i++) {
    const position =
      from === to ? i : Math.max(0, Math.fround(Math.fround(scale * (i + 0.5)) - 0.5));
    const first = Math.min(Math.floor(position), from - 1);
    const part = Math.fround(Math.min(Math.max(position - first, 0), 1));
    indices[i * 2] = first;
    indices[i * 2 + 1] = Math.min(first + 1, from - 1);
    weights[i * 2] = 1 - part;
    weights[i * 2 + 1] = part;
  }
  return { taps: 2, indices, weights };
}

/** Torch's constant of the cubic kernel; Pillow's is −0.5. */
const TORCH_CUBIC = -0.75;

/** Four neighbours, edges repeated, no smoothing: torch's `bicubic` with `align_corners=False`. */
export function cubicAxis({ from, to }: Lengths): Axis {
  const indices = new Int32Array(to * 4);
  const weights = new Float32Array(to * 4);
  const scale = Math.fround(from / to);
  for (let i = 0; i < to; i++) {
    // One rounding, not two: torch's vectorised build fuses this product with its difference.
    const position = from === to ? i : Math.fround(scale * (i + 0.5) - 0.5);
    const first = Math.floor(position);
    const part = position - first;
    for (let k = 0; k < 4; k++) {
      indices[i * 4 + k] = Math.min(Math.max(first - 1 + k, 0), from - 1);
      weights[i * 4 + k] = cubic(part + 1 - k, TORCH_CUBIC);
    }
  }
  return { taps: 4, indices, weights };
}

/**
 * A triangle as wide as the shrinking: torch's `bilinear` with `antialias=True`, which is
 * torchvision's `Resize` on float tensors. When growing it is the plain bilinear filter.
 */
export function smoothLinearAxis(lengths: Lengths): Axis {
  const { taps, firsts, sizes, weights } = filterWindows(lengths, {
    support: 1,
    kernel: (x) => Math.max(0, 1 - Math.abs(x)),
    round: Math.fround,
  });
  const indices = new Int32Array(weights.length);
  for (let i = 0; i < lengths.to; i++) {
    const last = firsts[i]! + sizes[i]! - 1;
    for (let k = 0; k < taps; k++) indices[i * taps + k] = Math.min(firsts[i]! + k, last);
  }
  return { taps, indices, weights: Float32Array.from(weights) };
}

/** For each output sample: the first input sample, how many, and their normalised weights. */
export interface Windows {
  readonly taps: number;
  readonly firsts: Int32Array;
  readonly sizes: Int32Array;
  readonly weights: Float64Array;
}

/** Pillow's bicubic windows (a = −0.5), in double precision as `precompute_coeffs` of `Resample.c`. */
export function pillowBicubicWindows(lengths: Lengths): Windows {
  return filterWindows(lengths, { support: 2, kernel: (x) => cubic(x, -0.5), round: (x) => x });
}

interface Filter {
  /** How far the kernel reaches, in samples of the coarser side. */
  readonly support: number;
  readonly kernel: (x: number) => number;
  /** The precision positions are kept in: torch's float32 or Pillow's double. */
  readonly round: (x: number) => number;
}

/** Windows of a filter that is widened when shrinking (`precompute_coeffs`, Pillow `Resample.c`). */
function filterWindows({ from, to }: Lengths, filter: Filter): Windows {
  const { round } = filter;
  const scale = round(from / to);
  const widening = Math.max(scale, 1);
  const narrowing = round(1 / widening);
  const support = round(filter.support * widening);
  const taps = Math.ceil(support) * 2 + 1;
  const firsts = new Int32Array(to);
  const sizes = new Int32Array(to);
  const weights = new Float64Array(to * taps);
  for (let i = 0; i < to; i++) {
    const center = round((i + 0.5) * scale);
    const first = Math.max(Math.trunc(center - support + 0.5), 0);
    const size = Math.min(Math.trunc(center + support + 0.5), from) - first;
    let sum = 0;
    for (let k = 0; k < size; k++) {
      // Both multiply by the reciprocal; a division would differ in the last bit.
      const weight = filter.kernel(round(round(k + first - center) + 0.5) * narrowing);
      weights[i * taps + k] = weight;
      sum += weight;
    }
    if (sum !== 0) for (let k = 0; k < size; k++) weights[i * taps + k]! /= sum;
    firsts[i] = first;
    sizes[i] = size;
  }
  return { taps, firsts, sizes, weights };
}

/** Keys' cubic convolution kernel with constant a. */
function cubic(x: number, a: number): number {
  const t = Math.abs(x);
  if (t < 1) return ((a + 2) * t - (a + 3)) * t * t + 1;
  if (t < 2) return (((t - 5) * t + 8) * t - 4) * a;
  return 0;
}
