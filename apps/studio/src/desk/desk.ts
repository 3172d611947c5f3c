// The desk: everything needed to work on one video, put together and connected to the server's events.
import type { TrackId } from "@masklet/annotation";
import type { Hello, Project, Video } from "@masklet/protocol";
import type { FrameIndex, Size } from "@masklet/vision";
import { createStore } from "zustand/vanilla";
import { browserDecoder } from "../frames/browser-decoder.ts";
import { createFrameSource } from "../frames/frame-source.ts";
import { serverDecoder } from "../frames/server-decoder.ts";
import { call } from "../link/call.ts";
import { openEvents } from "../link/events.ts";
import { openOutbox } from "../link/outbox.ts";
import { currentWords } from "../words/words.ts";
import { clientId } from "./client.ts";
import type { Core } from "./core.ts";
import { createDoubting, type Doubting } from "./doubting.ts";
import { createDrawing, type DrawingDesk } from "./drawing.ts";
import { createObjects, type Objects } from "./objects.ts";
import { createPlayback, type Playback } from "./playback.ts";
import { createPrompting, type Prompting } from "./prompting.ts";
import { openSession } from "./session.ts";
import { settings } from "./settings.ts";
import { createTimekeeper, type Timekeeper } from "./timekeeper.ts";
import { createTracking, type Tracking } from "./tracking.ts";
import type { Toast, View } from "./view.ts";

export interface Desk extends Core {
  readonly playback: Playback;
  readonly prompting: Prompting;
  readonly drawing: DrawingDesk;
  readonly objects: Objects;
  readonly tracking: Tracking;
  readonly doubting: Doubting;
  readonly time: Timekeeper;
  /** The stage tells its size here; zooming commands ask for it. */
  setStageSize(size: Size): void;
  stageSize(): Size;
  undo(): void;
  redo(): void;
  close(): void;
}

const REPEAT_MS = 5000;

/** Opens a video for work. Throws LinkError where the server cannot give what is needed. */
export async function openDesk(facts: {
  readonly hello: Hello;
  readonly project: Project;
  readonly video: Video;
  readonly place: { readonly frame: number | null; readonly object: number | null };
}): Promise<Desk> {
  const { hello, project, video, place } = facts;
  const client = clientId();
  const outbox = await openOutbox();
  const at = { video: video.id };
  const [session, models, jobs, runs, activity] = await Promise.all([
    openSession(video, { user: hello.user.id, client, outbox }),
    call("GET /api/models"),
    call("GET /api/jobs"),
    call("GET /api/videos/:video/runs", { at }),
    call("GET /api/videos/:video/activity", { at }),
  ]);
  const size = { width: video.width, height: video.height };
  const view = createStore<View>(() => firstView(video, project, place));
  const frames = createFrameSource({ count: video.frames, size, decoder: serverDecoder(video) });
  const time = createTimekeeper({
    video: video.id,
    client,
    before: activity.activeSeconds,
    place: () => {
      const { selected, frame } = view.getState();
      return { object: selected, frame };
    },
  });
  let stage: Size = { width: 1050, height: 497 };

  const core: Core = {
    hello,
    project,
    video,
    size,
    session,
    view,
    frames,
    words: currentWords,
    toast: (toast) => view.setState((now) => ({ toast: joined(now.toast, toast) })),
    did: (action, object, frame) => {
      time.did(action, object, frame);
      if (object !== null) doubting.changed(object, frame);
    },
    waits: time.waits,
  };
  const playback = createPlayback(core);
  const drawing = createDrawing(core);
  const tracking = createTracking(core, {
    playback,
    markAbsent: () => drawing.setPresence("absent"),
  });
  const doubting: Doubting = createDoubting(core, {
    playback,
    tracking,
    stageSize: () => stage,
    log: time.log,
  });
  const prompting = createPrompting(core);

  view.setState({ models, runs: [...runs].sort((a, b) => b.number - a.number) });
  for (const job of jobs)
    if (job.video === video.id || job.kind !== "track") tracking.adoptJob(job);
  doubting.setLooked(activity.looked);

  let closed = false;
  /** The browser's own decoder takes over where it agrees with the server's frame table. */
  function playInBrowser(playable: Video): void {
    void browserDecoder(playable)
      .then((decoder) => {
        if (closed) decoder?.close();
        else if (decoder) frames.use(decoder, serverDecoder(video));
      })
      .catch(() => {});
  }

  let media = video.media;
  let brokenSince: number | null = null;
  const events = openEvents(
    video.id,
    (event) => {
      if (event.type === "entry" && event.video === video.id) session.receive(event.entry);
      else if (event.type === "job") tracking.receiveJob(event.job);
      else if (event.type === "run" && event.video === video.id) tracking.receiveRun(event.run);
      else if (event.type === "video" && event.video.id === video.id) {
        if (event.video.media !== media) playInBrowser(event.video);
        media = event.video.media;
      } else if (event.type === "models") view.setState({ models: event.models });
      else if (event.type === "encoded" && event.video === video.id)
        view.setState({ encoded: new Set(event.frames as FrameIndex[]) });
      else if (event.type === "reset") void session.catchUp().catch(() => {});
    },
    (open) => {
      if (open && brokenSince !== null) {
        session.sendNow();
        void session.catchUp().catch(() => {});
        void call("GET /api/jobs")
          .then((list) => {
            view.setState({ jobs: [] });
            for (const job of list)
              if (job.video === video.id || job.kind !== "track") tracking.receiveJob(job);
          })
          .catch(() => {});
      }
      brokenSince = open ? null : (brokenSince ?? performance.now());
    },
  );

  const unsubscribe = [
    session.state.subscribe((now, before) => {
      if (now.conflicts.length > 0 && now.conflicts !== before.conflicts)
        view.setState({ card: { kind: "conflict" } });
      if (now.link === "away" && before.link !== "away") toastAway();
      if (now.link !== "away" && before.link === "away") view.setState({ toast: null });
      if (now.document === before.document) return;
      checkStep();
      // An object that was undone or deleted elsewhere is not in hand any more: the next click makes a new one.
      const { selected } = view.getState();
      const gone = (id: TrackId) => before.document.tracks.has(id) && !now.document.tracks.has(id);
      if (selected !== null && gone(selected)) view.setState({ selected: null, candidates: null });
    }),
    view.subscribe((now, before) => {
      if (now.frame !== before.frame) prompting.warm();
      if (now.playing && now.frame !== before.frame) time.beat();
      if (now.fill !== before.fill || now.brush !== before.brush)
        settings.setState({ fill: now.fill, brush: now.brush });
      if (now.selected !== before.selected || (!now.playing && now.frame !== before.frame))
        rememberPlace(now.frame, now.selected);
    }),
  ];

  function toastAway(): void {
    const words = currentWords();
    const action = { label: words.tryNow, run: session.sendNow };
    core.toast({ tone: "doubt", title: words.away, text: words.awayText, action });
  }

  function checkStep(): void {
    const { steps } = view.getState();
    if (steps && !steps.click && session.state.getState().document.tracks.size > 0)
      view.setState({ steps: { ...steps, click: true } });
  }

  playback.go(view.getState().frame);
  prompting.warm();
  // The server's pictures are the truth and the first player.
  playInBrowser(video);
  checkStep();

  const undone = (title: string | undefined) => {
    if (title) view.setState({ candidates: null, preview: null });
  };
  return {
    ...core,
    playback,
    prompting,
    tracking,
    doubting,
    time,
    drawing,
    objects: createObjects(core),
    setStageSize: (next) => {
      stage = next;
    },
    stageSize: () => stage,
    undo: () => undone(session.undo()?.title),
    redo: () => undone(session.redo()?.title),
    close() {
      closed = true;
      for (const stop of unsubscribe) stop();
      events.close();
      playback.close();
      prompting.close();
      doubting.close();
      time.close();
      session.close();
      frames.close();
    },
  };
}

/** The same news within five seconds is one toast with a count. */
function joined(old: Toast | null, next: Omit<Toast, "id" | "count">): Toast {
  const now = performance.now();
  if (old && old.title === next.title && now - old.id < REPEAT_MS)
    return { ...next, id: now, count: old.count + 1 };
  return { ...next, id: now, count: 1 };
}

/** Browsers slow a page down that writes its address at every frame. */
const ADDRESS_MS = 300;
let addressing: ReturnType<typeof setTimeout> | undefined;

/** Frame and object stand in the address, so that a link opens exactly there. */
function rememberPlace(frame: FrameIndex, object: TrackId | null): void {
  const { pathname } = location;
  clearTimeout(addressing);
  addressing = setTimeout(() => {
    if (location.pathname !== pathname) return;
    const url = new URL(location.href);
    url.searchParams.set("f", String(frame));
    if (object === null) url.searchParams.delete("o");
    else url.searchParams.set("o", String(object));
    history.replaceState(null, "", url);
  }, ADDRESS_MS);
}

function firstView(
  video: Video,
  project: Project,
  place: { readonly frame: number | null; readonly object: number | null },
): View {
  const last = Math.max(0, video.frames - 1);
  const frame = Math.max(0, Math.min(last, place.frame ?? 0)) as FrameIndex;
  const { fill, brush, firstRunOver } = settings.getState();
  return {
    frame,
    shown: null,
    playing: false,
    speed: 1,
    range: null,
    selected: place.object as TrackId | null,
    tool: "click",
    hidden: new Set(),
    locked: new Set(),
    solo: null,
    fill,
    masksShown: true,
    pictureAlone: false,
    allPrompts: false,
    brightness: 0,
    contrast: 1,
    viewport: { scale: 1, x: 0, y: 0 },
    fitted: true,
    hover: null,
    pointer: null,
    excluding: false,
    preview: null,
    asking: null,
    candidates: null,
    candidateHover: null,
    proposals: null,
    proposing: false,
    drawing: null,
    brush,
    focusedPrompt: null,
    keyCursor: null,
    span: { from: 0 as FrameIndex, to: last as FrameIndex },
    laneScroll: 0,
    filter: "",
    laneOrder: "number",
    laneGroups: false,
    foldedGroups: new Set(),
    lanesFit: false,
    card: null,
    toast: null,
    jobs: [],
    runs: [],
    models: null,
    encoded: new Set(),
    doubts: [],
    doubtAt: null,
    comparison: null,
    holdBefore: false,
    direction: "both",
    frameProblem: null,
    steps: project.sample && !firstRunOver ? { click: false, track: false } : null,
    inspectorFolded: false,
    focusMode: false,
  };
}
