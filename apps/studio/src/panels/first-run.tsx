// The first minute: one line over the picture and three steps, ticked by doing them.
import { useEffect } from "react";
import { settings } from "../desk/settings.ts";
import { isTracking } from "../desk/view.ts";
import { useWords } from "../words/words.ts";
import { useDesk, useView } from "./context.ts";
import { Mouse } from "./mouse.tsx";
import { Icon, KeyOf } from "./parts.tsx";

/** Doubts are listed within this time after the last mask of a run. */
const DOUBTS_LISTED_MS = 1500;

export function FirstRun() {
  const desk = useDesk();
  const words = useWords();
  const steps = useView((view) => view.steps);
  const card = useView(
    (view) =>
      view.card !== null ||
      view.comparison !== null ||
      view.proposals !== null ||
      view.jobs.length > 0,
  );
  const doubts = useView((view) => view.doubts.length);
  useEffect(() => {
    // Gone for good once the third step was reached, not when the page was merely left.
    if (steps?.track) settings.setState({ firstRunOver: true });
  }, [steps]);
  const over = useView((view) => view.jobs.length === 0 && view.runs.length > 0);
  useEffect(() => {
    // Nothing to check: the third step is done as well.
    if (!steps?.track || !over || doubts > 0) return;
    const timer = setTimeout(() => desk.view.setState({ steps: null }), DOUBTS_LISTED_MS);
    return () => clearTimeout(timer);
  }, [desk, steps, over, doubts]);
  if (!steps || card) return null;
  if (!steps.click)
    return (
      <div className="pop lead-line">
        <div className="lead b">{words.firstClick}</div>
        <div className="t2 small">{words.firstClickText}</div>
      </div>
    );
  const text = steps.track ? (doubts > 0 ? words.firstCheck : null) : words.firstTrack;
  if (!text) return null;
  return (
    <div className="pop lead-line">
      <div className="lead b">{text}</div>
    </div>
  );
}

export function FirstRunSteps() {
  const words = useWords();
  const steps = useView((view) => view.steps);
  const over = useView((view) => !isTracking(view) && view.runs.length > 0);
  if (!steps) return null;
  // Pressing T begins the second step; the last mask ends it.
  const tracked = steps.track && over;
  const now = !steps.click ? "click" : !tracked ? "track" : "check";
  return (
    <div className="sec steps">
      {(["click", "track", "check"] as const).map((step, i) => {
        const done = (step === "click" && steps.click) || (step === "track" && tracked);
        return (
          <div className={`row step ${now === step ? "now" : ""}`} key={step}>
            <span className="disc">{done ? <Icon name="check" /> : i + 1}</span>
            <span className="grow cut">{words.steps[step]}</span>
            {step === "click" ? (
              <Mouse button="l" />
            ) : (
              <KeyOf action={step === "track" ? "track.run" : "doubt.next"} />
            )}
          </div>
        );
      })}
    </div>
  );
}
