// The pointer on the stage: what a press, a drag and a rest mean for the tool in hand.
import type { TrackId } from "@masklet/annotation";
import { contains } from "@masklet/vision";
import { seenFrame, stateOn } from "../desk/core.ts";
import type { Desk } from "../desk/desk.ts";
import { objectAt } from "../desk/hit.ts";
import type { XY } from "../desk/view.ts";
import {
  edgeFromScreen,
  imageFromScreen,
  insidePicture,
  type ScreenPoint,
  screenFromEdge,
  screenFromImage,
  zoomed,
} from "./viewport.ts";

/** A press that moves less than this is a click. */
const DRAG_FROM_PX = 4;
const MARKER_PX = 11;
const HANDLE_PX = 8;
const CLOSE_PX = 10;
const WHEEL_ZOOM = 0.0016;

interface Drag {
  move(at: ScreenPoint, event: PointerEvent): void;
  end(at: ScreenPoint, event: PointerEvent): void;
}

/** Listens until the returned function is called. */
export function listenToPointer(
  element: HTMLElement,
  desk: Desk,
  news: { onMove(): void; onInside(inside: boolean): void },
): () => void {
  const { view } = desk;
  let drag: Drag | null = null;

  const place = (event: PointerEvent | WheelEvent): ScreenPoint => {
    const bounds = element.getBoundingClientRect();
    return { left: event.clientX - bounds.left, top: event.clientY - bounds.top };
  };
  const onCanvas = (event: Event) =>
    event.target === element || (event.target as HTMLElement).classList.contains("layer");

  function down(event: PointerEvent): void {
    if (!onCanvas(event) || drag) return;
    desk.time.beat();
    element.focus({ preventScroll: true });
    const at = place(event);
    view.setState({ keyCursor: null });
    drag = dragOf(event, at);
    if (!drag) return;
    element.setPointerCapture(event.pointerId);
    event.preventDefault();
  }

  function dragOf(event: PointerEvent, at: ScreenPoint): Drag | null {
    const { tool, card, proposals } = view.getState();
    const middle = event.button === 1;
    if (middle || tool === "hand" || (event.button === 0 && event.ctrlKey))
      return panning(at, event);
    if (event.button === 0 && card?.kind === "pick") return picking(card.what);
    if (event.button === 0 && proposals) return keeping();
    if (tool === "click") return clicking(event, at);
    if (event.button !== 0) return null;
    if (tool === "select") return boxEdit(at) ?? selecting();
    if (tool === "box") return boxEdit(at) ?? boxing(at);
    if (tool === "brush" || tool === "eraser") return stroking(at, tool === "eraser");
    if (tool === "polygon") return polygoning(event);
    return null;
  }

  function panning(start: ScreenPoint, event: PointerEvent): Drag {
    const from = view.getState().viewport;
    let moved = false;
    return {
      move(at) {
        moved ||= far(start, at);
        if (!moved) return;
        const viewport = {
          ...from,
          x: from.x + at.left - start.left,
          y: from.y + at.top - start.top,
        };
        view.setState({ viewport, fitted: false });
      },
      end(at) {
        if (!moved && event.button === 0 && event.ctrlKey)
          desk.prompting.click(imageFromScreen(view.getState().viewport, at), "include", "select");
      },
    };
  }

  function clicking(event: PointerEvent, start: ScreenPoint): Drag | null {
    const state = view.getState();
    if (!insidePicture(edgeFromScreen(state.viewport, start), desk.size)) return null;
    const marker = event.button === 0 ? markerAt(start) : null;
    if (marker !== null) return movingMarker(marker, start);
    const excludes = event.button === 2 || event.altKey || (event.button === 0 && state.excluding);
    let moved = false;
    const mode = event.shiftKey ? "new" : "natural";
    const sign = excludes ? "exclude" : "include";
    const point = imageFromScreen(state.viewport, start);
    desk.prompting.press(point, sign, mode);
    return {
      move(at) {
        if (!moved && far(start, at) && event.button === 0) desk.prompting.release();
        moved ||= far(start, at);
        if (!moved || event.button !== 0) return;
        const { viewport } = view.getState();
        const drawing = {
          kind: "box" as const,
          from: clamped(edgeFromScreen(viewport, start)),
          to: clamped(edgeFromScreen(viewport, at)),
          promptOnly: true,
        };
        view.setState({ drawing, preview: null });
      },
      end(at) {
        const { viewport } = view.getState();
        view.setState({ drawing: null });
        if (moved && event.button === 0) {
          const from = clamped(edgeFromScreen(viewport, start));
          const to = clamped(edgeFromScreen(viewport, at));
          desk.prompting.box(pixel(from), pixel(to));
          return;
        }
        desk.prompting.click(point, sign, mode, event.timeStamp);
      },
    };
  }

  function markerAt(at: ScreenPoint): number | null {
    const { selected, viewport } = view.getState();
    const prompts = selected === null ? null : stateOn(desk, selected, seenFrame(desk))?.prompts;
    let nearest: number | null = null;
    let best = MARKER_PX;
    prompts?.points.forEach((point, i) => {
      const there = screenFromImage(viewport, point.at);
      const distance = Math.hypot(there.left - at.left, there.top - at.top);
      if (distance <= best) {
        best = distance;
        nearest = i;
      }
    });
    return nearest;
  }

  function movingMarker(index: number, start: ScreenPoint): Drag {
    let moved = false;
    view.setState({ focusedPrompt: index, preview: null });
    return {
      move(at) {
        moved ||= far(start, at);
        if (moved) desk.prompting.dragPoint(index, imageFromScreen(view.getState().viewport, at));
      },
      end(at) {
        if (moved) desk.prompting.movePoint(index, imageFromScreen(view.getState().viewport, at));
      },
    };
  }

  function hit(at: ScreenPoint): TrackId | null {
    const edge = edgeFromScreen(view.getState().viewport, at);
    return insidePicture(edge, desk.size) ? objectAt(desk, seenFrame(desk), edge) : null;
  }

  function selecting(): Drag {
    return { move() {}, end: (at) => desk.objects.select(hit(at)) };
  }

  function picking(what: "join" | "swap"): Drag {
    return {
      move() {},
      end(at) {
        const other = hit(at);
        if (other === null || other === view.getState().selected) return;
        view.setState({ card: null });
        if (what === "join") desk.objects.join(other);
        else desk.objects.swap(other);
      },
    };
  }

  function keeping(): Drag {
    return {
      move() {},
      end(at) {
        const { viewport, proposals } = view.getState();
        const edge = edgeFromScreen(viewport, at);
        if (!proposals || !insidePicture(edge, desk.size)) return;
        const index = proposals.list.findIndex(({ mask }) =>
          contains(mask, Math.floor(edge.x), Math.floor(edge.y)),
        );
        if (index >= 0) desk.prompting.pickProposal(index);
      },
    };
  }

  function boxing(start: ScreenPoint): Drag {
    return {
      move(at) {
        const { viewport } = view.getState();
        const from = clamped(edgeFromScreen(viewport, start));
        const to = clamped(edgeFromScreen(viewport, at));
        if (far(start, at))
          view.setState({ drawing: { kind: "box", from, to, promptOnly: false } });
      },
      end(at) {
        const { viewport } = view.getState();
        view.setState({ drawing: null });
        if (!far(start, at)) return;
        desk.drawing.boxKey(
          clamped(edgeFromScreen(viewport, start)),
          clamped(edgeFromScreen(viewport, at)),
        );
      },
    };
  }

  /** A press on the selected box: a corner resizes it, its inside moves it. */
  function boxEdit(start: ScreenPoint): Drag | null {
    const { selected, locked, viewport } = view.getState();
    const state = selected === null ? null : stateOn(desk, selected, seenFrame(desk));
    if (selected === null || locked.has(selected)) return null;
    if (state?.presence !== "visible" || state.shape.kind !== "box") return null;
    const { x, y, width, height } = state.shape;
    const corners: XY[] = [
      { x, y },
      { x: x + width, y },
      { x: x + width, y: y + height },
      { x, y: y + height },
    ];
    const corner = corners.findIndex((one) => {
      const there = screenFromEdge(viewport, one);
      return Math.hypot(there.left - start.left, there.top - start.top) <= HANDLE_PX;
    });
    const press = edgeFromScreen(viewport, start);
    const within = press.x > x && press.x < x + width && press.y > y && press.y < y + height;
    if (corner < 0 && !within) return null;
    const fixed = corners[(corner + 2) % 4]!;
    const changed = (at: ScreenPoint): { from: XY; to: XY } => {
      const now = edgeFromScreen(view.getState().viewport, at);
      if (corner >= 0) return { from: fixed, to: clamped(now) };
      const [dx, dy] = [now.x - press.x, now.y - press.y];
      return { from: { x: x + dx, y: y + dy }, to: { x: x + width + dx, y: y + height + dy } };
    };
    return {
      move(at) {
        if (far(start, at))
          view.setState({ drawing: { kind: "box", ...changed(at), promptOnly: false } });
      },
      end(at) {
        view.setState({ drawing: null });
        if (!far(start, at)) return;
        const { from, to } = changed(at);
        desk.drawing.setBox({
          x: Math.min(from.x, to.x),
          y: Math.min(from.y, to.y),
          width: Math.abs(to.x - from.x),
          height: Math.abs(to.y - from.y),
        });
      },
    };
  }

  function stroking(start: ScreenPoint, erase: boolean): Drag {
    const points: XY[] = [edgeFromScreen(view.getState().viewport, start)];
    const show = () => view.setState({ drawing: { kind: "stroke", points: [...points], erase } });
    show();
    return {
      move(at, event) {
        const { viewport } = view.getState();
        const bounds = element.getBoundingClientRect();
        // Between two frames the pointer may have moved many times: each place counts for a round stroke.
        const steps = event.getCoalescedEvents?.() ?? [];
        for (const step of steps.length > 0 ? steps : [event])
          points.push(
            edgeFromScreen(viewport, {
              left: step.clientX - bounds.left,
              top: step.clientY - bounds.top,
            }),
          );
        if (steps.length === 0) points.push(edgeFromScreen(viewport, at));
        show();
      },
      end() {
        view.setState({ drawing: null });
        desk.drawing.stroke(points, erase);
      },
    };
  }

  function polygoning(event: PointerEvent): Drag {
    const cuts = event.altKey;
    return {
      move() {},
      end(at) {
        const { viewport, drawing } = view.getState();
        const point = clamped(edgeFromScreen(viewport, at));
        const points = drawing?.kind === "polygon" ? drawing.points : [];
        const [first] = points;
        const start = first && screenFromEdge(viewport, first);
        const closes =
          points.length >= 3 &&
          start &&
          Math.hypot(start.left - at.left, start.top - at.top) <= CLOSE_PX;
        if (closes || (event.detail > 1 && points.length >= 3)) {
          desk.drawing.finishPolygon();
          return;
        }
        const was = drawing?.kind === "polygon" && drawing.cuts;
        view.setState({
          drawing: { kind: "polygon", points: [...points, point], to: null, cuts: was || cuts },
        });
      },
    };
  }

  const clamped = (point: XY): XY => ({
    x: Math.max(0, Math.min(desk.size.width, point.x)),
    y: Math.max(0, Math.min(desk.size.height, point.y)),
  });
  const pixel = (edge: XY): XY => ({ x: edge.x - 0.5, y: edge.y - 0.5 });

  function move(event: PointerEvent): void {
    desk.time.beat();
    const at = place(event);
    news.onMove();
    const { drawing, viewport, tool } = view.getState();
    view.setState({ pointer: at });
    if (drag) {
      drag.move(at, event);
      return;
    }
    if (drawing?.kind === "polygon")
      view.setState({ drawing: { ...drawing, to: clamped(edgeFromScreen(viewport, at)) } });
    if (!onCanvas(event)) {
      desk.prompting.hover(null);
      return;
    }
    const hover = hit(at);
    if (hover !== view.getState().hover) view.setState({ hover });
    const marker = tool === "click" ? markerAt(at) : null;
    if (marker !== view.getState().focusedPrompt) view.setState({ focusedPrompt: marker });
    const overPicture = insidePicture(edgeFromScreen(viewport, at), desk.size);
    desk.prompting.hover(overPicture && marker === null ? imageFromScreen(viewport, at) : null);
  }

  function up(event: PointerEvent): void {
    const ended = drag;
    drag = null;
    ended?.end(place(event), event);
  }

  function cancel(): void {
    drag = null;
    view.setState({ drawing: null });
  }

  function wheel(event: WheelEvent): void {
    if (!onCanvas(event)) return;
    event.preventDefault();
    desk.time.beat();
    const { viewport } = view.getState();
    const factor = Math.exp(-event.deltaY * WHEEL_ZOOM * (event.deltaMode === 1 ? 16 : 1));
    view.setState({ viewport: zoomed(viewport, factor, place(event)), fitted: false });
  }

  const leave = () => {
    news.onInside(false);
    desk.prompting.hover(null);
    view.setState({ hover: null });
  };
  const enter = () => news.onInside(true);
  const menu = (event: Event) => event.preventDefault();
  element.addEventListener("pointerdown", down);
  element.addEventListener("pointermove", move);
  element.addEventListener("pointerup", up);
  element.addEventListener("pointercancel", cancel);
  element.addEventListener("pointerleave", leave);
  element.addEventListener("pointerenter", enter);
  element.addEventListener("wheel", wheel, { passive: false });
  element.addEventListener("contextmenu", menu);
  return () => {
    element.removeEventListener("pointerdown", down);
    element.removeEventListener("pointermove", move);
    element.removeEventListener("pointerup", up);
    element.removeEventListener("pointercancel", cancel);
    element.removeEventListener("pointerleave", leave);
    element.removeEventListener("pointerenter", enter);
    element.removeEventListener("wheel", wheel);
    element.removeEventListener("contextmenu", menu);
  };
}

function far(a: ScreenPoint, b: ScreenPoint): boolean {
  return Math.hypot(a.left - b.left, a.top - b.top) >= DRAG_FROM_PX;
}
