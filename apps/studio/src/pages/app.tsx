// The app: which page an address shows.
import type { Hello } from "@masklet/protocol";
import { useEffect, useState } from "react";
import { call, LinkError } from "../link/call.ts";
import { useWords } from "../words/words.ts";
import { AnnotatorPage } from "./annotator-page.tsx";
import { HomePage } from "./home-page.tsx";
import { ModelsPage } from "./models-page.tsx";
import { ProjectPage } from "./project-page.tsx";
import { go, Link, usePlace } from "./router.tsx";
import { SettingsPage } from "./settings-page.tsx";

export function App() {
  const words = useWords();
  const { path, search } = usePlace();
  const [hello, setHello] = useState<Hello | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const [attempt, setAttempt] = useState(0);
  useEffect(() => {
    let retry: ReturnType<typeof setTimeout> | undefined;
    call("GET /api/hello")
      .then((one) => {
        setProblem(null);
        setHello(one);
        if (location.pathname === "/") void enter(one);
      })
      .catch((error: unknown) => {
        setProblem(error instanceof LinkError ? error.message : String(error));
        retry = setTimeout(() => setAttempt(attempt + 1), RETRY_MS);
      });
    return () => clearTimeout(retry);
  }, [attempt]);
  if (problem && !hello)
    return (
      <main className="blank">
        <h1 className="lead">{words.away}</h1>
        <button type="button" className="btn" onClick={() => setAttempt(attempt + 1)}>
          {words.tryNow}
        </button>
      </main>
    );
  if (!hello) return <main className="blank t3" aria-busy="true" />;
  const annotator = /^\/p\/([^/]+)\/v\/([^/]+)$/.exec(path);
  if (annotator)
    return (
      <AnnotatorPage
        key={annotator[2]}
        hello={hello}
        project={annotator[1]!}
        video={annotator[2]!}
        search={search}
      />
    );
  const project = /^\/p\/([^/]+)(?:\/(labels|guidelines|exports))?$/.exec(path);
  if (project)
    return (
      <ProjectPage
        key={project[1]}
        id={project[1]!}
        tab={(project[2] ?? "videos") as "videos"}
        adding={search.includes("add=1")}
        hello={hello}
      />
    );
  if (path === "/models") return <ModelsPage />;
  if (path === "/settings") return <SettingsPage hello={hello} />;
  if (path === "/") return <HomePage />;
  return (
    <main className="blank">
      <h1 className="lead">{words.notFound}</h1>
      <Link className="btn" to="/">
        {words.toHome}
      </Link>
    </main>
  );
}

const RETRY_MS = 2000;

/** Who opens the studio wants to work: the sample at the first start, the only project where there is one. */
async function enter({ start }: Hello): Promise<void> {
  if (start) return go(`/p/${start.project}/v/${start.video}`, "replace");
  const projects = await call("GET /api/projects").catch(() => []);
  if (projects.length === 1 && location.pathname === "/") go(`/p/${projects[0]!.id}`, "replace");
}
