// The routes that do not answer JSON: events, pictures of frames, media bytes.
import { stat } from "node:fs/promises";
import { basename, dirname, extname } from "node:path";
import type { FastifyInstance, FastifyReply } from "fastify";
import type { Events } from "../events.ts";
import { readyVideo } from "../handlers/projects.ts";
import type { Media } from "../media.ts";
import { insideVideo, problemOf, Refusal, sameFrames, wholeNumber } from "../problem.ts";
import type { Catalogue } from "../store/catalogue.ts";

/** A comment so often keeps proxies from closing a silent stream. */
const BEAT_MS = 15_000;
/** A stream whose reader is so far behind is ended; it comes back with its last event's number. */
const BACKLOG_BYTES_MAX = 8 * 1024 * 1024;
const YEAR_S = 365 * 24 * 3600;

const UNKNOWN_TYPE = "application/octet-stream";
const MEDIA_TYPES: Readonly<Record<string, string>> = {
  ".mp4": "video/mp4",
  ".m4v": "video/mp4",
  ".mov": "video/quicktime",
  ".webm": "video/webm",
  ".mkv": "video/x-matroska",
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
      const digest = query.digest ?? "";
      const order = {
        video,
        digest,
        frame: wholeNumber(frame, "frame"),
        format,
        width: query.width === undefined ? null : wholeNumber(query.width, "width", 1),
      } as const;
      const facts = await readyVideo(bench, video);
      sameFrames(facts.digest, digest);
      insideVideo(order.frame, facts.frames);
      const picture = await bench.media.picture(order);
      return reply
        .type(`image/${format}`)
        .header("cache-control", `private, max-age=${YEAR_S}, immutable`)
        .send(picture);
    },
  );

  app.get("/api/videos/:video/media", { schema: { hide: true } }, async (request, reply) => {
    const { video } = request.params as { video: string };
    const { digest = "" } = request.query as { digest?: string };
    const facts = await readyVideo(bench, video);
    sameFrames(facts.digest, digest);
    const path = await bench.catalogue.playable(video);
    if (path === null) throw new Refusal("not-found", "This video is shown frame by frame.");
    return sendWhole(reply.type(MEDIA_TYPES[extname(path).toLowerCase()] ?? UNKNOWN_TYPE), path);
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
    const named = `attachment; filename*=UTF-8''${encodeURIComponent(name)}`;
    const type = MEDIA_TYPES[extname(path).toLowerCase()] ?? "application/zip";
    return sendWhole(reply.header("content-disposition", named).type(type), path);
  });
}

/** A file of ours, with ranges (RFC 9110, section 14.1.2). */
async function sendWhole(reply: FastifyReply, path: string): Promise<FastifyReply> {
  const { headers } = reply.request;
  const [, first = "", last = ""] = /^bytes=(\d*)-(\d*)$/.exec(headers.range ?? "") ?? [];
  if (first !== "" || last !== "") {
    const { size } = await stat(path);
    // An end longer than the file is the whole of it.
    if (first === "" && Number(last) >= size && size > 0) delete headers.range;
    else if (first === "" ? Number(last) === 0 : Number(first) >= size) {
      const { problem } = problemOf(
        new Refusal("bad-request", `The file has ${size} bytes: there is none in this range.`),
      );
      reply.removeHeader("content-disposition");
      const refused = reply.code(416).header("content-range", `bytes */${size}`);
      return refused.type("application/json").send(problem);
    }
  }
  return reply.sendFile(basename(path), dirname(path), { contentType: false });
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
  const stop = events.listen(wanted, ({ number, text }) => {
    raw.write(`id: ${events.run}:${number}\ndata: ${text}\n\n`);
    if (raw.writableLength > BACKLOG_BYTES_MAX) raw.destroy();
  });
  const beat = setInterval(() => raw.write(": beat\n\n"), BEAT_MS);
  raw.on("close", () => {
    clearInterval(beat);
    stop();
  });
}
