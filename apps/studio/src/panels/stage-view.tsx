// The stage in the page: the canvases, the card over the picture, the small bar of views, what is spoken.
import { Popover } from "@base-ui/react/popover";
import { useEffect, useRef, useState } from "react";
import { FILLS } from "../desk/view.ts";
import { inView, mountStage } from "../stage/stage.ts";
import { colourOf } from "../style/palette.ts";
import { useWords } from "../words/words.ts";
import { Card } from "./card.tsx";
import { useDesk, useDocument, useFrame, useSelected, useView } from "./context.ts";
import { FirstRun } from "./first-run.tsx";
import { ActionButton, Icon } from "./parts.tsx";

export function StageView() {
  const desk = useDesk();
  const words = useWords();
  const frame = useFrame();
  useDocument();
  const element = useRef<HTMLDivElement>(null);
  const [problem, setProblem] = useState<string | null>(null);
  useEffect(() => {
    // The keyboard begins on the picture: the arrows move the cross at once.
    if (document.activeElement === document.body) element.current?.focus({ preventScroll: true });
    try {
      return mountStage(element.current!, desk);
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error));
      return;
    }
  }, [desk]);
  const title = words.pictureNow(frame, desk.video.frames - 1, inView(desk, frame));
  return (
    <main className="stage" data-region="stage">
      <div
        id="stage"
        ref={element}
        className="canvas"
        data-stage=""
        // biome-ignore lint/a11y/noNoninteractiveTabindex: the picture is worked on with the keyboard
        tabIndex={0}
        role="application"
        aria-label={title}
      />
      {problem && <p className="over err">{problem}</p>}
      <FrameProblem />
      <FirstRun />
      <Card />
      <Hud />
      <Legend />
    </main>
  );
}

function FrameProblem() {
  const words = useWords();
  const problem = useView((view) => view.frameProblem);
  if (!problem) return null;
  return (
    <p className="over" role="alert">
      {words.frameFailed} {problem}
    </p>
  );
}

function Hud() {
  const desk = useDesk();
  const words = useWords();
  const fill = useView((view) => view.fill);
  const shown = useView((view) => view.masksShown);
  const zoom = useView((view) => Math.round(view.viewport.scale * 100));
  const tool = useView((view) => view.tool);
  const brush = useView((view) => view.brush);
  const step = (by: number) => {
    const place = FILLS.findIndex((one) => one >= fill);
    desk.view.setState({ fill: FILLS[Math.max(0, Math.min(FILLS.length - 1, place + by))]! });
  };
  return (
    <div className="hud" data-region="views">
      {(tool === "brush" || tool === "eraser") && (
        <>
          <input
            type="range"
            min={1}
            max={200}
            value={brush}
            aria-label={words.brushSize}
            title={words.brushSize}
            onChange={(event) => desk.view.setState({ brush: Number(event.target.value) })}
          />
          <span className="lbl num">{words.pixels(brush)}</span>
          <span className="vsep" />
        </>
      )}
      <button
        type="button"
        className={`ib ${shown ? "" : "on"}`}
        title={words.masksChip}
        aria-label={words.masksChip}
        aria-pressed={shown}
        onClick={() => desk.view.setState({ masksShown: !shown })}
        onWheel={(event) => step(event.deltaY < 0 ? 1 : -1)}
      >
        <Icon name={shown ? "eye" : "eyeoff"} />
      </button>
      <span className="lbl num" onWheel={(event) => step(event.deltaY < 0 ? 1 : -1)}>
        {fill} %
      </span>
      <span className="vsep" />
      <LightButton />
      <ActionButton action="view.fit" />
      <span className="lbl num">{zoom} %</span>
    </div>
  );
}

function LightButton() {
  const desk = useDesk();
  const words = useWords();
  const brightness = useView((view) => view.brightness);
  const contrast = useView((view) => view.contrast);
  const changed = brightness !== 0 || contrast !== 1;
  return (
    <Popover.Root>
      <Popover.Trigger
        className={`ib ${changed ? "on" : ""}`}
        title={words.light}
        aria-label={words.light}
      >
        <Icon name="sun" />
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Positioner sideOffset={8}>
          <Popover.Popup
            className="pop pad col"
            style={{ gap: 8, minWidth: 200 }}
            aria-label={words.light}
          >
            <label className="col small t2">
              {words.brightness}
              <input
                type="range"
                min={-0.5}
                max={0.5}
                step={0.02}
                value={brightness}
                onChange={(event) => desk.view.setState({ brightness: Number(event.target.value) })}
              />
            </label>
            <label className="col small t2">
              {words.contrast}
              <input
                type="range"
                min={0.4}
                max={2.5}
                step={0.05}
                value={contrast}
                onChange={(event) => desk.view.setState({ contrast: Number(event.target.value) })}
              />
            </label>
            <button
              type="button"
              className="btn s"
              onClick={() => desk.view.setState({ brightness: 0, contrast: 1 })}
            >
              {words.reset}
            </button>
          </Popover.Popup>
        </Popover.Positioner>
      </Popover.Portal>
    </Popover.Root>
  );
}

/** What the patterns of a comparison mean. */
function Legend() {
  const words = useWords();
  const comparison = useView((view) => view.comparison);
  const selected = useSelected();
  if (!comparison) return null;
  const colour = selected ? colourOf(selected.id, selected.track.info) : "transparent";
  return (
    <div className="hud left">
      <span className="row meaning">
        <span className="mark" style={{ background: colour }} />
        {words.compareSides.after}
      </span>
      <span className="row meaning">
        <span className="mark lost" />
        {words.lost}
      </span>
      <span className="row meaning">
        <span className="mark gained" />
        {words.gained}
      </span>
    </div>
  );
}
