// "Where next": the list of doubts kept up to date, jumping to the best one, and the record of what came of it.
import type { TrackId } from "@masklet/annotation";
import type { Activity } from "@masklet/protocol";
import type { FrameIndex, PixelBox } from "@masklet/vision";
import { type Doubt, findDoubts, lookAhead } from "../edit/doubts.ts";
import { boxOfShape } from "../edit/measure.ts";
import { fitted, type Viewport, zoomedTo } from "../stage/viewport.ts";
import { type Core, stateOn } from "./core.ts";
import type { Playback } from "./playback.ts";
import type { Tracking } from "./tracking.ts";

export interface Doubting {
  next(): void;
  /** Back to the doubt before this one. */
  previous(): void;
  /** Back to where the first jump began. */
  comeBack(): void;
  looksRight(): void;
  open(doubt: Doubt): void;
  /** Spans marked "looks right" earlier. */
  setLooked(looked: readonly { object: number; frame: number }[]): void;
  /** An edit happened: what was opened counts as changed. */
  changed(track: TrackId, frame: FrameIndex): void;
  close(): void;
}

/** One suggestion in so many is a random frame, so that the precision of the others can be known. */
const RANDOM_EVERY = 10;
const SETTLE_MS = 250;
/** Looking at tracks gives way to the page after so long. */
const SLICE_MS = 6;
/** Objects smaller than this share of the picture are zoomed to. */
const SMALL = 0.08;
/** Who goes farther from a doubt than this has left it; nearer, one looks around. */
const AROUND_FRAMES = 15;

/** A box with its surroundings: a mistake is judged by what lies around it. */
function withAir(box: PixelBox): PixelBox {
  const air = Math.max(box.width, box.height);
  const { x, y, width, height } = box;
  return { x: x - air, y: y - air, width: width + 2 * air, height: height + 2 * air };
}

export function createDoubting(
  core: Core,
  parts: {
    readonly playback: Playback;
    readonly tracking: Tracking;
    readonly stageSize: () => { width: number; height: number };
    readonly log: (record: Activity) => void;
  },
): Doubting {
  const { session, view, video } = core;
  const { playback, tracking } = parts;
  let looked: { object: number; frame: number }[] = [];
  let timer: ReturnType<typeof setTimeout> | undefined;
  let start: FrameIndex | null = null;
  const visited: Doubt[] = [];

  /** The number of open doubts as the server knows it. */
  let told = video.progress.doubts;
  let looking = 0;
  /** The doubt arrived at was corrected or found right. */
  let answered = false;
  /** How a small object was brought close: the next large one is shown whole again, unless the person looks elsewhere. */
  let close: Viewport | null = null;
  let waiting = () => {};

  /** Looks at every track, giving way to the page in between, then lists the doubts; a later call takes over. */
  async function recompute(): Promise<void> {
    clearTimeout(timer);
    timer = undefined;
    const mine = ++looking;
    const { document } = session.state.getState();
    let since = performance.now();
    for (const id of document.tracks.keys()) {
      lookAhead(id, document, video.cuts);
      if (performance.now() - since < SLICE_MS) continue;
      await new Promise((rested) => setTimeout(rested, 0));
      if (looking !== mine) return;
      since = performance.now();
    }
    list();
  }

  function list(): void {
    const { document } = session.state.getState();
    const { locked } = view.getState();
    const doubts = findDoubts(document, { cuts: video.cuts, looked, locked });
    view.setState({ doubts });
    if (doubts.length === told) return;
    told = doubts.length;
    parts.log({ kind: "doubts", at: new Date().toISOString(), open: told });
  }
  const unsubscribe = session.state.subscribe((now, before) => {
    if (now.document === before.document) return;
    // Not put off by the next change: while a run arrives the list must grow with it.
    timer ??= setTimeout(() => void recompute(), SETTLE_MS);
  });
  void recompute();

  function log(
    event: Extract<Activity, { kind: "doubt" }>["event"],
    doubt: { track: TrackId; frame: FrameIndex; reason: string },
  ): void {
    const at = new Date().toISOString();
    parts.log({
      kind: "doubt",
      at,
      object: doubt.track,
      frame: doubt.frame,
      reason: doubt.reason,
      event,
    });
  }

  function random(): Doubt | null {
    const { document } = session.state.getState();
    const frames: { track: TrackId; frame: FrameIndex; score: number }[] = [];
    for (const [track, { states }] of document.tracks) {
      for (const [frame, state] of states) {
        if (state.provenance.by === "model" && !state.key && state.presence === "visible")
          frames.push({ track, frame, score: state.score ?? 0 });
      }
    }
    const one = frames[Math.floor(Math.random() * frames.length)];
    if (!one) return null;
    const { track, frame, score } = one;
    return {
      track,
      frame,
      from: frame,
      to: frame,
      reason: "random",
      value: score,
      other: null,
      worth: 0,
      risk: 0.3,
    };
  }

  function arrive(doubt: Doubt): void {
    answered = false;
    view.setState({ doubtAt: null });
    playback.go(doubt.frame);
    view.setState({
      selected: doubt.track,
      candidates: null,
      card: { kind: "doubt" },
      doubtAt: { doubt, track: doubt.track, frame: doubt.frame, since: performance.now() },
    });
    whenShown(doubt.frame, () => lookAt(doubt));
    log("opened", doubt);
  }

  /** The picture comes close together with its frame: the one before is not seen zoomed. */
  function whenShown(frame: FrameIndex, deed: () => void): void {
    waiting();
    if (view.getState().shown === frame) {
      deed();
      return;
    }
    waiting = view.subscribe(({ shown, frame: wanted }) => {
      if (shown !== frame && wanted === frame) return;
      waiting();
      if (shown === frame) deed();
    });
  }

  function lookAt(doubt: Doubt): void {
    const state = stateOn(core, doubt.track, doubt.frame);
    if (state?.presence !== "visible") return;
    const box = boxOfShape(state.shape);
    const small = box.width * box.height < SMALL * core.size.width * core.size.height;
    const near = zoomedTo(parts.stageSize(), withAir(box));
    // A thin object with its surroundings may need more room than the whole picture has.
    if (small && near.scale > fitted(parts.stageSize(), core.size).scale) {
      close = near;
      view.setState({ viewport: close, fitted: false });
    } else lookAtAll();
  }

  /** The whole picture again, where it was brought close for a doubt. */
  function lookAtAll(): void {
    if (close !== null && view.getState().viewport === close)
      view.setState({ viewport: fitted(parts.stageSize(), core.size), fitted: true });
    close = null;
  }

  /** The doubt's card goes when the person goes on elsewhere. */
  const stopFollowing = view.subscribe((now, before) => {
    const { doubtAt: at, card } = now;
    if (!at || (now.frame === before.frame && now.selected === before.selected)) return;
    if (before.doubtAt !== at) return;
    const { from, to } = at.doubt;
    const far = now.frame < from - AROUND_FRAMES || now.frame > to + AROUND_FRAMES;
    if (!far && now.selected === at.track) return;
    leave();
    view.setState({ doubtAt: null, card: card?.kind === "doubt" ? null : card });
    lookAtAll();
  });

  /** Gone on without a change and without a word: the suggestion was not worth the look. */
  function leave(): void {
    const { doubtAt } = view.getState();
    if (doubtAt && !answered) log("dismissed", doubtAt.doubt);
  }

  const doubting: Doubting = {
    next() {
      tracking.retrackStale();
      leave();
      const { doubts, doubtAt, steps } = view.getState();
      if (steps?.track) view.setState({ steps: null });
      if (start === null) start = view.getState().frame;
      const stale = view.getState().jobs.flatMap((job) => job.lanes);
      const open = doubts.filter(
        (doubt) =>
          !(doubtAt && doubt.track === doubtAt.track && doubt.frame === doubtAt.frame) &&
          !visited
            .slice(-doubts.length + 1)
            .some((old) => old.track === doubt.track && old.frame === doubt.frame) &&
          !stale.some((lane) => lane.object === doubt.track && lane.state === "running"),
      );
      const drawn = doubts.length > 0 && Math.random() < 1 / RANDOM_EVERY ? random() : null;
      const doubt =
        drawn ?? open[0] ?? doubts.find((one) => one.frame !== doubtAt?.frame) ?? doubts[0];
      if (!doubt) return;
      visited.push(doubt);
      log("suggested", doubt);
      arrive(doubt);
    },
    previous() {
      visited.pop();
      const doubt = visited.at(-1);
      if (doubt) arrive(doubt);
    },
    comeBack() {
      if (start !== null) playback.go(start);
      start = null;
      view.setState({ card: null, doubtAt: null });
    },
    looksRight() {
      const { doubtAt } = view.getState();
      if (!doubtAt) return;
      log("looks-right", doubtAt.doubt);
      answered = true;
      looked.push({ object: doubtAt.track, frame: doubtAt.frame });
      list();
      if (view.getState().doubts.length > 0) doubting.next();
      else view.setState({ card: null, doubtAt: null });
    },
    open(doubt) {
      if (start === null) start = view.getState().frame;
      visited.push(doubt);
      arrive(doubt);
    },
    setLooked(spans) {
      looked = [...spans];
      void recompute();
    },
    changed(track, frame) {
      const { doubtAt } = view.getState();
      if (!doubtAt || doubtAt.track !== track || doubtAt.frame !== frame) return;
      answered = true;
      log("changed", doubtAt.doubt);
    },
    close() {
      looking++;
      clearTimeout(timer);
      waiting();
      stopFollowing();
      unsubscribe();
    },
  };
  return doubting;
}
