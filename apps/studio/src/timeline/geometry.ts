// Where things lie on the timeline: frames to pixels and back, rows of lanes.
import type { Document, LabelId, Track, TrackId } from "@masklet/annotation";
import { stateAt } from "@masklet/annotation";
import type { FrameIndex } from "@masklet/vision";
import type { Span, View } from "../desk/view.ts";
import { groupsOf, type LaneGroup } from "../edit/lane-groups.ts";

export const PAD = 14;
/** Zoom stops here, px a frame. */
export const PIXELS_PER_FRAME_MAX = 40;
/** Above it every frame has a cell line. */
export const CELL_LINES_FROM = 24;

export interface Scale {
  readonly width: number;
  readonly from: number;
  readonly to: number;
  /** CSS pixels a frame. */
  readonly perFrame: number;
}

export function scaleOf(span: Span, width: number): Scale {
  const { from, to } = span;
  return { width, from, to, perFrame: (width - 2 * PAD) / Math.max(1, to - from) };
}

export function xOf(scale: Scale, frame: number): number {
  return PAD + (frame - scale.from) * scale.perFrame;
}

export function frameAt(scale: Scale, x: number): number {
  return scale.from + (x - PAD) / scale.perFrame;
}

/** A span of the same frames zoomed around a frame, kept inside the video. */
export function zoomedSpan(
  span: Span,
  factor: number,
  around: number,
  last: number,
  width: number,
): Span {
  const shortest = Math.min(last, Math.max(4, (width - 2 * PAD) / PIXELS_PER_FRAME_MAX));
  const length = Math.max(shortest, Math.min(last, (span.to - span.from) / factor));
  const share = span.to === span.from ? 0.5 : (around - span.from) / (span.to - span.from);
  return shifted({ from: around - share * length, to: around + (1 - share) * length }, last);
}

/** Moved back inside the video, its length kept where that is possible. */
export function shifted(span: { from: number; to: number }, last: number): Span {
  const length = Math.min(last, span.to - span.from);
  const from = Math.max(0, Math.min(last - length, span.from));
  return { from: from as FrameIndex, to: (from + length) as FrameIndex };
}

/** The step between numbered ticks: a round one that leaves at least 72 px. */
export function majorStep(perFrame: number): number {
  const steps = [1, 2, 5, 10, 20, 25, 50, 100, 200, 250, 500];
  for (let power = 1; power < 1e7; power *= 10)
    for (const step of power === 1
      ? steps
      : [1000, 2000, 2500, 5000].map((one) => (one * power) / 10))
      if (step * perFrame >= 72) return step;
  return 1e7;
}

/** The lane of one object. */
export interface TrackRow {
  readonly kind: "track";
  readonly track: TrackId;
  readonly y: number;
  readonly height: number;
  readonly open: boolean;
}

/** The line above the lanes of a label: it sums them up, and stands for them where they are folded away. */
export interface GroupRow {
  readonly kind: "group";
  readonly group: LaneGroup;
  readonly y: number;
  readonly height: number;
  readonly folded: boolean;
}

export type Row = TrackRow | GroupRow;

/** Height of a line that sums up a group, px. */
export const GROUP_LANE = 26;

/** What decides which lanes there are and in which order. */
export type LaneView = Pick<
  View,
  | "selected"
  | "filter"
  | "laneOrder"
  | "doubts"
  | "frame"
  | "comparison"
  | "laneGroups"
  | "foldedGroups"
>;

/** The lanes in their order, filtered: `#label`, `!` doubtful, `@` in view now, else the name; grouped where that is wanted. */
export function rowsOf(
  document: Document,
  view: LaneView,
  heights: { readonly lane: number; readonly open: number },
): readonly Row[] {
  const tracks = sorted(document, view).filter(filterOf(document, view));
  const rows: Row[] = [];
  let y = 0;
  const add = (track: TrackId) => {
    const open = view.selected === track;
    const height = open ? (view.comparison ? 88 : heights.open) : heights.lane;
    rows.push({ kind: "track", track, y, height, open });
    y += height;
  };
  if (!view.laneGroups) {
    for (const track of tracks) add(track);
    return rows;
  }
  for (const group of groupsOf(document, tracks)) {
    const folded = view.foldedGroups.has(group.label);
    rows.push({ kind: "group", group, y, height: GROUP_LANE, folded });
    y += GROUP_LANE;
    // What is selected is seen, also where its group is folded.
    for (const track of group.tracks) if (!folded || track === view.selected) add(track);
  }
  return rows;
}

/** The set of folded groups with one of them folded or unfolded. */
export function withFolded(
  folded: View["foldedGroups"],
  label: LabelId | null,
  fold = !folded.has(label),
): View["foldedGroups"] {
  const next = new Set(folded);
  if (fold) next.add(label);
  else next.delete(label);
  return next;
}

const orders = new WeakMap<Document["tracks"], readonly TrackId[]>();

/** Track numbers rising; sorted once for each version of the tracks. */
function inOrder(tracks: Document["tracks"]): readonly TrackId[] {
  let order = orders.get(tracks);
  if (!order) {
    order = [...tracks.keys()].sort((a, b) => a - b);
    orders.set(tracks, order);
  }
  return order;
}

/** Track numbers in the order that was chosen; among equals the lower number first. */
function sorted(
  document: Document,
  { laneOrder, doubts }: Pick<View, "laneOrder" | "doubts">,
): readonly TrackId[] {
  const byNumber = inOrder(document.tracks);
  if (laneOrder === "number") return byNumber;
  const ranks = new Map<TrackId, number | string>();
  // The list of doubts begins with the one most worth a look.
  if (laneOrder === "doubt")
    for (const [i, { track }] of doubts.entries()) if (!ranks.has(track)) ranks.set(track, i);
  for (const [id, { info, states }] of document.tracks) {
    if (laneOrder === "first") ranks.set(id, firstFrame(states));
    if (laneOrder === "label" && info.label !== null)
      ranks.set(id, document.labels.get(info.label)?.name ?? "");
  }
  return [...byNumber].sort((a, b) => {
    const [one, other] = [ranks.get(a), ranks.get(b)];
    if (one === other) return 0;
    if (one === undefined || other === undefined) return one === undefined ? 1 : -1;
    return one < other ? -1 : 1;
  });
}

const firsts = new WeakMap<Track["states"], number>();

function firstFrame(states: Track["states"]): number {
  let first = firsts.get(states);
  if (first === undefined) {
    first = Number.POSITIVE_INFINITY;
    for (const frame of states.keys()) first = Math.min(first, frame);
    firsts.set(states, first);
  }
  return first;
}

/** The first row that reaches below `y`; the number of rows where none does. */
export function rowFrom(rows: readonly Row[], y: number): number {
  let [low, high] = [0, rows.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    const row = rows[middle]!;
    if (row.y + row.height <= y) low = middle + 1;
    else high = middle;
  }
  return low;
}

function filterOf(
  document: Document,
  view: Pick<View, "filter" | "doubts" | "frame">,
): (track: TrackId) => boolean {
  const text = view.filter.trim().toLowerCase();
  if (text === "") return () => true;
  if (text.startsWith("!")) {
    const doubtful = new Set(view.doubts.map((doubt) => doubt.track));
    return (track) => doubtful.has(track);
  }
  if (text.startsWith("@"))
    return (track) =>
      stateAt(document.tracks.get(track)!.states, view.frame)?.presence === "visible";
  if (text.startsWith("#"))
    return (track) => {
      const { label } = document.tracks.get(track)!.info;
      const name = label === null ? "" : (document.labels.get(label)?.name ?? "");
      return name.toLowerCase().includes(text.slice(1));
    };
  return (track) => {
    const name = document.tracks.get(track)!.info.name ?? "";
    return name.toLowerCase().includes(text) || String(track) === text;
  };
}
