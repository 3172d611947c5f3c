// The timeline in its place: two canvases, the pointer's gestures, redrawn only when something changed.
import type { TrackId } from "@masklet/annotation";
import type { FrameIndex } from "@masklet/vision";
import { lastFrame } from "../desk/core.ts";
import type { Desk } from "../desk/desk.ts";
import { canMoveKey, moveKey, setExtent } from "../desk/extents.ts";
import { settings } from "../desk/settings.ts";
import { type InView, inViewOf, type LaneGroup } from "../edit/lane-groups.ts";
import { type LaneSpan, laneOf } from "../edit/lanes.ts";
import { colourOf } from "../style/palette.ts";
import { clock } from "../words/plural.ts";
import { drawBase, drawTop, OVERVIEW, type TimelineFacts } from "./draw.ts";
import type { GroupFacts } from "./draw-groups.ts";
import { jobLaneOf, type LaneFacts } from "./draw-lanes.ts";
import {
  frameAt,
  PAD,
  type Row,
  rowFrom,
  rowsOf,
  scaleOf,
  shifted,
  type TrackRow,
  xOf,
  zoomedSpan,
} from "./geometry.ts";
import { type Theme, themeNow } from "./theme.ts";

const SNAP_PX = 6;
const GRAB_PX = 5;
const WHEEL_ZOOM = 0.002;
const OPEN_LANE_MIN = 20;

/** Heights of lanes as the style sheet has them now. */
export function laneHeights(): { lane: number; open: number; top: number } {
  const style = getComputedStyle(document.documentElement);
  const px = (name: string) => Number.parseFloat(style.getPropertyValue(name));
  return { lane: px("--lane"), open: px("--lane-open"), top: px("--dock-top") };
}

/** Puts the timeline into `element` and keeps it drawn until the returned function is called. */
export function mountTimeline(element: HTMLElement, desk: Desk): () => void {
  const { view, session, video } = desk;
  const base = document.createElement("canvas");
  const over = document.createElement("canvas");
  for (const canvas of [base, over]) {
    canvas.className = "layer";
    canvas.setAttribute("aria-hidden", "true");
    element.append(canvas);
  }
  const [c, o] = [base.getContext("2d")!, over.getContext("2d")!];
  let [width, height] = [0, 0];
  let heights = laneHeights();
  let theme: Theme = themeNow();
  let scheduled = 0;
  let baseDirty = true;
  let lanes: readonly LaneFacts[] = [];
  let groups: readonly GroupFacts[] = [];
  let hover: number | null = null;
  let ghost: TimelineFacts["ghost"] = null;
  let drag: ((event: PointerEvent, ended: boolean) => void) | null = null;
  const last = lastFrame(desk);

  let counted: { readonly tracks: unknown; readonly groups: Map<LaneGroup, InView> } = {
    tracks: null,
    groups: new Map(),
  };
  let known: { readonly made: readonly unknown[]; readonly rows: readonly Row[] } | null = null;

  /** The rows, computed again only when something they are made of has changed. */
  function rows(): readonly Row[] {
    const { document } = session.state.getState();
    const state = view.getState();
    const { selected, filter, laneOrder, doubts, comparison, frame } = state;
    const { laneGroups, foldedGroups } = state;
    const followsFrame = filter.startsWith("@");
    const made = [
      filter === "" && laneOrder !== "label" && !laneGroups ? document.tracks : document,
      laneGroups && foldedGroups,
      selected,
      filter,
      laneOrder,
      (filter.startsWith("!") || laneOrder === "doubt") && doubts,
      comparison !== null,
      followsFrame && frame,
      heights,
    ];
    if (known?.made.every((one, i) => one === made[i])) return known.rows;
    known = { made, rows: rowsOf(document, state, heights) };
    return known.rows;
  }

  const scale = () => scaleOf(view.getState().span, width);

  /** Height of the lane that a row's bar lies in: an open row has a readable one however low the others are. */
  const barLane = (row: TrackRow) =>
    row.open ? Math.max(heights.lane, OPEN_LANE_MIN) : heights.lane;

  function rowsOnScreen(): readonly Row[] {
    const { laneScroll } = view.getState();
    const all = rows();
    const from = rowFrom(all, laneScroll);
    return all.slice(from, rowFrom(all, laneScroll + height - heights.top) + 1);
  }

  /** What each group on screen has in view; counted again only when the tracks have changed. */
  function groupsOnScreen(): GroupFacts[] {
    const { doubts } = view.getState();
    const { tracks } = session.state.getState().document;
    if (counted.tracks !== tracks) counted = { tracks, groups: new Map() };
    return rowsOnScreen().flatMap((row): GroupFacts | [] => {
      if (row.kind !== "group") return [];
      let inView = counted.groups.get(row.group);
      if (!inView) {
        const states = row.group.tracks.flatMap((id) => tracks.get(id)?.states ?? []);
        inView = inViewOf(states, video.frames);
        counted.groups.set(row.group, inView);
      }
      const own = new Set(row.group.tracks);
      return { row, inView, doubts: doubts.filter(({ track }) => own.has(track)) };
    });
  }

  /** What is told of the lanes on screen; the others are not looked at. */
  function lanesOnScreen(): LaneFacts[] {
    const state = view.getState();
    const { document } = session.state.getState();
    return rowsOnScreen().flatMap((row): LaneFacts | [] => {
      if (row.kind !== "track") return [];
      const track = document.tracks.get(row.track);
      if (!track) return [];
      return {
        row,
        lane: laneOf(track.states, video.frames),
        colour: colourOf(row.track, track.info),
        hidden: state.hidden.has(row.track),
        laneHeight: barLane(row),
        jobLane: jobLaneOf(state.jobs, row.track),
        origin: state.frame,
        doubts: row.open ? state.doubts.filter((doubt) => doubt.track === row.track) : [],
        allDoubts: state.doubts,
        comparison: state.comparison?.frames.get(row.track) ?? null,
      };
    });
  }

  function facts(): TimelineFacts {
    const state = view.getState();
    if (baseDirty) [lanes, groups] = [lanesOnScreen(), groupsOnScreen()];
    return {
      scale: scale(),
      height,
      top: heights.top,
      frames: video.frames,
      frame: state.frame,
      hover,
      hoverText:
        hover === null
          ? ""
          : `${Math.round(hover)} · ${clock((Math.round(hover) / Math.max(1, video.frames)) * video.seconds)}`,
      range: state.range,
      cuts: video.cuts,
      doubts: state.doubts,
      lanes,
      groups,
      scroll: state.laneScroll,
      theme,
      ghost,
    };
  }

  function draw(): void {
    scheduled = 0;
    if (width === 0) return;
    const all = facts();
    if (baseDirty) drawBase(c, all);
    baseDirty = false;
    drawTop(o, all);
  }

  function wake(everything: boolean): void {
    baseDirty ||= everything;
    if (scheduled === 0) scheduled = requestAnimationFrame(draw);
  }

  function resize(): void {
    width = element.clientWidth;
    height = element.clientHeight;
    heights = laneHeights();
    theme = themeNow();
    const ratio = devicePixelRatio || 1;
    for (const [canvas, context] of [
      [base, c],
      [over, o],
    ] as const) {
      canvas.width = Math.round(width * ratio);
      canvas.height = Math.round(height * ratio);
      context.setTransform(ratio, 0, 0, ratio, 0, 0);
    }
    wake(true);
  }

  const at = (event: MouseEvent) => {
    const bounds = element.getBoundingClientRect();
    return { x: event.clientX - bounds.left, y: event.clientY - bounds.top };
  };
  const clampFrame = (frame: number) =>
    Math.max(0, Math.min(last, Math.round(frame))) as FrameIndex;
  const rowAt = (y: number): Row | undefined => {
    const inside = y - heights.top + view.getState().laneScroll;
    const row = rows()[rowFrom(rows(), inside)];
    return row && inside >= row.y ? row : undefined;
  };

  function down(event: PointerEvent): void {
    if (event.button !== 0) return;
    desk.time.beat();
    const { x, y } = at(event);
    drag = y < OVERVIEW ? overview(x) : y < heights.top ? scrub() : lane(event, x, y);
    if (!drag) return;
    element.setPointerCapture(event.pointerId);
    drag(event, false);
  }

  function overview(x: number): typeof drag {
    const perPixel = last / Math.max(1, width - 2 * PAD);
    const { span } = view.getState();
    const frame = (x - PAD) * perPixel;
    const whole = span.from <= 0 && span.to >= last;
    if (whole) return (event) => desk.playback.go(clampFrame((at(event).x - PAD) * perPixel));
    const nearStart = Math.abs(frame - span.from) / perPixel < GRAB_PX;
    const nearEnd = Math.abs(frame - span.to) / perPixel < GRAB_PX;
    return (event) => {
      const now = (at(event).x - PAD) * perPixel;
      if (nearStart || nearEnd) {
        const from = nearStart ? Math.min(now, span.to - 4) : span.from;
        const to = nearEnd ? Math.max(now, span.from + 4) : span.to;
        view.setState({
          span: { from: Math.max(0, from) as FrameIndex, to: Math.min(last, to) as FrameIndex },
        });
        return;
      }
      const length = span.to - span.from;
      const inside = frame >= span.from && frame <= span.to;
      const from = inside ? span.from + (now - frame) : now - length / 2;
      view.setState({ span: shifted({ from, to: from + length }, last) });
    };
  }

  function scrub(): typeof drag {
    return (event) => desk.playback.go(clampFrame(frameAt(scale(), at(event).x)));
  }

  function lane(event: PointerEvent, x: number, y: number): typeof drag {
    const row = rowAt(y);
    if (!row) {
      desk.objects.select(null);
      return null;
    }
    if (row.kind === "group") return scrub();
    const frame = clampFrame(frameAt(scale(), x));
    if (event.shiftKey) return dragRange(frame, row.track);
    const track = session.state.getState().document.tracks.get(row.track)!;
    const known = laneOf(track.states, video.frames);
    const top = heights.top + row.y - view.getState().laneScroll;
    const numbered = row.open && y > top + row.height - 18 ? doubtAt(row.track, x) : undefined;
    if (numbered) {
      desk.doubting.open(numbered);
      return null;
    }
    const key = known.keys.find((one) => Math.abs(xOf(scale(), one.frame) - x) <= GRAB_PX);
    if (key && canMoveKey(desk, row.track, key.frame)) return dragKey(row, key.frame, x);
    const end = endAt(known.spans, x);
    if (end && row.open && y < top + barLane(row)) return dragEnd(row, end.span, end.side);
    desk.objects.select(row.track);
    desk.playback.go(key?.frame ?? frame);
    return (moved) => desk.playback.go(clampFrame(frameAt(scale(), at(moved).x)));
  }

  function doubtAt(track: TrackId, x: number) {
    return view
      .getState()
      .doubts.find(
        (doubt) => doubt.track === track && Math.abs(xOf(scale(), doubt.frame) - x) <= 8,
      );
  }

  function endAt(
    spans: readonly LaneSpan[],
    x: number,
  ): { span: LaneSpan; side: "start" | "end" } | null {
    for (const span of spans) {
      if (span.kind === "absent" || span.kind === "between") continue;
      if (Math.abs(xOf(scale(), span.to + 1) - x) <= GRAB_PX) return { span, side: "end" };
      if (Math.abs(xOf(scale(), span.from) - x) <= GRAB_PX) return { span, side: "start" };
    }
    return null;
  }

  /** Key frames, cuts and the playhead draw the drag to themselves. */
  function snapped(x: number, track: TrackId): FrameIndex {
    const { document } = session.state.getState();
    const keys = laneOf(document.tracks.get(track)!.states, video.frames).keys.map(
      (key) => key.frame,
    );
    const places = [...keys, ...video.cuts, view.getState().frame];
    const near = places.find((place) => Math.abs(xOf(scale(), place) - x) <= SNAP_PX);
    return clampFrame(near ?? frameAt(scale(), x));
  }

  function dragKey(row: TrackRow, from: FrameIndex, startX: number): typeof drag {
    let moved = false;
    return (event, ended) => {
      const { x } = at(event);
      moved ||= Math.abs(x - startX) > 3;
      if (!moved) {
        if (ended) {
          desk.objects.select(row.track);
          desk.playback.go(from);
        }
        return;
      }
      const to = clampFrame(frameAt(scale(), x));
      ghost = ended ? null : { frame: to, y: heights.top + row.y - view.getState().laneScroll };
      if (ended) moveKey(desk, row.track, from, to);
      wake(true);
    };
  }

  function dragEnd(row: TrackRow, span: LaneSpan, side: "start" | "end"): typeof drag {
    let to: FrameIndex | null = null;
    return (event, ended) => {
      to = snapped(at(event).x, row.track);
      ghost = ended ? null : { frame: to, y: heights.top + row.y - view.getState().laneScroll };
      if (ended && to !== (side === "end" ? span.to : span.from))
        setExtent(desk, row.track, span, side, to);
      wake(true);
    };
  }

  function dragRange(from: FrameIndex, track: TrackId): typeof drag {
    desk.objects.select(track);
    return (event) => {
      const to = clampFrame(frameAt(scale(), at(event).x));
      if (to !== from)
        view.setState({
          range: { from: Math.min(from, to) as FrameIndex, to: Math.max(from, to) as FrameIndex },
        });
    };
  }

  function move(event: PointerEvent): void {
    desk.time.beat();
    const { x, y } = at(event);
    hover = y >= OVERVIEW && y < heights.top && !drag ? clampFrame(frameAt(scale(), x)) : null;
    if (drag) drag(event, false);
    else element.style.cursor = cursorAt(x, y);
    wake(false);
  }

  function cursorAt(x: number, y: number): string {
    if (y < heights.top) return "default";
    const row = rowAt(y);
    if (
      row?.kind !== "track" ||
      !row.open ||
      y > heights.top + row.y - view.getState().laneScroll + barLane(row)
    )
      return "default";
    const states = session.state.getState().document.tracks.get(row.track)!.states;
    return endAt(laneOf(states, video.frames).spans, x) ? "ew-resize" : "default";
  }

  function up(event: PointerEvent): void {
    drag?.(event, true);
    drag = null;
  }

  function wheel(event: WheelEvent): void {
    event.preventDefault();
    desk.time.beat();
    const { span, laneScroll } = view.getState();
    const { x } = at(event);
    if (event.ctrlKey) {
      const factor = Math.exp(-event.deltaY * WHEEL_ZOOM * 2);
      view.setState({ span: zoomedSpan(span, factor, frameAt(scale(), x), last, width) });
    } else if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
      const by = ((event.deltaX || event.deltaY) / scale().perFrame) | 0;
      view.setState({ span: shifted({ from: span.from + by, to: span.to + by }, last) });
    } else {
      const all = rows().at(-1);
      // The filter below the headers must not hide the last lane for good.
      const room = element.parentElement?.querySelector(".filter") ? 36 : 0;
      const most = Math.max(0, (all ? all.y + all.height + room : 0) - (height - heights.top));
      view.setState({ laneScroll: Math.max(0, Math.min(most, laneScroll + event.deltaY)) });
    }
  }

  function twice(event: MouseEvent): void {
    if (at(event).y < heights.top) view.setState({ span: { from: 0 as FrameIndex, to: last } });
  }

  const leave = () => {
    hover = null;
    wake(false);
  };
  element.addEventListener("pointerdown", down);
  element.addEventListener("pointermove", move);
  element.addEventListener("pointerup", up);
  element.addEventListener("pointerleave", leave);
  element.addEventListener("wheel", wheel, { passive: false });
  element.addEventListener("dblclick", twice);
  const watching = new ResizeObserver(resize);
  watching.observe(element);
  // The headers tell here that the lanes have another height.
  addEventListener("lanes", resize);
  const stops = [
    view.subscribe((now, before) => {
      const still =
        now.selected === before.selected &&
        now.span === before.span &&
        now.range === before.range &&
        now.jobs === before.jobs &&
        now.doubts === before.doubts &&
        now.hidden === before.hidden &&
        now.laneScroll === before.laneScroll &&
        now.filter === before.filter &&
        now.laneOrder === before.laneOrder &&
        now.laneGroups === before.laneGroups &&
        now.foldedGroups === before.foldedGroups &&
        now.comparison === before.comparison &&
        !(now.filter.startsWith("@") && now.frame !== before.frame);
      if (!still) wake(true);
      else if (now.frame !== before.frame) {
        follow();
        wake(false);
      }
    }),
    session.state.subscribe((now, before) => {
      if (now.document !== before.document) wake(true);
    }),
    settings.subscribe(() => resize()),
  ];

  /** While zoomed in, the playhead is kept on screen. */
  function follow(): void {
    const { span, frame } = view.getState();
    if (drag || (frame >= span.from && frame <= span.to)) return;
    const length = span.to - span.from;
    const from = frame > span.to ? frame - length * 0.1 : frame - length * 0.9;
    view.setState({ span: shifted({ from, to: from + length }, last) });
  }

  resize();
  return () => {
    cancelAnimationFrame(scheduled);
    watching.disconnect();
    removeEventListener("lanes", resize);
    for (const stop of stops) stop();
    element.removeEventListener("pointerdown", down);
    element.removeEventListener("pointermove", move);
    element.removeEventListener("pointerup", up);
    element.removeEventListener("pointerleave", leave);
    element.removeEventListener("wheel", wheel);
    element.removeEventListener("dblclick", twice);
    base.remove();
    over.remove();
  };
}
