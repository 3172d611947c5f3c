// The 24 object colours, in the order they are handed out; chosen to stay apart for every kind of sight.
import type { TrackId, TrackInfo } from "@masklet/annotation";
import { settings } from "../desk/settings.ts";

export const PALETTE = (
  "#35fde0 #fc82ab #fbdd19 #4b8afc #88b706 #e42496 #d6e784 #f2184b #738e64 #eecffd #42868f #b6a372 " +
  "#fcc0b8 #adb4f9 #b57e86 #b781cf #65ccda #f3a85f #c96500 #94cb93 #48ae9c #8a7948 #6a79a4 #bf4bca"
).split(" ");

/** So many of the palette stay apart for dichromats too; after them outlines are dashed. */
const FOR_EVERY_SIGHT = 8;
/** Solid, 8-4, 3-3: CSS pixels on and off. */
const OUTLINES = [null, [8, 4], [3, 3]] as const;

const cycled = (value: number, length: number) => ((value % length) + length) % length;

/** A track's colour as `#rrggbb`: its own, or the palette's for its number. */
export function colourOf(track: TrackId, info: TrackInfo): string {
  if (info.colour) return info.colour;
  const colours = settings.getState().colourBlind ? FOR_EVERY_SIGHT : PALETTE.length;
  return PALETTE[cycled(track - 1, colours)]!;
}

/** The dashes of a track's outline: none, but where few colours are handed out and come round again. */
export function outlineOf(track: TrackId): readonly [number, number] | null {
  if (!settings.getState().colourBlind) return null;
  return OUTLINES[cycled(Math.floor((track - 1) / FOR_EVERY_SIGHT), OUTLINES.length)] ?? null;
}

/** `#rrggbb` (or `#rgb`, which style sheets are shortened to) as red, green, blue, 0 … 1. */
export function channels(colour: string): readonly [number, number, number] {
  const full = colour.length === 4 ? colour.replace(/[0-9a-f]/gi, "$&$&") : colour;
  const at = (start: number) => Number.parseInt(full.slice(start, start + 2), 16) / 255;
  return [at(1), at(3), at(5)];
}

/** `share` of `a` over `b`, as `#rrggbb`. */
export function mixed(a: string, b: string, share: number): string {
  const [from, to] = [channels(a), channels(b)];
  const hex = from.map((value, i) =>
    Math.round((value * share + to[i]! * (1 - share)) * 255)
      .toString(16)
      .padStart(2, "0"),
  );
  return `#${hex.join("")}`;
}
