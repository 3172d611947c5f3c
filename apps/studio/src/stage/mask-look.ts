// How a mask is drawn, and from that the colours of fill and line by distance from the edge.
import type { Mask } from "@masklet/vision";
import { EDGE, STEPS_PER_PIXEL } from "./distance-field.ts";

/** How one mask is drawn; opacities 0 … 1, widths in CSS pixels. */
export interface MaskLook {
  readonly mask: Mask;
  readonly colour: readonly [number, number, number];
  readonly fill: number;
  readonly line: number;
  readonly dim: number;
  readonly dash: readonly [number, number] | null;
  readonly hatch: boolean;
}

/** Field values are looked up in so many steps each. */
export const FINE = 4;
/** Entries of each half of a table. */
export const TABLE = 256 * FINE;

/** Colours by field value × FINE, premultiplied, as 32-bit pixels of little-endian RGBA. */
export interface Inks {
  readonly fill: Uint32Array;
  /** Outline over halo; in the second half, for the gaps of dashes, the halo alone. */
  readonly line: Uint32Array;
  /** From this value on there is something to paint; from `within` on only the fill, everywhere the same. */
  readonly from: number;
  readonly within: number;
}

const HALO = [0.031, 0.035, 0.043] as const;
const HALO_OPACITY = 0.72;
/** The halo reaches so far beyond the outline, CSS pixels. */
const HALO_REACH = 1.1;

/** How far from the edge the paint of a line reaches, device pixels. */
export function reachOf(line: number, ratio: number): number {
  return (line / 2 + HALO_REACH) * ratio + 0.5;
}

/** The colours of a look where one image pixel is `scale` device pixels and one CSS pixel is `ratio` of them. */
export function inksOf(look: MaskLook, scale: number, ratio: number): Inks {
  const fill = new Uint32Array(TABLE);
  const line = new Uint32Array(2 * TABLE);
  const width = look.line * ratio;
  const strength = look.line > 0 ? look.dim : 0;
  for (let step = 0; step < TABLE; step++) {
    const distance = (((step + 0.5) / FINE - EDGE) / STEPS_PER_PIXEL) * scale;
    fill[step] = packed(look.colour, clamp(distance + 0.5) * look.fill * look.dim);
    const stroke = clamp(width / 2 + 0.5 - Math.abs(distance));
    const halo =
      clamp(width / 2 + HALO_REACH * ratio + 0.5 + distance) *
      clamp(0.5 - distance + width / 2) *
      HALO_OPACITY;
    line[step] = both(look.colour, stroke * strength, halo * (1 - stroke) * strength);
    line[TABLE + step] = both(look.colour, 0, halo * strength);
  }
  const painted = (step: number) =>
    fill[step] !== 0 || line[step] !== 0 || line[TABLE + step] !== 0;
  const lined = (step: number) =>
    line[step] !== 0 || line[TABLE + step] !== 0 || fill[step] !== fill[TABLE - 1];
  let from = 0;
  while (from < TABLE && !painted(from)) from++;
  let within = TABLE;
  while (within > from && !lined(within - 1)) within--;
  return { fill, line, from, within };
}

const clamp = (value: number) => Math.max(0, Math.min(1, value));

function packed(colour: readonly [number, number, number], alpha: number): number {
  return both(colour, alpha, 0);
}

function both(
  [red, green, blue]: readonly [number, number, number],
  stroke: number,
  halo: number,
): number {
  const of = (colour: number, dark: number) => Math.round(255 * (colour * stroke + dark * halo));
  const alpha = Math.min(255, Math.round(255 * (stroke + halo)));
  const [r, g, b] = [of(red, HALO[0]), of(green, HALO[1]), of(blue, HALO[2])];
  return (r | (g << 8) | (b << 16) | (alpha << 24)) >>> 0;
}
