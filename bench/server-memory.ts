// Memory of the server over long tracking: rounds of 2,400 frames and four objects answered by a played engine.
// `node --expose-gc bench/server-memory.ts [ROUNDS]`: resident memory and live heap after every 600 frames.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DocumentReply, Job, Project, Video } from "@masklet/protocol";
import { createVideo } from "@masklet/video/node";
import { maskFromBitmap, rleString } from "@masklet/vision";
import { openApp } from "../apps/server/src/app.ts";
import type { Engine } from "../apps/server/src/engine/client.ts";
import { openHome } from "../apps/server/src/home.ts";

const rounds = Number(process.argv[2] ?? 3);
const FRAMES = 2_400;
const OBJECTS = [1, 2, 3, 4];
const TELL_FRAMES = 600;
const SIZE = { width: 64, height: 48 };
const folder = mkdtempSync(join(tmpdir(), "masklet-memory-"));

/** A disc with a wavy rim, another one for each frame and object. */
function blob(turn: number) {
  const data = Uint8Array.from({ length: SIZE.width * SIZE.height }, (_, i) => {
    const [x, y] = [(i % SIZE.width) - 32, Math.floor(i / SIZE.width) - 24];
    return Math.hypot(x, y) < 12 + 3 * Math.sin(Math.atan2(y, x) * 7 + turn) ? 1 : 0;
  });
  const size: [number, number] = [SIZE.height, SIZE.width];
  return { size, counts: rleString(maskFromBitmap({ size: SIZE, data })) };
}

const engine: Engine = {
  state: () => "ready",
  atWork: () => ({ name: "played", digest: null, device: "CPU" }),
  use: async (name) => ({ name, digest: null, device: "CPU" }),
  call: async () => null as never,
  async *track({ first, last }) {
    for (let frame = first; frame <= last; frame++) {
      await new Promise((done) => setImmediate(done));
      const objects = OBJECTS.map((object) => ({
        ...{ object, mask: blob(frame / 9 + object), score: 0.9 },
      }));
      yield { frame, objects };
    }
  },
  close: async () => {},
};

async function paintClip(path: string): Promise<void> {
  const timing = { kind: "constant", rate: { numerator: 25, denominator: 1 } } as const;
  const sink = await createVideo(path, { size: SIZE, timing });
  for (let frame = 0; frame < FRAMES; frame++) {
    await sink.write(new Uint8Array(SIZE.width * SIZE.height * 3).fill(60 + (frame % 8)));
  }
  await sink.finish();
}

const megabytes = (bytes: number) => Math.round(bytes / 2 ** 20);

function tell(what: string): void {
  globalThis.gc?.();
  const { rss, heapUsed } = process.memoryUsage();
  console.log(`${what}: resident ${megabytes(rss)} MB, live heap ${megabytes(heapUsed)} MB`);
}

const clip = join(folder, "clip.mp4");
await paintClip(clip);
const home = openHome(join(folder, "home"));
const app = await openApp({
  ...{ home, hosts: ["localhost", "127.0.0.1"], pages: null, sample: false },
  ...{ folders: [folder], engine, now: Date.now, log: () => {} },
});
const url = await app.server.listen({ port: 0, host: "127.0.0.1" });

async function ask<T>(path: string, body?: unknown): Promise<T> {
  const reply = await fetch(`${url}/api${path}`, {
    ...(body !== undefined && {
      ...{ method: "POST", body: JSON.stringify(body) },
      headers: { "content-type": "application/json" },
    }),
  });
  if (!reply.ok) throw new Error(`${path}: ${await reply.text()}`);
  return (await reply.json()) as T;
}

async function readyVideo(): Promise<Video> {
  const { id } = await ask<Project>("/projects", { name: "Memory" });
  let video = await ask<Video>(`/projects/${id}/videos`, { path: clip });
  while (video.state === "preparing") {
    await new Promise((done) => setTimeout(done, 200));
    video = await ask<Video>(`/videos/${video.id}`);
  }
  return video;
}

/** One object a transaction, drawn on the first frame. */
async function drawObjects({ id, digest }: Video): Promise<void> {
  const after = {
    ...{ presence: "visible", key: true, pinned: true },
    ...{ provenance: { by: "person", person: "bench" }, shape: { mask: blob(0) } },
  };
  const transactions = OBJECTS.map((track) => ({
    ...{
      version: 1,
      id: `draw-${track}`,
      title: "Draw",
      origin: "person",
      author: null,
      run: null,
    },
    steps: [
      { type: "putTrack", track, before: null, after: { name: `Object ${track}` } },
      { type: "putState", track, frame: 0, before: null, after },
    ],
  }));
  await ask(`/videos/${id}/transactions`, { client: "bench", revision: 0, digest, transactions });
}

async function trackAll({ id, digest }: Video, round: number): Promise<void> {
  const { revision } = await ask<DocumentReply>(`/videos/${id}/document`);
  const { id: job } = await ask<Job>(`/videos/${id}/track`, {
    ...{ objects: OBJECTS, direction: "forward", origin: 0, from: 0, to: FRAMES - 1 },
    ...{ only: "all", revision, digest },
  });
  let told = 0;
  for (;;) {
    await new Promise((done) => setTimeout(done, 100));
    const now = (await ask<Job[]>("/jobs")).find((one) => one.id === job);
    if (now === undefined || now.state === "failed") throw new Error(now?.message ?? "No job.");
    const frames = now.done / OBJECTS.length;
    if (frames >= told + TELL_FRAMES) {
      told += TELL_FRAMES;
      tell(`round ${round}, frame ${Math.round(frames)}`);
    }
    if (now.state === "done") return;
  }
}

const video = await readyVideo();
await drawObjects(video);
tell("before");
for (let round = 1; round <= rounds; round++) await trackAll(video, round);
await app.close();
home.release();
rmSync(folder, { recursive: true });
