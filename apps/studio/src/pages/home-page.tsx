// Home: projects as rows, a new one.
import type { Project } from "@masklet/protocol";
import { useEffect, useState } from "react";
import { call } from "../link/call.ts";
import { useWords } from "../words/words.ts";
import { PageFrame } from "./page-frame.tsx";
import { go, Link } from "./router.tsx";

export function HomePage() {
  const words = useWords();
  const [projects, setProjects] = useState<readonly Project[] | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const [name, setName] = useState("");
  useEffect(() => {
    call("GET /api/projects")
      .then(setProjects)
      .catch((error: Error) => setProblem(error.message));
  }, []);
  const create = (event: React.FormEvent) => {
    event.preventDefault();
    if (!name.trim()) return;
    call("POST /api/projects", { body: { name: name.trim() } })
      .then((project) => go(`/p/${project.id}`))
      .catch((error: Error) => setProblem(error.message));
  };
  const date = new Intl.DateTimeFormat(words.language, { dateStyle: "medium", timeStyle: "short" });
  return (
    <PageFrame crumb={<b>{words.projects}</b>}>
      <div className="narrow">
        <h1 className="title">{words.projects}</h1>
        {problem && (
          <p className="err" role="alert">
            {problem}
          </p>
        )}
        {projects?.length === 0 && <p className="t2">{words.noProjects}</p>}
        <div className="list">
          {projects?.map((project) => (
            <Link key={project.id} to={`/p/${project.id}`} className="project-row">
              <span className="m grow cut">{project.name}</span>
              <span className="t3 small num">
                {words.videos}: {project.videos}
              </span>
              <span className="t3 small num">{date.format(new Date(project.touchedAt))}</span>
            </Link>
          ))}
        </div>
        <form className="row new-row" onSubmit={create}>
          <input
            className="text grow"
            aria-label={words.projectName}
            placeholder={words.projectName}
            maxLength={200}
            value={name}
            onChange={(event) => setName(event.target.value)}
          />
          <button type="submit" className="btn primary" disabled={!name.trim()}>
            {words.newProject}
          </button>
        </form>
      </div>
    </PageFrame>
  );
}
