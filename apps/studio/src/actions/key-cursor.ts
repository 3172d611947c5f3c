// The cross that the arrow keys move over the picture, and what Enter does there with the tool in hand.
import { contains } from "@masklet/vision";
import { seenFrame, stateOn } from "../desk/core.ts";
import type { Desk } from "../desk/desk.ts";
import { objectAt } from "../desk/hit.ts";
import type { XY } from "../desk/view.ts";
import { boxOfShape } from "../edit/measure.ts";
import { edgeFromScreen, screenFromEdge } from "../stage/viewport.ts";

/** A prompt this near to the cross is the one that keys move and remove, screen px. */
const REACH_PX = 11;
/** The picture is moved so that the cross stays so far inside the stage, screen px. */
const MARGIN_PX = 40;

/** Moves the cross; what is being drawn follows it, a prompt beneath it is taken in hand, a preview is asked for. */
export function moveKeyCursor(desk: Desk, by: XY): void {
  const { width, height } = desk.size;
  const from = desk.view.getState().keyCursor ?? firstPlace(desk);
  const keyCursor = {
    x: Math.max(0.5, Math.min(width - 0.5, from.x + by.x)),
    y: Math.max(0.5, Math.min(height - 0.5, from.y + by.y)),
  };
  const { drawing, tool } = desk.view.getState();
  const follows = drawing?.kind === "box" || drawing?.kind === "polygon";
  desk.view.setState({
    keyCursor,
    focusedPrompt: tool === "click" ? promptAt(desk, keyCursor) : null,
    hover: objectAt(desk, seenFrame(desk), keyCursor),
    ...(follows ? { drawing: { ...drawing, to: keyCursor } } : {}),
  });
  keepInView(desk, keyCursor);
  desk.prompting.hover(desk.view.getState().focusedPrompt === null ? pixel(keyCursor) : null);
}

/** Moves the prompt in hand. False where there is none. */
export function moveFocusedPrompt(desk: Desk, by: XY): boolean {
  const { focusedPrompt, keyCursor } = desk.view.getState();
  const point = focusedPrompt === null ? undefined : promptsHere(desk)[focusedPrompt];
  if (!point || focusedPrompt === null) return false;
  const to = { x: point.at.x + by.x, y: point.at.y + by.y };
  desk.prompting.movePoint(focusedPrompt, to);
  if (keyCursor) desk.view.setState({ keyCursor: { x: to.x + 0.5, y: to.y + 0.5 } });
  return true;
}

/** What a press of the button would do at the cross. False where there is no cross or nothing to do. */
export function actAtKeyCursor(desk: Desk, sign: "include" | "exclude"): boolean {
  const { keyCursor: at, tool, drawing, card, proposals, excluding } = desk.view.getState();
  if (!at) return false;
  if (card?.kind === "pick") return pick(desk, at, card.what);
  if (proposals) {
    const index = proposals.list.findIndex(({ mask }) =>
      contains(mask, Math.floor(at.x), Math.floor(at.y)),
    );
    if (index >= 0) desk.prompting.pickProposal(index);
    return index >= 0;
  }
  switch (tool) {
    case "click":
      desk.prompting.click(pixel(at), excluding ? "exclude" : sign, "natural");
      return true;
    case "select":
      desk.prompting.click(pixel(at), "include", "select");
      return true;
    case "box":
      if (drawing?.kind === "box") {
        desk.view.setState({ drawing: null });
        desk.drawing.boxKey(drawing.from, at);
      } else desk.view.setState({ drawing: { kind: "box", from: at, to: at, promptOnly: false } });
      return true;
    case "polygon":
      addCorner(desk, at, sign === "exclude");
      return true;
    case "brush":
    case "eraser":
      desk.drawing.stroke([at], tool === "eraser");
      return true;
    case "hand":
      return false;
  }
}

function addCorner(desk: Desk, at: XY, cuts: boolean): void {
  const { drawing } = desk.view.getState();
  const points = drawing?.kind === "polygon" ? drawing.points : [];
  const again = points.some((point) => point.x === at.x && point.y === at.y);
  // Twice in one place, or back at the first corner: the outline is complete.
  if (again && points.length >= 3) desk.drawing.finishPolygon();
  else if (!again) {
    const was = drawing?.kind === "polygon" && drawing.cuts;
    desk.view.setState({
      drawing: { kind: "polygon", points: [...points, at], to: at, cuts: was || cuts },
    });
  }
}

function pick(desk: Desk, at: XY, what: "join" | "swap"): boolean {
  const other = objectAt(desk, seenFrame(desk), at);
  if (other === null || other === desk.view.getState().selected) return false;
  desk.view.setState({ card: null });
  if (what === "join") desk.objects.join(other);
  else desk.objects.swap(other);
  return true;
}

/** The middle of the selected object, else of the part of the picture on screen. */
function firstPlace(desk: Desk): XY {
  const { selected, viewport } = desk.view.getState();
  const state = selected === null ? null : stateOn(desk, selected, seenFrame(desk));
  if (state?.presence === "visible") {
    const { x, y, width, height } = boxOfShape(state.shape);
    return { x: Math.round(x + width / 2) + 0.5, y: Math.round(y + height / 2) + 0.5 };
  }
  const stage = desk.stageSize();
  const middle = edgeFromScreen(viewport, { left: stage.width / 2, top: stage.height / 2 });
  return { x: Math.floor(middle.x) + 0.5, y: Math.floor(middle.y) + 0.5 };
}

function keepInView(desk: Desk, cursor: XY): void {
  const { viewport, fitted } = desk.view.getState();
  if (fitted) return;
  const { left, top } = screenFromEdge(viewport, cursor);
  const stage = desk.stageSize();
  const inside = (at: number, length: number) =>
    Math.max(MARGIN_PX, Math.min(length - MARGIN_PX, at)) - at;
  const [x, y] = [inside(left, stage.width), inside(top, stage.height)];
  if (x !== 0 || y !== 0)
    desk.view.setState({ viewport: { ...viewport, x: viewport.x + x, y: viewport.y + y } });
}

function promptsHere(desk: Desk) {
  const { selected } = desk.view.getState();
  const state = selected === null ? null : stateOn(desk, selected, seenFrame(desk));
  return state?.prompts?.points ?? [];
}

function promptAt(desk: Desk, cursor: XY): number | null {
  const { scale } = desk.view.getState().viewport;
  const far = promptsHere(desk).map(
    ({ at }) => Math.hypot(at.x + 0.5 - cursor.x, at.y + 0.5 - cursor.y) * scale,
  );
  const nearest = far.indexOf(Math.min(...far));
  return nearest >= 0 && far[nearest]! <= REACH_PX ? nearest : null;
}

/** From edge coordinates to the index of the pixel there. */
const pixel = (edge: XY): XY => ({ x: edge.x - 0.5, y: edge.y - 0.5 });
