// Draws lanes: bars by presence and provenance, scores, doubts, stale and waiting spans.
import type { TrackId } from "@masklet/annotation";
import type { Job } from "@masklet/protocol";
import type { Doubt } from "../edit/doubts.ts";
import { type Lane, type LaneSpan, SCORE_THRESHOLD } from "../edit/lanes.ts";
import { mixed } from "../style/palette.ts";
import { type Scale, type TrackRow, xOf } from "./geometry.ts";
import type { Theme } from "./theme.ts";

export interface LaneFacts {
  readonly row: TrackRow;
  readonly lane: Lane;
  readonly colour: string;
  readonly hidden: boolean;
  readonly laneHeight: number;
  readonly jobLane: Job["lanes"][number] | null;
  readonly origin: number;
  readonly doubts: readonly Doubt[];
  readonly allDoubts: readonly Doubt[];
  readonly comparison: ReadonlyMap<number, { readonly difference: number }> | null;
}

type Canvas = CanvasRenderingContext2D;

/** Lanes lower than this show their bar alone, doubts inside it. */
const LOW_LANE = 14;

/** True for a lane of the view of all objects at once. */
export function isLow({ row, laneHeight }: Pick<LaneFacts, "row" | "laneHeight">): boolean {
  return laneHeight < LOW_LANE && !row.open;
}

/** Height and top of the bar inside a lane. */
export function barOf(
  facts: { readonly laneHeight: number },
  top: number,
): { y: number; height: number } {
  const height =
    facts.laneHeight >= 30 ? 14 : facts.laneHeight >= 20 ? 12 : Math.max(2, facts.laneHeight - 2);
  const air = Math.floor((facts.laneHeight - height) / 2);
  return { y: top + (facts.laneHeight < LOW_LANE ? air : air - 1), height };
}

export function drawLane(
  c: Canvas,
  facts: LaneFacts,
  scale: Scale,
  top: number,
  theme: Theme,
): void {
  const { row, lane, colour } = facts;
  const ground = row.open ? theme.lane : theme.panel;
  if (row.open) {
    c.fillStyle = theme.lane;
    c.fillRect(0, top, scale.width, row.height);
  }
  const low = isLow(facts);
  c.fillStyle = theme.line;
  if (!low) c.fillRect(0, top + row.height - 1, scale.width, 1);
  const bar = barOf(facts, top);
  c.save();
  if (facts.hidden) c.globalAlpha = 0.35;
  const pen = { c, scale, theme, colour, ground, bar };
  for (const span of lane.spans) drawSpan(pen, span);
  for (const span of lane.stale) drawStale(pen, span);
  if (facts.jobLane) drawWaiting(pen, facts.jobLane, facts.origin);
  drawDoubtLines(pen, lane, low ? bar.y : bar.y + bar.height + 2);
  if (row.open && facts.comparison) drawComparison(pen, facts, top);
  else if (row.open) {
    drawScores(pen, lane, top + facts.laneHeight + 1, row.height - facts.laneHeight - 8);
    drawDoubtNumbers(pen, facts, top + row.height - 10);
  }
  c.restore();
}

interface Pen {
  readonly c: Canvas;
  readonly scale: Scale;
  readonly theme: Theme;
  readonly colour: string;
  readonly ground: string;
  readonly bar: { readonly y: number; readonly height: number };
}

/** Left and right of a span on the canvas, or null outside. A frame's cell begins at its tick. */
function edges({ scale }: Pen, from: number, to: number): readonly [number, number] | null {
  const a = xOf(scale, from);
  const b = xOf(scale, to + 1);
  if (b < 0 || a > scale.width) return null;
  return [Math.max(-8, a), Math.min(scale.width + 8, Math.max(b, a + 1))];
}

function drawSpan(pen: Pen, span: LaneSpan): void {
  const at = edges(pen, span.from, span.to);
  if (!at) return;
  const { c, theme, colour, ground, bar } = pen;
  const [a, b] = at;
  const width = b - a;
  switch (span.kind) {
    case "absent":
      hatch(pen, a, b, theme.hatch, { step: 6, line: 1, inset: 2 });
      return;
    case "between":
      c.fillStyle = theme.light ? mixed(colour, "#000000", 0.8) : mixed(colour, ground, 0.8);
      rounded(c, a, bar.y + bar.height / 2 - 1.5, width, 3, 1.5);
      c.fill();
      return;
    case "occluded":
      c.lineWidth = 1.5;
      c.strokeStyle = theme.light ? mixed(colour, "#000000", 0.7) : mixed(colour, ground, 0.8);
      rounded(c, a + 0.75, bar.y + 0.75, Math.max(1, width - 1.5), bar.height - 1.5, 3);
      c.fillStyle = mixed(colour, ground, 0.14);
      c.fill();
      c.stroke();
      return;
    case "imported":
      c.fillStyle = mixed(colour, ground, 0.22);
      rounded(c, a, bar.y, width, bar.height, 3);
      c.fill();
      c.fillStyle = theme.light ? mixed(colour, "#000000", 0.6) : mixed(colour, ground, 0.8);
      for (let x = Math.ceil(Math.max(0, a) / 5) * 5; x < b - 2; x += 5)
        c.fillRect(x, bar.y + bar.height / 2 - 0.5, 2, 1.5);
      return;
    case "human":
      c.fillStyle = theme.light ? mixed(colour, "#000000", 0.86) : colour;
      rounded(c, a, bar.y, Math.max(3, width), bar.height, 2);
      c.fill();
      return;
    case "model":
      c.fillStyle = mixed(colour, ground, theme.light ? 0.62 : 0.46);
      rounded(c, a, bar.y, width, bar.height, 3);
      c.fill();
      if (!theme.light || width < 4) return;
      c.save();
      c.globalAlpha *= 0.55;
      c.lineWidth = 1;
      c.strokeStyle = mixed(colour, "#000000", 0.62);
      rounded(c, a + 0.5, bar.y + 0.5, width - 1, bar.height - 1, 3);
      c.stroke();
      c.restore();
  }
}

function rounded(
  c: Canvas,
  x: number,
  y: number,
  width: number,
  height: number,
  radius: number,
): void {
  c.beginPath();
  c.roundRect(x, y, width, height, Math.min(radius, width / 2));
}

function hatch(
  { c, bar }: Pen,
  a: number,
  b: number,
  colour: string,
  facts: { readonly step: number; readonly line: number; readonly inset: number },
): void {
  const height = bar.height - 2 * facts.inset;
  c.save();
  rounded(c, a + 1, bar.y + facts.inset, Math.max(1, b - a - 2), height, 2);
  c.clip();
  c.strokeStyle = colour;
  c.lineWidth = facts.line;
  c.beginPath();
  const start = Math.floor((Math.max(-20, a) - 20) / facts.step) * facts.step;
  for (let x = start; x < b + 20; x += facts.step) {
    c.moveTo(x, bar.y + bar.height);
    c.lineTo(x + bar.height, bar.y);
  }
  c.stroke();
  c.restore();
}

function drawStale(pen: Pen, span: { readonly from: number; readonly to: number }): void {
  const at = edges(pen, span.from, span.to);
  if (!at) return;
  const { c, ground, bar, colour } = pen;
  c.fillStyle = ground;
  c.fillRect(at[0], bar.y, at[1] - at[0], bar.height);
  hatch(pen, at[0], at[1], mixed(colour, ground, 0.5), { step: 8, line: 3, inset: 0 });
}

/** What the running job has still to do, and the bright edges where masks arrive. */
function drawWaiting(pen: Pen, job: NonNullable<LaneFacts["jobLane"]>, origin: number): void {
  const { c, colour, ground, bar, theme, scale } = pen;
  const middle = bar.y + bar.height / 2;
  const line = (from: number, to: number) => {
    const at = from <= to ? edges(pen, from, to) : null;
    if (!at) return;
    c.save();
    c.strokeStyle = mixed(colour, ground, 0.45);
    c.setLineDash([2, 3]);
    c.lineWidth = 1;
    c.beginPath();
    c.moveTo(at[0], middle);
    c.lineTo(at[1], middle);
    c.stroke();
    c.restore();
  };
  if (!job.reached) {
    line(job.wanted.from, job.wanted.to);
    return;
  }
  line(job.wanted.from, job.reached.from - 1);
  line(job.reached.to + 1, job.wanted.to);
  if (job.state !== "running") return;
  const front = (frame: number, way: 1 | -1) => {
    const x = Math.round(xOf(scale, way > 0 ? frame + 1 : frame));
    const tail = x - 40 * way;
    const light = c.createLinearGradient(tail, 0, x, 0);
    light.addColorStop(0, mixed(colour, ground, 0.46));
    light.addColorStop(1, colour);
    c.fillStyle = light;
    const [a, b] = [
      Math.max(Math.min(x, tail), xOf(scale, job.reached!.from)),
      Math.min(Math.max(x, tail), xOf(scale, job.reached!.to + 1)),
    ];
    c.fillRect(a, bar.y, Math.max(0, b - a), bar.height);
    c.fillStyle = theme.playhead;
    c.fillRect(x - 1, bar.y - 2, 2, bar.height + 4);
  };
  if (job.reached.to < job.wanted.to && job.reached.to >= origin) front(job.reached.to, 1);
  if (job.reached.from > job.wanted.from && job.reached.from <= origin) front(job.reached.from, -1);
}

function drawDoubtLines({ c, scale, theme }: Pen, lane: Lane, y: number): void {
  const { scored, scores } = lane;
  c.fillStyle = theme.amber;
  let from = -1;
  let last = -2;
  const flush = () => {
    if (from < 0) return;
    const a = xOf(scale, from);
    const b = xOf(scale, last + 1);
    if (b > 0 && a < scale.width) c.fillRect(a, y, Math.max(4, b - a), 2);
    from = -1;
  };
  for (let i = 0; i < scored.length; i++) {
    const frame = scored[i]!;
    if (scores[i]! < SCORE_THRESHOLD) {
      if (from >= 0 && frame !== last + 1) flush();
      if (from < 0) from = frame;
      last = frame;
    } else flush();
  }
  flush();
}

function drawScores({ c, scale, theme }: Pen, lane: Lane, y: number, height: number): void {
  if (height < 8) return;
  const at = (score: number) =>
    y + height - ((Math.min(1, Math.max(0.4, score)) - 0.4) / 0.6) * height;
  const threshold = at(SCORE_THRESHOLD);
  const { scored, scores } = lane;
  const step = Math.max(1, Math.floor(0.7 / scale.perFrame));
  const path = new Path2D();
  let last = -2;
  c.save();
  c.fillStyle = theme.amber;
  c.globalAlpha *= theme.light ? 0.45 : 0.42;
  for (let i = 0; i < scored.length; ) {
    const frame = scored[i]!;
    // Several frames in one pixel: the lowest speaks for them.
    let lowest = scores[i]!;
    let next = i + 1;
    for (; next < scored.length && next < i + step && scored[next] === frame + next - i; next++)
      lowest = Math.min(lowest, scores[next]!);
    const x = xOf(scale, frame) + scale.perFrame / 2;
    if (x > -20 && x < scale.width + 20) {
      if (frame > last + step) path.moveTo(x, at(lowest));
      else path.lineTo(x, at(lowest));
      if (lowest < SCORE_THRESHOLD)
        c.fillRect(
          xOf(scale, frame),
          threshold,
          Math.max(1, scale.perFrame * (next - i)) + 0.5,
          at(lowest) - threshold,
        );
    }
    last = scored[next - 1]!;
    i = next;
  }
  c.restore();
  c.save();
  c.strokeStyle = theme.text3;
  c.globalAlpha *= 0.55;
  c.setLineDash([1, 3]);
  c.beginPath();
  c.moveTo(0, Math.round(threshold) + 0.5);
  c.lineTo(scale.width, Math.round(threshold) + 0.5);
  c.stroke();
  c.restore();
  c.strokeStyle = theme.spark;
  c.lineWidth = 1.2;
  c.lineJoin = "round";
  c.stroke(path);
}

function drawDoubtNumbers({ c, scale, theme }: Pen, facts: LaneFacts, y: number): void {
  for (const doubt of facts.doubts) {
    const x = Math.round(xOf(scale, doubt.frame));
    if (x < -8 || x > scale.width + 8) continue;
    c.fillStyle = theme.amber;
    c.beginPath();
    c.arc(x, y, 7, 0, Math.PI * 2);
    c.fill();
    c.fillStyle = "#1c1406";
    c.font = `700 10px ${theme.font}`;
    c.textAlign = "center";
    c.textBaseline = "middle";
    c.fillText(String(facts.allDoubts.indexOf(doubt) + 1), x, y + 0.5);
  }
}

function drawComparison(pen: Pen, facts: LaneFacts, top: number): void {
  const { c, scale, theme, colour, ground, bar } = pen;
  const frames = [...facts.comparison!].sort((a, b) => a[0] - b[0]);
  const [first, last] = [frames[0]?.[0], frames.at(-1)?.[0]];
  if (first === undefined || last === undefined) return;
  const y = top + facts.laneHeight;
  const at = edges(pen, first, last);
  if (at) {
    c.save();
    c.strokeStyle = theme.light ? mixed(colour, "#000000", 0.7) : mixed(colour, ground, 0.9);
    c.lineWidth = 1.2;
    c.setLineDash([4, 2.5]);
    rounded(c, at[0] + 0.5, y + 0.5, Math.max(2, at[1] - at[0] - 1), bar.height - 2, 3);
    c.stroke();
    c.restore();
  }
  const [base, room] = [
    top + facts.row.height - 6,
    facts.row.height - facts.laneHeight - bar.height - 10,
  ];
  for (const [frame, { difference }] of frames) {
    const height = Math.max(1, difference * room);
    c.fillStyle = difference > 0.25 ? theme.amber : theme.text3;
    c.fillRect(xOf(scale, frame), base - height, Math.max(1, scale.perFrame - 0.6), height);
  }
  c.fillStyle = theme.line2;
  c.fillRect(0, base, scale.width, 1);
}

/** Key diamonds; drawn above the playhead. */
export function drawKeys(
  c: Canvas,
  facts: LaneFacts,
  scale: Scale,
  top: number,
  theme: Theme,
): void {
  if (isLow(facts)) return;
  const bar = barOf(facts, top);
  const middle = bar.y + bar.height / 2;
  const [ring, ink] = theme.light ? ["#ffffff", "#15171a"] : ["#0d0e10", "#ffffff"];
  c.save();
  if (facts.hidden) c.globalAlpha = 0.35;
  const tiny = scale.perFrame < 0.01;
  let last = Number.NEGATIVE_INFINITY;
  for (const key of facts.lane.keys) {
    const x = Math.round(xOf(scale, key.frame));
    if (x < -8 || x > scale.width + 8 || x - last < 6) continue;
    last = x;
    if (tiny) {
      c.fillStyle = ink;
      c.fillRect(x - 1, bar.y, 3, bar.height);
      continue;
    }
    const diamond = (radius: number) => {
      c.beginPath();
      c.moveTo(x, middle - radius);
      c.lineTo(x + radius, middle);
      c.lineTo(x, middle + radius);
      c.lineTo(x - radius, middle);
      c.closePath();
    };
    diamond(6.1);
    c.fillStyle = ring;
    c.fill();
    diamond(4.5);
    if (key.kind === "hand") {
      c.fillStyle = ink;
      c.fill();
    } else {
      c.fillStyle = key.kind === "imported" ? ring : mixed(facts.colour, ring, 0.35);
      c.fill();
      c.strokeStyle = ink;
      c.lineWidth = 1.3;
      c.stroke();
    }
    if (!key.pinned) continue;
    c.fillStyle = ink;
    c.fillRect(x - 0.5, top + 1, 1, middle - 4.5 - top - 2);
    c.beginPath();
    c.arc(x, top + 2, 1.6, 0, Math.PI * 2);
    c.fill();
  }
  c.restore();
}

/** The lane of a job for a track, the newest first. */
export function jobLaneOf(jobs: readonly Job[], track: TrackId): Job["lanes"][number] | null {
  for (const job of jobs) {
    const lane = job.lanes.find((one) => one.object === track);
    if (lane && lane.state !== "done") return lane;
  }
  return null;
}
