// The list of tracking runs: compare with what was before, or take back as one.
import { useWords } from "../words/words.ts";
import { useDesk, useView } from "./context.ts";
import { Icon } from "./parts.tsx";

export function RunsSection() {
  const desk = useDesk();
  const words = useWords();
  const runs = useView((view) => view.runs).filter(
    (run) => run.state === "kept" || run.state === "part-kept",
  );
  if (runs.length === 0) return null;
  return (
    <section aria-label={words.runs} className="runs">
      <h2 className="small t3">{words.runs}</h2>
      {runs.map((run) => (
        <div className="li" key={run.id}>
          <span className="grow cut num">{words.runLine(run.number, run.framesChanged)}</span>
          <button
            type="button"
            className="ib s"
            title={words.compare}
            aria-label={`${words.compare}: ${words.runLine(run.number, run.framesChanged)}`}
            onClick={() => desk.tracking.compare(run.id)}
          >
            <Icon name="swap" />
          </button>
          <button
            type="button"
            className="ib s"
            title={words.takeBack}
            aria-label={`${words.takeBack}: ${words.runLine(run.number, run.framesChanged)}`}
            onClick={() => desk.tracking.takeBack(run.id, null)}
          >
            <Icon name="undo" />
          </button>
        </div>
      ))}
    </section>
  );
}
