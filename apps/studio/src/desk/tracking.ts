// Tracking jobs and the runs they leave: start, stop, answer, compare, take back.
import { type TrackId, trackId } from "@masklet/annotation";
import type { Direction, Job, Run } from "@masklet/protocol";
import { type FrameIndex, frameIndex, type Mask, maskFromRleString } from "@masklet/vision";
import { type DifferingSpan, differingSpans } from "../edit/comparison.ts";
import { laneOf } from "../edit/lanes.ts";
import { call, LinkError } from "../link/call.ts";
import { type Core, lastFrame, seenFrame, trackOf } from "./core.ts";
import type { Playback } from "./playback.ts";
import type { Comparison, Span } from "./view.ts";

export interface Tracking {
  /** Tracks the selected object (or all, where none is selected) in the last direction, within the range. */
  track(direction?: Direction): void;
  /** Tracks these objects, or all, whichever is selected. */
  trackAll(objects?: readonly TrackId[]): void;
  /** Re-tracks what rests on corrected key frames, in the background. */
  retrackStale(): void;
  stop(job?: string): void;
  /** To the frame where the card says an object was lost. */
  showLost(): void;
  /** Marks that object absent from there on. False where no card speaks of one. */
  markLostAbsent(): boolean;
  answer(job: string, answer: "go-on" | "end"): void;
  takeBack(run: string, keep: { from: number; to: number } | null): void;
  compare(run: string): void;
  /** To the next (1) or previous (−1) span that differs, by size of difference. */
  stepDifference(direction: 1 | -1): void;
  endComparison(): void;
  /** A job as an event tells it: always the newest word. */
  receiveJob(job: Job): void;
  /** A job as a reply told it: a reply may come in after newer events, so it counts only for a job not heard of. */
  adoptJob(job: Job): void;
  receiveRun(run: Run): void;
  /** Why tracking the selected object, or all, cannot start now, in words, or null. */
  blocked(whom?: "selected" | "all"): string | null;
}

/** Frames shown on either side of a span that differs, at least. */
const SPAN_AIR_FRAMES = 40;
/** A run that changed a frame by more than this offers to be compared. */
const WORTH_COMPARING = 0.25;

export function createTracking(
  core: Core,
  parts: { readonly playback: Pick<Playback, "go">; readonly markAbsent: () => void },
): Tracking {
  const { session, view, video } = core;
  const { playback, markAbsent } = parts;
  const heardOf = new Set<string>();
  /** What is to be done when the mask of the click under way is there. */
  let queued: (() => void) | null = null;
  /** Doubts when a run began, by run: what a comparison tells. */
  const doubtsBefore = new Map<string, number>();
  /** What the timeline showed before a comparison zoomed it. */
  let spanBefore: Span | null = null;

  function fail(error: unknown): void {
    const text = error instanceof LinkError ? error.message : String(error);
    core.toast({ tone: "error", title: core.words().trackFailed, text, action: null });
  }

  async function start(
    objects: readonly TrackId[],
    facts: { direction: Direction; origin: FrameIndex; only: "all" | "stale" },
  ): Promise<void> {
    if (!(await session.settled())) return;
    const { range, doubts } = view.getState();
    const ask = () =>
      call("POST /api/videos/:video/track", {
        at: { video: video.id },
        body: {
          objects: [...objects],
          direction: facts.direction,
          origin: facts.origin,
          from: range?.from ?? 0,
          to: range?.to ?? lastFrame(core),
          only: facts.only,
          revision: session.state.getState().revision,
          digest: video.digest,
        },
      });
    // Somebody else's edit of these objects that is still on its way here: once it is seen, this is what is wanted.
    const job = await ask().catch(async (error: unknown) => {
      if (!(error instanceof LinkError) || error.code !== "stale") throw error;
      await session.catchUp();
      return ask();
    });
    doubtsBefore.set(job.subject, doubts.length);
    tracking.adoptJob(job);
  }

  /** Brings the timeline and the playhead to a span that differs. */
  function showSpan(span: DifferingSpan): void {
    const last = lastFrame(core);
    const air = Math.max(SPAN_AIR_FRAMES, span.to - span.from);
    view.setState({
      span: {
        from: frameIndex(Math.max(0, span.from - air)),
        to: frameIndex(Math.min(last, span.to + air)),
      },
    });
    playback.go((span.from + span.to) / 2);
  }

  /** T right after a click: the mask is on its way, tracking begins with it. False where none is awaited. */
  function afterClick(deed: () => void): boolean {
    if (!view.getState().asking) return false;
    const waitsAlready = queued !== null;
    queued = deed;
    if (waitsAlready) return true;
    const stop = view.subscribe((now) => {
      if (now.asking) return;
      stop();
      const next = queued;
      queued = null;
      next?.();
    });
    return true;
  }

  /** Starts a run of those of the objects that are unlocked and have a key frame. */
  function run(wanted: readonly TrackId[], direction: Direction): void {
    view.setState({ direction });
    const { locked, selected, steps } = view.getState();
    const objects = wanted.filter((id) => {
      const states = trackOf(core, id)?.states;
      return states && !locked.has(id) && laneOf(states, video.frames).keys.length > 0;
    });
    if (objects.length === 0) return;
    core.did("track", selected, seenFrame(core));
    if (steps) view.setState({ steps: { ...steps, track: true } });
    void start(objects, { direction, origin: seenFrame(core), only: "all" }).catch(fail);
  }

  const tracking: Tracking = {
    blocked(whom = "selected") {
      const words = core.words();
      if (session.state.getState().link === "away") return words.why.away;
      if (view.getState().asking) return null;
      const { selected } = view.getState();
      const { tracks } = session.state.getState().document;
      const ids = selected === null || whom === "all" ? [...tracks.keys()] : [selected];
      const anchored = ids.some((id) => {
        const states = tracks.get(id)?.states;
        return states && laneOf(states, video.frames).keys.length > 0;
      });
      return anchored ? null : words.why.nothingToTrack;
    },
    track(direction = view.getState().direction) {
      if (tracking.blocked() || afterClick(() => tracking.track(direction))) return;
      const { selected } = view.getState();
      const { tracks } = session.state.getState().document;
      run(selected === null ? [...tracks.keys()] : [selected], direction);
    },
    trackAll(wanted) {
      if (tracking.blocked("all") || afterClick(() => tracking.trackAll(wanted))) return;
      const objects = wanted ?? [...session.state.getState().document.tracks.keys()];
      run(objects, view.getState().direction);
    },
    retrackStale() {
      const { tracks } = session.state.getState().document;
      const { locked, jobs } = view.getState();
      const busy = new Set(
        jobs
          .filter((job) => job.state === "running" || job.state === "waiting")
          .flatMap((job) => job.lanes.map((lane) => lane.object)),
      );
      const stale = [...tracks].filter(
        ([id, { states }]) =>
          !locked.has(id) && !busy.has(id) && laneOf(states, video.frames).stale.length > 0,
      );
      if (stale.length === 0 || session.state.getState().link === "away") return;
      const objects = stale.map(([id]) => id);
      void start(objects, { direction: "both", origin: seenFrame(core), only: "stale" }).catch(
        fail,
      );
    },
    stop(id) {
      const { jobs } = view.getState();
      const job = id ? jobs.find((one) => one.id === id) : jobs.find((one) => one.kind === "track");
      if (!job) return;
      call("POST /api/jobs/:job/cancel", { at: { job: job.id } })
        .then((stopped) => {
          const words = core.words();
          const action = {
            label: words.undoRun,
            run: () => tracking.takeBack(stopped.subject, null),
          };
          core.toast({ tone: "plain", title: words.stopped(stopped.done), text: null, action });
        })
        .catch(fail);
    },
    showLost() {
      const { card } = view.getState();
      if (card?.kind !== "lost") return;
      playback.go(card.frame);
      view.setState({ card: null, selected: card.track, candidates: null });
    },
    markLostAbsent() {
      const { card } = view.getState();
      if (card?.kind !== "lost") return false;
      tracking.showLost();
      // The frame whose picture is still on its way is the one that is meant.
      view.setState({ shown: card.frame });
      markAbsent();
      return true;
    },
    answer(job, answer) {
      view.setState({ card: null });
      call("POST /api/jobs/:job/answer", { at: { job }, body: { answer } }).catch(fail);
    },
    takeBack(run, keep) {
      core.did("run.take-back", null, seenFrame(core));
      call("POST /api/videos/:video/runs/:run/take-back", {
        at: { video: video.id, run },
        body: { keep },
      })
        .then(async (reply) => {
          if (reply.refused)
            core.toast({ tone: "doubt", title: reply.refused.message, text: null, action: null });
          tracking.endComparison();
          await session.catchUp();
        })
        .catch(fail);
    },
    compare(id) {
      const run = view.getState().runs.find((one) => one.id === id);
      if (!run) return;
      call("GET /api/videos/:video/runs/:run/comparison", { at: { video: video.id, run: id } })
        .then((reply) => {
          const frames = new Map<
            TrackId,
            Map<FrameIndex, { before: Mask | null; difference: number }>
          >();
          for (const { object, frame, before, difference } of reply.frames) {
            const track = trackId(object);
            const size = before && { height: before.size[0], width: before.size[1] };
            const mask = before && size ? maskFromRleString(before.counts, size) : null;
            if (!frames.has(track)) frames.set(track, new Map());
            frames.get(track)!.set(frameIndex(frame), { before: mask, difference });
          }
          const comparison: Comparison = {
            run,
            doubtsBefore: doubtsBefore.get(id) ?? null,
            pinned: reply.pinned,
            frames,
            show: "after",
          };
          const { selected } = view.getState();
          const object =
            selected !== null && frames.has(selected) ? selected : ([...frames.keys()][0] ?? null);
          const [widest] = differingSpans(object === null ? undefined : frames.get(object));
          view.setState({ comparison, card: null, doubtAt: null, selected: object ?? selected });
          if (!widest) return;
          spanBefore ??= view.getState().span;
          showSpan(widest);
        })
        .catch(fail);
    },
    stepDifference(direction) {
      const { comparison, selected, frame } = view.getState();
      if (!comparison || selected === null) return;
      const spans = differingSpans(comparison.frames.get(selected));
      const here = spans.findIndex((span) => frame >= span.from && frame <= span.to);
      const next = here < 0 ? 0 : (here + direction + spans.length) % spans.length;
      if (spans[next]) showSpan(spans[next]);
    },
    endComparison() {
      view.setState({ comparison: null, holdBefore: false });
      if (spanBefore) view.setState({ span: spanBefore });
      spanBefore = null;
    },
    adoptJob(job) {
      if (!heardOf.has(job.id)) tracking.receiveJob(job);
    },
    receiveJob(job) {
      heardOf.add(job.id);
      if (job.video !== video.id && job.kind === "track") return;
      view.setState((now) => {
        const others = now.jobs.filter((one) => one.id !== job.id);
        const over = job.state === "done" || job.state === "cancelled" || job.state === "failed";
        const jobs = over ? others : [...others, job];
        const asked = now.card?.kind === "cut" && now.card.job === job.id;
        if (job.state === "asking" && job.question)
          return {
            jobs,
            card: { kind: "cut", job: job.id, frame: frameIndex(job.question.frame) },
          };
        return asked ? { jobs, card: null } : { jobs };
      });
      if (job.state === "failed" && job.message)
        core.toast({
          tone: "error",
          title: core.words().trackFailed,
          text: job.message,
          action: null,
        });
      const lost =
        job.state === "done" ? job.lanes.find((lane) => lane.state === "lost") : undefined;
      if (lost && lost.at !== null && view.getState().card === null)
        view.setState({
          card: { kind: "lost", track: trackId(lost.object), frame: frameIndex(lost.at) },
        });
    },
    receiveRun(run) {
      view.setState((now) => {
        const runs = [...now.runs.filter((one) => one.id !== run.id), run];
        runs.sort((a, b) => b.number - a.number);
        const differs = run.largestDifference !== null && run.largestDifference > WORTH_COMPARING;
        const offer = differs && run.state === "kept" && now.card === null;
        if (!offer) return { runs };
        return {
          runs,
          card: { kind: "compare-offer", run: run.id, difference: run.largestDifference! },
        };
      });
    },
  };
  return tracking;
}
