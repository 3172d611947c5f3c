// The dock: player, lane headers and the timeline beside them.

import { Menu } from "@base-ui/react/menu";
import { stateAt, type TrackId } from "@masklet/annotation";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";
import { useStore } from "zustand";
import { nameOf } from "../desk/core.ts";
import { SPEEDS } from "../desk/playback.ts";
import { applySettings, settings } from "../desk/settings.ts";
import { LANE_ORDERS } from "../desk/view.ts";
import { laneOf } from "../edit/lanes.ts";
import { colourOf } from "../style/palette.ts";
import { jobLaneOf } from "../timeline/draw-lanes.ts";
import { rowsOf } from "../timeline/geometry.ts";
import { laneHeights, mountTimeline } from "../timeline/timeline.ts";
import { clock, decimal } from "../words/plural.ts";
import { useWords } from "../words/words.ts";
import { useDesk, useDocument, useFrame, useView } from "./context.ts";
import { ActionButton, Icon, Swatch } from "./parts.tsx";
import { ResizeGrip } from "./resize-grip.tsx";

/** Lower lanes have no room for a name. */
const READABLE_LANE = 18;
/** From so many objects on the headers carry a filter. */
const FILTER_FROM = 8;

export function Dock() {
  const desk = useDesk();
  const words = useWords();
  const lanes = useRef<HTMLDivElement>(null);
  useEffect(() => mountTimeline(lanes.current!, desk), [desk]);
  return (
    <section className="dock" aria-label={words.timeline} data-region="dock">
      <ResizeGrip what="dock" />
      <Transport />
      <Heads />
      <ResizeGrip what="heads" />
      <div className="tl" ref={lanes} />
      <Playhead />
    </section>
  );
}

function Transport() {
  const words = useWords();
  const playing = useView((view) => view.playing);
  return (
    <div className="transport" role="toolbar" aria-label={words.transport} data-region="transport">
      <ActionButton action="key.previous" />
      <ActionButton action="frame.previous" />
      <ActionButton action="play" icon={playing ? "pause" : "play"} />
      <ActionButton action="frame.next" />
      <ActionButton action="key.next" />
      <Speed />
      <FrameBox />
    </div>
  );
}

function Speed() {
  const desk = useDesk();
  const words = useWords();
  const speed = useView((view) => view.speed);
  return (
    <select
      className="speed num"
      aria-label={words.speed}
      title={words.speed}
      value={speed}
      onChange={(event) => desk.playback.setSpeed(Number(event.target.value))}
    >
      {SPEEDS.map((one) => (
        <option key={one} value={one}>
          {decimal(words.language, one, one < 1 ? (one === 0.25 ? 2 : 1) : 0)}×
        </option>
      ))}
    </select>
  );
}

/** The frame number, written straight into the page: it changes at the pace of the picture. */
function FrameNumber() {
  const { view } = useDesk();
  const number = useRef<HTMLElement>(null);
  useLayoutEffect(() => {
    const write = () => {
      if (number.current) number.current.textContent = String(view.getState().frame);
    };
    write();
    return view.subscribe((now, before) => {
      if (now.frame !== before.frame) write();
    });
  }, [view]);
  return <b ref={number} />;
}

function FrameBox() {
  const desk = useDesk();
  const words = useWords();
  const [asking, setAsking] = useState(false);
  if (asking)
    return (
      <form
        className="framebox"
        onSubmit={(event) => {
          event.preventDefault();
          const value = Number(new FormData(event.currentTarget).get("frame"));
          if (Number.isFinite(value)) desk.playback.go(value);
          setAsking(false);
          document.querySelector<HTMLElement>("[data-stage]")?.focus();
        }}
      >
        <input
          name="frame"
          className="plain num"
          inputMode="numeric"
          // biome-ignore lint/a11y/noAutofocus: asked for by the person just now
          autoFocus
          aria-label={words.goToPrompt}
          defaultValue={desk.view.getState().frame}
          onFocus={(event) => event.target.select()}
          onBlur={() => setAsking(false)}
          onKeyDown={(event) => event.key === "Escape" && setAsking(false)}
          size={5}
        />
      </form>
    );
  return (
    <button
      type="button"
      id="frame-box"
      className="framebox"
      title={words.goToPrompt}
      aria-description={words.goToPrompt}
      onClick={() => setAsking(true)}
    >
      <FrameNumber />
      <span className="t3 small">/ {desk.video.frames - 1}</span>
    </button>
  );
}

/** The playhead for assistive technology: a slider with frame and time. */
function Playhead() {
  const desk = useDesk();
  const words = useWords();
  const frame = useFrame();
  const last = desk.video.frames - 1;
  const time = clock((frame / Math.max(1, last)) * desk.video.seconds);
  return (
    <input
      type="range"
      className="playhead-slider"
      min={0}
      max={last}
      value={frame}
      aria-label={words.frame}
      aria-valuetext={`${frame}, ${time}`}
      onChange={(event) => desk.playback.go(Number(event.target.value))}
    />
  );
}

function Heads() {
  const desk = useDesk();
  const words = useWords();
  const document = useDocument();
  const selected = useView((view) => view.selected);
  const filter = useView((view) => view.filter);
  const doubts = useView((view) => view.doubts);
  const comparison = useView((view) => view.comparison);
  const filterFrame = useView((view) => (view.filter.startsWith("@") ? view.frame : -1));
  const density = useStore(settings, (now) => now.laneHeight);
  const laneOrder = useView((view) => view.laneOrder);
  const fit = useFittedLanes(document.tracks.size);
  const scroller = useRef<HTMLDivElement>(null);
  const rows = useMemo(() => {
    const view = {
      selected,
      filter,
      laneOrder,
      doubts,
      comparison,
      frame: (filterFrame < 0 ? 0 : filterFrame) as never,
    };
    // The density is read through the style sheet.
    return density && fit > 0 ? rowsOf(document, view, laneHeights()) : [];
  }, [document, selected, filter, laneOrder, doubts, comparison, filterFrame, density, fit]);
  const withFilter = document.tracks.size >= FILTER_FROM || filter !== "";
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: (i) => rows[i]?.height ?? 26,
    overscan: 6,
  });
  useEffect(() => {
    if (rows.length >= 0) virtual.measure();
  }, [rows, virtual]);
  useEffect(
    () =>
      desk.view.subscribe((now, before) => {
        if (now.laneScroll !== before.laneScroll && scroller.current)
          scroller.current.scrollTop = now.laneScroll;
      }),
    [desk],
  );
  useEffect(() => {
    const row = rows.find((one) => one.track === selected);
    const box = scroller.current;
    if (!row || !box) return;
    const { laneScroll } = desk.view.getState();
    if (row.y < laneScroll) desk.view.setState({ laneScroll: row.y });
    else if (row.y + row.height > laneScroll + box.clientHeight)
      desk.view.setState({ laneScroll: row.y + row.height - box.clientHeight });
  }, [selected, rows, desk]);
  if (document.tracks.size === 0)
    return <div className="heads t3 small empty">{words.lanesEmpty}</div>;
  return (
    <div className={`heads ${withFilter ? "filtered" : ""}`}>
      {withFilter && <Filter count={rows.length} />}
      <div
        className="headscroll"
        ref={scroller}
        role="treegrid"
        aria-label={words.lanes}
        aria-rowcount={rows.length}
        onScroll={(event) => desk.view.setState({ laneScroll: event.currentTarget.scrollTop })}
      >
        {rows.length === 0 && <div className="t3 small empty">{words.filterEmpty(filter)}</div>}
        <div style={{ height: virtual.getTotalSize(), position: "relative" }}>
          {virtual.getVirtualItems().map((item) => {
            const row = rows[item.index];
            if (!row) return null;
            return (
              <div
                key={row.track}
                role="row"
                tabIndex={-1}
                aria-rowindex={item.index + 1}
                aria-selected={row.open}
                className="headrow"
                style={{ transform: `translateY(${row.y}px)`, height: row.height }}
                onPointerDown={() => desk.objects.select(row.track)}
              >
                {(row.open || fit >= READABLE_LANE) && <Head id={row.track} open={row.open} />}
              </div>
            );
          })}
        </div>
      </div>
    </div>
  );
}

/** Lanes are never lower than this, px. */
const LOWEST_LANE = 4;

/** With *Fit all* the lanes are made as low as it takes to see every one; answers the height in force. */
function useFittedLanes(count: number): number {
  const fit = useView((view) => view.lanesFit);
  const density = useStore(settings, (now) => now.laneHeight);
  const [height, setHeight] = useState<number>(density);
  useLayoutEffect(() => {
    const apply = () => {
      applySettings();
      const { lane, open } = laneHeights();
      const room = (document.querySelector(".tl")?.clientHeight ?? 0) - laneHeights().top;
      const low = Math.floor((room - open) / Math.max(1, count - 1));
      const wanted = fit ? Math.max(LOWEST_LANE, Math.min(lane, low)) : lane;
      if (fit) document.documentElement.style.setProperty("--lane", `${wanted}px`);
      setHeight(wanted);
      // The timeline reads its heights anew.
      dispatchEvent(new Event("lanes"));
    };
    apply();
    addEventListener("resize", apply);
    return () => {
      removeEventListener("resize", apply);
      if (fit) applySettings();
    };
  }, [fit, count]);
  return fit ? height : density;
}

function LaneMenu() {
  const desk = useDesk();
  const words = useWords();
  const order = useView((view) => view.laneOrder);
  const fit = useView((view) => view.lanesFit);
  return (
    <Menu.Root>
      <Menu.Trigger className="ib s" aria-label={words.laneMenu} title={words.laneMenu}>
        <Icon name="filter" />
      </Menu.Trigger>
      <Menu.Portal>
        <Menu.Positioner sideOffset={6} align="end">
          <Menu.Popup className="pop menu">
            {LANE_ORDERS.map((one) => (
              <Menu.Item
                key={one}
                className="mi"
                onClick={() => desk.view.setState({ laneOrder: one, laneScroll: 0 })}
              >
                <span className="tickroom">{one === order && <Icon name="check" />}</span>
                {words.laneOrders[one]}
              </Menu.Item>
            ))}
            <Menu.Separator className="sep" />
            <Menu.Item
              className="mi"
              onClick={() => desk.view.setState({ lanesFit: !fit, laneScroll: 0 })}
            >
              <span className="tickroom">{fit && <Icon name="check" />}</span>
              {words.lanesFit}
            </Menu.Item>
          </Menu.Popup>
        </Menu.Positioner>
      </Menu.Portal>
    </Menu.Root>
  );
}

function Filter({ count }: { count: number }) {
  const desk = useDesk();
  const words = useWords();
  const filter = useView((view) => view.filter);
  return (
    <div className="field quiet filter">
      <Icon name="search" />
      <input
        className="plain grow small"
        placeholder={words.find}
        aria-label={words.find}
        value={filter}
        onChange={(event) => desk.view.setState({ filter: event.target.value, laneScroll: 0 })}
      />
      <span className="t3 small num">{count}</span>
      <LaneMenu />
    </div>
  );
}

function Head({ id, open }: { id: TrackId; open: boolean }) {
  const desk = useDesk();
  const words = useWords();
  const document = useDocument();
  const hidden = useView((view) => view.hidden.has(id));
  const locked = useView((view) => view.locked.has(id));
  const doubts = useView((view) => view.doubts).filter((doubt) => doubt.track === id).length;
  const job = useView((view) => jobLaneOf(view.jobs, id));
  const track = document.tracks.get(id);
  if (!track) return null;
  const label = track.info.label === null ? null : document.labels.get(track.info.label)?.name;
  const name = nameOf(desk, id);
  return (
    <div className={`oh ${open ? "sel" : ""} ${hidden ? "dim" : ""}`} role="gridcell" tabIndex={-1}>
      <Swatch track={id} colour={colourOf(id, track.info)} />
      <span className={`cut ${open ? "b" : "m"}`} title={name}>
        {name}
      </span>
      {locked && <Icon name="lock" tone="t3" />}
      {hidden && <Icon name="eyeoff" tone="t3" />}
      <span className="lab cut" title={label ?? ""}>
        {label ?? ""}
      </span>
      <Badge job={job} doubts={doubts} words={words} />
      {open && <SecondLine id={id} />}
    </div>
  );
}

function Badge({
  job,
  doubts,
  words,
}: {
  job: ReturnType<typeof jobLaneOf>;
  doubts: number;
  words: ReturnType<typeof useWords>;
}) {
  if (job?.state === "at-cut")
    return (
      <span className="chip doubt tiny" title={words.laneStates["at-cut"]}>
        <Icon name="cut" />
        {job.at}
      </span>
    );
  if (job?.reached && job.state === "running") {
    const wanted = job.wanted.to - job.wanted.from + 1;
    const done = job.reached.to - job.reached.from + 1;
    return <span className="num micro t2">{Math.round((100 * done) / Math.max(1, wanted))} %</span>;
  }
  return <span className={`cnt ${doubts > 0 ? "" : "none"}`}>{doubts > 0 ? doubts : ""}</span>;
}

/** How far the open lane's run is: frames reached of frames wanted. */
function LaneProgress({ job }: { job: NonNullable<ReturnType<typeof jobLaneOf>> }) {
  const words = useWords();
  const wanted = job.wanted.to - job.wanted.from + 1;
  const done = job.reached ? job.reached.to - job.reached.from + 1 : 0;
  return (
    <span className="line2">
      <span
        className="bar grow"
        role="progressbar"
        aria-label={words.frames(wanted)}
        aria-valuemin={0}
        aria-valuemax={wanted}
        aria-valuenow={done}
      >
        <i style={{ width: `${(100 * done) / Math.max(1, wanted)}%` }} />
      </span>
      <span className="num t2">
        {done} / {wanted}
      </span>
    </span>
  );
}

function SecondLine({ id }: { id: TrackId }) {
  const desk = useDesk();
  const words = useWords();
  const frame = useFrame();
  const comparing = useView((view) => view.comparison !== null);
  const job = useView((view) => jobLaneOf(view.jobs, id));
  const track = useDocument().tracks.get(id);
  if (!track) return null;
  if (comparing)
    return (
      <span className="line2 stacked">
        <span>{words.before}</span>
        <span>{words.difference}</span>
      </span>
    );
  if (job?.state === "running" && job.reached) return <LaneProgress job={job} />;
  const lane = laneOf(track.states, desk.video.frames);
  const score = stateAt(track.states, frame)?.score ?? null;
  return (
    <span className="line2">
      {score !== null && (
        <span>
          {words.score.toLowerCase()}{" "}
          <span className="num t2">{decimal(words.language, score, 2)}</span>
        </span>
      )}
      <span className="row tight">
        <Icon name="diamond" />
        <span className="num t2">{lane.keys.length}</span>
      </span>
      <span className="row tight">
        <Icon name="pin" />
        <span className="num t2">{lane.keys.filter((key) => key.pinned).length}</span>
      </span>
    </span>
  );
}
