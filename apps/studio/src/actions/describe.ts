// What an action will do right now: with the selected object, this frame, the range; for the palette.
import { nameOf, seenFrame, trackOf } from "../desk/core.ts";
import type { Words } from "../words/words.ts";
import { type ActionContext, textOf } from "./actions.ts";
import type { ActionId } from "./texts.ts";

/** One sentence that names the object and the frames concerned; the general sentence where there is nothing to name. */
export function describe(id: ActionId, { desk }: ActionContext, words: Words): string {
  const { selected, range, direction } = desk.view.getState();
  const general = textOf(id, words).does;
  const frame = seenFrame(desk);
  const last = desk.video.frames - 1;
  const from = range?.from ?? 0;
  const to = range?.to ?? last;
  const { deeds } = words;
  if (id === "track.run" || id === "track.both" || id === "track.all") {
    const way = words.directions[id === "track.both" ? "both" : direction];
    const all = id === "track.all" || selected === null;
    const who = all ? deeds.everyObject : nameOf(desk, selected);
    return deeds.track(way, who, from, to);
  }
  if (selected === null) return general;
  const track = trackOf(desk, selected);
  if (!track) return general;
  const name = nameOf(desk, selected);
  switch (id) {
    case "object.swap":
      return deeds.swap(name, frame, last - frame + 1);
    case "object.split":
      return deeds.split(name, frame, last - frame + 1);
    case "object.join":
      return deeds.join(name);
    case "delete.object":
      return deeds.remove(name, track.states.size);
    case "delete.frame":
      return deeds.removeFrame(name, frame);
    case "delete.range":
      return deeds.removeRange(name, from, to);
    case "presence.absent":
      return deeds.absent(name, frame);
    default:
      return general;
  }
}
