// Exports of a long clip: time, the server's memory while it makes them, and what a kill in the middle leaves behind.
// `node scripts/launch.mjs bench/exports.ts CLIP`: two objects with a mask on every frame; fails where a killed export differs.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import {
  copyFileSync,
  createReadStream,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { trackId, trackInfo, transactionToJson, visible } from "@masklet/annotation";
import type { ExportFile, ExportOptions, Job, Video } from "@masklet/protocol";
import { type FrameIndex, maskFromBitmap } from "@masklet/vision";
import { type RealServer, startServer } from "../apps/studio/test/e2e/real-server.ts";

const clip = resolve(process.argv[2] ?? "");
const home = mkdtempSync(join(tmpdir(), "masklet-exports-"));
const OBJECTS = [1, 2];
/** Frames whose masks go in one post. */
const PIECE = 100;
const LOOK_MS = 100;
const KINDS: Readonly<Record<string, Partial<ExportOptions>>> = {
  coco: {},
  davis: {},
  "davis with frames": { format: "davis", frames: true },
  overlay: {},
  "cut-outs": { cutOut: { edge: "soft", crop: "object" } },
};
/** Those that are killed: one that goes on where it was, one that begins anew, one in an archive. */
const KILLED = ["cut-outs", "overlay", "davis with frames"];

let server: RealServer;

async function ask<T>(path: string, body?: unknown): Promise<T> {
  const reply = await fetch(`${server.url}/api${path}`, {
    ...(body !== undefined && {
      ...{ method: "POST", body: JSON.stringify(body) },
      headers: { "content-type": "application/json" },
    }),
  });
  if (!reply.ok) throw new Error(`${path}: ${await reply.text()}`);
  return (await reply.json()) as T;
}

const pause = (milliseconds: number) => new Promise((done) => setTimeout(done, milliseconds));

/** Resident megabytes of the server and of the processes it started, all together. */
function resident(): { readonly server: number; readonly all: number } {
  const of = (pid: number) => {
    const said = readFileSync(`/proc/${pid}/status`, "utf8");
    return {
      parent: Number(/PPid:\s+(\d+)/.exec(said)?.[1]),
      megabytes: Number(/VmRSS:\s+(\d+)/.exec(said)?.[1] ?? 0) / 1024,
    };
  };
  const own = of(server.process.pid!).megabytes;
  let all = own;
  for (const name of readdirSync("/proc").filter((entry) => /^\d+$/.test(entry))) {
    try {
      const { parent, megabytes } = of(Number(name));
      if (parent === server.process.pid) all += megabytes;
    } catch {
      // It ended while we looked.
    }
  }
  return { server: Math.round(own), all: Math.round(all) };
}

async function imported(project: string): Promise<Video> {
  const path = join(home, "clip.mp4");
  copyFileSync(clip, path);
  const { id } = await ask<Video>(`/projects/${project}/videos`, { path });
  for (;;) {
    const video = await ask<Video>(`/videos/${id}`);
    if (video.state === "ready") return video;
    if (video.state === "failed") throw new Error(video.problem ?? "");
    await pause(LOOK_MS);
  }
}

/** A disc that wanders over the picture, another for each object. */
function disc({ width, height }: Video, frame: number, object: number) {
  const at = {
    x: width * (0.5 + 0.3 * Math.sin(frame / 50 + object)),
    y: height * (0.3 + 0.2 * object),
  };
  const radius = height / 8;
  const data = new Uint8Array(width * height);
  for (let y = Math.max(0, Math.floor(at.y - radius)); y < Math.min(height, at.y + radius); y++) {
    for (let x = Math.max(0, Math.floor(at.x - radius)); x < Math.min(width, at.x + radius); x++)
      if (Math.hypot(x - at.x, y - at.y) < radius) data[y * width + x] = 1;
  }
  return maskFromBitmap({ size: { width, height }, data });
}

async function paint(video: Video): Promise<void> {
  const said = {
    by: "model",
    model: "bench",
    version: null,
    policy: null,
    run: null,
    prompted: [],
  } as const;
  for (let from = 0; from < video.frames; from += PIECE) {
    const count = Math.min(PIECE, video.frames - from);
    const steps = OBJECTS.flatMap((object) => {
      const track = trackId(object);
      const info = trackInfo({ name: `Object ${object}` });
      return [
        ...(from === 0 ? [{ type: "putTrack" as const, track, before: null, after: info }] : []),
        ...Array.from({ length: count }, (_, i) => ({
          ...{ type: "putState" as const, track, frame: (from + i) as FrameIndex, before: null },
          after: visible({ kind: "mask", mask: disc(video, from + i, object) }, said),
        })),
      ];
    });
    const facts = { title: "Discs", origin: "person", author: null, run: null } as const;
    await ask(`/videos/${video.id}/transactions`, {
      ...{ client: "bench", revision: 0, digest: video.digest },
      transactions: [transactionToJson({ id: `discs-${from}`, ...facts, steps })],
    });
  }
}

const jobNow = async (id: string) => (await ask<Job[]>("/jobs")).find((one) => one.id === id);

/** Waits for an export's end and hears of its way; true from `look` stops the waiting. */
async function follow(job: string, look: (job: Job) => boolean): Promise<void> {
  for (;;) {
    const now = await jobNow(job);
    if (now?.state === "failed") throw new Error(now.message ?? "The export failed.");
    if (now?.state === "done" || (now && look(now))) return;
    await pause(LOOK_MS);
  }
}

async function digestOf(project: string, job: string): Promise<{ bytes: number; digest: string }> {
  const file = (await ask<ExportFile[]>(`/projects/${project}/exports`)).find(
    (one) => one.job === job,
  );
  assert.ok(file, "A finished export has no file.");
  const hash = createHash("sha256");
  const name = readdirSync(join(home, "exports")).find((one) => one.startsWith(job));
  for await (const piece of createReadStream(join(home, "exports", name!)))
    hash.update(piece as Buffer);
  return { bytes: file.bytes, digest: hash.digest("hex") };
}

async function main(): Promise<void> {
  server = await startServer(home);
  const [{ id: project }] = await ask<[{ id: string }]>("/projects");
  const video = await imported(project);
  await paint(video);
  console.log(
    `${video.frames} frames of ${video.width} × ${video.height}, server ${resident().server} MB`,
  );
  const begin = (kind: string) =>
    ask<{ job: string }>(`/projects/${project}/exports`, {
      ...{ format: kind, videos: [video.id], frames: false, step: 1 },
      ...{ onlyAccepted: false, report: true, archive: false },
      ...KINDS[kind],
    });
  const whole = new Map<string, { bytes: number; digest: string }>();
  for (const kind of Object.keys(KINDS)) {
    const started = performance.now();
    const peak = { server: 0, all: 0 };
    const { job } = await begin(kind);
    await follow(job, () => {
      const now = resident();
      peak.server = Math.max(peak.server, now.server);
      peak.all = Math.max(peak.all, now.all);
      return false;
    });
    const seconds = (performance.now() - started) / 1000;
    const made = await digestOf(project, job);
    whole.set(kind, made);
    console.log(
      `${kind}: ${seconds.toFixed(1)} s, ${Math.round(video.frames / seconds)} frames/s, ${(made.bytes / 2 ** 20).toFixed(1)} MB, ` +
        `at most ${peak.server} MB in the server, ${peak.all} MB with its processes`,
    );
  }
  for (const kind of KILLED) {
    const { job } = await begin(kind);
    const until = performance.now() + 60_000;
    await follow(
      job,
      ({ done, total }) => (total > 0 && done > total / 3) || performance.now() > until,
    );
    const at = await jobNow(job);
    const ended = new Promise((done) => server.process.once("exit", done));
    server.process.kill("SIGKILL");
    await ended;
    server = await startServer(home);
    const again = await jobNow(job);
    await follow(job, () => false);
    const made = await digestOf(project, job);
    const same = made.digest === whole.get(kind)?.digest;
    console.log(
      `${kind}, killed at ${at?.done} of ${at?.total} (${at?.state}): ${again?.state} after the restart, finished, ` +
        `${same ? "the same bytes" : `${made.bytes} bytes, unkilled ${whole.get(kind)?.bytes}`}`,
    );
    const left = readdirSync(join(home, "exports")).filter((name) => /part/.test(name));
    assert.deepEqual(left, [], "The kill left something behind.");
  }
}

try {
  await main();
} finally {
  server!.process.kill("SIGKILL");
  rmSync(home, { recursive: true, force: true });
}
