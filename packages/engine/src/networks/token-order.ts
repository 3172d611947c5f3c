// In which order the tokens of a square grid lie: window by window, so that windows and pooled cells are contiguous.

/**
 * Attention inside a window, global attention, linear layers and norms do not care how tokens are ordered, so the trunk
 * keeps them window by window as long as the windows agree and never cuts and glues pictures. `cells[t]` is the place
 * `row * side + column` of token t.
 */
export interface TokenOrder {
  readonly side: number;
  readonly cells: Int32Array;
}

export function rowMajor(side: number): TokenOrder {
  return { side, cells: Int32Array.from({ length: side * side }, (_, cell) => cell) };
}

/**
 * Window by window, and inside a window by halves as long as it is even, so that two-by-two cells are contiguous at each
 * pooling. `side` is a multiple of `window`.
 */
export function windowByWindow(side: number, window: number): TokenOrder {
  const levels = [side / window];
  let rest = window;
  let halvings = 0;
  while (rest % 2 === 0) {
    rest /= 2;
    halvings++;
  }
  if (rest > 1) levels.push(rest);
  for (let i = 0; i < halvings; i++) levels.push(2);
  return { side, cells: nested(side, levels) };
}

/**
 * A grid of `side` above one of `coarse`: cell by cell of the coarse grid, and inside by halves, so that what doubles both
 * sides of a grid puts four tokens in the place of one.
 */
export function finerOrder(side: number, coarse: number): TokenOrder {
  const halvings = Math.round(Math.log2(side / coarse));
  return { side, cells: nested(side, [coarse, ...Array<number>(halvings).fill(2)]) };
}

/** Cells in an order nested by levels: level 0 outermost, each level row-major; the product of the levels is `side`. */
function nested(side: number, levels: readonly number[]): Int32Array {
  let cells: number[] = [0];
  let span = side;
  for (const level of levels) {
    const step = span / level;
    const next: number[] = [];
    for (const start of cells) {
      for (let row = 0; row < level; row++) {
        for (let column = 0; column < level; column++) {
          next.push(start + (row * side + column) * step);
        }
      }
    }
    cells = next;
    span = step;
  }
  return Int32Array.from(cells);
}

/** Whether each run of `window`² tokens is one window of the grid. */
export function windowsAreContiguous({ side, cells }: TokenOrder, window: number): boolean {
  if (side % window !== 0) return false;
  const windowOf = (cell: number) =>
    Math.floor(cell / side / window) * (side / window) + Math.floor((cell % side) / window);
  const area = window * window;
  return cells.every((cell, token) => windowOf(cell) === windowOf(cells[token - (token % area)]!));
}

/** The order after 2×2 pooling. Every four tokens in a row must be a cell of two by two: see `windowsAreContiguous`. */
export function pooled({ side, cells }: TokenOrder): TokenOrder {
  const half = side / 2;
  const pooledCells = new Int32Array(cells.length / 4);
  for (let token = 0; token < pooledCells.length; token++) {
    const cell = cells[token * 4]!;
    pooledCells[token] = Math.floor(cell / side / 2) * half + Math.floor((cell % side) / 2);
  }
  return { side: half, cells: pooledCells };
}

/** For each token of `to` its number in `from`; cells that `from` lacks (padding, −1) get `from`'s token count. */
export function renumbering(from: TokenOrder, to: { readonly cells: Int32Array }): Int32Array {
  const tokenOf = new Int32Array(from.side * from.side);
  for (const [token, cell] of from.cells.entries()) tokenOf[cell] = token;
  return to.cells.map((cell) => (cell < 0 ? from.cells.length : tokenOf[cell]!));
}

/** Windows over a grid that they do not tile: padding to the right and below is −1. */
export function paddedWindows(side: number, window: number): { readonly cells: Int32Array } {
  const count = Math.ceil(side / window);
  const wide = count * window;
  const cells = nested(wide, [count, window]).map((cell) => {
    const [row, column] = [Math.floor(cell / wide), cell % wide];
    return row < side && column < side ? row * side + column : -1;
  });
  return { cells };
}

/**
 * The cells of two by two inside each window of `paddedWindows`, four tokens in a row for each. The last row and column of
 * an odd window belong to none, as in the reference's pooling.
 */
export function paddedFours(side: number, window: number): { readonly cells: Int32Array } {
  const count = Math.ceil(side / window);
  const half = Math.floor(window / 2);
  const cells = new Int32Array(count * count * half * half * 4);
  for (let at = 0; at < cells.length; at++) {
    const inside = Math.floor(at / 4) % (half * half);
    const [windowRow, windowColumn] = placeIn(Math.floor(at / (half * half * 4)), count);
    const [halfRow, halfColumn] = placeIn(inside, half);
    const row = windowRow * window + halfRow * 2 + Math.floor((at % 4) / 2);
    const column = windowColumn * window + halfColumn * 2 + (at % 2);
    cells[at] = row < side && column < side ? row * side + column : -1;
  }
  return { cells };
}

function placeIn(cell: number, side: number): readonly [row: number, column: number] {
  return [Math.floor(cell / side), cell % side];
}

/** For each token of `order`, its number when the grid is read window by window, row-major inside, with `count` windows a side. */
export function placesInWindows(
  { side, cells }: TokenOrder,
  { window, count }: { readonly window: number; readonly count: number },
): Int32Array {
  return cells.map((cell) => {
    const [row, column] = placeIn(cell, side);
    const windowAt = Math.floor(row / window) * count + Math.floor(column / window);
    return windowAt * window * window + (row % window) * window + (column % window);
  });
}

/** Windows in which equally many rows are wanted: the windows, and their wanted rows one window after the other. */
export interface WindowGroup {
  readonly windows: readonly number[];
  readonly rows: readonly number[];
}

/** Groups windows of `length` rows each by how many of their rows are among the places, each wanted once. */
export function windowGroups(places: Int32Array, length: number): readonly WindowGroup[] {
  const wanted = Map.groupBy(
    [...places].sort((a, b) => a - b),
    (row) => Math.floor(row / length),
  );
  const groups = Map.groupBy(wanted, ([, rows]) => rows.length);
  return [...groups.values()].map((group) => ({
    windows: group.map(([window]) => window),
    rows: group.flatMap(([, rows]) => rows),
  }));
}
