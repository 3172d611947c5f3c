// The panel while a run is compared with what it replaced: figures, spans by size of difference.
import type { Run } from "@masklet/protocol";
import { differingSpans } from "../edit/comparison.ts";
import { decimal } from "../words/plural.ts";
import { useWords } from "../words/words.ts";
import { useDesk, useFrame, useView } from "./context.ts";

/** The number of the run that a run replaced: the newest kept one before it on the same object; null without one. */
export function runBefore(runs: readonly Run[], run: Run | undefined): number | null {
  const older = runs.filter(
    (one) =>
      run !== undefined &&
      one.number < run.number &&
      one.state !== "taken-back" &&
      one.objects.some((object) => run.objects.includes(object)),
  );
  return older.length > 0 ? Math.max(...older.map((one) => one.number)) : null;
}

export function ComparisonPanel() {
  const desk = useDesk();
  const words = useWords();
  const frame = useFrame();
  const comparison = useView((view) => view.comparison);
  const selected = useView((view) => view.selected);
  const doubts = useView((view) => view.doubts.length);
  const before = useView((view) => runBefore(view.runs, comparison?.run));
  if (!comparison) return null;
  const all = [...comparison.frames.values()].flatMap((frames) => [...frames.values()]);
  const changed = all.filter((one) => one.difference > 0);
  const mean =
    changed.length > 0 ? changed.reduce((sum, one) => sum + one.difference, 0) / changed.length : 0;
  const spans = differingSpans(selected === null ? undefined : comparison.frames.get(selected));
  const here = spans.find((span) => frame >= span.from && frame <= span.to);
  return (
    <>
      <div className="sec">
        <h2>
          {words.comparison}
          <span className="grow" />
          <span className="t3 num">
            {comparison.run.number}
            {before !== null && ` / ${before}`}
          </span>
        </h2>
        <div className="seg" role="radiogroup" aria-label={words.comparison}>
          {(["before", "after", "difference"] as const).map((show) => (
            <button
              type="button"
              role="radio"
              key={show}
              aria-checked={comparison.show === show}
              className={comparison.show === show ? "on" : ""}
              onClick={() => desk.view.setState({ comparison: { ...comparison, show } })}
            >
              {words.compareSides[show]}
            </button>
          ))}
        </div>
        <div className="kv wide num">
          <span>{words.changedFrames}</span>
          <span>
            {changed.length} <span className="t3">/ {all.length}</span>
          </span>
          <span>{words.meanDifference}</span>
          <span>{decimal(words.language, mean, 2)}</span>
          <span>{words.untouched}</span>
          <span>{comparison.pinned}</span>
          {comparison.doubtsBefore !== null && (
            <>
              <span>{words.doubtCount}</span>
              <span>
                {comparison.doubtsBefore} → {doubts}
              </span>
            </>
          )}
          <span>{words.took}</span>
          <span>{words.seconds(comparison.run.seconds)}</span>
        </div>
      </div>
      <div className="sec scroll-sec">
        <h2>
          {words.differing}
          <span className="grow" />
          <span className="t3">1 − IoU</span>
        </h2>
        <div className="list scroll">
          {spans.length === 0 && <div className="small t3 pad-x">{words.nothingDiffers}</div>}
          {spans.map((span) => (
            <button
              type="button"
              key={span.from}
              className={`li ${span === here ? "on" : ""}`}
              onClick={() => desk.playback.go((span.from + span.to) / 2)}
            >
              <span className="num span-ends">
                {span.from === span.to ? span.from : `${span.from}–${span.to}`}
              </span>
              <span className="bar grow">
                <i
                  style={{ width: `${span.most * 100}%` }}
                  className={span.most > 0.25 ? "low" : ""}
                />
              </span>
              <span className="num t2">{decimal(words.language, span.most, 2)}</span>
            </button>
          ))}
        </div>
        {here && (
          <button
            type="button"
            className="btn s"
            onClick={() =>
              desk.tracking.takeBack(comparison.run.id, { from: here.from, to: here.to })
            }
          >
            {words.keepSpan}
          </button>
        )}
      </div>
    </>
  );
}
