// Position codes that are computed and not stored: sine, rotary, random Fourier, and the resized learned code.

/**
 * `PositionEmbeddingSine` on a square grid, as tokens: [side², channels], row-major, the first half from the row, the
 * second from the column, sines and cosines interleaved. Source: `modeling/position_encoding.py`, `_pe`.
 */
export function sineCode(side: number, channels: number, temperature: number): Float32Array {
  const half = channels / 2;
  const code = new Float32Array(side * side * channels);
  const table = new Float32Array(side * half);
  for (let at = 0; at < side; at++) {
    const position = Math.fround((at + 1) / Math.fround(side + 1e-6)) * 2 * Math.PI;
    for (let j = 0; j < half; j++) {
      const angle = position / temperature ** ((2 * Math.floor(j / 2)) / half);
      table[at * half + j] = j % 2 === 0 ? Math.sin(angle) : Math.cos(angle);
    }
  }
  for (let row = 0; row < side; row++) {
    for (let column = 0; column < side; column++) {
      const start = (row * side + column) * channels;
      code.set(table.subarray(row * half, (row + 1) * half), start);
      code.set(table.subarray(column * half, (column + 1) * half), start + half);
    }
  }
  return code;
}

/**
 * Cosines and sines of the axial rotary code, each [side² + 1, channels / 2]: the first quarter of the pairs turns with
 * the column, the second with the row. The last row turns nothing (for pointers).
 * Source: `modeling/position_encoding.py`, `compute_axial_cis`.
 */
export function rotaryTables(side: number, channels: number, theta: number) {
  const pairs = channels / 2;
  const quarter = channels / 4;
  const cosines = new Float32Array((side * side + 1) * pairs);
  const sines = new Float32Array((side * side + 1) * pairs);
  for (let token = 0; token < side * side; token++) {
    const [row, column] = [Math.floor(token / side), token % side];
    for (let pair = 0; pair < pairs; pair++) {
      const frequency = theta ** ((-4 * (pair % quarter)) / channels);
      const angle = (pair < quarter ? column : row) * frequency;
      cosines[token * pairs + pair] = Math.cos(angle);
      sines[token * pairs + pair] = Math.sin(angle);
    }
  }
  cosines.fill(1, side * side * pairs);
  return { cosines, sines };
}

/** The random Fourier code at the cells' centres, [side², channels] = [sines | cosines]. Source: `PositionEmbeddingRandom`. */
export function randomCode(side: number, matrix: Float32Array): Float32Array {
  const half = matrix.length / 2;
  const code = new Float32Array(side * side * 2 * half);
  for (let row = 0; row < side; row++) {
    for (let column = 0; column < side; column++) {
      const x = 2 * ((column + 0.5) / side) - 1;
      const y = 2 * ((row + 0.5) / side) - 1;
      const start = (row * side + column) * 2 * half;
      for (let j = 0; j < half; j++) {
        const angle = 2 * Math.PI * (x * matrix[j]! + y * matrix[half + j]!);
        code[start + j] = Math.sin(angle);
        code[start + half + j] = Math.cos(angle);
      }
    }
  }
  return code;
}

/**
 * The trunk's learned code at a resolution, [side², channels] row-major: a background [channels, rows, columns] resized by
 * torch's bicubic rule (a = −0.75, half-pixel centres, edges clamped) plus a window [channels, w, w] repeated.
 * Source: `modeling/backbones/hieradet.py`, `_get_pos_embed`.
 */
export function learnedCode(
  side: number,
  background: { readonly data: Float32Array; readonly rows: number; readonly columns: number },
  window: { readonly data: Float32Array; readonly side: number },
): Float32Array {
  const { rows, columns, data } = background;
  const channels = data.length / (rows * columns);
  const across = cubicTaps(columns, side);
  const down = cubicTaps(rows, side);
  const cells = side * side;
  const code = new Float32Array(cells * channels);
  // In double precision: rounding on the way shows in every later tensor and uses up the tolerance of parity.
  const wide = new Float64Array(rows * side);
  for (let channel = 0; channel < channels; channel++) {
    const plane = data.subarray(channel * rows * columns, (channel + 1) * rows * columns);
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < side; column++) {
        wide[row * side + column] = mixed(plane, row * columns, 1, across[column]!);
      }
    }
    for (let cell = 0; cell < cells; cell++) {
      const [row, column] = [Math.floor(cell / side), cell % side];
      const inWindow = (row % window.side) * window.side + (column % window.side);
      const tile = window.data[channel * window.side * window.side + inWindow]!;
      code[cell * channels + channel] = mixed(wide, column, side, down[row]!) + tile;
    }
  }
  return code;
}

/** Four source places along one axis and their weights. */
interface Taps {
  readonly at: readonly number[];
  readonly weights: readonly number[];
}

function mixed(values: ArrayLike<number>, start: number, stride: number, taps: Taps): number {
  let sum = 0;
  for (let k = 0; k < 4; k++) sum += taps.weights[k]! * values[start + taps.at[k]! * stride]!;
  return sum;
}

/** PyTorch's bicubic (a = −0.75, half-pixel centres, clamped at the edges) for each place of the result. */
function cubicTaps(from: number, to: number): Taps[] {
  const a = -0.75;
  const near = (d: number) => ((a + 2) * d - (a + 3)) * d * d + 1;
  const far = (d: number) => ((a * d - 5 * a) * d + 8 * a) * d - 4 * a;
  return Array.from({ length: to }, (_, place) => {
    const centre = ((place + 0.5) * from) / to - 0.5;
    const base = Math.floor(centre);
    const t = centre - base;
    const at = [-1, 0, 1, 2].map((step) => Math.min(Math.max(base + step, 0), from - 1));
    return { at, weights: [far(t + 1), near(t), near(1 - t), far(2 - t)] };
  });
}
