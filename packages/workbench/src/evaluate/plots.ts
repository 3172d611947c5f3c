// Curves of a score over the frames of a sequence, as SVG.

const PLOT = { width: 720, height: 260, left: 44, right: 16, top: 34, bottom: 36 };

export interface Curve {
  readonly title: string;
  /** Percent for each frame; null breaks the line. */
  readonly values: readonly (number | null)[];
  readonly mean: number;
}

/** An SVG document with one curve from 0 to 100 % and its mean as a dashed line. */
export function plotCurve(curve: Curve): string {
  const inner = {
    width: PLOT.width - PLOT.left - PLOT.right,
    height: PLOT.height - PLOT.top - PLOT.bottom,
  };
  const last = Math.max(1, curve.values.length - 1);
  const x = (frame: number): string => (PLOT.left + (inner.width * frame) / last).toFixed(1);
  const y = (value: number): string => (PLOT.top + inner.height * (1 - value / 100)).toFixed(1);
  const grid = [0, 25, 50, 75, 100].map(
    (value) =>
      `<line x1="${PLOT.left}" x2="${PLOT.width - PLOT.right}" y1="${y(value)}" y2="${y(value)}" stroke="#d8dde3"/>` +
      `<text x="${PLOT.left - 8}" y="${y(value)}" text-anchor="end" dominant-baseline="middle">${value}</text>`,
  );
  const ticks = frameTicks(curve.values.length).map(
    (frame) =>
      `<text x="${x(frame)}" y="${PLOT.height - PLOT.bottom + 18}" text-anchor="middle">${frame}</text>`,
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${PLOT.width} ${PLOT.height}" font-family="system-ui, sans-serif" font-size="12" fill="#3b4652">`,
    `<rect width="100%" height="100%" fill="#ffffff"/>`,
    `<text x="${PLOT.left}" y="20" font-size="14" font-weight="600">${escaped(curve.title)}</text>`,
    `<text x="${PLOT.width - PLOT.right}" y="20" text-anchor="end">J&amp;F ${curve.mean.toFixed(1)}</text>`,
    ...grid,
    ...ticks,
    `<line x1="${PLOT.left}" x2="${PLOT.width - PLOT.right}" y1="${y(curve.mean)}" y2="${y(curve.mean)}" stroke="#c2410c" stroke-dasharray="5 4"/>`,
    `<path d="${linePath(curve.values, x, y)}" fill="none" stroke="#0f6f7c" stroke-width="2" stroke-linejoin="round"/>`,
    "</svg>",
    "",
  ].join("\n");
}

function linePath(
  values: readonly (number | null)[],
  x: (frame: number) => string,
  y: (value: number) => string,
): string {
  let path = "";
  let drawing = false;
  for (const [frame, value] of values.entries()) {
    if (value !== null) path += `${drawing ? "L" : "M"}${x(frame)} ${y(value)}`;
    drawing = value !== null;
  }
  return path;
}

/** About eight round frame numbers. */
function frameTicks(count: number): number[] {
  const step = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000].find((each) => count / each <= 8) ?? 5000;
  return Array.from({ length: Math.ceil(count / step) }, (_, at) => at * step);
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
