// Draws the timeline: overview, ruler, range, cuts and playhead around the lanes.
import type { Span } from "../desk/view.ts";
import type { Doubt } from "../edit/doubts.ts";
import { drawGroup, type GroupFacts } from "./draw-groups.ts";
import { drawKeys, drawLane, type LaneFacts } from "./draw-lanes.ts";
import { CELL_LINES_FROM, majorStep, PAD, type Scale, xOf } from "./geometry.ts";
import type { Theme } from "./theme.ts";

type Canvas = CanvasRenderingContext2D;

export interface TimelineFacts {
  readonly scale: Scale;
  readonly height: number;
  /** Height of overview and ruler together. */
  readonly top: number;
  readonly frames: number;
  readonly frame: number;
  readonly hover: number | null;
  readonly hoverText: string;
  readonly range: Span | null;
  readonly cuts: readonly number[];
  readonly doubts: readonly Doubt[];
  readonly lanes: readonly LaneFacts[];
  /** The lines that sum up groups of lanes, those on screen. */
  readonly groups: readonly GroupFacts[];
  readonly scroll: number;
  readonly theme: Theme;
  readonly ghost: { readonly frame: number; readonly y: number } | null;
}

export const OVERVIEW = 16;

/** Everything but what moves with the playhead. */
export function drawBase(c: Canvas, facts: TimelineFacts): void {
  const { scale, height, top, theme } = facts;
  c.fillStyle = theme.panel;
  c.fillRect(0, 0, scale.width, height);
  c.save();
  c.beginPath();
  c.rect(0, top, scale.width, height - top);
  c.clip();
  for (const lane of visibleLanes(facts)) {
    drawLane(c, lane, scale, top + lane.row.y - facts.scroll, theme);
  }
  for (const group of facts.groups)
    drawGroup(c, group, scale, top + group.row.y - facts.scroll, theme);
  if (scale.perFrame >= CELL_LINES_FROM) drawCells(c, facts);
  drawWash(c, facts);
  drawCutLines(c, facts);
  c.restore();
  drawOverview(c, facts);
  drawRuler(c, facts);
}

function visibleLanes(facts: TimelineFacts): LaneFacts[] {
  const from = facts.scroll;
  const to = facts.scroll + facts.height - facts.top;
  return facts.lanes.filter(({ row }) => row.y + row.height > from && row.y < to);
}

function drawCells(c: Canvas, { scale, top, height, theme }: TimelineFacts): void {
  c.save();
  c.globalAlpha = 0.5;
  c.fillStyle = theme.line2;
  for (let frame = Math.ceil(scale.from); frame <= scale.to; frame++)
    c.fillRect(Math.round(xOf(scale, frame)), top, 1, height - top);
  c.restore();
}

function drawWash(c: Canvas, { range, scale, top, height, theme }: TimelineFacts): void {
  if (!range) return;
  c.save();
  c.fillStyle = theme.panel;
  c.globalAlpha = 0.62;
  const [a, b] = [xOf(scale, range.from), xOf(scale, range.to + 1)];
  c.fillRect(0, top, a, height);
  c.fillRect(b, top, scale.width - b, height);
  c.restore();
}

function drawCutLines(c: Canvas, { cuts, scale, top, height, theme }: TimelineFacts): void {
  c.save();
  c.strokeStyle = theme.text;
  c.globalAlpha = 0.42;
  c.setLineDash([3, 3]);
  c.lineWidth = 1;
  for (const cut of cuts) {
    const x = Math.round(xOf(scale, cut)) + 0.5;
    if (x < 0 || x > scale.width) continue;
    c.beginPath();
    c.moveTo(x, top);
    c.lineTo(x, height);
    c.stroke();
  }
  c.restore();
}

function overviewX(facts: TimelineFacts, frame: number): number {
  return PAD + (frame * (facts.scale.width - 2 * PAD)) / Math.max(1, facts.frames - 1);
}

function drawOverview(c: Canvas, facts: TimelineFacts): void {
  const { scale, theme, frames } = facts;
  const [y, height] = [3, OVERVIEW - 6];
  c.fillStyle = theme.app;
  c.fillRect(0, 0, scale.width, OVERVIEW);
  c.fillStyle = theme.light ? "#d4d7db" : "#2d3035";
  c.beginPath();
  c.roundRect(PAD, y, scale.width - 2 * PAD, height, 2);
  c.fill();
  for (const doubt of facts.doubts) {
    c.globalAlpha = 0.35 + 0.65 * doubt.risk;
    c.fillStyle = theme.amber;
    c.fillRect(Math.round(overviewX(facts, doubt.frame)) - 1, y, 3, height);
  }
  c.globalAlpha = 1;
  c.fillStyle = theme.text2;
  for (const cut of facts.cuts) c.fillRect(Math.round(overviewX(facts, cut)), y - 2, 1, height + 4);
  if (scale.from <= 0 && scale.to >= frames - 1) return;
  c.strokeStyle = theme.text2;
  c.lineWidth = 1;
  c.fillStyle = theme.light ? "rgba(0,0,0,.10)" : "rgba(255,255,255,.12)";
  const [a, b] = [overviewX(facts, scale.from), overviewX(facts, scale.to)];
  c.beginPath();
  c.roundRect(Math.round(a) + 0.5, y - 1.5, Math.max(6, Math.round(b - a) - 1), height + 3, 3);
  c.fill();
  c.stroke();
}

function drawRuler(c: Canvas, facts: TimelineFacts): void {
  const { scale, top, theme, range, frames } = facts;
  c.fillStyle = theme.panel;
  c.fillRect(0, OVERVIEW, scale.width, top - OVERVIEW);
  if (range) {
    const [a, b] = [xOf(scale, range.from), xOf(scale, range.to + 1)];
    c.save();
    c.globalAlpha = 0.14;
    c.fillStyle = theme.focus;
    c.fillRect(a, OVERVIEW, b - a, top - OVERVIEW - 1);
    c.restore();
    c.fillStyle = theme.focus;
    for (const [x, way] of [
      [a, 1],
      [b, -1],
    ] as const) {
      c.fillRect(Math.round(x) - (way < 0 ? 2 : 0), OVERVIEW + 2, 2, top - OVERVIEW - 3);
      c.fillRect(Math.round(x) - (way < 0 ? 5 : 0), OVERVIEW + 2, 5, 2);
      c.fillRect(Math.round(x) - (way < 0 ? 5 : 0), top - 3, 5, 2);
    }
  }
  c.fillStyle = theme.line;
  c.fillRect(0, top - 1, scale.width, 1);
  const major = majorStep(scale.perFrame);
  const minor = major < 5 ? 1 : major % 4 === 0 && major !== 20 ? major / 4 : major / 5;
  c.font = `400 ${theme.micro}px ${theme.font}`;
  c.textAlign = "center";
  c.textBaseline = "alphabetic";
  const last = Math.min(frames - 1, Math.ceil(scale.to));
  for (
    let frame = Math.max(0, Math.ceil(scale.from / minor) * minor);
    frame <= last;
    frame += minor
  ) {
    const x = Math.round(xOf(scale, frame));
    const isMajor = frame % major === 0;
    c.fillStyle = isMajor ? theme.text3 : theme.line2;
    c.fillRect(x, top - (isMajor ? 7 : 4), 1, isMajor ? 6 : 3);
    if (isMajor) c.fillText(String(frame), x, top - 11);
  }
  for (const cut of facts.cuts) drawScissors(c, xOf(scale, cut), top, theme);
}

function drawScissors(c: Canvas, x: number, top: number, theme: Theme): void {
  c.save();
  c.translate(Math.round(x) - 4.5, top - 12);
  c.scale(0.66, 0.66);
  c.strokeStyle = theme.text2;
  c.lineWidth = 1.4;
  c.beginPath();
  c.arc(4, 12, 2, 0, 7);
  c.moveTo(14, 12);
  c.arc(12, 12, 2, 0, 7);
  c.moveTo(5, 10.5);
  c.lineTo(11.5, 2);
  c.moveTo(11, 10.5);
  c.lineTo(4.5, 2);
  c.stroke();
  c.restore();
}

/** What moves with the playhead, with the key frames above its line. */
export function drawTop(c: Canvas, facts: TimelineFacts): void {
  const { scale, height, top, theme, frame } = facts;
  c.clearRect(0, 0, scale.width, height);
  c.fillStyle = theme.playhead;
  c.fillRect(Math.round(overviewX(facts, frame)), 1, 1, OVERVIEW - 2);
  const x = Math.round(xOf(scale, frame)) + 0.5;
  const shown = x > -20 && x < scale.width + 20;
  if (shown) drawPlayheadLine(c, x, facts);
  c.save();
  c.beginPath();
  c.rect(0, top, scale.width, height - top);
  c.clip();
  for (const lane of visibleLanes(facts))
    drawKeys(c, lane, scale, top + lane.row.y - facts.scroll, theme);
  c.restore();
  if (facts.hover !== null && Math.round(facts.hover) !== frame)
    drawFlag(c, facts, Math.round(facts.hover), facts.hoverText, true);
  if (shown) drawFlag(c, facts, frame, String(frame), false);
  if (facts.ghost) {
    c.fillStyle = theme.focus;
    c.fillRect(Math.round(xOf(scale, facts.ghost.frame)) - 1, facts.ghost.y, 2, 26);
    drawFlag(c, facts, facts.ghost.frame, String(facts.ghost.frame), true);
  }
}

function drawPlayheadLine(c: Canvas, x: number, { theme, height }: TimelineFacts): void {
  c.strokeStyle = theme.light ? "rgba(255,255,255,.8)" : "rgba(0,0,0,.6)";
  c.lineWidth = 3;
  c.beginPath();
  c.moveTo(x, OVERVIEW + 8);
  c.lineTo(x, height);
  c.stroke();
  c.strokeStyle = theme.playhead;
  c.lineWidth = 1;
  c.stroke();
}

function drawFlag(
  c: Canvas,
  facts: TimelineFacts,
  frame: number,
  text: string,
  quiet: boolean,
): void {
  const { scale, top, theme } = facts;
  c.font = `600 ${theme.micro}px ${theme.font}`;
  const width = Math.max(28, c.measureText(text).width + 12);
  const height = theme.micro + 6;
  const x = xOf(scale, frame);
  const left = Math.min(scale.width - width - 2, Math.max(2, x - width / 2));
  const y = OVERVIEW + (top - OVERVIEW - height) / 2 - 2;
  c.fillStyle = quiet ? theme.line2 : theme.playhead;
  c.beginPath();
  c.roundRect(left, y, width, height, 4);
  c.fill();
  c.fillStyle = quiet ? theme.text : theme.light ? "#ffffff" : "#121315";
  c.textAlign = "center";
  c.textBaseline = "middle";
  c.fillText(text, left + width / 2, y + height / 2 + 0.5);
}
