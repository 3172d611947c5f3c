// The dock: player, lane headers and the timeline beside them.
import { useEffect, useLayoutEffect, useRef, useState } from "react";
import { SPEEDS } from "../desk/playback.ts";
import { mountTimeline } from "../timeline/timeline.ts";
import { clock, decimal } from "../words/plural.ts";
import { useWords } from "../words/words.ts";
import { useDesk, useFrame, useView } from "./context.ts";
import { LaneHeads } from "./lane-heads.tsx";
import { ActionButton } from "./parts.tsx";
import { ResizeGrip } from "./resize-grip.tsx";

export function Dock() {
  const desk = useDesk();
  const words = useWords();
  const lanes = useRef<HTMLDivElement>(null);
  useEffect(() => mountTimeline(lanes.current!, desk), [desk]);
  return (
    <section className="dock" aria-label={words.timeline}>
      <ResizeGrip what="dock" />
      <Transport />
      <LaneHeads />
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
      <span className="t3 small cut">/ {desk.video.frames - 1}</span>
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
