// Handlers: projects and videos.
import { rm } from "node:fs/promises";
import { basename } from "node:path";
import type { Project, ProjectLabel, Video } from "@masklet/protocol";
import type { Bench } from "../bench.ts";
import { allowedPath } from "../folders.ts";
import type { Handlers } from "../http/bind.ts";
import { askProxy } from "../jobs/proxies.ts";
import type { Runner } from "../jobs/runner.ts";
import { addVideoFile, prepareAgain, removeVideo } from "../jobs/videos.ts";
import { labelSteps, readLabels } from "../labels.ts";
import { printableName } from "../names.ts";
import { Refusal } from "../problem.ts";

type Mine =
  | "GET /api/projects"
  | "POST /api/projects"
  | "GET /api/projects/:project"
  | "PATCH /api/projects/:project"
  | "DELETE /api/projects/:project"
  | "GET /api/projects/:project/videos"
  | "POST /api/projects/:project/videos"
  | "GET /api/videos/:video"
  | "PATCH /api/videos/:video"
  | "DELETE /api/videos/:video"
  | "POST /api/videos/:video/prepare"
  | "GET /api/videos/:video/table"
  | "POST /api/videos/:video/proxy";

export function projectHandlers(
  bench: Bench,
  options: { readonly runner: Runner; readonly allowedFolders: readonly string[] },
): Pick<Handlers, Mine> {
  const { catalogue, events } = bench;
  return {
    "GET /api/projects": async () => [...(await catalogue.projects())],
    "POST /api/projects": async ({ body }) => {
      const id = bench.newId();
      await catalogue.addProject(id, printableName(body.name, "a project"), { sample: false });
      return tell(bench, await projectOf(bench, id));
    },
    "GET /api/projects/:project": ({ path }) => projectOf(bench, path.project),
    "PATCH /api/projects/:project": async ({ path, body }) => {
      await projectOf(bench, path.project);
      const { labels: asked, ...change } = body;
      if (change.name !== undefined) printableName(change.name, "a project");
      if (asked === undefined) await catalogue.changeProject(path.project, change);
      else {
        const labels = readLabels(asked);
        // A document that cannot be read refuses the change before anything is written.
        for (const video of await catalogue.videos(path.project)) {
          if (video.state === "ready") await bench.documents.read(video.id);
        }
        await catalogue.changeProject(path.project, { ...change, labels });
        await carryLabels(bench, path.project, labels);
      }
      return tell(bench, await projectOf(bench, path.project));
    },
    "DELETE /api/projects/:project": async ({ path }) => {
      await projectOf(bench, path.project);
      for (const video of await catalogue.videos(path.project)) {
        await removeVideo(bench, options.runner, video.id);
      }
      const files = await catalogue.exportFiles(path.project);
      await catalogue.deleteProject(path.project);
      for (const file of files) await rm(file, { force: true });
      return null;
    },
    "GET /api/projects/:project/videos": async ({ path }) => {
      await projectOf(bench, path.project);
      return [...(await catalogue.videos(path.project))];
    },
    "POST /api/projects/:project/videos": async ({ path, body }) => {
      await projectOf(bench, path.project);
      const source = await allowedPath(body.path, {
        folders: options.allowedFolders,
        otherwise: "bad-media",
      });
      const id = bench.newId();
      const name = basename(body.path);
      await addVideoFile(bench, options.runner, { id, project: path.project, name, source });
      return videoOf(bench, id);
    },
    "GET /api/videos/:video": ({ path }) => videoOf(bench, path.video),
    "PATCH /api/videos/:video": async ({ path, body }) => {
      await videoOf(bench, path.video);
      const { name, metadata } = body;
      await catalogue.changeVideo(path.video, {
        ...(name !== undefined && { name: printableName(name, "a video") }),
        ...(metadata !== undefined && { metadata }),
      });
      const video = await videoOf(bench, path.video);
      events.tell({ type: "video", video });
      return video;
    },
    "DELETE /api/videos/:video": async ({ path }) => {
      await videoOf(bench, path.video);
      await removeVideo(bench, options.runner, path.video);
      return null;
    },
    "POST /api/videos/:video/prepare": async ({ path }) => {
      await prepareAgain(bench, options.runner, await videoOf(bench, path.video));
      return videoOf(bench, path.video);
    },
    "GET /api/videos/:video/table": async ({ path }) => {
      const times = await catalogue.times(path.video);
      if (times === null) throw new Refusal("not-ready", "This video is still being prepared.");
      const { digest, numerator, denominator, ticks } = times;
      return { digest, timeBase: [numerator, denominator], pts: [...ticks] };
    },
    "POST /api/videos/:video/proxy": async ({ path }) =>
      askProxy(bench, options.runner, await readyVideo(bench, path.video)),
  };
}

export async function projectOf(bench: Bench, id: string): Promise<Project> {
  const project = await bench.catalogue.project(id);
  if (project === null) throw new Refusal("not-found", `There is no project ${id}.`);
  return project;
}

export async function videoOf(bench: Pick<Bench, "catalogue">, id: string): Promise<Video> {
  const video = await bench.catalogue.video(id);
  if (video === null) throw new Refusal("not-found", `There is no video ${id}.`);
  return video;
}

/** A video that can be labelled. */
export async function readyVideo(bench: Pick<Bench, "catalogue">, id: string): Promise<Video> {
  const video = await videoOf(bench, id);
  if (video.state === "failed") {
    throw new Refusal("bad-media", video.problem ?? `${video.name} cannot be read.`);
  }
  if (video.state !== "ready") {
    throw new Refusal("not-ready", `${video.name} is still being prepared.`);
  }
  return video;
}

function tell(bench: Bench, project: Project): Project {
  bench.events.tell({ type: "project", project });
  return project;
}

/** Carries a changed list of labels into every document of the project. */
async function carryLabels(
  bench: Bench,
  project: string,
  labels: readonly ProjectLabel[],
): Promise<void> {
  for (const video of await bench.catalogue.videos(project)) {
    if (video.state !== "ready") continue;
    // An edit may slip in between reading and committing: the next reading sees it.
    for (let settled = false; !settled; ) {
      const { document } = await bench.documents.read(video.id);
      const steps = labelSteps(document, labels);
      if (steps.length === 0) break;
      const transaction = {
        id: bench.newId(),
        title: "Labels of the project",
        origin: "person",
        author: null,
        run: null,
        steps,
      } as const;
      const { refused } = await bench.documents.commit(video.id, [transaction], { client: null });
      if (refused !== null && refused.refusal.code !== "stale") {
        throw new Refusal("bad-request", `${video.name}: ${refused.refusal.message}`);
      }
      settled = refused === null;
    }
  }
}
