// The headers of the lanes: objects by name, groups by label, a filter and the order; one list with the timeline beside it.
import { Menu } from "@base-ui/react/menu";
import { stateAt, type TrackId } from "@masklet/annotation";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";
import { useStore } from "zustand";
import { perform } from "../actions/actions.ts";
import { nameOf } from "../desk/core.ts";
import { applySettings, settings } from "../desk/settings.ts";
import { LANE_ORDERS } from "../desk/view.ts";
import { groupsOf } from "../edit/lane-groups.ts";
import { laneOf } from "../edit/lanes.ts";
import { colourOf } from "../style/palette.ts";
import { jobLaneOf } from "../timeline/draw-lanes.ts";
import { GROUP_LANE, type GroupRow, type Row } from "../timeline/geometry.ts";
import { laneHeights } from "../timeline/timeline.ts";
import { decimal, grouped } from "../words/plural.ts";
import { useWords } from "../words/words.ts";
import { useContextOfActions, useDesk, useDocument, useFrame, useView } from "./context.ts";
import { keyOf, useKeysOfRows, useRows } from "./lane-rows.ts";
import { Icon, Swatch } from "./parts.tsx";

/** Lower lanes have no room for a name. */
const READABLE_LANE = 18;
/** From so many objects on the headers carry a filter. */
const FILTER_FROM = 8;

export function LaneHeads() {
  const desk = useDesk();
  const words = useWords();
  const document = useDocument();
  const selected = useView((view) => view.selected);
  const filter = useView((view) => view.filter);
  const fit = useFittedLanes();
  const rows = useRows(fit);
  const scroller = useRef<HTMLDivElement>(null);
  const withFilter = document.tracks.size >= FILTER_FROM || filter !== "";
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: (i) => rows[i]?.height ?? 26,
    overscan: 6,
  });
  const keys = useKeysOfRows(rows, scroller);
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
    const row = rows.find((one) => one.kind === "track" && one.track === selected);
    if (row) keys.bringInView(row);
  }, [selected, rows, keys.bringInView]);
  if (document.tracks.size === 0)
    return <div className="heads t3 small empty">{words.lanesEmpty}</div>;
  return (
    <div className={`heads ${withFilter ? "filtered" : ""}`} data-region="dock">
      {withFilter && <Filter count={objectsIn(rows)} />}
      <div
        className="headscroll"
        ref={scroller}
        role="treegrid"
        aria-label={words.lanes}
        aria-rowcount={rows.length}
        onKeyDown={keys.onKeyDown}
        onScroll={(event) => desk.view.setState({ laneScroll: event.currentTarget.scrollTop })}
      >
        {rows.length === 0 && <div className="t3 small empty">{words.filterEmpty(filter)}</div>}
        <div style={{ height: virtual.getTotalSize(), position: "relative" }}>
          {virtual.getVirtualItems().map((item) => {
            const row = rows[item.index];
            if (!row) return null;
            const key = keyOf(row);
            const place = { transform: `translateY(${row.y}px)`, height: row.height };
            const common = {
              "data-row": key,
              "aria-rowindex": item.index + 1,
              className: "headrow",
              style: place,
            };
            return row.kind === "group" ? (
              <div
                key={key}
                role="row"
                tabIndex={key === keys.at ? 0 : -1}
                {...common}
                aria-expanded={!row.folded}
                aria-level={1}
                aria-label={row.group.name ?? words.noLabel}
                onPointerDown={() => keys.fold(row)}
              >
                <GroupHead row={row} />
              </div>
            ) : (
              <div
                key={key}
                role="row"
                tabIndex={key === keys.at ? 0 : -1}
                {...common}
                aria-selected={row.open}
                aria-label={nameOf(desk, row.track)}
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

/** How many objects the filter lets through, those in folded groups too. */
function objectsIn(rows: readonly Row[]): number {
  const groups = rows.filter((row) => row.kind === "group");
  return groups.length === 0
    ? rows.length
    : groups.reduce((sum, { group }) => sum + group.tracks.length, 0);
}

/** A label with the number of its objects; folds its lanes away. */
function GroupHead({ row }: { row: GroupRow }) {
  const words = useWords();
  const doubts = useView((view) => view.doubts);
  const own = new Set(row.group.tracks);
  const open = doubts.filter(({ track }) => own.has(track)).length;
  return (
    <div className="oh group" role="gridcell" tabIndex={-1}>
      <Icon name={row.folded ? "chev" : "down"} tone="t2" />
      <span className="m cut">{row.group.name ?? words.noLabel}</span>
      <span className="lab num">{grouped(words.language, row.group.tracks.length)}</span>
      <span className={`cnt ${open > 0 ? "" : "none"}`}>{open > 0 ? open : ""}</span>
    </div>
  );
}

/** Lanes are never lower than this, px. */
const LOWEST_LANE = 4;

/** With *Fit all* the lanes are made as low as it takes to see every one; answers the height in force. */
function useFittedLanes(): number {
  const fit = useView((view) => view.lanesFit);
  const document = useDocument();
  const laneGroups = useView((view) => view.laneGroups);
  const foldedGroups = useView((view) => view.foldedGroups);
  const { count, lines } = useMemo(() => {
    const groups = laneGroups ? groupsOf(document, [...document.tracks.keys()]) : [];
    const folded = groups.filter(({ label }) => foldedGroups.has(label));
    const away = folded.reduce((sum, { tracks }) => sum + tracks.length, 0);
    return { count: document.tracks.size - away, lines: groups.length };
  }, [document, laneGroups, foldedGroups]);
  const density = useStore(settings, (now) => now.laneHeight);
  const [height, setHeight] = useState<number>(density);
  useLayoutEffect(() => {
    const apply = () => {
      applySettings();
      const { lane, open } = laneHeights();
      const { height = 0 } =
        globalThis.document.querySelector(".tl")?.getBoundingClientRect() ?? {};
      const room = height - laneHeights().top - lines * GROUP_LANE;
      const low = Math.floor((room - open) / Math.max(1, count - 1));
      const wanted = fit ? Math.max(LOWEST_LANE, Math.min(lane, low)) : lane;
      if (fit) globalThis.document.documentElement.style.setProperty("--lane", `${wanted}px`);
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
  }, [fit, count, lines]);
  return fit ? height : density;
}

function LaneMenu() {
  const desk = useDesk();
  const words = useWords();
  const context = useContextOfActions();
  const order = useView((view) => view.laneOrder);
  const groups = useView((view) => view.laneGroups);
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
            <Menu.Item className="mi" onClick={() => perform("lanes.group", context)}>
              <span className="tickroom">{groups && <Icon name="check" />}</span>
              {words.laneGroups}
            </Menu.Item>
            <Menu.Item className="mi" onClick={() => perform("lanes.fit", context)}>
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
