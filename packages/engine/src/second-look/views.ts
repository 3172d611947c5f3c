// Views of one picture: each is encoded when it is first asked for, the last few are kept.
import type { Picture } from "@masklet/vision";
import type { Features } from "../frame-step.ts";
import { pictureOf, type Region } from "./region.ts";

/** Views kept beside the whole picture: its mirror image, one around the first click, and those of the last corrections. */
const VIEWS_MAX = 6;

export interface Views {
  readonly picture: Picture;
  features(region: Region): Promise<Features>;
}

/** Views of a picture that `encode` knows how to encode. */
export function viewsOf(picture: Picture, encode: (part: Picture) => Promise<Features>): Views {
  const known = new Map<string, Promise<Features>>();
  return {
    picture,
    features(region) {
      const key = `${region.x0},${region.y0},${region.x1},${region.y1},${region.mirrored}`;
      const kept = known.get(key) ?? encode(pictureOf(picture, region));
      known.delete(key);
      known.set(key, kept);
      if (known.size > VIEWS_MAX) known.delete(known.keys().next().value!);
      kept.catch(() => known.delete(key)); // asked again, it is tried again
      return kept;
    },
  };
}
