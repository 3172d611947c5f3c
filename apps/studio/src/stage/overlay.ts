// The 2D canvas over the picture: prompts, tags, boxes, drawings in progress, cursors, doubt brackets.
import type { Size } from "@masklet/vision";
import type { View, XY } from "../desk/view.ts";
import type { PromptSet } from "../edit/prompts.ts";
import type { Outline, Scene, Tag } from "./scene.ts";
import { type ScreenPoint, screenFromEdge, screenFromImage, type Viewport } from "./viewport.ts";

const HALO = "rgba(8,9,11,.72)";
const FONT =
  '"Inter","Segoe UI Variable Text","Segoe UI",system-ui,"Noto Sans","DejaVu Sans",sans-serif';

/** More numbers than this would hide the picture. */
const TAGS_MAX = 60;

export interface OverlayFacts {
  readonly view: View;
  readonly viewport: Viewport;
  readonly size: Size;
  readonly stage: Size;
  readonly scene: Scene;
  readonly colour: string;
  /** Prompts of the selected object on this frame, those waiting for an answer included. */
  readonly prompts: PromptSet | null;
  /** Prompts of its other frames, shown on demand. */
  readonly otherPrompts: readonly XY[];
  readonly staleWord: string;
  readonly doubtBox: {
    readonly x: number;
    readonly y: number;
    readonly width: number;
    readonly height: number;
  } | null;
  /** Tags fade after two seconds without a move. */
  readonly tagStrength: number;
  readonly now: number;
  /** True while the pointer is over the stage. */
  readonly pointerInside: boolean;
}

/** Draws it all anew; `context` is scaled to CSS pixels. */
export function drawOverlay(context: CanvasRenderingContext2D, facts: OverlayFacts): void {
  const { view, scene, stage, viewport } = facts;
  context.clearRect(0, 0, stage.width, stage.height);
  if (viewport.scale >= 8 && !view.pictureAlone) drawGrid(context, facts);
  if (!view.pictureAlone) {
    for (const outline of scene.outlines) drawOutline(context, viewport, outline);
    if (facts.prompts?.box) drawPromptBox(context, facts, facts.prompts.box);
    for (const at of facts.otherPrompts)
      drawRing(context, screenFromImage(viewport, at), 4, facts.colour);
    drawPrompts(context, facts);
    // In a crowd only those speak that are selected or pointed at.
    const crowd = scene.tags.length > TAGS_MAX;
    for (const tag of scene.tags) if (!crowd || tag.name !== null) drawTag(context, facts, tag);
    if (facts.doubtBox && view.card?.kind === "doubt") drawBrackets(context, facts, facts.doubtBox);
  }
  drawDrawing(context, facts);
  drawCursor(context, facts);
}

function drawGrid(
  context: CanvasRenderingContext2D,
  { viewport, size, stage }: OverlayFacts,
): void {
  const { scale, x, y } = viewport;
  context.save();
  context.strokeStyle = "rgba(128,128,128,.28)";
  context.lineWidth = 1;
  context.beginPath();
  const left = Math.max(0, Math.floor(-x / scale));
  const right = Math.min(size.width, Math.ceil((stage.width - x) / scale));
  const top = Math.max(0, Math.floor(-y / scale));
  const bottom = Math.min(size.height, Math.ceil((stage.height - y) / scale));
  for (let column = left; column <= right; column++) {
    const at = Math.round(x + column * scale) + 0.5;
    context.moveTo(at, y + top * scale);
    context.lineTo(at, y + bottom * scale);
  }
  for (let row = top; row <= bottom; row++) {
    const at = Math.round(y + row * scale) + 0.5;
    context.moveTo(x + left * scale, at);
    context.lineTo(x + right * scale, at);
  }
  context.stroke();
  context.restore();
}

function drawOutline(
  context: CanvasRenderingContext2D,
  viewport: Viewport,
  outline: Outline,
): void {
  const path = new Path2D();
  for (const ring of outline.rings) {
    ring.forEach((point, i) => {
      const { left, top } = screenFromEdge(viewport, point);
      if (i === 0) path.moveTo(left, top);
      else path.lineTo(left, top);
    });
    path.closePath();
  }
  context.save();
  context.globalAlpha = outline.fill * outline.dim * 0.6;
  context.fillStyle = outline.colour;
  context.fill(path, "evenodd");
  context.globalAlpha = outline.dim;
  context.lineJoin = "round";
  context.lineWidth = outline.width + 2.2;
  context.strokeStyle = HALO;
  context.stroke(path);
  context.lineWidth = outline.width;
  context.strokeStyle = outline.colour;
  if (outline.dashed) context.setLineDash([2, 3]);
  context.stroke(path);
  context.setLineDash([]);
  if (outline.handles) drawHandles(context, viewport, outline.rings[0] ?? []);
  context.restore();
}

/** All in one path: a polygon may have hundreds. */
function drawHandles(
  context: CanvasRenderingContext2D,
  viewport: Viewport,
  points: readonly XY[],
): void {
  const path = new Path2D();
  for (const point of points) {
    const at = screenFromEdge(viewport, point);
    path.rect(Math.round(at.left) - 3.5, Math.round(at.top) - 3.5, 8, 8);
  }
  context.fillStyle = "#fff";
  context.strokeStyle = "#0d0e10";
  context.lineWidth = 1;
  context.fill(path);
  context.stroke(path);
}

function drawPromptBox(
  context: CanvasRenderingContext2D,
  { viewport, colour }: OverlayFacts,
  box: NonNullable<PromptSet["box"]>,
): void {
  const from = screenFromImage(viewport, box.from);
  const to = screenFromImage(viewport, box.to);
  strokeBox(context, from, to, colour, [5, 4]);
}

function strokeBox(
  context: CanvasRenderingContext2D,
  from: ScreenPoint,
  to: ScreenPoint,
  colour: string,
  dash: readonly number[],
): void {
  const [x, y] = [Math.min(from.left, to.left), Math.min(from.top, to.top)];
  const [width, height] = [Math.abs(to.left - from.left), Math.abs(to.top - from.top)];
  context.save();
  context.lineWidth = 3;
  context.strokeStyle = HALO;
  context.strokeRect(x, y, width, height);
  context.lineWidth = 1.5;
  context.strokeStyle = colour;
  context.setLineDash([...dash]);
  context.strokeRect(x, y, width, height);
  context.restore();
}

function drawPrompts(context: CanvasRenderingContext2D, facts: OverlayFacts): void {
  const { prompts, view, viewport, colour, now } = facts;
  prompts?.points.forEach((point, i) => {
    const at = screenFromImage(viewport, point.at);
    drawMarker(context, at, point.sign, colour, view.focusedPrompt === i);
  });
  const last = prompts?.points.at(-1);
  const waited = view.asking ? now - view.asking.since : 0;
  if (last && view.asking && waited > 250) {
    const at = screenFromImage(viewport, last.at);
    context.save();
    context.lineWidth = 2;
    context.strokeStyle = "#fff";
    context.beginPath();
    const part = Math.min(0.97, 1 - Math.exp(-(waited - 250) / 900));
    context.arc(at.left, at.top, 12, -Math.PI / 2, -Math.PI / 2 + part * Math.PI * 2);
    context.stroke();
    context.restore();
  }
}

function drawMarker(
  context: CanvasRenderingContext2D,
  at: ScreenPoint,
  sign: "include" | "exclude",
  colour: string,
  focused: boolean,
): void {
  const radius = focused ? 9 : 8;
  context.save();
  context.translate(Math.round(at.left) + 0.5, Math.round(at.top) + 0.5);
  disc(context, radius + 1.5, HALO);
  disc(context, radius, sign === "include" ? "#fff" : "#17181a");
  const ink = sign === "include" ? "#0d0e10" : "#ff8178";
  context.lineWidth = 2;
  context.strokeStyle = sign === "include" ? colour : ink;
  context.beginPath();
  context.arc(0, 0, radius, 0, Math.PI * 2);
  context.stroke();
  context.strokeStyle = ink;
  context.lineCap = "round";
  context.beginPath();
  context.moveTo(-3.6, 0);
  context.lineTo(3.6, 0);
  if (sign === "include") {
    context.moveTo(0, -3.6);
    context.lineTo(0, 3.6);
  }
  context.stroke();
  context.restore();
}

function disc(context: CanvasRenderingContext2D, radius: number, colour: string): void {
  context.beginPath();
  context.arc(0, 0, radius, 0, Math.PI * 2);
  context.fillStyle = colour;
  context.fill();
}

function drawRing(
  context: CanvasRenderingContext2D,
  at: ScreenPoint,
  radius: number,
  colour: string,
): void {
  context.save();
  for (const [width, ink] of [
    [3.5, HALO],
    [1.5, colour],
  ] as const) {
    context.beginPath();
    context.arc(at.left, at.top, radius, 0, Math.PI * 2);
    context.lineWidth = width;
    context.strokeStyle = ink;
    context.stroke();
  }
  context.restore();
}

function drawTag(context: CanvasRenderingContext2D, facts: OverlayFacts, tag: Tag): void {
  const at = screenFromEdge(facts.viewport, tag.at);
  const name =
    tag.note === "stale" ? `${tag.name ?? ""} ${facts.staleWord}`.trim() : (tag.name ?? "");
  context.save();
  context.font = `500 12px ${FONT}`;
  const wide = name ? context.measureText(name).width + 12 : 0;
  const extra = (tag.byHand ? 11 : 0) + (tag.note === "locked" ? 12 : 0);
  const number = String(tag.track);
  context.font = `600 11px ${FONT}`;
  const swatch = Math.max(16, context.measureText(number).width + 8);
  const width = swatch + 6 + wide + extra;
  const x = Math.round(Math.max(4, Math.min(facts.stage.width - width - 4, at.left)));
  const y = Math.round(Math.max(4, at.top - 28));
  context.globalAlpha = tag.name === null ? tag.strength * facts.tagStrength : tag.strength;
  context.fillStyle = "rgba(14,15,17,.88)";
  context.beginPath();
  context.roundRect(x, y, width, 22, 5);
  context.fill();
  context.fillStyle = tag.colour;
  context.beginPath();
  context.roundRect(x + 3, y + 3, swatch, 16, 3);
  context.fill();
  context.fillStyle = "#060708";
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.fillText(number, x + 3 + swatch / 2, y + 11.5);
  context.textAlign = "left";
  context.fillStyle = "#f3f3f4";
  context.font = `500 12px ${FONT}`;
  context.fillText(name, x + swatch + 9, y + 11.5);
  if (tag.note === "absent") context.fillRect(x + 3, y + 11, width - 6, 1.5);
  if (tag.byHand) {
    const left = x + swatch + 6 + wide + 3;
    context.beginPath();
    context.moveTo(left, y + 11);
    context.lineTo(left + 2.5, y + 8.5);
    context.lineTo(left + 5, y + 11);
    context.lineTo(left + 2.5, y + 13.5);
    context.fill();
  }
  if (tag.note === "locked") drawLock(context, x + width - 12, y + 7);
  context.restore();
}

function drawLock(context: CanvasRenderingContext2D, x: number, y: number): void {
  context.strokeStyle = "#f3f3f4";
  context.lineWidth = 1.2;
  context.strokeRect(x, y + 3.5, 7, 5);
  context.beginPath();
  context.arc(x + 3.5, y + 3.5, 2.2, Math.PI, 0);
  context.stroke();
}

function drawBrackets(
  context: CanvasRenderingContext2D,
  { viewport, stage, view, now }: OverlayFacts,
  box: NonNullable<OverlayFacts["doubtBox"]>,
): void {
  const from = screenFromEdge(viewport, box);
  const to = screenFromEdge(viewport, { x: box.x + box.width, y: box.y + box.height });
  const age = view.doubtAt ? now - view.doubtAt.since : 1000;
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const air = 26 + (calm || age > 200 ? 0 : (1 - age / 200) * 10);
  const [left, top] = [Math.max(3, from.left - air), Math.max(3, from.top - air)];
  const [right, bottom] = [
    Math.min(stage.width - 3, to.left + air),
    Math.min(stage.height - 3, to.top + air),
  ];
  context.save();
  context.lineCap = "round";
  for (const [width, ink] of [
    [4.5, "rgba(8,9,11,.7)"],
    [2.5, "#f5b54a"],
  ] as const) {
    context.lineWidth = width;
    context.strokeStyle = ink;
    for (const [x, y, right1, down] of [
      [left, top, 1, 1],
      [right, top, -1, 1],
      [left, bottom, 1, -1],
      [right, bottom, -1, -1],
    ] as const) {
      context.beginPath();
      context.moveTo(x, y + down * 16);
      context.lineTo(x, y);
      context.lineTo(x + right1 * 16, y);
      context.stroke();
    }
  }
  context.restore();
}

function drawDrawing(context: CanvasRenderingContext2D, facts: OverlayFacts): void {
  const { view, viewport, colour } = facts;
  const { drawing } = view;
  if (!drawing) return;
  const screen = (point: XY) => screenFromEdge(viewport, point);
  if (drawing.kind === "box") {
    strokeBox(
      context,
      screen(drawing.from),
      screen(drawing.to),
      colour,
      drawing.promptOnly ? [5, 4] : [],
    );
    return;
  }
  context.save();
  context.lineJoin = "round";
  context.lineCap = "round";
  const path = new Path2D();
  const points =
    drawing.kind === "polygon" && drawing.to ? [...drawing.points, drawing.to] : drawing.points;
  points.forEach((point, i) => {
    const { left, top } = screen(point);
    if (i === 0) path.moveTo(left, top);
    path.lineTo(left, top);
  });
  if (drawing.kind === "stroke") {
    context.globalAlpha = drawing.erase ? 0.55 : 0.5;
    context.lineWidth = Math.max(1, view.brush * viewport.scale);
    context.strokeStyle = drawing.erase ? "#17181a" : colour;
    context.stroke(path);
  } else {
    context.lineWidth = 3.7;
    context.strokeStyle = HALO;
    context.stroke(path);
    context.lineWidth = 1.5;
    context.strokeStyle = colour;
    context.stroke(path);
    drawHandles(context, viewport, drawing.points);
  }
  context.restore();
}

function drawCursor(context: CanvasRenderingContext2D, facts: OverlayFacts): void {
  const { view, viewport, now } = facts;
  if (view.keyCursor) {
    const at = screenFromEdge(viewport, view.keyCursor);
    drawRing(context, at, 12, "#fff");
    drawCross(context, at, "+", false);
  }
  const { pointer } = view;
  if (!pointer || !facts.pointerInside) return;
  const locked = view.selected !== null && view.locked.has(view.selected);
  if (view.tool === "brush" || view.tool === "eraser") {
    const radius = (view.brush * viewport.scale) / 2;
    context.save();
    for (const [width, ink] of [
      [3, HALO],
      [1.2, "#fff"],
    ] as const) {
      context.beginPath();
      context.arc(pointer.left, pointer.top, Math.max(1.5, radius), 0, Math.PI * 2);
      context.lineWidth = width;
      context.strokeStyle = ink;
      if (view.tool === "eraser") context.setLineDash([4, 3]);
      context.stroke();
    }
    if (radius < 3) disc2(context, pointer, 1.4, "#fff");
    context.restore();
    return;
  }
  if (view.tool === "click" || view.tool === "box" || view.tool === "polygon") {
    const mark = view.tool === "click" ? (view.excluding ? "−" : "+") : "";
    drawCross(context, pointer, mark, locked);
    if (view.proposing) {
      context.save();
      context.lineWidth = 2;
      context.strokeStyle = "#fff";
      context.beginPath();
      context.arc(pointer.left, pointer.top, 10, 0, ((now / 900) % 1) * Math.PI * 2);
      context.stroke();
      context.restore();
    }
  }
}

function disc2(
  context: CanvasRenderingContext2D,
  at: ScreenPoint,
  radius: number,
  colour: string,
): void {
  context.fillStyle = colour;
  context.beginPath();
  context.arc(at.left, at.top, radius, 0, Math.PI * 2);
  context.fill();
}

function drawCross(
  context: CanvasRenderingContext2D,
  at: ScreenPoint,
  mark: string,
  barred: boolean,
): void {
  context.save();
  context.translate(Math.round(at.left) + 0.5, Math.round(at.top) + 0.5);
  context.lineCap = "round";
  for (const [width, ink] of [
    [3.4, "rgba(0,0,0,.75)"],
    [1.5, "#fff"],
  ] as const) {
    context.lineWidth = width;
    context.strokeStyle = ink;
    context.beginPath();
    for (const [x, y] of [
      [1, 0],
      [0, 1],
      [-1, 0],
      [0, -1],
    ] as const) {
      context.moveTo(x * 5, y * 5);
      context.lineTo(x * 13, y * 13);
    }
    if (barred) {
      context.moveTo(-10, 10);
      context.lineTo(10, -10);
    }
    context.stroke();
  }
  if (mark) {
    context.font = `600 13px ${FONT}`;
    context.textAlign = "center";
    context.lineWidth = 3;
    context.strokeStyle = "rgba(0,0,0,.75)";
    context.strokeText(mark, 13, -8);
    context.fillStyle = "#fff";
    context.fillText(mark, 13, -8);
  }
  context.restore();
}
