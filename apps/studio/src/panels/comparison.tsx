// The panel while a run is compared with what it replaced: figures, spans by size of difference.
import type { Comparison } from "../desk/view.ts";
import { decimal } from "../words/plural.ts";
import { useWords } from "../words/words.ts";
import { useDesk, useFrame, useView } from "./context.ts";

interface DifferingSpan {
  readonly from: number;
  readonly to: number;
  readonly most: number;
}

/** Frames that differ less than this are the same to the eye. */
const DIFFERS_FROM = 0.05;

export function ComparisonPanel() {
  const desk = useDesk();
  const words = useWords();
  const frame = useFrame();
  const comparison = useView((view) => view.comparison);
  const selected = useView((view) => view.selected);
  if (!comparison) return null;
  const all = [...comparison.frames.values()].flatMap((frames) => [...frames.values()]);
  const changed = all.filter((one) => one.difference > 0);
  const mean =
    changed.length > 0 ? changed.reduce((sum, one) => sum + one.difference, 0) / changed.length : 0;
  const spans = spansOf(selected === null ? undefined : comparison.frames.get(selected));
  const here = spans.find((span) => frame >= span.from && frame <= span.to);
  return (
    <>
      <div className="sec">
        <h2>{words.comparison}</h2>
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
          {spans.map((span) => (
            <button
              type="button"
              key={span.from}
              className={`li ${span === here ? "on" : ""}`}
              onClick={() => desk.playback.go((span.from + span.to) / 2)}
            >
              <span className="num">
                {span.from}–{span.to}
              </span>
              <span className="bar grow">
                <i
                  style={{ width: `${span.most * 100}%` }}
                  className={span.most > 0.25 ? "low" : ""}
                />
              </span>
              <span className="num">{decimal(words.language, span.most, 2)}</span>
            </button>
          ))}
        </div>
        {here && (
          <button
            type="button"
            className="btn"
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

function spansOf(
  frames: Comparison["frames"] extends ReadonlyMap<unknown, infer T> ? T | undefined : never,
): DifferingSpan[] {
  const spans: { from: number; to: number; most: number }[] = [];
  for (const [frame, { difference }] of [...(frames ?? [])].sort((a, b) => a[0] - b[0])) {
    if (difference < DIFFERS_FROM) continue;
    const last = spans.at(-1);
    if (last && frame - last.to <= 2) {
      last.to = frame;
      last.most = Math.max(last.most, difference);
    } else spans.push({ from: frame, to: frame, most: difference });
  }
  return spans.sort((a, b) => b.most - a.most);
}
