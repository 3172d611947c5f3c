// The 24 object colours, in the order they are handed out; chosen to stay apart for every kind of sight.
import type { TrackId, TrackInfo } from "@masklet/annotation";

export const PALETTE = (
  "#35fde0 #fc82ab #fbdd19 #4b8afc #88b706 #e42496 #d6e784 #f2184b #738e64 #eecffd #42868f #b6a372 " +
  "#fcc0b8 #adb4f9 #b57e86 #b781cf #65ccda #f3a85f #c96500 #94cb93 #48ae9c #8a7948 #6a79a4 #bf4bca"
).split(" ");

/** A track's colour as `#rrggbb`: its own, or the palette's for its number. */
export function colourOf(track: TrackId, info: TrackInfo): string {
  if (info.colour) return info.colour;
  return PALETTE[(((track - 1) % PALETTE.length) + PALETTE.length) % PALETTE.length]!;
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
