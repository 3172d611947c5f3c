// Which object lies under a place in the picture: the uppermost that is shown.
import { type Shape, stateAt, type TrackId } from "@masklet/annotation";
import { contains, type FrameIndex } from "@masklet/vision";
import { boxOfShape } from "../edit/measure.ts";
import { reaches } from "../edit/present.ts";
import type { Core } from "./core.ts";

/** True where the place (edge coordinates) is inside the shape. */
export function shapeContains(
  shape: Shape,
  at: { readonly x: number; readonly y: number },
): boolean {
  const box = boxOfShape(shape);
  const within =
    at.x >= box.x && at.y >= box.y && at.x < box.x + box.width && at.y < box.y + box.height;
  if (!within || shape.kind === "box") return within;
  if (shape.kind === "mask") return contains(shape.mask, Math.floor(at.x), Math.floor(at.y));
  if (shape.kind === "rotated-box") return true;
  let inside = false;
  for (const ring of shape.parts.flatMap((part) => [part.outer, ...part.holes])) {
    for (let i = 0; i < ring.length; i++) {
      const [a, b] = [ring[i]!, ring[(i + 1) % ring.length]!];
      if (a.y > at.y === b.y > at.y) continue;
      if (at.x < a.x + ((at.y - a.y) / (b.y - a.y)) * (b.x - a.x)) inside = !inside;
    }
  }
  return inside;
}

/** The uppermost shown object at a place (edge coordinates) of a frame, or null. */
export function objectAt(
  core: Core,
  frame: FrameIndex,
  at: { readonly x: number; readonly y: number },
): TrackId | null {
  const { document } = core.session.state.getState();
  const { hidden, solo } = core.view.getState();
  let found: { id: TrackId; order: number } | null = null;
  for (const [id, track] of document.tracks) {
    if (!reaches(track.states, frame) || hidden.has(id) || (solo !== null && solo !== id)) continue;
    const { order } = track.info;
    if (found && (order < found.order || (order === found.order && id < found.id))) continue;
    const state = stateAt(track.states, frame);
    if (state?.presence === "visible" && shapeContains(state.shape, at)) found = { id, order };
  }
  return found?.id ?? null;
}
