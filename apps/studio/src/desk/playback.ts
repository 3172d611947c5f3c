// Moving through the video: steps, jumps, playing at a speed, the range, and the address that remembers the place.
import { sortedFrames } from "@masklet/annotation";
import type { FrameIndex } from "@masklet/vision";
import { type Core, lastFrame, trackOf } from "./core.ts";
import type { Span } from "./view.ts";

export interface Playback {
  go(frame: number): void;
  step(by: number): void;
  /** To the next (1) or previous (−1) key frame of the selected object, or of any. */
  stepKey(direction: 1 | -1): void;
  toggle(): void;
  pause(): void;
  setSpeed(speed: number): void;
  /** Sets one end of the range to the playhead. */
  markIn(): void;
  markOut(): void;
  clearRange(): void;
  range(): Span;
  close(): void;
}

export const SPEEDS = [0.25, 0.5, 1, 2, 4] as const;
const RATE_OF_VARIABLE = 30;

export function createPlayback(core: Core): Playback {
  const { view, frames, video } = core;
  let animation = 0;
  let travel: 1 | -1 = 1;

  function show(frame: FrameIndex): void {
    if (frames.peek(frame)) view.setState({ shown: frame, frameProblem: null });
    frames.want(frame, travel);
  }

  frames.onArrival((frame, error) => {
    const { frame: wanted, playing, shown } = view.getState();
    if (error && frame === wanted) {
      view.setState({ frameProblem: error.message });
      return;
    }
    // On the way there, a picture nearer to it is shown: a hand that drags along the timeline sees where it is.
    const nearer = shown === null || Math.abs(frame - wanted) < Math.abs(shown - wanted);
    if (!error && (frame === wanted || nearer) && !playing)
      view.setState({ shown: frame, frameProblem: null });
  });

  function go(to: number): void {
    const frame = Math.max(0, Math.min(lastFrame(core), Math.round(to))) as FrameIndex;
    const before = view.getState().frame;
    if (frame !== before) travel = frame > before ? 1 : -1;
    view.setState((now) => ({
      frame,
      preview: null,
      focusedPrompt: null,
      keyCursor: now.keyCursor,
      candidates: now.candidates?.frame === frame ? now.candidates : null,
      proposals: now.proposals?.frame === frame ? now.proposals : null,
    }));
    show(frame);
  }

  const range = (): Span => view.getState().range ?? { from: 0 as FrameIndex, to: lastFrame(core) };

  /** Frames are shown in order and none is skipped unless its picture is late: then the clock waits. */
  function play(): void {
    const rate = (video.rate ?? RATE_OF_VARIABLE) * view.getState().speed;
    let due = performance.now();
    travel = 1;
    const tick = (now: number) => {
      const { frame, playing } = view.getState();
      if (!playing) return;
      animation = requestAnimationFrame(tick);
      if (now < due) return;
      const { from, to } = range();
      const looped = view.getState().range !== null;
      if (frame >= to && !looped) return pause();
      const next = (frame >= to || frame < from ? from : frame + 1) as FrameIndex;
      frames.want(next, 1);
      if (!frames.peek(next)) return;
      due = Math.max(due + 1000 / rate, now - 100);
      view.setState({ frame: next, shown: next });
    };
    view.setState({ playing: true, preview: null });
    animation = requestAnimationFrame(tick);
  }

  function pause(): void {
    cancelAnimationFrame(animation);
    if (!view.getState().playing) return;
    view.setState({ playing: false });
    go(view.getState().frame);
  }

  const playback: Playback = {
    go(frame) {
      pause();
      go(frame);
    },
    step(by) {
      pause();
      go(view.getState().frame + by);
    },
    stepKey(direction) {
      pause();
      const { selected, frame } = view.getState();
      const { document } = core.session.state.getState();
      const track = selected === null ? null : trackOf(core, selected);
      const tracks = track ? [track] : [...document.tracks.values()];
      const keys = tracks.flatMap(({ states }) =>
        sortedFrames(states).filter((one) => states.get(one)?.key),
      );
      const beyond = keys.filter((key) => (key - frame) * direction > 0);
      if (beyond.length > 0) go(direction > 0 ? Math.min(...beyond) : Math.max(...beyond));
    },
    toggle: () => (view.getState().playing ? pause() : play()),
    pause,
    setSpeed(speed) {
      view.setState({ speed });
      if (!view.getState().playing) return;
      pause();
      play();
    },
    markIn() {
      const { frame, range: old } = view.getState();
      view.setState({
        range: { from: frame, to: old && old.to > frame ? old.to : lastFrame(core) },
      });
    },
    markOut() {
      const { frame, range: old } = view.getState();
      const from = old && old.from < frame ? old.from : (0 as FrameIndex);
      view.setState({ range: { from, to: frame } });
    },
    clearRange: () => view.setState({ range: null }),
    range,
    close: () => cancelAnimationFrame(animation),
  };
  return playback;
}
