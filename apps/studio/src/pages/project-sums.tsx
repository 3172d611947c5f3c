// A project at a glance: sums over its videos, and its labels beside them.
import type { Project, Video } from "@masklet/protocol";
import { Icon } from "../panels/parts.tsx";
import { decimal, grouped } from "../words/plural.ts";
import { useWords } from "../words/words.ts";
import { Link } from "./router.tsx";

/** What was done so far: masks, seconds a mask, the share made by hand, objects. Nothing is shown of a project not begun. */
export function ProjectSums({ videos }: { videos: readonly Video[] }) {
  const words = useWords();
  const sum = (pick: (progress: Video["progress"]) => number) =>
    videos.reduce((total, video) => total + pick(video.progress), 0);
  const human = sum((one) => one.framesHuman);
  const masks = human + sum((one) => one.framesModel);
  const seconds = sum((one) => one.activeSeconds);
  if (masks === 0) return <span className="grow t2">{words.sums.nothingYet}</span>;
  const { language } = words;
  const doubts = sum((one) => one.doubts ?? 0);
  const figures = [
    [decimal(language, seconds / masks, seconds / masks < 10 ? 1 : 0), words.sums.seconds],
    [`${decimal(language, (100 * human) / masks, human / masks < 0.1 ? 1 : 0)} %`, words.sums.hand],
    [grouped(language, masks), words.sums.masks(masks)],
    [
      grouped(
        language,
        sum((one) => one.objects),
      ),
      words.sums.objects(sum((one) => one.objects)),
    ],
  ] as const;
  const seen = videos.some(({ progress }) => progress.doubts !== null);
  return (
    <dl className="sums grow">
      {figures.map(([figure, what]) => (
        <div key={what}>
          <dt className="small t3 cut">{what}</dt>
          <dd className="title num">{figure}</dd>
        </div>
      ))}
      {seen && (
        <div>
          <dt className="small t3 cut">{words.sums.doubts(doubts)}</dt>
          <dd className={`title num ${doubts > 0 ? "doubt" : ""}`}>{grouped(language, doubts)}</dd>
        </div>
      )}
    </dl>
  );
}

export function ProjectAside({ project }: { project: Project }) {
  const words = useWords();
  const labels = `/p/${project.id}/labels`;
  return (
    <aside className="project-aside scroll" aria-label={words.labels}>
      <div className="row small b t2">
        <h2 className="grow">{words.labels}</h2>
        <Link className="ib s" to={labels} aria-label={words.newLabel} title={words.newLabel}>
          <Icon name="plus" />
        </Link>
      </div>
      {project.labels.length === 0 && <p className="small t3">{words.labelsEmpty}</p>}
      {project.labels.map(({ id, label }) => (
        <Link key={id} to={labels} className="row aside-label">
          <span className="sw s" style={{ background: label.colour ?? "var(--text-3)" }} />
          <span className="grow cut">{label.name}</span>
          {label.key && <kbd>{label.key}</kbd>}
        </Link>
      ))}
      <div className="sep" />
      <h2 className="small b t2">{words.columns.progress}</h2>
      {(["accepted", "human", "model"] as const).map((part) => (
        <span key={part} className="row small">
          <i className={`legend part-${part}`} />
          {words.progressParts[part]}
        </span>
      ))}
    </aside>
  );
}
