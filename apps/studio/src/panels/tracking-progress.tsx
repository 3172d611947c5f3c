// Tracking jobs at the top of the inspector: how much of how much, rate, time left, lane by lane, stop.
import { trackId } from "@masklet/annotation";
import type { Job } from "@masklet/protocol";
import { nameOf } from "../desk/core.ts";
import { colourOf } from "../style/palette.ts";
import { timeLeft } from "../words/plural.ts";
import { useWords } from "../words/words.ts";
import { useDesk, useDocument, useView } from "./context.ts";
import { Swatch } from "./parts.tsx";

export function TrackingProgress() {
  const jobs = useView((view) => view.jobs).filter((job) => job.kind === "track");
  return (
    <>
      {jobs.map((job) => (
        <JobProgress key={job.id} job={job} />
      ))}
    </>
  );
}

function JobProgress({ job }: { job: Job }) {
  const desk = useDesk();
  const words = useWords();
  const share = job.total > 0 ? job.done / job.total : 0;
  const left = job.rate && job.rate > 0 ? (job.total - job.done) / job.rate : null;
  return (
    <div className="sec">
      <div className="row">
        <span className="b grow cut">{words.tracking(job.lanes.length)}</span>
        <button type="button" className="btn s" onClick={() => desk.tracking.stop(job.id)}>
          {words.stop}
          <kbd>Esc</kbd>
        </button>
      </div>
      <div
        className="bar thick"
        role="progressbar"
        aria-label={words.tracking(job.lanes.length)}
        aria-valuemin={0}
        aria-valuemax={job.total}
        aria-valuenow={job.done}
      >
        <i style={{ width: `${share * 100}%` }} />
      </div>
      <div className="small num">
        <div className="t2 cut">{words.masksOf(job.done, job.total)}</div>
        <div className="t3 cut">
          {job.state === "asking"
            ? words.laneStates["at-cut"]
            : left !== null && job.rate !== null
              ? words.rate(job.rate, timeLeft(words.language, left))
              : " "}
        </div>
      </div>
      {job.lanes.slice(0, 4).map((lane) => (
        <LaneLine key={lane.object} lane={lane} />
      ))}
      <div className="small t3">{words.clicksFirst}</div>
    </div>
  );
}

function LaneLine({ lane }: { lane: Job["lanes"][number] }) {
  const desk = useDesk();
  const words = useWords();
  const id = trackId(lane.object);
  const track = useDocument().tracks.get(id);
  if (!track) return null;
  return (
    <div className="row small">
      <Swatch track={id} colour={colourOf(id, track.info)} />
      <span className="grow cut">{nameOf(desk, id)}</span>
      {lane.state === "running" && lane.reached ? (
        <span className="num t2">
          ← {lane.reached.from}&ensp;{lane.reached.to} →
        </span>
      ) : lane.state === "running" ? null : (
        <span className={lane.state === "at-cut" || lane.state === "lost" ? "doubt cut" : "t3 cut"}>
          {words.laneStates[lane.state]}
        </span>
      )}
    </div>
  );
}
