// How a doubt is shown: an icon and a sentence with its number.
import type { TrackId } from "@masklet/annotation";
import type { Doubt, DoubtReason } from "../edit/doubts.ts";
import type { IconName } from "../style/icons.ts";
import type { Words } from "../words/words.ts";

const ICONS: Readonly<Record<DoubtReason, IconName>> = {
  crossing: "cross",
  score: "low",
  cut: "cut",
  vanished: "vanish",
  area: "jump",
  edge: "edge",
  random: "low",
};

export function doubtIcon(reason: DoubtReason): IconName {
  return ICONS[reason];
}

export function doubtText(doubt: Doubt, words: Words, name: (track: TrackId) => string): string {
  switch (doubt.reason) {
    case "crossing":
      return words.doubts.crossing(doubt.other === null ? "?" : name(doubt.other));
    case "score":
      return words.doubts.score(doubt.value);
    case "area":
      return words.doubts.area(doubt.value);
    case "random":
      return words.doubts.random(doubt.value);
    case "cut":
      return words.doubts.cut;
    case "vanished":
      return words.doubts.vanished;
    case "edge":
      return words.doubts.edge;
  }
}
