// The stage: two canvases kept in step with the view and the document, drawn only when something changed.
import { stateAt } from "@masklet/annotation";
import type { FrameIndex } from "@masklet/vision";
import { stateOn } from "../desk/core.ts";
import type { Desk } from "../desk/desk.ts";
import { boxOfShape } from "../edit/measure.ts";
import type { PromptSet } from "../edit/prompts.ts";
import { colourOf } from "../style/palette.ts";
import { drawOverlay } from "./overlay.ts";
import { listenToPointer } from "./pointer.ts";
import { createRenderer, type Renderer } from "./renderer.ts";
import { buildScene } from "./scene.ts";
import { fitted } from "./viewport.ts";

const TAGS_FADE_AFTER_MS = 2000;
const TAGS_FADED = 0.4;

/** Puts the stage into `element` and keeps it drawn until the returned function is called. */
export function mountStage(element: HTMLElement, desk: Desk): () => void {
  const { view, session, frames } = desk;
  const picture = document.createElement("canvas");
  const overlay = document.createElement("canvas");
  picture.className = "layer";
  overlay.className = "layer";
  for (const canvas of [picture, overlay]) canvas.setAttribute("aria-hidden", "true");
  element.prepend(picture, overlay);
  const context = overlay.getContext("2d")!;
  let renderer: Renderer | null = createRenderer(picture);
  let uploaded: FrameIndex | null = null;
  let scheduled = 0;
  let moved = performance.now();
  let fade: ReturnType<typeof setTimeout> | undefined;
  let inside = false;

  function draw(now: number): void {
    scheduled = 0;
    const state = view.getState();
    const { document } = session.state.getState();
    const frame = state.shown;
    const stage = desk.stageSize();
    if (!renderer) return;
    if (frame !== null && frame !== uploaded) {
      const bitmap = frames.peek(frame);
      if (bitmap) {
        renderer.setPicture(bitmap, desk.size);
        uploaded = frame;
      }
    }
    if (frame === null) return;
    const scene = buildScene({ document, view: state, frame, size: desk.size });
    const cutOut = state.fill >= 100 && !state.pictureAlone;
    renderer.draw(state.viewport, cutOut ? [] : scene.masks, {
      brightness: state.brightness,
      contrast: state.contrast,
      colour: 1,
    });
    if (cutOut)
      renderer.draw(state.viewport, scene.masks, { brightness: 0, contrast: 1, colour: 0 });
    const still = now - moved > TAGS_FADE_AFTER_MS && !state.playing;
    drawOverlay(context, {
      view: state,
      viewport: state.viewport,
      size: desk.size,
      stage,
      scene,
      colour: colourInHand(desk),
      prompts: promptsHere(desk, frame),
      otherPrompts: state.allPrompts ? promptsElsewhere(desk, frame) : [],
      staleWord: desk.words().sources.stale,
      doubtBox: doubtBox(desk, frame),
      tagStrength: still ? TAGS_FADED : 1,
      now,
      pointerInside: inside,
    });
    if (state.asking || state.proposing || (state.doubtAt && now - state.doubtAt.since < 250))
      wake();
  }

  function wake(): void {
    if (scheduled === 0) scheduled = requestAnimationFrame(draw);
  }

  function resize(): void {
    const size = { width: element.clientWidth, height: element.clientHeight };
    if (size.width === 0 || size.height === 0) return;
    const ratio = devicePixelRatio || 1;
    desk.setStageSize(size);
    renderer?.resize(size, ratio);
    overlay.width = Math.round(size.width * ratio);
    overlay.height = Math.round(size.height * ratio);
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    if (view.getState().fitted) view.setState({ viewport: fitted(size, desk.size) });
    wake();
  }

  const lost = (event: Event) => {
    event.preventDefault();
    renderer = null;
  };
  const restored = () => {
    renderer = createRenderer(picture);
    uploaded = null;
    resize();
  };
  picture.addEventListener("webglcontextlost", lost);
  picture.addEventListener("webglcontextrestored", restored);
  const watching = new ResizeObserver(resize);
  watching.observe(element);
  const stops = [
    view.subscribe(wake),
    session.state.subscribe((now, before) => {
      if (now.document !== before.document) wake();
    }),
    listenToPointer(element, desk, {
      onMove: () => {
        moved = performance.now();
        clearTimeout(fade);
        fade = setTimeout(wake, TAGS_FADE_AFTER_MS + 50);
        wake();
      },
      onInside: (now) => {
        inside = now;
        wake();
      },
    }),
  ];
  resize();
  return () => {
    cancelAnimationFrame(scheduled);
    clearTimeout(fade);
    watching.disconnect();
    for (const stop of stops) stop();
    renderer?.dispose();
    picture.remove();
    overlay.remove();
  };
}

function colourInHand(desk: Desk): string {
  const { selected } = desk.view.getState();
  const { tracks } = desk.session.state.getState().document;
  const track = selected === null ? undefined : tracks.get(selected);
  if (track) return colourOf(selected!, track.info);
  const next = (selected ?? Math.max(0, ...tracks.keys()) + 1) as Parameters<typeof colourOf>[0];
  return colourOf(next, { colour: null } as Parameters<typeof colourOf>[1]);
}

function promptsHere(desk: Desk, frame: FrameIndex): PromptSet | null {
  const { selected, asking } = desk.view.getState();
  if (asking && asking.frame === frame && asking.track === selected) return asking.prompts;
  if (selected === null) return null;
  return (
    desk.session.state.getState().document.tracks.get(selected)?.states.get(frame)?.prompts ?? null
  );
}

function promptsElsewhere(desk: Desk, frame: FrameIndex): { x: number; y: number }[] {
  const { selected } = desk.view.getState();
  const track =
    selected === null ? null : desk.session.state.getState().document.tracks.get(selected);
  const points: { x: number; y: number }[] = [];
  for (const [at, state] of track?.states ?? []) {
    if (at !== frame) for (const point of state.prompts?.points ?? []) points.push(point.at);
  }
  return points;
}

function doubtBox(desk: Desk, frame: FrameIndex) {
  const { doubtAt } = desk.view.getState();
  if (!doubtAt || doubtAt.frame !== frame) return null;
  const state = stateOn(desk, doubtAt.track, frame);
  return state?.presence === "visible" ? boxOfShape(state.shape) : null;
}

/** How many objects are in view on a frame: what the stage says of itself. */
export function inView(desk: Desk, frame: FrameIndex): number {
  let count = 0;
  for (const track of desk.session.state.getState().document.tracks.values())
    if (stateAt(track.states, frame)?.presence === "visible") count++;
  return count;
}
