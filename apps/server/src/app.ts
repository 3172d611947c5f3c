// The application: the HTTP server around one bench, its routes, its jobs, the studio's pages.
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import fastifyStatic from "@fastify/static";
import fastifySwagger from "@fastify/swagger";
import { clipped } from "@masklet/annotation/reading";
import { BODY_BYTES_MAX, Job, Model, Problem, Project, Video } from "@masklet/protocol";
import Fastify, { type FastifyInstance, type FastifyReply } from "fastify";
import { type Bench, openBench } from "./bench.ts";
import type { Engine } from "./engine/client.ts";
import { editingHandlers } from "./handlers/editing.ts";
import { exchangeHandlers, exportRow } from "./handlers/exchange.ts";
import { createModels, fetchWork, type ModelShelf, modelHandlers } from "./handlers/models.ts";
import { projectHandlers } from "./handlers/projects.ts";
import { systemHandlers } from "./handlers/system.ts";
import type { Home } from "./home.ts";
import { bindRoutes } from "./http/bind.ts";
import { guardOrigin } from "./http/guard.ts";
import { bindDownloads, bindStreams } from "./http/streams.ts";
import { bindUploads } from "./http/uploads.ts";
import { endExport, exportWork, sweepExports } from "./jobs/export.ts";
import { askMissingProxies, proxyWork } from "./jobs/proxies.ts";
import { createRunner, type Runner } from "./jobs/runner.ts";
import { endOrphanRuns, endRun, trackWork } from "./jobs/track-work.ts";
import {
  addVideoFile,
  endImport,
  prepareWork,
  removeVideo,
  resumeImports,
  tellVideo,
} from "./jobs/videos.ts";
import { problemOf, Refusal } from "./problem.ts";
import { ensureSample } from "./sample.ts";

export interface AppOptions {
  readonly home: Home;
  /** Names this server answers for, the one to open first. */
  readonly hosts: readonly string[];
  /** Folder of the built studio, or null to serve the API alone. */
  readonly pages: string | null;
  /** Whether an empty home gets the sample project. */
  readonly sample: boolean;
  /** Folders from which videos and labels may be read by path; the user's own and the home where left out. */
  readonly folders?: readonly string[];
  /** Stands in for the engine process. */
  readonly engine?: Engine;
  readonly now: () => number;
  readonly log: (message: string) => void;
}

export interface App {
  readonly server: FastifyInstance;
  readonly bench: Bench;
  close(): Promise<void>;
}

/** There is no login on one's own machine; every record carries this id all the same. */
const LOCAL_USER = { id: "local", name: "You" };

/** Opens the bench, binds every route, takes unfinished jobs up again. */
export async function openApp(options: AppOptions): Promise<App> {
  const { home, now, log } = options;
  const bench = await openBench(home, {
    now,
    log,
    modelsChanged: () => models.changed(),
    ...(options.engine !== undefined && { engine: options.engine }),
  });
  const models: ModelShelf = createModels(bench);
  const runner = createRunner(bench.jobs, {
    log,
    beside: { track: 1, prepare: 2, proxy: 1, export: 1, "fetch-model": 1 },
    work: {
      track: trackWork(bench),
      prepare: prepareWork(bench),
      proxy: proxyWork(bench),
      export: exportWork(bench),
      "fetch-model": fetchWork(models),
    },
    ended: async (job) => {
      if (job.kind === "track") await endRun(bench, job);
      if (job.kind === "export") await endExport(bench, job);
      if (job.kind === "prepare") {
        await endImport(bench, job);
        await askMissingProxies(bench, runner);
      }
    },
  });
  const allowedFolders = options.folders ?? [homedir(), home.path];
  const server = await buildServer(options);
  bindRoutes(server, {
    ...systemHandlers(bench, { user: LOCAL_USER, runner, allowedFolders }),
    ...projectHandlers(bench, { runner, allowedFolders }),
    ...editingHandlers(bench, { runner, user: LOCAL_USER.id }),
    ...modelHandlers(models, runner),
    ...exchangeHandlers(bench, { runner, allowedFolders }),
  });
  bindStreams(server, bench);
  bindDownloads(server, (id) => exportRow(bench, id));
  bindUploads(server, home, uploadEvents(bench, runner));
  bindPages(server, options.pages);

  if (options.sample) await ensureSample(bench, runner);
  await models.start();
  await endOrphanRuns(bench);
  await sweepExports(bench);
  await runner.resume();
  await resumeImports(bench, runner);
  await askMissingProxies(bench, runner);
  return {
    server,
    bench,
    close: async () => {
      await runner.close();
      server.server.closeAllConnections();
      await server.close();
      await bench.close();
    },
  };
}

async function buildServer({ hosts, log }: AppOptions): Promise<FastifyInstance> {
  const server = Fastify({
    bodyLimit: BODY_BYTES_MAX,
    forceCloseConnections: true,
    // An address that cannot be read, or with a part that is too long, never gets to a route.
    frameworkErrors: (_error, request, reply) => {
      const { status, problem } = problemOf(
        new Refusal("bad-request", `The address ${clipped(request.url)} cannot be read.`),
      );
      const answer: FastifyReply = reply;
      return answer.code(status).send(problem);
    },
    // A number where text belongs is a mistake to be told, not to be guessed at.
    ajv: { customOptions: { coerceTypes: false, removeAdditional: false } },
  });
  // Replies are typed at compile time; the schemas serve the document, not a second serialiser.
  server.setSerializerCompiler(() => (data) => JSON.stringify(data));
  server.setErrorHandler((error, request, reply) => {
    const { status, problem, ours } = problemOf(error);
    if (ours) log(`${request.method} ${request.url}: ${(error as Error).stack ?? error}`);
    return reply.code(status).send(problem);
  });
  server.setNotFoundHandler((request, reply) => {
    const { status, problem } = problemOf(
      new Refusal("not-found", `There is nothing at ${request.method} ${clipped(request.url)}.`),
    );
    return reply.code(status).send(problem);
  });
  guardOrigin(server, { hosts });
  for (const schema of [Problem, Project, Video, Job, Model]) server.addSchema(schema);
  await server.register(fastifySwagger, {
    openapi: {
      openapi: "3.1.0",
      info: { title: "masklet", version: "0.1.0", description: "Label video with SAM 2." },
    },
  });
  server.get("/api/openapi.json", { schema: { hide: true } }, async () => server.swagger());
  return server;
}

function uploadEvents(bench: Bench, runner: Runner) {
  return {
    created: async (upload: {
      id: string;
      name: string;
      project: string;
      purpose: string;
      bytes: number;
    }) => {
      if (upload.purpose !== "video") return;
      if ((await bench.catalogue.project(upload.project)) === null) {
        throw new Refusal("not-found", `There is no project ${upload.project}.`);
      }
      const { id, name, project, bytes } = upload;
      await bench.catalogue.addVideo({ id, name, project, bytes, state: "uploading", source: "" });
      await tellVideo(bench, id);
    },
    finished: async (
      upload: { id: string; name: string; project: string; purpose: string },
      path: string,
    ) => {
      const { id, name, project, purpose } = upload;
      if (purpose === "video")
        await addVideoFile(bench, runner, { id, name, project, source: path });
    },
    ended: async (id: string) => {
      const video = await bench.catalogue.video(id);
      if (video?.state === "uploading") await removeVideo(bench, runner, id);
    },
    log: bench.log,
  };
}

/** Every address that is no file is the studio's own: it reads the rest of the path itself. */
function bindPages(server: FastifyInstance, pages: string | null): void {
  const folder = pages ?? import.meta.dirname;
  server.register(fastifyStatic, { root: folder, serve: pages !== null, wildcard: false });
  if (pages === null || !existsSync(join(pages, "index.html"))) return;
  server.get("/*", { schema: { hide: true } }, (request, reply) => {
    if (request.url.startsWith("/api/")) {
      throw new Refusal(
        "not-found",
        `There is nothing at ${request.method} ${clipped(request.url)}.`,
      );
    }
    return reply.header("cache-control", "no-cache").sendFile("index.html");
  });
}
