// Resumable uploads by the tus protocol; a finished video upload becomes a video, an import waits to be asked for.
import { readdir, rename } from "node:fs/promises";
import { basename, extname, join } from "node:path";
import { FileStore } from "@tus/file-store";
import { EVENTS, Server } from "@tus/server";
import type { FastifyInstance } from "fastify";
import type { Home } from "../home.ts";
import { Refusal } from "../problem.ts";

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
  ended(id: string): Promise<void>;
}

export function bindUploads(app: FastifyInstance, home: Home, events: UploadEvents): void {
  const server = new Server({
    path: "/api/uploads",
    datastore: new FileStore({ directory: home.uploads }),
    maxSize: UPLOAD_BYTES_MAX,
    relativeLocation: true,
    onUploadCreate: async (_request, upload) => {
      await events.created(factsOf(upload));
      return {};
    },
    onUploadFinish: async (_request, upload) => {
      const facts = factsOf(upload);
      const path = uploadedPath(home, facts);
      await rename(join(home.uploads, upload.id), path);
      await events.finished(facts, path);
      return {};
    },
  });
  server.on(EVENTS.POST_TERMINATE, (_request, _response, id) => void events.ended(id));

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
        void server.handle(request.raw, reply.raw);
      },
    });
  }
}

/** Where the file of a finished upload lies; its own extension kept, nothing else of the user's name. */
export function uploadedPath(
  home: Home,
  upload: Pick<UploadFacts, "id" | "name" | "purpose">,
): string {
  const extension = extname(upload.name)
    .toLowerCase()
    .replace(/[^.a-z0-9]/g, "");
  const folder = upload.purpose === "video" ? home.media : home.uploads;
  return join(folder, `${upload.id}-whole${extension}`);
}

/** The file of a finished import upload. Throws a Refusal where there is none. */
export async function uploadedFile(home: Home, id: string): Promise<string> {
  const names = /^[\w-]+$/.test(id) ? await readdir(home.uploads) : [];
  const name = names.find((candidate) => candidate.startsWith(`${id}-whole`));
  if (name === undefined) throw new Refusal("not-found", `There is no finished upload ${id}.`);
  return join(home.uploads, name);
}

function factsOf(upload: {
  readonly id: string;
  readonly size?: number | undefined;
  readonly metadata?: Record<string, string | null> | undefined;
}): UploadFacts {
  const { filename, project, purpose } = upload.metadata ?? {};
  return {
    id: upload.id,
    name: basename(filename ?? "video"),
    project: project ?? "",
    purpose: purpose === "import" ? "import" : "video",
    bytes: upload.size ?? 0,
  };
}
