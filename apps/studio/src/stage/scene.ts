// What is to be drawn on one frame: which masks and shapes, in what look, with which tags. No drawing here.
import { type Document, type State, stateAt, type Track, type TrackId } from "@masklet/annotation";
import { type FrameIndex, isEmpty, type Mask, type Size } from "@masklet/vision";
import type { View } from "../desk/view.ts";
import { changeOf } from "../edit/comparison.ts";
import { isStale, laneOf } from "../edit/lanes.ts";
import { boxOfShape } from "../edit/measure.ts";
import { inDrawOrder, nextTrack, reaches } from "../edit/present.ts";
import { channels, colourOf, outlineOf } from "../style/palette.ts";
import type { MaskLook } from "./mask-look.ts";

export interface Tag {
  readonly track: TrackId;
  readonly colour: string;
  readonly name: string | null;
  readonly note: "stale" | "locked" | "absent" | null;
  readonly byHand: boolean;
  readonly strength: number;
  /** Top of the shape, edge coordinates. */
  readonly at: { readonly x: number; readonly y: number };
}

/** A shape that is not a mask: drawn as lines over the picture. */
export interface Outline {
  readonly track: TrackId;
  readonly colour: string;
  readonly rings: readonly (readonly { readonly x: number; readonly y: number }[])[];
  readonly width: number;
  readonly fill: number;
  readonly dim: number;
  readonly dashed: boolean;
  readonly handles: boolean;
}

export interface Scene {
  readonly masks: readonly MaskLook[];
  readonly outlines: readonly Outline[];
  readonly tags: readonly Tag[];
}

interface Look {
  readonly fill: number;
  readonly line: number;
  readonly dim: number;
  readonly dash: readonly [number, number] | null;
  readonly hatch: boolean;
}

/** The base opacity that the table of the design (section 6) is written for. */
const NORMAL_FILL = 26;

/** What a run took away is hatched in the red of errors, what it added is outlined in white. */
const LOST: MaskLook["colour"] = [1, 0.506, 0.47];
const GAINED: MaskLook["colour"] = [1, 1, 1];

/** What a click here would give is no object yet: it has no colour, hardly a fill and a broken edge. */
const PREVIEW: Omit<MaskLook, "mask"> = {
  colour: [1, 1, 1],
  fill: 0.14,
  line: 1.5,
  dim: 1,
  dash: [6, 4],
  hatch: false,
};

/** Builds the scene of a frame. `text` names objects; the view decides looks. */
export function buildScene(facts: {
  readonly document: Document;
  readonly view: View;
  readonly frame: FrameIndex;
  readonly size: Size;
}): Scene {
  const { document, view, frame } = facts;
  const masks: { look: MaskLook; rank: number }[] = [];
  const outlines: Outline[] = [];
  const tags: Tag[] = [];
  if (view.pictureAlone) return { masks: [], outlines, tags };
  if (view.masksShown) {
    for (const [id, track] of inDrawOrder(document.tracks)) {
      if (!reaches(track.states, frame)) continue;
      if (view.hidden.has(id) || (view.solo !== null && view.solo !== id)) continue;
      const state = stateAt(track.states, frame);
      const selected = view.selected === id;
      if (state?.presence === "visible") add(id, track, state, selected);
      else if (state?.presence === "absent" && selected) tagAbsent(id, track);
    }
  }
  addComparison();
  addPreview();
  addProposals();
  masks.sort((a, b) => a.rank - b.rank);
  return { masks: masks.map(({ look }) => look), outlines, tags };

  function add(
    id: TrackId,
    track: Track,
    state: Extract<State, { presence: "visible" }>,
    selected: boolean,
  ): void {
    const colour = colourOf(id, track.info);
    const hover = view.hover === id;
    const locked = view.locked.has(id);
    const stale = isStale(laneOf(track.states, document.video.frameCount), frame);
    const look = lookOf({ track: id, selected, hover, locked, stale, state, view });
    const { shape } = state;
    const before = showsBefore(view) ? view.comparison?.frames.get(id)?.get(frame) : undefined;
    const mask = before !== undefined ? before.before : shape.kind === "mask" ? shape.mask : null;
    const shown = replaced(id, mask);
    if (shown) {
      const rank = selected ? 2 : 1;
      // Under a preview of the same object the mask keeps its edge and steps back.
      const previewed = view.preview?.track === id && view.preview.frame === frame;
      const bare = view.comparison?.show === "difference" && !showsBefore(view);
      const fill = previewed ? look.fill * 0.4 : bare ? 0 : look.fill;
      masks.push({ rank, look: { mask: shown, colour: channels(colour), ...look, fill } });
    } else if (shape.kind !== "mask") {
      outlines.push({
        track: id,
        colour,
        rings: ringsOf(shape),
        width: look.line,
        fill: look.fill,
        dim: look.dim,
        dashed: state.provenance.by === "interpolated",
        handles: selected && shape.kind === "box" && !locked,
      });
    }
    const box = boxOfShape(shape);
    tags.push({
      track: id,
      colour,
      name: selected || hover ? (track.info.name ?? "") : null,
      note: stale ? "stale" : locked ? "locked" : null,
      byHand: state.provenance.by === "person",
      strength: 1,
      at: { x: box.x + Math.min(box.width / 2, 12), y: box.y },
    });
  }

  /** The candidate under the pointer stands in for the mask it would replace. */
  function replaced(id: TrackId, mask: Mask | null): Mask | null {
    const { candidates, candidateHover } = view;
    if (!candidates || candidateHover === null || candidates.track !== id) return mask;
    return candidates.frame === frame ? (candidates.list[candidateHover]?.mask ?? mask) : mask;
  }

  function tagAbsent(id: TrackId, track: Track): void {
    let last: State | null = null;
    for (let back = frame; back >= 0 && back > frame - 300; back--) {
      const state = track.states.get(back as FrameIndex);
      if (state?.presence === "visible") {
        last = state;
        break;
      }
    }
    if (last?.presence !== "visible") return;
    const box = boxOfShape(last.shape);
    tags.push({
      track: id,
      colour: colourOf(id, track.info),
      name: track.info.name ?? "",
      note: "absent",
      byHand: false,
      strength: 0.4,
      at: box,
    });
  }

  function addPreview(): void {
    const { preview } = view;
    if (!preview || preview.frame !== frame) return;
    const { mask } = preview;
    if (!view.asking) {
      masks.push({ rank: 3, look: { mask, ...PREVIEW } });
      return;
    }
    // The first answer to a click has the object's colour already: when the settled one comes only the edge moves.
    const track = preview.track === null ? null : document.tracks.get(preview.track);
    const colour = track
      ? colourOf(preview.track!, track.info)
      : colourOf(nextTrack(document.tracks), { colour: null } as Track["info"]);
    const look = { fill: 0.26, line: 1.5, dim: 1, dash: null, hatch: false };
    masks.push({ rank: 3, look: { mask, colour: channels(colour), ...look } });
  }

  function addProposals(): void {
    const { proposals } = view;
    if (!proposals || proposals.frame !== frame) return;
    const next = nextTrack(document.tracks);
    for (const [i, { mask }] of proposals.list.entries()) {
      const colour = channels(colourOf((next + i) as TrackId, { colour: null } as Track["info"]));
      masks.push({
        rank: 3,
        look: { mask, colour, fill: 0.2, line: 1.5, dim: 1, dash: [6, 4], hatch: false },
      });
    }
  }

  function addComparison(): void {
    const { comparison, selected } = view;
    if (!comparison || selected === null || showsBefore(view)) return;
    const before = comparison.frames.get(selected)?.get(frame)?.before;
    const state = stateAt(document.tracks.get(selected)?.states ?? new Map(), frame);
    const now =
      state?.presence === "visible" && state.shape.kind === "mask" ? state.shape.mask : null;
    const change = before && now ? changeOf(before, now) : { lost: before ?? null, gained: null };
    const plain = { line: 1.5, dim: 1, dash: null };
    if (change.lost && !isEmpty(change.lost))
      masks.push({
        rank: 3,
        look: { mask: change.lost, colour: LOST, fill: 0.85, hatch: true, ...plain },
      });
    if (change.gained && !isEmpty(change.gained))
      masks.push({
        rank: 3,
        look: { mask: change.gained, colour: GAINED, fill: 0, hatch: false, ...plain },
      });
  }
}

/** True while a comparison shows what stood there before the run. */
function showsBefore({ comparison, holdBefore }: View): boolean {
  return comparison !== null && (holdBefore || comparison.show === "before");
}

function lookOf(facts: {
  readonly track: TrackId;
  readonly selected: boolean;
  readonly hover: boolean;
  readonly locked: boolean;
  readonly stale: boolean;
  readonly state: State;
  readonly view: View;
}): Look {
  const { track, selected, hover, locked, stale, state, view } = facts;
  const share = view.fill / NORMAL_FILL;
  const base = locked ? 0.12 : selected || hover ? 0.36 : 0.26;
  const line = locked ? 1 : selected ? 2.5 : hover ? 2 : 1.5;
  const othersDimmed = view.selected !== null && !selected && !hover;
  const between = state.provenance.by === "interpolated";
  return {
    fill: Math.min(1, base * share),
    line,
    dim: othersDimmed ? 0.7 : 1,
    dash: between ? [2, 3] : outlineOf(track),
    hatch: stale,
  };
}

type RingShape = Exclude<Extract<State, { presence: "visible" }>["shape"], { kind: "mask" }>;

function ringsOf(shape: RingShape): Outline["rings"] {
  if (shape.kind === "polygon") return shape.parts.flatMap((part) => [part.outer, ...part.holes]);
  if (shape.kind === "box") {
    const { x, y, width, height } = shape;
    return [
      [
        { x, y },
        { x: x + width, y },
        { x: x + width, y: y + height },
        { x, y: y + height },
      ],
    ];
  }
  const angle = (shape.degrees * Math.PI) / 180;
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const [u, v] = [shape.width / 2, shape.height / 2];
  const corner = (a: number, b: number) => ({
    x: shape.centre.x + a * cos - b * sin,
    y: shape.centre.y + a * sin + b * cos,
  });
  return [[corner(-u, -v), corner(u, -v), corner(u, v), corner(-u, v)]];
}
