// Masks, boxes and polygons by hand, presence, pins: each deed is one edit. Hand work wins over the model.
import {
  absent,
  type Provenance,
  type Shape,
  type State,
  type Step,
  type TrackId,
  trackInfo,
  visible,
} from "@masklet/annotation";
import {
  dilate,
  erode,
  type FrameIndex,
  fillEnclosedHoles,
  isEmpty,
  type Mask,
  subtract,
  union,
} from "@masklet/vision";
import { maskFromRing, maskFromStroke, polygonFromMask, smoothed } from "../edit/brush.ts";
import { boxOfShape } from "../edit/measure.ts";
import { nextTrack } from "../edit/present.ts";
import { type Core, maskOfState, nameOf, seenFrame, stateOn, trackOf } from "./core.ts";
import type { XY } from "./view.ts";

export type MaskOperation = "grow" | "shrink" | "smooth" | "fill" | "under";
export type Presence = "visible" | "occluded" | "absent";

export interface DrawingDesk {
  /** A brush or eraser stroke, edge coordinates. */
  stroke(points: readonly XY[], erase: boolean): void;
  /** A closed polygon: added to the mask (or cut out of it), or a polygon key frame of a polygon track. */
  polygon(points: readonly XY[], subtracts: boolean): void;
  /** Closes the polygon in progress. True where there was one. */
  finishPolygon(): boolean;
  /** A box by hand: a key frame of a box track with in-betweens. */
  boxKey(from: XY, to: XY): void;
  operate(operation: MaskOperation): void;
  setPresence(presence: Presence): void;
  togglePin(): void;
  /** Key frame on or off: an in-between becomes a key frame; a key frame goes. */
  toggleKey(): void;
  deleteFrame(): void;
  toBox(): void;
  /** Mask to outline with holes, and any shape to the pixels it covers. */
  toPolygon(): void;
  toMask(): void;
  /** Moves or resizes the selected box on this frame. */
  setBox(box: { x: number; y: number; width: number; height: number }): void;
}

/** Points of an outline nearer than this to the line between their neighbours are left out, pixels. */
const POLYGON_TOLERANCE = 0.75;

export function createDrawing(core: Core): DrawingDesk {
  const { session, view, size, hello } = core;
  const byPerson: Provenance = { by: "person", person: hello.user.id };

  /** The selected object, or a new one that `steps` brings into being. */
  function target(): { track: TrackId; steps: Step[] } | null {
    const { selected, locked } = view.getState();
    if (selected !== null && trackOf(core, selected))
      return locked.has(selected) ? null : { track: selected, steps: [] };
    const { tracks } = session.state.getState().document;
    const track = nextTrack(tracks);
    const after = trackInfo({ order: track });
    return { track, steps: [{ type: "putTrack", track, before: null, after }] };
  }

  function put(
    track: TrackId,
    frame: FrameIndex,
    after: State | null,
    title: string,
    first: readonly Step[] = [],
  ): boolean {
    const before = trackOf(core, track)?.states.get(frame) ?? null;
    const steps: Step[] = [...first, { type: "putState", track, frame, before, after }];
    const done = session.commit({ title, steps });
    if (done) view.setState({ selected: track, candidates: null, preview: null });
    return done;
  }

  function putShape(
    track: TrackId,
    frame: FrameIndex,
    shape: Shape,
    title: string,
    first: readonly Step[],
    after: State["after"] = "nothing",
  ): void {
    const old = stateOn(core, track, frame);
    const occluded = old?.presence === "visible" && old.occluded;
    const facts = { after, occluded, attributes: old?.attributes ?? {} };
    put(track, frame, visible(shape, byPerson, facts), title, first);
  }

  function putMask(mask: Mask, title: string, at: NonNullable<ReturnType<typeof target>>): void {
    const frame = seenFrame(core);
    if (isEmpty(mask)) {
      // Nothing left of it: the frame goes back to unknown rather than to a mask without pixels.
      const stored = trackOf(core, at.track)?.states.has(frame);
      if (stored) put(at.track, frame, null, title);
      return;
    }
    putShape(at.track, frame, { kind: "mask", mask }, title, at.steps);
  }

  /** The kind of shape the object has on this frame, or had on its nearest one. */
  const kindHere = (track: TrackId): Shape["kind"] | null => {
    const state = stateOn(core, track, seenFrame(core));
    if (state?.presence === "visible") return state.shape.kind;
    return shapeNear(core, track, seenFrame(core))?.kind ?? null;
  };
  const maskHere = (track: TrackId): Mask | null =>
    maskOfState(stateOn(core, track, seenFrame(core)), size);

  const desk: DrawingDesk = {
    stroke(points, erase) {
      const at = target();
      if (!at || (erase && at.steps.length > 0)) return;
      const painted = maskFromStroke(points, view.getState().brush, size);
      const old = maskHere(at.track);
      const mask = erase ? old && subtract(old, painted) : old ? union(old, painted) : painted;
      if (!mask) return;
      core.did(erase ? "erase" : "brush", at.track, seenFrame(core));
      const { did } = core.words();
      putMask(mask, erase ? did.erase(label(at)) : did.brush(label(at)), at);
    },
    polygon(points, subtracts) {
      const at = target();
      if (!at || points.length < 3 || (subtracts && at.steps.length > 0)) return;
      if (kindHere(at.track) === "polygon" && !subtracts) {
        // An object of polygons stays one: the drawn outline is a key frame, in-betweens follow.
        core.did("polygon", at.track, seenFrame(core));
        const shape: Shape = { kind: "polygon", parts: [{ outer: points, holes: [] }] };
        const title = core.words().did.polygon(label(at));
        putShape(at.track, seenFrame(core), shape, title, at.steps, "linear");
        return;
      }
      const drawn = maskFromRing(points, size);
      const old = maskHere(at.track);
      const mask = subtracts ? old && subtract(old, drawn) : old ? union(old, drawn) : drawn;
      if (!mask) return;
      core.did("polygon", at.track, seenFrame(core));
      putMask(mask, core.words().did.polygon(label(at)), at);
    },
    finishPolygon() {
      const { drawing } = view.getState();
      if (drawing?.kind !== "polygon") return false;
      view.setState({ drawing: null });
      desk.polygon(drawing.points, drawing.cuts);
      return true;
    },
    boxKey(from, to) {
      const at = target();
      if (!at) return;
      const [x, y] = [Math.min(from.x, to.x), Math.min(from.y, to.y)];
      const [width, height] = [Math.abs(to.x - from.x), Math.abs(to.y - from.y)];
      if (width < 1 || height < 1) return;
      const frame = seenFrame(core);
      core.did("box.key", at.track, frame);
      const title = core.words().did.box(label(at));
      putShape(at.track, frame, { kind: "box", x, y, width, height }, title, at.steps, "linear");
    },
    operate(operation) {
      const at = target();
      const old = at && at.steps.length === 0 ? maskHere(at.track) : null;
      if (!at || !old) return;
      const rules = {
        grow: (mask: Mask) => dilate(mask, 1),
        shrink: (mask: Mask) => erode(mask, 1),
        smooth: smoothed,
        fill: fillEnclosedHoles,
      };
      const mask =
        operation === "under" ? withoutUpper(core, at.track, old) : rules[operation](old);
      core.did(`mask.${operation}`, at.track, seenFrame(core));
      putMask(mask, core.words().did.operate(core.words().operations[operation], label(at)), at);
    },
    setPresence(presence) {
      const { selected, locked } = view.getState();
      if (selected === null || locked.has(selected) || !trackOf(core, selected)) return;
      const frame = seenFrame(core);
      const old = stateOn(core, selected, frame);
      core.did(`presence.${presence}`, selected, frame);
      const title = core
        .words()
        .did.presence(nameOf(core, selected), core.words().presence[presence]);
      if (presence === "absent") {
        if (old?.presence === "absent") return;
        // Absence holds until the next state says otherwise: "not in view from here".
        put(selected, frame, absent(byPerson, { after: "hold" }), title);
        return;
      }
      const shape = old?.presence === "visible" ? old.shape : shapeNear(core, selected, frame);
      if (!shape) return;
      const kept = old?.presence === "visible" ? old : null;
      const facts = {
        key: true,
        pinned: true,
        after:
          kept && trackOf(core, selected)?.states.has(frame) ? kept.after : ("nothing" as const),
        score: kept?.score ?? null,
        prompts: kept?.prompts ?? null,
        attributes: kept?.attributes ?? {},
        occluded: presence === "occluded",
      };
      const from = kept && kept.provenance.by === "model" ? kept.provenance : byPerson;
      put(selected, frame, visible(shape, from, facts), title);
    },
    togglePin() {
      const { selected } = view.getState();
      const frame = seenFrame(core);
      const state = selected === null ? null : stateOn(core, selected, frame);
      if (selected === null || !state) return;
      const pinned = !state.pinned;
      core.did("pin", selected, frame);
      const title = core.words().did.pin(nameOf(core, selected), pinned);
      put(selected, frame, { ...state, pinned, key: pinned || state.key }, title);
    },
    toggleKey() {
      const { selected } = view.getState();
      const frame = seenFrame(core);
      const state = selected === null ? null : stateOn(core, selected, frame);
      if (selected === null || !state) return;
      core.did("key", selected, frame);
      const title = core.words().did.key(nameOf(core, selected), !state.key);
      const between = state.provenance.by === "interpolated";
      if (state.key && state.presence === "visible" && state.shape.kind !== "mask")
        put(selected, frame, null, title);
      else if (state.key) put(selected, frame, { ...state, key: false, pinned: false }, title);
      else
        put(
          selected,
          frame,
          {
            ...state,
            key: true,
            pinned: true,
            ...(between ? { provenance: byPerson, after: "linear" as const } : {}),
          },
          title,
        );
    },
    deleteFrame() {
      const { selected, locked } = view.getState();
      const frame = seenFrame(core);
      if (selected === null || locked.has(selected)) return;
      if (!trackOf(core, selected)?.states.has(frame)) return;
      core.did("delete.frame", selected, frame);
      put(selected, frame, null, core.words().did.deleteFrame(nameOf(core, selected), frame));
    },
    toBox() {
      const { selected } = view.getState();
      const frame = seenFrame(core);
      const state = selected === null ? null : stateOn(core, selected, frame);
      if (selected === null || state?.presence !== "visible" || state.shape.kind === "box") return;
      const box = boxOfShape(state.shape);
      core.did("to.box", selected, frame);
      const title = core.words().did.box(nameOf(core, selected));
      putShape(selected, frame, { kind: "box", ...box }, title, [], "linear");
    },
    toPolygon() {
      const { selected } = view.getState();
      const mask = selected === null ? null : maskHere(selected);
      if (selected === null || !mask) return;
      core.did("to.polygon", selected, seenFrame(core));
      const shape = polygonFromMask(mask, POLYGON_TOLERANCE);
      const title = core.words().did.polygon(nameOf(core, selected));
      putShape(selected, seenFrame(core), shape, title, [], "linear");
    },
    toMask() {
      const { selected } = view.getState();
      const mask = selected === null ? null : maskHere(selected);
      if (selected === null || !mask) return;
      core.did("to.mask", selected, seenFrame(core));
      const title = core.words().did.brush(nameOf(core, selected));
      putShape(selected, seenFrame(core), { kind: "mask", mask }, title, []);
    },
    setBox(box) {
      const { selected, locked } = view.getState();
      if (selected === null || locked.has(selected)) return;
      const frame = seenFrame(core);
      core.did("box.move", selected, frame);
      const title = core.words().did.box(nameOf(core, selected));
      putShape(selected, frame, { kind: "box", ...box }, title, [], "linear");
    },
  };
  return desk;

  function label(at: { track: TrackId; steps: readonly Step[] }): string {
    return at.steps.length > 0 ? core.words().object(at.track) : nameOf(core, at.track);
  }
}

/** The mask without the pixels of the objects drawn above it. */
function withoutUpper(core: Core, track: TrackId, mask: Mask): Mask {
  const { document } = core.session.state.getState();
  const own = document.tracks.get(track)?.info.order ?? 0;
  let rest = mask;
  for (const [id, other] of document.tracks) {
    const above = other.info.order > own || (other.info.order === own && id > track);
    const theirs = above ? maskOfState(stateOn(core, id, seenFrame(core)), core.size) : null;
    if (theirs) rest = subtract(rest, theirs);
  }
  return rest;
}

/** The shape of the nearest frame that has one: what "visible" can mean where it was marked absent. */
function shapeNear(core: Core, track: TrackId, frame: FrameIndex): Shape | null {
  const states = trackOf(core, track)?.states;
  let best: { distance: number; shape: Shape } | null = null;
  for (const [at, state] of states ?? []) {
    const distance = Math.abs(at - frame);
    if (state.presence === "visible" && (best === null || distance < best.distance))
      best = { distance, shape: state.shape };
  }
  return best?.shape ?? null;
}
