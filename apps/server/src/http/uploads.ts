// Resumable uploads by the tus protocol; a finished video upload becomes a video, an import waits to be asked for.
import { readdir, rename, rm } from "node:fs/promises";
import { dirname, extname, join } from "node:path";
import { makeFolder } from "@masklet/disk";
import { FileStore } from "@tus/file-store";
import { EVENTS, Server } from "@tus/server";
import type { FastifyInstance } from "fastify";
import { fileNameOf } from "../folders.ts";
import type { Home } from "../home.ts";
import { uploadName } from "../names.ts";
import { problemOf, Refusal } from "../problem.ts";

/** The largest upload: hours of camera originals. */
const UPLOAD_BYTES_MAX = 200 * 1024 ** 3;

export interface UploadFacts {
  readonly id: string;
  readonly name: string;
  readonly project: string;
  readonly purpose: "video" | "import";
  readonly bytes: number;
}

export interface UploadEvents {
  /** May refuse by throwing. */
  created(upload: UploadFacts): Promise<void>;
  /** `path` is where the whole file lies. */
  finished(upload: UploadFacts, path: string): Promise<void>;
  /** The sender gave an unfinished upload up. */
  ended(id: string): Promise<void>;
  log(message: string): void;
}

export function bindUploads(app: FastifyInstance, home: Home, events: UploadEvents): void {
  const server = new Server({
    path: "/api/uploads",
    datastore: new FileStore({ directory: home.uploads }),
    maxSize: UPLOAD_BYTES_MAX,
    relativeLocation: true,
    // The guard has let nobody else through; no other page shall even read why.
    allowedOrigins: [],
    onResponseError: async (_request, error) => {
      if ("status_code" in error) return undefined;
      const { status, problem, ours } = problemOf(error);
      if (ours) events.log(`upload: ${error.stack}`);
      return { status_code: status, body: JSON.stringify(problem) };
    },
    onUploadCreate: async (_request, upload) => {
      const facts = factsOf(upload);
      uploadName(facts.name);
      await events.created(facts);
      return {};
    },
    onUploadFinish: async (_request, upload) => {
      const facts = factsOf(upload);
      const path = uploadedPath(home, facts);
      if (facts.purpose === "import") makeFolder(dirname(path));
      await rename(join(home.uploads, upload.id), path);
      await events.finished(facts, path);
      return {};
    },
  });
  server.on(EVENTS.POST_TERMINATE, (_request, _response, id) => {
    events.ended(id).catch((error: unknown) => events.log(`upload ${id}: ${String(error)}`));
  });

  // tus reads the body itself.
  app.addContentTypeParser("application/offset+octet-stream", (_request, _payload, done) =>
    done(null),
  );
  for (const url of ["/api/uploads", "/api/uploads/*"]) {
    app.route({
      method: ["GET", "HEAD", "POST", "PATCH", "DELETE", "OPTIONS"],
      url,
      schema: { hide: true },
      handler: (request, reply) => {
        reply.hijack();
        server.handle(request.raw, reply.raw).catch((error: unknown) => {
          events.log(`upload: ${String(error)}`);
          reply.raw.destroy();
        });
      },
    });
  }
}

/**
 * Where the file of a finished upload lies: a video under a name of ours with its own extension, labels in a folder
 * of ours under their own name, by which readers call them and some formats know the video.
 */
export function uploadedPath(
  home: Home,
  upload: Pick<UploadFacts, "id" | "name" | "purpose">,
): string {
  const whole = `${upload.id}-whole`;
  if (upload.purpose === "import") return join(home.uploads, whole, fileNameOf(upload.name));
  const extension = extname(upload.name)
    .toLowerCase()
    .replace(/[^.a-z0-9]/g, "");
  return join(home.media, `${whole}${extension}`);
}

/** Takes away whatever there is of an upload, whole or in part. */
export async function removeUpload(home: Home, id: string): Promise<void> {
  for (const name of await readdir(home.uploads)) {
    if (name === id || name === `${id}.json` || name.startsWith(`${id}-whole`)) {
      await rm(join(home.uploads, name), { recursive: true, force: true });
    }
  }
}

/** The file of a finished import upload. Throws a Refusal where there is none. */
export async function uploadedFile(home: Home, id: string): Promise<string> {
  const folder = join(home.uploads, `${id}-whole`);
  const [name] = /^[\w-]+$/.test(id) ? await readdir(folder).catch(() => []) : [];
  if (name === undefined) throw new Refusal("not-found", `There is no finished upload ${id}.`);
  return join(folder, name);
}

function factsOf(upload: {
  readonly id: string;
  readonly size?: number | undefined;
  readonly metadata?: Record<string, string | null> | undefined;
}): UploadFacts {
  const { filename, project, purpose } = upload.metadata ?? {};
  return {
    id: upload.id,
    name: filename ?? "video",
    project: project ?? "",
    purpose: purpose === "import" ? "import" : "video",
    bytes: upload.size ?? 0,
  };
}
