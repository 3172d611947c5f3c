// What a session refuses before anything runs.
import { EngineError } from "./errors.ts";
import type { ModelPoints } from "./prompts.ts";
import type { SessionOptions, VideoFrame } from "./session-options.ts";

const OBJECTS_MAX = 255; // one byte in a palette PNG

/** Throws frame-invalid for a frame outside the video, or of another size. */
export function checkFrame(
  { index, picture }: VideoFrame,
  { frameSize, frameCount }: SessionOptions,
): void {
  if (index < 0 || (frameCount !== null && index >= frameCount)) {
    const last = (frameCount ?? Number.POSITIVE_INFINITY) - 1;
    throw new EngineError("frame-invalid", `Frame ${index} is outside the video (0–${last}).`);
  }
  if (picture.size.width !== frameSize.width || picture.size.height !== frameSize.height) {
    const sizes = `${picture.size.width}×${picture.size.height}, the video ${frameSize.width}×${frameSize.height}`;
    throw new EngineError("frame-invalid", `Frame ${index} is ${sizes}: all frames need one size.`);
  }
}

/** Throws prompt-invalid for a number that no object can have, or one object too many. */
export function checkNewObject(object: number, known: number): void {
  if (!Number.isSafeInteger(object) || object < 0) {
    throw new EngineError("prompt-invalid", `Objects are named by whole numbers (got ${object}).`);
  }
  if (known >= OBJECTS_MAX) {
    throw new EngineError("prompt-invalid", `A session follows at most ${OBJECTS_MAX} objects.`);
  }
}

/** Throws prompt-invalid for clicks that only take away from a mask that is not there. */
export function checkIncludes(
  points: ModelPoints,
  place: { readonly object: number; readonly frame: number },
): void {
  if (points.labels.some((label) => label > 0)) return;
  const message = `Object ${place.object} has no mask on frame ${place.frame} yet: begin with a click that includes, or a box.`;
  throw new EngineError("prompt-invalid", message);
}
