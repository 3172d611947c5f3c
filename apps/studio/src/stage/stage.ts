// The stage: three canvases kept in step with the view and the document, drawn only when something changed.
import { stateAt } from "@masklet/annotation";
import type { FrameIndex } from "@masklet/vision";
import { stateOn } from "../desk/core.ts";
import type { Desk } from "../desk/desk.ts";
import type { View } from "../desk/view.ts";
import { boxOfShape } from "../edit/measure.ts";
import { nextTrack, reaches } from "../edit/present.ts";
import type { PromptSet } from "../edit/prompts.ts";
import { colourOf } from "../style/palette.ts";
import { drawOverlay } from "./overlay.ts";
import { listenToPointer } from "./pointer.ts";
import { createRenderer } from "./renderer.ts";
import { buildScene, type Scene } from "./scene.ts";
import { fitted } from "./viewport.ts";

const TAGS_FADE_AFTER_MS = 2000;
const TAGS_FADED = 0.4;

/** What of the view the scene is made of: where all of it is as before, the masks on screen stand. */
const OF_THE_SCENE = [
  "shown",
  "selected",
  "hover",
  "hidden",
  "locked",
  "solo",
  "fill",
  "masksShown",
  "pictureAlone",
  "preview",
  "proposals",
  "candidates",
  "candidateHover",
  "comparison",
  "holdBefore",
] as const satisfies readonly (keyof View)[];
const OF_THE_LIGHT = ["brightness", "contrast", "fill", "pictureAlone"] as const;

/** Puts the stage into `element` and keeps it drawn until the returned function is called. */
export function mountStage(element: HTMLElement, desk: Desk): () => void {
  const { view, session, frames } = desk;
  const layers = ["picture", "masks", "overlay"].map((name) => {
    const canvas = document.createElement("canvas");
    canvas.className = "layer";
    canvas.dataset.layer = name;
    canvas.setAttribute("aria-hidden", "true");
    return canvas;
  });
  element.prepend(...layers);
  const [picture, masks, overlay] = layers as [
    HTMLCanvasElement,
    HTMLCanvasElement,
    HTMLCanvasElement,
  ];
  const context = overlay.getContext("2d")!;
  const renderer = createRenderer(picture, masks);
  let scene: Scene | null = null;
  let pictureStands = false;
  let masksStand = false;
  let scheduled = 0;
  let moved = performance.now();
  let fade: ReturnType<typeof setTimeout> | undefined;
  let inside = false;

  function draw(now: number): void {
    scheduled = 0;
    const state = view.getState();
    const frame = state.shown;
    if (frame === null) return;
    if (!pictureStands) {
      const bitmap = frames.peek(frame);
      // Given up meanwhile: it is asked for again, and drawn when it is there.
      if (bitmap) renderer.drawPicture(bitmap, desk.size, state.viewport);
      else frames.want(frame, 1);
      pictureStands = bitmap !== null;
    }
    const { document } = session.state.getState();
    scene ??= buildScene({ document, view: state, frame, size: desk.size });
    if (!masksStand) renderer.drawMasks(scene.masks, desk.size, state.viewport);
    masksStand = true;
    const still = now - moved > TAGS_FADE_AFTER_MS && !state.playing;
    drawOverlay(context, {
      view: state,
      viewport: state.viewport,
      size: desk.size,
      stage: desk.stageSize(),
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

  function newScene(): void {
    scene = null;
    masksStand = false;
    wake();
  }

  function lit(): void {
    const { brightness, contrast, fill, pictureAlone } = view.getState();
    const cutOut = fill >= 100 && !pictureAlone;
    renderer.light(
      cutOut ? { brightness: 0, contrast: 1, colour: 0 } : { brightness, contrast, colour: 1 },
    );
  }

  function changed(now: View, before: View): void {
    const differs = (key: keyof View) => now[key] !== before[key];
    if (differs("shown") || differs("viewport")) pictureStands = false;
    if (differs("viewport")) masksStand = false;
    if (OF_THE_LIGHT.some(differs)) lit();
    if (OF_THE_SCENE.some(differs)) newScene();
    else wake();
  }

  function resize(): void {
    const size = { width: element.clientWidth, height: element.clientHeight };
    if (size.width === 0 || size.height === 0) return;
    const ratio = devicePixelRatio || 1;
    desk.setStageSize(size);
    renderer.resize(size, ratio);
    overlay.width = Math.round(size.width * ratio);
    overlay.height = Math.round(size.height * ratio);
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    if (view.getState().fitted) view.setState({ viewport: fitted(size, desk.size) });
    pictureStands = false;
    masksStand = false;
    wake();
  }

  const watching = new ResizeObserver(resize);
  watching.observe(element);
  const stops = [
    view.subscribe(changed),
    session.state.subscribe((now, before) => {
      if (now.document !== before.document) newScene();
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
  lit();
  resize();
  return () => {
    cancelAnimationFrame(scheduled);
    clearTimeout(fade);
    watching.disconnect();
    for (const stop of stops) stop();
    renderer.dispose();
    for (const layer of layers) layer.remove();
  };
}

function colourInHand(desk: Desk): string {
  const { selected } = desk.view.getState();
  const { tracks } = desk.session.state.getState().document;
  const track = selected === null ? undefined : tracks.get(selected);
  if (track) return colourOf(selected!, track.info);
  return colourOf(selected ?? nextTrack(tracks), { colour: null } as Parameters<
    typeof colourOf
  >[1]);
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
    if (reaches(track.states, frame) && stateAt(track.states, frame)?.presence === "visible")
      count++;
  return count;
}
