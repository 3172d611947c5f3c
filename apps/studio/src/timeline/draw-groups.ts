// Draws the line of a group of lanes: how many of its objects are in view, frame by frame, and where they are doubtful.
import type { Doubt } from "../edit/doubts.ts";
import type { InView } from "../edit/lane-groups.ts";
import { type GroupRow, PAD, type Scale, xOf } from "./geometry.ts";
import type { Theme } from "./theme.ts";

export interface GroupFacts {
  readonly row: GroupRow;
  readonly inView: InView;
  readonly doubts: readonly Doubt[];
}

/** Air above the highest column and below the lowest, px. */
const AIR = 5;

/** Columns as high as the most of the frames under them; achromatic, since it is nobody's colour. */
export function drawGroup(
  c: CanvasRenderingContext2D,
  { row, inView, doubts }: GroupFacts,
  scale: Scale,
  top: number,
  theme: Theme,
): void {
  c.fillStyle = theme.app;
  c.fillRect(0, top, scale.width, row.height - 1);
  c.fillStyle = theme.line;
  c.fillRect(0, top + row.height - 1, scale.width, 1);
  const base = top + row.height - AIR;
  const room = row.height - 2 * AIR;
  const { counts, most } = inView;
  const right = Math.min(scale.width - PAD / 2, xOf(scale, counts.length));
  c.fillStyle = theme.text3;
  c.globalAlpha = row.folded ? 0.9 : 0.55;
  for (let x = Math.max(0, Math.floor(xOf(scale, 0))); x < right; x++) {
    const from = Math.max(0, Math.floor(scale.from + (x - PAD) / scale.perFrame));
    const to = Math.max(from + 1, Math.floor(scale.from + (x + 1 - PAD) / scale.perFrame));
    let here = 0;
    for (let frame = from; frame < to; frame++) here = Math.max(here, counts[frame] ?? 0);
    const height = here === 0 ? 0 : Math.max(1.5, (room * here) / most);
    if (height > 0) c.fillRect(x, base - height, 1, height);
  }
  c.globalAlpha = 1;
  c.fillStyle = theme.amber;
  for (const { frame } of doubts) {
    const x = Math.round(xOf(scale, frame));
    if (x >= 0 && x < scale.width) c.fillRect(x - 1, base + 1, 3, 2);
  }
}
