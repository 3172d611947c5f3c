// Position codes that are computed and not stored: sine, rotary, random Fourier, and the resized learned code.
import { resizeBicubic } from "@masklet/vision";

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
  const planes = resizeBicubic(data, {
    from: { width: columns, height: rows },
    to: { width: side, height: side },
  });
  const cells = side * side;
  const code = new Float32Array(cells * channels);
  for (let cell = 0; cell < cells; cell++) {
    const [row, column] = [Math.floor(cell / side) % window.side, (cell % side) % window.side];
    const inWindow = row * window.side + column;
    for (let channel = 0; channel < channels; channel++) {
      const tile = window.data[channel * window.side * window.side + inWindow]!;
      code[cell * channels + channel] = planes[channel * cells + cell]! + tile;
    }
  }
  return code;
}
