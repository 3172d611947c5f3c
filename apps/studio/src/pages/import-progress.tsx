// How far an import or the copy for the browser is: share, rate and time left, in the row of its video.
import type { Job, Video } from "@masklet/protocol";
import { useEffect, useState } from "react";
import { call } from "../link/call.ts";
import { exchangeWords, paceOf } from "../words/exchange.ts";
import { useWords } from "../words/words.ts";
import { listenToEvents } from "./page-events.ts";

const TOLD: readonly Job["state"][] = ["waiting", "running", "failed"];

/** The job of a kind that works on a video now or failed a moment ago, or null; undefined until the server has said. */
function useVideoJob(kind: Job["kind"], video: string): Job | null | undefined {
  const [job, setJob] = useState<Job | null>();
  useEffect(() => {
    const take = (one: Job) => {
      if (one.kind === kind && one.video === video) setJob(TOLD.includes(one.state) ? one : null);
    };
    const read = () => {
      call("GET /api/jobs")
        .then((jobs) => {
          setJob((now) => now ?? null);
          jobs.forEach(take);
        })
        .catch(() => {});
    };
    read();
    return listenToEvents({
      onEvent: (event) => {
        if (event.type === "job") take(event.job);
      },
      onGap: read,
    });
  }, [kind, video]);
  return job;
}

/** Of a video that is being prepared. */
export function ImportProgress({ video }: { video: Video }) {
  const { language } = useWords();
  const job = useVideoJob("prepare", video.id);
  const words = exchangeWords(language);
  const text =
    job?.state === "waiting" ? words.waiting : words.reading(Math.round(video.prepared * 100));
  return (
    <span className="name-cell">
      <span className="chip info">{text}</span>
      {job && <span className="small t3 num">{paceOf(language, job)}</span>}
    </span>
  );
}

/** Of the copy of a video that the browser cannot play; where there is none, the way to one. */
export function CopyProgress({
  video,
  report,
}: {
  video: Video;
  report: (error: unknown) => void;
}) {
  const { language } = useWords();
  const job = useVideoJob("proxy", video.id);
  // Pictures of a folder are shown as they are: no copy can be made of them.
  const [needless, setNeedless] = useState(false);
  if (job === undefined || needless) return null;
  const words = exchangeWords(language);
  if (job === null || job.state === "failed")
    return (
      <span className="name-cell copy" title={job?.message ?? words.noCopyWhy}>
        {job !== null && <span className="small err cut">{words.copyFailed}</span>}
        <button
          type="button"
          className="btn s"
          onClick={(event) => {
            event.stopPropagation();
            call("POST /api/videos/:video/proxy", { at: { video: video.id } })
              .then((begun) => setNeedless(begun === null))
              .catch(report);
          }}
        >
          {job === null ? words.makeCopy : words.copyAgain}
        </button>
      </span>
    );
  const share = job.total > 0 ? Math.round((100 * job.done) / job.total) : 0;
  return (
    <span className="name-cell" title={words.copyingWhy}>
      <span className="chip info">{words.copying(share)}</span>
      <span className="small t3 num">{paceOf(language, job)}</span>
    </span>
  );
}
