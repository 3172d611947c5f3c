// Paints one object of the sample clip: soft shadow, rounded shading, smooth edge, exact label.
import type { Size } from "@masklet/vision";

export interface Placement {
  readonly x: number;
  readonly y: number;
  /** Radians, clockwise on the screen. */
  readonly angle: number;
}

/** A thing in its own coordinates: pixels, origin at its centre, y down. */
export interface Thing {
  /** Written into the labels where the thing is seen; 0 for scenery. */
  readonly label: number;
  /** Nothing of the thing lies further than this from its centre. */
  readonly reach: number;
  /** How far from the edge the surface keeps curving. */
  readonly roundness: number;
  readonly shadow: { readonly x: number; readonly y: number; readonly softness: number } | null;
  /** Signed distance to the outline, negative inside. */
  readonly distance: (x: number, y: number) => number;
  readonly colour: (x: number, y: number) => readonly [number, number, number];
  readonly place: (frame: number) => Placement;
}

export interface Canvas {
  readonly rgb: Uint8Array;
  readonly labels: Uint8Array;
  readonly size: Size;
}

// Towards the light: from the upper left, in front of the picture. Length 1.
const LIGHT = { x: -0.46, y: -0.62, z: 0.636 };
const SHADOW_DEPTH = 0.42;

/** Paints `thing` as it stands in `frame` over what the canvas holds. */
export function paintThing(canvas: Canvas, thing: Thing, frame: number): void {
  const placed = thing.place(frame);
  const turn = { cos: Math.cos(placed.angle), sin: Math.sin(placed.angle) };
  if (thing.shadow !== null) paintShadow(canvas, { thing, placed, turn });
  forPixels(canvas.size, placed, thing.reach, (at, dx, dy) => {
    const x = dx * turn.cos + dy * turn.sin;
    const y = dy * turn.cos - dx * turn.sin;
    const distance = thing.distance(x, y);
    const cover = Math.min(1, Math.max(0, 0.5 - distance));
    if (cover === 0) return;
    const shine = shading(thing, { x, y, distance, turn });
    const colour = thing.colour(x, y);
    for (let part = 0; part < 3; part++) {
      const lit = 255 * Math.min(1, (colour[part] ?? 0) * shine.diffuse + shine.gloss);
      canvas.rgb[3 * at + part] = lit * cover + (canvas.rgb[3 * at + part] ?? 0) * (1 - cover);
    }
    if (cover >= 0.5) canvas.labels[at] = thing.label;
  });
}

interface Turn {
  readonly cos: number;
  readonly sin: number;
}

function paintShadow(
  canvas: Canvas,
  cast: { readonly thing: Thing; readonly placed: Placement; readonly turn: Turn },
): void {
  const { thing, turn } = cast;
  if (thing.shadow === null) return;
  const { softness } = thing.shadow;
  const centre = { x: cast.placed.x + thing.shadow.x, y: cast.placed.y + thing.shadow.y };
  forPixels(canvas.size, centre, thing.reach + softness, (at, dx, dy) => {
    const x = dx * turn.cos + dy * turn.sin;
    const y = dy * turn.cos - dx * turn.sin;
    const edge = Math.min(1, Math.max(0, 0.5 - thing.distance(x, y) / (2 * softness)));
    const light = 1 - SHADOW_DEPTH * edge * edge * (3 - 2 * edge);
    for (let part = 0; part < 3; part++) {
      canvas.rgb[3 * at + part] = (canvas.rgb[3 * at + part] ?? 0) * light;
    }
  });
}

/** Calls `visit` with the index of each pixel within `reach` of `centre` and its offset from it. */
function forPixels(
  size: Size,
  centre: { readonly x: number; readonly y: number },
  reach: number,
  visit: (at: number, dx: number, dy: number) => void,
): void {
  const left = Math.max(0, Math.floor(centre.x - reach));
  const right = Math.min(size.width - 1, Math.ceil(centre.x + reach));
  const top = Math.max(0, Math.floor(centre.y - reach));
  const bottom = Math.min(size.height - 1, Math.ceil(centre.y + reach));
  for (let y = top; y <= bottom; y++) {
    for (let x = left; x <= right; x++) visit(y * size.width + x, x - centre.x, y - centre.y);
  }
}

/** Light on a surface that is flat inside and curves away towards its outline. */
function shading(
  thing: Thing,
  spot: { readonly x: number; readonly y: number; readonly distance: number; readonly turn: Turn },
): { readonly diffuse: number; readonly gloss: number } {
  const { x, y, distance, turn } = spot;
  // Flat inside: the surface faces us, and its slope need not be asked for.
  if (distance <= -thing.roundness) return lit(LIGHT.z);
  const step = 1.5;
  const slopeX = (thing.distance(x + step, y) - thing.distance(x - step, y)) / (2 * step);
  const slopeY = (thing.distance(x, y + step) - thing.distance(x, y - step)) / (2 * step);
  const tilt = Math.min(1, Math.max(0, 1 + distance / thing.roundness)) * 0.94;
  const normal = {
    x: tilt * (slopeX * turn.cos - slopeY * turn.sin),
    y: tilt * (slopeX * turn.sin + slopeY * turn.cos),
    z: Math.sqrt(1 - tilt * tilt),
  };
  return lit(normal.x * LIGHT.x + normal.y * LIGHT.y + normal.z * LIGHT.z);
}

/** Light given back by a surface whose normal has this cosine to the light. */
function lit(facing: number): { readonly diffuse: number; readonly gloss: number } {
  const shine = Math.max(0, facing);
  return { diffuse: 0.5 + 0.62 * shine, gloss: 0.5 * shine ** 28 };
}
