// The routes that do not answer JSON: events, pictures of frames, media bytes.
import type { FastifyInstance, FastifyReply } from "fastify";
import type { Events } from "../events.ts";
import type { Media } from "../media.ts";
import { Refusal } from "../problem.ts";
import type { Catalogue } from "../store/catalogue.ts";

/** A comment so often keeps proxies from closing a silent stream. */
const BEAT_MS = 15_000;
/** A stream whose reader is so far behind is ended; it comes back with its last event's number. */
const BACKLOG_BYTES_MAX = 8 * 1024 * 1024;
const YEAR_S = 365 * 24 * 3600;

const MEDIA_TYPES: Readonly<Record<string, string>> = {
  mp4: "video/mp4",
  m4v: "video/mp4",
  mov: "video/quicktime",
  webm: "video/webm",
  mkv: "video/x-matroska",
};

export function bindStreams(
  app: FastifyInstance,
  bench: { readonly events: Events; readonly media: Media; readonly catalogue: Catalogue },
): void {
  app.get("/api/events", { schema: { hide: true } }, (request, reply) => {
    const { video = null } = request.query as { video?: string };
    const lastId = (request.headers["last-event-id"] as string | undefined) ?? null;
    sendEvents(reply, bench.events, { video, lastId });
  });

  app.get(
    "/api/videos/:video/frames/:frame",
    { schema: { hide: true } },
    async (request, reply) => {
      const { video, frame } = request.params as { video: string; frame: string };
      const query = request.query as { digest?: string; width?: string; format?: string };
      const format = query.format === "png" ? "png" : "jpeg";
      const picture = await bench.media.picture({
        video,
        digest: query.digest ?? "",
        frame: wholeNumber(frame, "frame"),
        format,
        width: query.width === undefined ? null : wholeNumber(query.width, "width"),
      });
      return reply
        .type(`image/${format}`)
        .header("cache-control", `private, max-age=${YEAR_S}, immutable`)
        .send(picture);
    },
  );

  app.get("/api/videos/:video/media", { schema: { hide: true } }, async (request, reply) => {
    const { video } = request.params as { video: string };
    const { digest } = request.query as { digest?: string };
    const facts = await bench.catalogue.video(video);
    const source = await bench.catalogue.source(video);
    if (facts === null || source === null) {
      throw new Refusal("not-found", `There is no video ${video}.`);
    }
    if (digest !== facts.digest) {
      throw new Refusal("digest-mismatch", "The video's frames are not those this page knows.");
    }
    if (facts.media === "frames") {
      throw new Refusal("not-found", "This video is shown frame by frame.");
    }
    const slash = source.lastIndexOf("/");
    const extension = source.slice(source.lastIndexOf(".") + 1).toLowerCase();
    return reply
      .type(MEDIA_TYPES[extension] ?? "application/octet-stream")
      .sendFile(source.slice(slash + 1), source.slice(0, slash), { contentType: false });
  });
}

/** A finished export as a download. */
export function bindDownloads(
  app: FastifyInstance,
  find: (id: string) => Promise<{ readonly path: string; readonly name: string }>,
): void {
  app.get("/api/exports/:export/file", { schema: { hide: true } }, async (request, reply) => {
    const { export: id } = request.params as { export: string };
    const { path, name } = await find(id);
    const slash = path.lastIndexOf("/");
    return reply
      .header("content-disposition", `attachment; filename*=UTF-8''${encodeURIComponent(name)}`)
      .type("application/zip")
      .sendFile(path.slice(slash + 1), path.slice(0, slash), { contentType: false });
  });
}

function sendEvents(
  reply: FastifyReply,
  events: Events,
  wanted: { readonly video: string | null; readonly lastId: string | null },
): void {
  reply.hijack();
  const { raw } = reply;
  raw.writeHead(200, {
    "content-type": "text/event-stream",
    "cache-control": "no-store",
    connection: "keep-alive",
    "x-accel-buffering": "no",
  });
  raw.write(": hello\n\n");
  const stop = events.listen(wanted, ({ number, event }) => {
    raw.write(`id: ${events.run}:${number}\ndata: ${JSON.stringify(event)}\n\n`);
    if (raw.writableLength > BACKLOG_BYTES_MAX) raw.destroy();
  });
  const beat = setInterval(() => raw.write(": beat\n\n"), BEAT_MS);
  raw.on("close", () => {
    clearInterval(beat);
    stop();
  });
}

function wholeNumber(text: string, what: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0 || text === "") {
    throw new Refusal("bad-request", `The ${what} must be a whole number from 0 (got "${text}").`);
  }
  return value;
}
