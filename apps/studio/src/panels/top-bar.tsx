// The top bar: where one is, whether work is saved, the time, the model, commands, export.
import { Popover } from "@base-ui/react/popover";
import type { Video } from "@masklet/protocol";
import { useEffect, useState } from "react";
import { useStore } from "zustand";
import { SAVING_SHOWN_AFTER_MS } from "../desk/session.ts";
import { call } from "../link/call.ts";
import { go, Link } from "../pages/router.tsx";
import { clock, decimal } from "../words/plural.ts";
import { useWords } from "../words/words.ts";
import { useContextOfActions, useDesk, useView } from "./context.ts";
import { ModelChip } from "./model-chip.tsx";
import { Icon } from "./parts.tsx";

export function TopBar({ siblings }: { siblings: readonly Video[] }) {
  const desk = useDesk();
  const { screen } = useContextOfActions();
  const words = useWords();
  const models = useView((view) => view.models);
  const here = siblings.findIndex((video) => video.id === desk.video.id);
  const neighbour = (by: number) => {
    const video = siblings[here + by];
    return {
      disabled: !video,
      onClick: () => video && go(`/p/${desk.project.id}/v/${video.id}`),
    };
  };
  return (
    <header className="top" data-region="top">
      <a className="skip" href="#stage">
        {words.toPicture}
      </a>
      <RunningLogo />
      <span className="vsep inset" />
      <nav className="crumb cut" aria-label={words.youAreHere}>
        <Link to={`/p/${desk.project.id}`}>{desk.project.name}</Link>
        <Icon name="chev" />
        <h1 className="cut" title={desk.video.name}>
          {desk.video.name}
        </h1>
      </nav>
      <button
        type="button"
        className="ib s"
        aria-label={words.previousVideo}
        title={words.previousVideo}
        {...neighbour(-1)}
      >
        <Icon name="left" />
      </button>
      <button
        type="button"
        className="ib s"
        aria-label={words.nextVideo}
        title={words.nextVideo}
        {...neighbour(1)}
      >
        <Icon name="chev" />
      </button>
      <span className="grow" />
      <SaveState />
      <ActiveTime />
      {models && (
        <ModelChip models={models} onModels={(next) => desk.view.setState({ models: next })} />
      )}
      <button
        type="button"
        className="btn ghost s"
        onClick={() => screen.openPalette()}
        title={words.search}
        aria-label={`${words.search} Ctrl K`}
      >
        <Icon name="search" />
        <kbd>Ctrl K</kbd>
      </button>
      <button type="button" className="btn s" onClick={() => screen.openExport()}>
        <Icon name="export" />
        {words.export}
      </button>
    </header>
  );
}

/** The logo wears a ring while anything runs. */
function RunningLogo() {
  const running = useView((view) =>
    view.jobs.some((job) => job.state === "running" || job.state === "waiting"),
  );
  const words = useWords();
  return (
    <Link
      to="/"
      className={`logo ${running ? "running" : ""}`}
      title={running ? words.running : words.projects}
    >
      <Icon name="logo" />
      <span>masklet</span>
    </Link>
  );
}

/** Saved, Saving, or how many edits wait: always at the same place. */
export function SaveState() {
  const desk = useDesk();
  const words = useWords();
  const waiting = useStore(desk.session.state, (session) => session.waiting);
  const link = useStore(desk.session.state, (session) => session.link);
  const [slow, setSlow] = useState(false);
  useEffect(() => {
    if (waiting === 0) {
      setSlow(false);
      return;
    }
    const timer = setTimeout(() => setSlow(true), SAVING_SHOWN_AFTER_MS);
    return () => clearTimeout(timer);
  }, [waiting]);
  if (link === "away" && waiting > 0)
    return (
      <button
        type="button"
        className="chip doubt"
        onClick={() => desk.session.sendNow()}
        title={words.tryNow}
      >
        <Icon name="wifi" />
        {words.waits(waiting)}
      </button>
    );
  if (link === "away")
    return (
      <button
        type="button"
        className="chip doubt"
        onClick={() => desk.session.sendNow()}
        title={words.tryNow}
      >
        <Icon name="wifi" />
        {words.away}
      </button>
    );
  return (
    <span className="chip plain small" role="status">
      {!slow && <Icon name="check" />}
      {slow ? words.saving : words.saved}
    </span>
  );
}

function ActiveTime() {
  const desk = useDesk();
  const words = useWords();
  const [seconds, setSeconds] = useState(() => desk.time.seconds());
  useEffect(() => {
    const timer = setInterval(() => setSeconds(desk.time.seconds()), 1000);
    return () => clearInterval(timer);
  }, [desk]);
  return (
    <Popover.Root>
      <Popover.Trigger
        className="chip plain small num"
        title={words.activeTime}
        aria-label={`${words.activeTime} ${clock(seconds)}`}
      >
        <Icon name="clock" />
        {clock(seconds)}
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Positioner sideOffset={6} align="end">
          <Popover.Popup className="pop pad">
            <TimeTable />
          </Popover.Popup>
        </Popover.Positioner>
      </Popover.Portal>
    </Popover.Root>
  );
}

function TimeTable() {
  const desk = useDesk();
  const words = useWords();
  const [sums, setSums] = useState<{
    total: number;
    today: number;
    clicks: number;
    edited: number;
  } | null>(null);
  useEffect(() => {
    void call("GET /api/videos/:video/activity", { at: { video: desk.video.id } })
      .then((one) =>
        setSums({
          total: one.activeSeconds,
          today: one.activeSecondsToday,
          clicks: one.clicks,
          edited: one.framesEdited,
        }),
      )
      .catch(() => {});
  }, [desk]);
  const perFrame = sums && sums.edited > 0 ? sums.total / sums.edited : null;
  return (
    <div className="kv wide num" style={{ minWidth: 220 }}>
      <span>{words.time.total}</span>
      <span>{clock(Math.max(sums?.total ?? 0, desk.time.seconds()))}</span>
      <span>{words.time.today}</span>
      <span>{sums ? clock(sums.today) : "…"}</span>
      <span>{words.time.clicks}</span>
      <span>{sums ? sums.clicks : "…"}</span>
      <span>{words.time.edited}</span>
      <span>{sums ? sums.edited : "…"}</span>
      <span>{words.time.perFrame}</span>
      <span>{perFrame === null ? "–" : decimal(words.language, perFrame, 1)}</span>
    </div>
  );
}
