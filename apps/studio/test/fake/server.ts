// A small server in memory that speaks the protocol, for developing and testing the studio without the real one.
import { readFileSync, statSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { extname, join } from "node:path";
import {
  applyEntry,
  type Document,
  documentToJson,
  type LogEntry,
  labelId,
  newDocument,
  revert,
  type State,
  type Step,
  type Track,
  type Transaction,
  trackId,
  trackInfo,
  transactionFromJson,
  transactionToJson,
  type Versioned,
  visible,
} from "@masklet/annotation";
import type {
  Job,
  Project,
  Run,
  SegmentRequest,
  ServerEvent,
  TrackRequest,
  Video,
} from "@masklet/protocol";
import { equal, type FrameIndex, frameIndex, iou, type Mask, rleString } from "@masklet/vision";
import {
  CUT,
  discMask,
  FRAMES,
  HEIGHT,
  maskAt,
  maskOf,
  objectsAt,
  picture,
  WIDTH,
} from "./scene.ts";

const DIGEST = "fake";
const now = () => new Date().toISOString();
const wire = (mask: Mask) => ({
  size: [HEIGHT, WIDTH] as [number, number],
  counts: rleString(mask),
});

export interface FakeServer {
  readonly url: string;
  /** While away every request of the API is cut off without an answer. */
  setAway(away: boolean): void;
  /** Makes an edit as somebody else would. */
  edit(transaction: Transaction): void;
  readonly versioned: () => Versioned;
  close(): Promise<void>;
}

/** Starts the server on a port (0: any), serving the built studio from `dist` and a project with one clip. */
export async function startFake(options: {
  readonly port: number;
  readonly dist: string;
  readonly sample?: boolean;
  /** Fills the document with tracks over a video of so many frames, to see how the studio bears it. */
  readonly dense?: Crowd;
  /** Milliseconds an answer to a click takes, and a tracked frame. */
  readonly clickMs?: number;
  readonly frameMs?: number;
}): Promise<FakeServer> {
  const { dist, clickMs = 60, frameMs = 12, sample = true, dense } = options;
  const FRAME_COUNT = dense?.frames ?? FRAMES;
  const video: Video = {
    id: "clip",
    project: "sample",
    name: "discs.mp4",
    state: "ready",
    prepared: 1,
    problem: null,
    bytes: 1_204_000,
    width: WIDTH,
    height: HEIGHT,
    frames: FRAME_COUNT,
    digest: DIGEST,
    rate: 30,
    seconds: FRAME_COUNT / 30,
    codec: "synthetic",
    cuts: [CUT],
    media: "frames",
    metadata: { country: "", event: "", source: "synthetic", licence: "CC0", tags: ["sample"] },
    progress: {
      objects: 0,
      framesHuman: 0,
      framesModel: 0,
      framesAccepted: 0,
      doubts: null,
      framesTotal: 0,
      activeSeconds: 0,
    },
    createdAt: now(),
    touchedAt: now(),
  };
  const project: Project = {
    id: "sample",
    name: "Sample clip",
    guidelines: "",
    labels: [
      {
        id: 1,
        label: {
          name: "disc",
          parent: null,
          colour: "#35fde0",
          key: "1",
          attributes: [
            {
              name: "size",
              type: "choice",
              choices: ["large", "small"],
              mutable: false,
              initial: null,
            },
          ],
        },
      },
      { id: 2, label: { name: "bar", parent: null, colour: "#fc82ab", key: "2", attributes: [] } },
    ],
    sample,
    videos: 1,
    createdAt: now(),
    touchedAt: now(),
  };
  const base = newDocument({
    name: video.name,
    size: { width: WIDTH, height: HEIGHT },
    frameCount: FRAME_COUNT,
    digest: DIGEST,
    rate: 30,
  });
  let versioned: Versioned = {
    revision: 0,
    document: {
      ...base,
      labels: new Map(project.labels.map(({ id, label }) => [id as never, label])),
    },
  };
  if (dense) versioned = { ...versioned, document: crowded(versioned.document, dense) };
  const log: { entry: LogEntry; client: string | null }[] = [];
  const events: { id: number; event: ServerEvent }[] = [];
  const streams = new Set<ServerResponse>();
  const jobs = new Map<string, Job & { stop?: boolean; resume?: (answer: string) => void }>();
  const runs: Run[] = [];
  const looked: { object: number; frame: number; at: string }[] = [];
  let seconds = 0;
  let away = false;

  function emit(event: ServerEvent): void {
    const id = events.length + 1;
    events.push({ id, event });
    for (const stream of streams)
      stream.write(`id: fake:${id}\ndata: ${JSON.stringify(event)}\n\n`);
  }

  function commit(
    transaction: Transaction,
    client: string | null,
  ): { ok: boolean; sequence: number; code: string; message: string; step: number } {
    const known = log.find(({ entry }) => entry.transaction.id === transaction.id);
    if (known) return { ok: true, sequence: known.entry.sequence, code: "", message: "", step: 0 };
    const entry: LogEntry = { sequence: versioned.revision + 1, at: Date.now(), transaction };
    const outcome = applyEntry(versioned, entry);
    if (!outcome.ok) return { ok: false, sequence: 0, ...outcome.refusal };
    versioned = outcome.versioned;
    log.push({ entry, client });
    emit({ type: "entry", video: video.id, entry: wireEntry(entry, client) });
    return { ok: true, sequence: entry.sequence, code: "", message: "", step: 0 };
  }
  const wireEntry = (entry: LogEntry, client: string | null) => ({
    sequence: entry.sequence,
    at: entry.at,
    client,
    transaction: transactionToJson(entry.transaction),
  });

  function segment(request: SegmentRequest) {
    const include = request.points.filter((point) => point.sign === "include").at(-1);
    const at =
      include ??
      (request.box
        ? { x: (request.box.x0 + request.box.x1) / 2, y: (request.box.y0 + request.box.y1) / 2 }
        : null);
    if (!at) return [];
    const hit = maskAt(request.frame, at.x, at.y);
    const small = discMask({ x: at.x, y: at.y, rx: 22, ry: 22 });
    const large = discMask({ x: at.x, y: at.y, rx: 90, ry: 90 });
    const first = hit ? hit.mask : discMask({ x: at.x, y: at.y, rx: 40, ry: 40 });
    return [
      { mask: wire(first), score: hit ? 0.93 : 0.71 },
      { mask: wire(small), score: 0.62 },
      { mask: wire(large), score: 0.48 },
    ];
  }

  async function track(
    request: TrackRequest,
    job: Job & { stop?: boolean; resume?: (answer: string) => void },
    run: Run,
  ): Promise<void> {
    const started = Date.now();
    job.state = "running";
    emit({ type: "job", job });
    for (const object of request.objects) {
      const lane = job.lanes.find((one) => one.object === object)!;
      const id = trackId(object);
      lane.state = "running";
      const states = versioned.document.tracks.get(id)!.states;
      const keys = [...states]
        .filter(([, state]) => state.key)
        .map(([frame]) => frame)
        .sort((a, b) => a - b);
      const origin = keys.reduce(
        (best, key) =>
          Math.abs(key - request.origin) < Math.abs(best - request.origin) ? key : best,
        keys[0]!,
      );
      const target = objectNear(versioned, id, origin);
      const walk: number[] = [];
      if (request.direction !== "backward")
        for (let frame = origin + 1; frame <= request.to; frame++) walk.push(frame);
      if (request.direction !== "forward")
        for (let frame = origin - 1; frame >= request.from; frame--) walk.push(frame);
      let asked = false;
      for (let i = 0; i < walk.length; i++) {
        const frame = walk[i]!;
        if (job.stop) break;
        if (frame === CUT && !asked && request.direction !== "backward" && frame > origin) {
          asked = true;
          lane.state = "at-cut";
          lane.at = CUT;
          job.state = "asking";
          job.question = { kind: "cut", frame: CUT, object };
          emit({ type: "job", job });
          const answer = await new Promise<string>((done) => {
            job.resume = done;
          });
          job.state = "running";
          job.question = null;
          if (answer === "end") {
            i = walk.findIndex((one) => one < origin) - 1;
            if (i < 0) break;
            continue;
          }
          lane.state = "running";
        }
        await new Promise((done) => setTimeout(done, frameMs));
        const before = versioned.document.tracks.get(id)?.states.get(frameIndex(frame)) ?? null;
        if (!before?.pinned) {
          const dip = Math.abs(frame - 118) < 9 ? 0.34 : 0;
          // One frame jumps in size, and the first run loses its hold for a while: something to find and compare.
          const drifts = run.number === 1 && Math.abs(frame - 142) < 12;
          const { x, ...disc } = objectsAt(frame)[target]!;
          const mask =
            frame % 97 === 50
              ? discMask({ ...disc, x, rx: 30 })
              : drifts
                ? discMask({ ...disc, x: x + 30 - Math.abs(frame - 142) * 2 })
                : maskOf(frame, target);
          const after = visible(
            { kind: "mask", mask },
            {
              by: "model",
              model: "masklet-nano",
              version: null,
              policy: "masklet",
              run: run.id,
              prompted: keys.map((key) => frameIndex(key)),
            },
            { score: 0.94 - dip + Math.sin(frame) * 0.01 },
          );
          const step: Step = {
            type: "putState",
            track: id,
            frame: frameIndex(frame),
            before,
            after,
          };
          commit(
            {
              id: `${run.id}.${object}.${frame}`,
              title: "Track",
              origin: "engine",
              author: "me",
              run: run.id,
              steps: [step],
            },
            null,
          );
          run.framesChanged++;
          if (
            before?.presence === "visible" &&
            before.shape.kind === "mask" &&
            !equal(before.shape.mask, mask)
          )
            run.largestDifference = Math.max(
              run.largestDifference ?? 0,
              1 - iou(before.shape.mask, mask),
            );
        }
        job.done++;
        job.rate = job.done / Math.max(0.001, (Date.now() - started) / 1000);
        lane.reached = {
          from: Math.min(lane.reached?.from ?? origin, frame),
          to: Math.max(lane.reached?.to ?? origin, frame),
        };
        if (job.done % 5 === 0) emit({ type: "job", job });
      }
      if (lane.state === "running") lane.state = "done";
    }
    job.state = job.stop ? "cancelled" : "done";
    run.seconds = (Date.now() - started) / 1000;
    run.state = "kept";
    emit({ type: "run", video: video.id, run });
    emit({ type: "job", job });
  }

  function startTrack(request: TrackRequest): Job {
    const id = `job${jobs.size + 1}`;
    const run: Run = {
      id: `run${runs.length + 1}`,
      number: runs.length + 1,
      user: "me",
      model: "masklet-nano",
      direction: request.direction,
      objects: request.objects,
      anchors: [],
      from: request.from,
      to: request.to,
      framesChanged: 0,
      seconds: 0,
      at: now(),
      state: "running",
      largestDifference: null,
    };
    runs.push(run);
    const each =
      request.direction === "both"
        ? request.to - request.from
        : request.direction === "forward"
          ? request.to - request.origin
          : request.origin - request.from;
    const job: Job = {
      id,
      kind: "track",
      state: "waiting",
      project: project.id,
      video: video.id,
      subject: run.id,
      done: 0,
      total: each * request.objects.length,
      unit: "masks",
      rate: null,
      lanes: request.objects.map((object) => ({
        object,
        reached: null,
        wanted: {
          from: request.direction === "forward" ? request.origin : request.from,
          to: request.direction === "backward" ? request.origin : request.to,
        },
        state: "waiting",
        at: null,
      })),
      question: null,
      message: null,
      createdAt: now(),
    };
    jobs.set(id, job);
    void track(request, job, run);
    return job;
  }

  type Handler = (at: Record<string, string>, body: never, query: URLSearchParams) => unknown;
  const models = {
    active: "masklet-nano",
    device: "CPU",
    engine: "ready" as const,
    models: [
      {
        name: "masklet-nano",
        summary: "Our own small model: quick, good on plain objects.",
        bytes: 9_000_000,
        licence: "Apache-2.0",
        memory: 4e8,
        state: "embedded" as const,
        fetched: 0,
        tooLarge: false,
      },
      {
        name: "sam2.1-tiny",
        summary: "SAM 2.1 Tiny by Meta: more exact, slower.",
        bytes: 156_000_000,
        licence: "Apache-2.0",
        memory: 1.6e9,
        state: "available" as const,
        fetched: 0,
        tooLarge: false,
      },
    ],
  };
  const formats = [
    ["masklet", "Masklet archive", "archive"],
    ["davis", "DAVIS 2017", "research"],
    ["youtube-vis", "YouTube-VIS", "research"],
    ["coco", "COCO RLE", "general"],
  ].map(([id, name, group]) => ({
    id,
    name,
    group,
    canExport: true,
    canImport: true,
    options: ["frames", "step"],
  }));
  const summary = () => ({
    activeSeconds: seconds,
    activeSecondsToday: seconds,
    waitSeconds: 0,
    framesEdited: 0,
    clicks: 0,
    perObject: [],
    looked,
  });

  const handlers: Record<string, Handler> = {
    "GET /api/hello": () => ({
      version: "0",
      run: "fake",
      user: { id: "me", name: "Me" },
      start: { project: project.id, video: video.id },
      allowedFolders: ["/home"],
    }),
    "GET /api/projects": () => [project],
    "GET /api/projects/:project": () => project,
    "PATCH /api/projects/:project": (_, body) => Object.assign(project, body),
    "GET /api/projects/:project/videos": () => [video],
    "POST /api/projects/:project/videos": () => {
      throw problem(403, "forbidden", "This folder is outside the allowed ones.");
    },
    "GET /api/videos/:video": () => video,
    "GET /api/videos/:video/document": () => ({
      revision: versioned.revision,
      digest: DIGEST,
      document: documentToJson(versioned.document),
    }),
    "POST /api/videos/:video/transactions": (
      _,
      body: { client: string; transactions: unknown[] },
    ) => {
      const accepted: unknown[] = [];
      for (const json of body.transactions) {
        const transaction = transactionFromJson(json);
        const result = commit(transaction, body.client);
        if (!result.ok)
          return {
            revision: versioned.revision,
            accepted,
            refused: {
              transaction: transaction.id,
              code: result.code,
              step: result.step,
              message: result.message,
              by: { sequence: 0, author: "Irina" },
            },
          };
        accepted.push({ transaction: transaction.id, sequence: result.sequence, at: Date.now() });
      }
      return { revision: versioned.revision, accepted, refused: null };
    },
    "GET /api/videos/:video/log": (_, __, query) => {
      const since = Number(query.get("since") ?? 0);
      const last = query.get("last");
      const entries = last
        ? log.slice(-Number(last))
        : log.filter(({ entry }) => entry.sequence > since).slice(0, 1000);
      return {
        revision: versioned.revision,
        entries: entries.map(({ entry, client }) => wireEntry(entry, client)),
      };
    },
    "POST /api/videos/:video/segment": async (_, body: SegmentRequest) => {
      await new Promise((done) => setTimeout(done, clickMs));
      return {
        ticket: body.ticket,
        candidates: segment(body),
        model: "masklet-nano",
        timing: { wait: 0, encode: 0, decode: clickMs },
      };
    },
    "POST /api/videos/:video/warm": () => null,
    "POST /api/videos/:video/propose": (_, body: { frame: number }) => ({
      model: "masklet-nano",
      proposals: objectsAt(body.frame).map((_disc, i) => ({
        mask: wire(maskOf(body.frame, i)),
        score: 0.9 - i / 10,
      })),
    }),
    "POST /api/videos/:video/track": (_, body: TrackRequest) => startTrack(body),
    "GET /api/videos/:video/runs": () => runs,
    "GET /api/videos/:video/runs/:run/comparison": (at) => {
      const mine = log.filter(({ entry }) => entry.transaction.run === at.run);
      const frames = mine
        .flatMap(({ entry }) => entry.transaction.steps)
        .flatMap((step) => {
          if (
            step.type !== "putState" ||
            step.after?.presence !== "visible" ||
            step.after.shape.kind !== "mask"
          )
            return [];
          const before =
            step.before?.presence === "visible" && step.before.shape.kind === "mask"
              ? step.before.shape.mask
              : null;
          return [
            {
              object: step.track,
              frame: step.frame,
              before: before && wire(before),
              difference: before ? 1 - iou(before, step.after.shape.mask) : 1,
            },
          ];
        });
      return { run: at.run, frames, pinned: 1 };
    },
    "POST /api/videos/:video/runs/:run/take-back": (at) => {
      const mine = log
        .filter(({ entry }) => entry.transaction.run === at.run)
        .map(({ entry }) => entry.transaction);
      const back = revert(versioned.document, mine, {
        id: `back.${at.run}.${Date.now()}`,
        title: "Take back",
        author: "me",
      });
      if (back.transaction) commit(back.transaction, null);
      const run = runs.find((one) => one.id === at.run);
      if (run) {
        run.state = "taken-back";
        emit({ type: "run", video: video.id, run });
      }
      return { revision: versioned.revision, accepted: [], refused: null };
    },
    "GET /api/jobs": () =>
      [...jobs.values()].filter((job) => !["done", "cancelled", "failed"].includes(job.state)),
    "POST /api/jobs/:job/cancel": (at) => {
      const job = jobs.get(at.job!)!;
      job.stop = true;
      job.resume?.("end");
      job.state = "cancelled";
      return job;
    },
    "POST /api/jobs/:job/answer": (at, body: { answer: string }) => {
      const job = jobs.get(at.job!)!;
      job.resume?.(body.answer);
      job.state = "running";
      job.question = null;
      return job;
    },
    "GET /api/models": () => models,
    "POST /api/models/:model": () => models,
    "GET /api/formats": () => formats,
    "POST /api/projects/:project/loss": (_, body: { format: string }) => ({
      format: body.format,
      bytes: 480_000,
      rows: lossRows(body.format),
    }),
    "POST /api/projects/:project/exports": () => {
      throw problem(503, "internal", "The fake server writes no files.");
    },
    "GET /api/projects/:project/exports": () => [],
    "POST /api/videos/:video/activity": (
      _,
      body: {
        records: {
          kind: string;
          seconds?: number;
          event?: string;
          object: number;
          frame: number;
        }[];
      },
    ) => {
      for (const record of body.records) {
        if (record.kind === "active") seconds += record.seconds ?? 0;
        if (record.event === "looks-right")
          looked.push({ object: record.object, frame: record.frame, at: now() });
      }
      return summary();
    },
    "GET /api/videos/:video/activity": summary,
  };

  const server = createServer((request, response) => {
    void answer(request, response).catch((error: Error & { status?: number; body?: unknown }) => {
      response.writeHead(error.status ?? 500, { "content-type": "application/json" });
      response.end(JSON.stringify(error.body ?? { code: "internal", message: error.message }));
    });
  });

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "/", "http://fake");
    if (!url.pathname.startsWith("/api/")) return serveFile(url.pathname, response, dist);
    if (away) {
      request.socket.destroy();
      return;
    }
    if (url.pathname === "/api/events") return stream(request, response, url);
    const frame = /^\/api\/videos\/[^/]+\/frames\/(\d+)$/.exec(url.pathname);
    if (frame) {
      response.writeHead(200, {
        "content-type": "image/png",
        "cache-control": "public, max-age=31536000, immutable",
      });
      response.end(pictureOf(Number(frame[1]) % FRAMES));
      return;
    }
    for (const [route, handler] of Object.entries(handlers)) {
      const [method, path = ""] = route.split(" ");
      const names = [...path.matchAll(/:(\w+)/g)].map((match) => match[1]!);
      const found = new RegExp(`^${path.replace(/:\w+/g, "([^/]+)")}$`).exec(url.pathname);
      if (!found || method !== request.method) continue;
      const at = Object.fromEntries(
        names.map((name, i) => [name, decodeURIComponent(found[i + 1]!)]),
      );
      const reply = await handler(at, (await bodyOf(request)) as never, url.searchParams);
      response.writeHead(reply === null ? 204 : 200, { "content-type": "application/json" });
      response.end(reply === null ? "" : JSON.stringify(reply));
      return;
    }
    throw problem(404, "not-found", `There is no ${request.method} ${url.pathname}.`);
  }

  function stream(request: IncomingMessage, response: ServerResponse, url: URL): void {
    response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store" });
    const last = String(request.headers["last-event-id"] ?? url.searchParams.get("after") ?? "");
    const after = last.startsWith("fake:") ? Number(last.slice(5)) : events.length;
    for (const { id, event } of events.slice(after))
      response.write(`id: fake:${id}\ndata: ${JSON.stringify(event)}\n\n`);
    response.write(": here\n\n");
    streams.add(response);
    response.on("close", () => streams.delete(response));
  }

  await new Promise<void>((done) => server.listen(options.port, "127.0.0.1", done));
  const address = server.address();
  const port = typeof address === "object" && address ? address.port : options.port;
  return {
    url: `http://127.0.0.1:${port}`,
    setAway(next) {
      away = next;
      if (away) for (const one of streams) one.destroy();
    },
    edit: (transaction) => void commit(transaction, "somebody"),
    versioned: () => versioned,
    async close() {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}

/** Many small masks that wander: a document as large as a day's work of a crew. */
interface Crowd {
  readonly tracks: number;
  readonly frames: number;
  /** Frames that each track is on, somewhere in the video; all of them by default. */
  readonly each?: number;
}

function crowded(document: Document, { tracks, frames, each = frames }: Crowd): Document {
  const all = new Map<ReturnType<typeof trackId>, Track>();
  for (let id = 1; id <= tracks; id++) {
    const states = new Map<FrameIndex, State>();
    const shapes = Array.from({ length: 8 }, (_, i) =>
      discMask({ x: 40 + ((id * 37 + i * 9) % 560), y: 30 + ((id * 53) % 300), rx: 18, ry: 14 }),
    );
    const first = Math.floor(((id * 0.618) % 1) * (frames - each + 1));
    for (let frame = first; frame < first + each; frame++) {
      const score = 0.95 - (frame % 211 < 6 ? 0.3 : 0);
      const provenance = {
        by: "model",
        model: "m",
        version: null,
        policy: null,
        run: "r",
        prompted: [frameIndex(first)],
      } as const;
      states.set(
        frameIndex(frame),
        visible({ kind: "mask", mask: shapes[frame % 8]! }, provenance, {
          score,
          key: frame === first,
          pinned: frame === first,
        }),
      );
    }
    // Every fourth object has no label.
    const label = id % 4 === 0 ? null : labelId(id % 4);
    all.set(trackId(id), { info: trackInfo({ order: id, label }), review: null, states });
  }
  const labels = ["athlete", "official", "equipment"].map(
    (name, i) =>
      [
        labelId(i + 1),
        { name, parent: null, colour: null, key: String(i + 1), attributes: [] },
      ] as const,
  );
  return { ...document, labels: new Map(labels), tracks: all };
}

const pictures = new Map<number, Buffer>();
function pictureOf(frame: number): Buffer {
  let made = pictures.get(frame);
  if (!made) {
    made = picture(frame);
    pictures.set(frame, made);
  }
  return made;
}

function objectNear(versioned: Versioned, id: ReturnType<typeof trackId>, frame: number): number {
  const state = versioned.document.tracks.get(id)?.states.get(frame as FrameIndex);
  if (state?.presence !== "visible" || state.shape.kind !== "mask") return 0;
  const { mask } = state.shape;
  const shares = objectsAt(frame).map((_, i) => iou(mask, maskOf(frame, i)));
  return shares.indexOf(Math.max(...shares));
}

function lossRows(format: string) {
  const row = (verdict: string, topic: string, sentence: string) => ({
    verdict,
    code: topic,
    topic,
    sentence,
    numbers: [],
    where: [],
  });
  const kept = [
    row("kept", "Masks", "Every pixel"),
    row("kept", "Frame numbers", "0-based, as on screen"),
  ];
  return format === "masklet"
    ? kept
    : [
        ...kept,
        row("changed", "Overlaps", "84 pixels on 6 frames go to the upper object"),
        row("lost", "Not in view", "Same as not labelled, on 12 frames"),
        row("lost", "Provenance and prompts", "Who or what made each mask"),
      ];
}

function problem(status: number, code: string, message: string): Error {
  return Object.assign(new Error(message), { status, body: { code, message } });
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  let text = "";
  for await (const chunk of request) text += chunk;
  return text ? JSON.parse(text) : null;
}

const TYPES: Record<string, string> = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".css": "text/css",
};

function serveFile(path: string, response: ServerResponse, dist: string): void {
  let file = join(dist, path);
  try {
    if (!statSync(file).isFile()) throw new Error("folder");
  } catch {
    file = join(dist, "index.html");
  }
  response.writeHead(200, { "content-type": TYPES[extname(file)] ?? "application/octet-stream" });
  response.end(readFileSync(file));
}

if (process.argv[1] === import.meta.filename) {
  const fake = await startFake({
    port: Number(process.env.PORT ?? 7799),
    dist: join(import.meta.dirname, "../../dist"),
  });
  console.log(fake.url);
}
