// Home: projects as rows with what is in them, a new one, the sample.
import { Dialog } from "@base-ui/react/dialog";
import { Menu } from "@base-ui/react/menu";
import type { Project, Video } from "@masklet/protocol";
import { useCallback, useEffect, useState } from "react";
import { call } from "../link/call.ts";
import { Icon } from "../panels/parts.tsx";
import { ago } from "../words/plural.ts";
import { useWords } from "../words/words.ts";
import { listenToEvents } from "./page-events.ts";
import { PageFrame } from "./page-frame.tsx";
import { go, Link } from "./router.tsx";
import { Thumbnail } from "./thumbnail.tsx";
import { ProgressBar } from "./video-row.tsx";

/** Videos are asked for as many projects as fit on a screen; older rows show less. */
const DETAILED_MAX = 40;

export function HomePage() {
  const words = useWords();
  const [projects, setProjects] = useState<readonly Project[] | null>(null);
  const [videos, setVideos] = useState<ReadonlyMap<string, readonly Video[]>>(new Map());
  const [problem, setProblem] = useState<string | null>(null);
  const [removing, setRemoving] = useState<Project | null>(null);
  const reload = useCallback(() => {
    call("GET /api/projects")
      .then((all) => {
        const newest = [...all].sort((a, b) => b.touchedAt.localeCompare(a.touchedAt));
        setProjects(newest);
        for (const { id } of newest.slice(0, DETAILED_MAX))
          call("GET /api/projects/:project/videos", { at: { project: id } })
            .then((list) => setVideos((now) => new Map(now).set(id, list)))
            .catch(() => {});
      })
      .catch((error: Error) => setProblem(error.message));
  }, []);
  useEffect(() => {
    reload();
    document.title = "masklet";
    return listenToEvents({
      onEvent: (event) => (event.type === "project" || event.type === "video-gone") && reload(),
      onGap: reload,
    });
  }, [reload]);
  const sample = projects?.find((project) => project.sample);
  const sampleClip = sample && videos.get(sample.id)?.find((video) => video.state === "ready");
  return (
    <PageFrame crumb={<b>{words.projects}</b>}>
      <div className="home scroll">
        <div className="row home-head">
          <h1 className="title grow">{words.projects}</h1>
          {sampleClip && (
            <Link className="btn" to={`/p/${sampleClip.project}/v/${sampleClip.id}`}>
              <Icon name="play" />
              {words.openSample}
            </Link>
          )}
        </div>
        {problem && (
          <p className="err" role="alert">
            {problem}
          </p>
        )}
        <div className="home-rows">
          {projects?.map((project) => (
            <ProjectRow
              key={project.id}
              project={project}
              videos={videos.get(project.id) ?? null}
              onChange={reload}
              onRemove={() => setRemoving(project)}
              report={setProblem}
            />
          ))}
          <NewProject empty={projects?.length === 0} report={setProblem} />
        </div>
      </div>
      {removing && (
        <RemoveDialog
          project={removing}
          close={() => setRemoving(null)}
          onRemoved={reload}
          report={setProblem}
        />
      )}
    </PageFrame>
  );
}

function ProjectRow(props: {
  project: Project;
  videos: readonly Video[] | null;
  onChange: () => void;
  onRemove: () => void;
  report: (problem: string) => void;
}) {
  const { project, videos } = props;
  const words = useWords();
  const [naming, setNaming] = useState(false);
  const ready = (videos ?? []).filter((video) => video.state === "ready");
  const newest = [...ready].sort((a, b) => b.touchedAt.localeCompare(a.touchedAt))[0];
  const objects = ready.reduce((sum, video) => sum + video.progress.objects, 0);
  const date = new Intl.DateTimeFormat(words.language, { dateStyle: "medium", timeStyle: "short" });
  const rename = (name: string) => {
    setNaming(false);
    if (!name.trim() || name.trim() === project.name) return;
    call("PATCH /api/projects/:project", { at: { project: project.id }, body: { name } })
      .then(props.onChange)
      .catch((error: Error) => props.report(error.message));
  };
  return (
    <div className="project-row">
      <Thumbnail video={newest} />
      <div className="grow name-cell">
        {naming ? (
          <input
            className="text m"
            // biome-ignore lint/a11y/noAutofocus: asked for by the person just now
            autoFocus
            defaultValue={project.name}
            maxLength={200}
            aria-label={words.projectName}
            onBlur={(event) => rename(event.target.value)}
            onKeyDown={(event) => {
              if (event.key === "Enter") event.currentTarget.blur();
              if (event.key === "Escape") setNaming(false);
            }}
          />
        ) : (
          <Link to={`/p/${project.id}`} className="m cut project-link">
            {project.name}
          </Link>
        )}
        <span className="small t3 num">
          {[words.videoCount(project.videos), objects > 0 ? words.masklets(objects) : null]
            .filter(Boolean)
            .join(", ")}
        </span>
      </div>
      {objects > 0 && <ProgressBar videos={ready} />}
      <span className="small t3 num touched" title={date.format(new Date(project.touchedAt))}>
        {ago(words.language, new Date(project.touchedAt))}
      </span>
      <Menu.Root>
        <Menu.Trigger className="ib above" aria-label={`${words.more}: ${project.name}`}>
          <Icon name="more" />
        </Menu.Trigger>
        <Menu.Portal>
          <Menu.Positioner sideOffset={4} align="end">
            <Menu.Popup className="pop menu">
              <Menu.Item className="mi" onClick={() => setNaming(true)}>
                {words.rename}
              </Menu.Item>
              <Menu.Item className="mi" onClick={props.onRemove}>
                {words.removeProject}
              </Menu.Item>
            </Menu.Popup>
          </Menu.Positioner>
        </Menu.Portal>
      </Menu.Root>
    </div>
  );
}

function NewProject({ empty, report }: { empty: boolean; report: (problem: string) => void }) {
  const words = useWords();
  const [name, setName] = useState("");
  const create = (event: React.FormEvent) => {
    event.preventDefault();
    if (!name.trim()) return;
    call("POST /api/projects", { body: { name: name.trim() } })
      .then((project) => go(`/p/${project.id}?add=1`))
      .catch((error: Error) => report(error.message));
  };
  return (
    <form className="row new-row" onSubmit={create}>
      <span className="thumb plus">
        <Icon name="plus" />
      </span>
      <input
        className="plain grow"
        aria-label={words.projectName}
        placeholder={empty ? words.firstProject : words.newProjectHint}
        maxLength={200}
        value={name}
        onChange={(event) => setName(event.target.value)}
      />
      <button type="submit" className="btn" disabled={!name.trim()}>
        {words.newProject}
      </button>
    </form>
  );
}

/** A project cannot be brought back, so this one is asked about. */
function RemoveDialog(props: {
  project: Project;
  close: () => void;
  onRemoved: () => void;
  report: (problem: string) => void;
}) {
  const { project, close } = props;
  const words = useWords();
  const remove = () => {
    close();
    call("DELETE /api/projects/:project", { at: { project: project.id } })
      .then(props.onRemoved)
      .catch((error: Error) => props.report(error.message));
  };
  return (
    <Dialog.Root open onOpenChange={(open) => !open && close()}>
      <Dialog.Portal>
        <Dialog.Backdrop className="backdrop" />
        <Dialog.Popup className="dialog ask-dialog" data-dialog="">
          <div className="dialog-body">
            <Dialog.Title className="lead b">{words.removeTitle(project.name)}</Dialog.Title>
            <Dialog.Description className="t2">
              {words.removeText(project.videos)}
            </Dialog.Description>
          </div>
          <div className="dialog-foot">
            <span className="grow" />
            <Dialog.Close className="btn l">{words.cancel}</Dialog.Close>
            <button type="button" className="btn l danger" onClick={remove}>
              {words.removeProject}
            </button>
          </div>
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
