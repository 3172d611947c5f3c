// A project: its videos, labels, guidelines and exports.
import type { Hello, Project, Video } from "@masklet/protocol";
import { useCallback, useEffect, useState } from "react";
import { call, LinkError } from "../link/call.ts";
import { ExportDialog } from "../panels/export-dialog.tsx";
import { Icon } from "../panels/parts.tsx";
import type { IconName } from "../style/icons.ts";
import { useWords } from "../words/words.ts";
import { ExportsTab } from "./exports-tab.tsx";
import { GuidelinesTab } from "./guidelines-tab.tsx";
import { LabelsTab } from "./labels-tab.tsx";
import { listenToEvents } from "./page-events.ts";
import { PageFrame } from "./page-frame.tsx";
import { go, Link } from "./router.tsx";
import { VideosTab } from "./videos-tab.tsx";

type Tab = "videos" | "labels" | "guidelines" | "exports";

export function ProjectPage(props: { id: string; tab: Tab; adding: boolean; hello: Hello }) {
  const { id, tab } = props;
  const words = useWords();
  const [project, setProject] = useState<Project | null>(null);
  const [videos, setVideos] = useState<readonly Video[]>([]);
  const [problem, setProblem] = useState<string | null>(null);
  const [exporting, setExporting] = useState(false);
  const report = useCallback(
    (error: unknown) => setProblem(error instanceof LinkError ? error.message : String(error)),
    [],
  );
  const reload = useCallback(() => {
    call("GET /api/projects/:project", { at: { project: id } })
      .then(setProject)
      .catch(report);
    call("GET /api/projects/:project/videos", { at: { project: id } })
      .then(setVideos)
      .catch(report);
  }, [id, report]);
  useEffect(() => {
    reload();
    return listenToEvents({
      onGap: reload,
      onEvent: (event) => {
        if (event.type === "video" && event.video.project === id)
          setVideos((now) =>
            now.some((one) => one.id === event.video.id)
              ? now.map((one) => (one.id === event.video.id ? event.video : one))
              : [...now, event.video],
          );
        else if (event.type === "video-gone")
          setVideos((now) => now.filter((one) => one.id !== event.video));
        else if (event.type === "project" && event.project.id === id) setProject(event.project);
      },
    });
  }, [id, reload]);
  useEffect(() => {
    if (project) document.title = `${project.name} · masklet`;
  }, [project]);
  const ready = videos.filter((video) => video.state === "ready");
  const last = [...ready].sort((a, b) => b.touchedAt.localeCompare(a.touchedAt))[0];
  const tabs: readonly (readonly [Tab, IconName, number | null])[] = [
    ["videos", "film", videos.length],
    ["labels", "tag", project?.labels.length ?? 0],
    ["guidelines", "book", null],
    ["exports", "list", null],
  ];
  const nav = (
    <nav className="nav" aria-label={words.project}>
      {tabs.map(([name, icon, count]) => (
        <Link
          key={name}
          to={name === "videos" ? `/p/${id}` : `/p/${id}/${name}`}
          className={name === tab ? "on" : ""}
          aria-current={name === tab ? "page" : undefined}
        >
          <Icon name={icon} />
          {words[name]}
          {count !== null && <span className="n num">{count}</span>}
        </Link>
      ))}
      <span className="grow" />
      <Link to="/models">
        <Icon name="cpu" />
        {words.model}
      </Link>
      <Link to="/settings">
        <Icon name="gear" />
        {words.settings}
      </Link>
    </nav>
  );
  return (
    <PageFrame
      nav={nav}
      project={project}
      videos={videos}
      crumb={
        <>
          <Link to="/">{words.projects}</Link>
          <Icon name="chev" />
          <b className="cut">{project?.name ?? ""}</b>
        </>
      }
      actions={
        ready.length > 0 && (
          <button type="button" className="btn s" onClick={() => setExporting(true)}>
            <Icon name="export" />
            {words.export}
          </button>
        )
      }
    >
      {problem && (
        <p className="page-problem err" role="alert">
          {problem}
        </p>
      )}
      {project && tab === "videos" && (
        <VideosTab
          project={project}
          videos={videos}
          last={last ?? null}
          adding={props.adding}
          reload={reload}
          report={report}
        />
      )}
      {project && tab === "labels" && (
        <LabelsTab project={project} onChange={setProject} report={report} />
      )}
      {project && tab === "guidelines" && (
        <GuidelinesTab project={project} onChange={setProject} report={report} />
      )}
      {project && tab === "exports" && <ExportsTab project={project} report={report} />}
      {project && exporting && (
        <ExportDialog
          project={project}
          videos={ready}
          close={() => setExporting(false)}
          settle={async () => true}
          show={({ frame, object, video }) => {
            const place = new URLSearchParams();
            if (frame !== null) place.set("f", String(frame));
            if (object !== null) place.set("o", String(object));
            go(`/p/${id}/v/${video}?${place}`);
          }}
        />
      )}
    </PageFrame>
  );
}
