// Kills server and engine process at random moments during edits and tracking, and checks that nothing acknowledged is lost.
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import {
  apply,
  documentFromJson,
  documentToJson,
  newDocument,
  transactionFromJson,
} from "@masklet/annotation";
import type { DocumentReply, Hello, Job, LogReply, Models, Video } from "@masklet/protocol";

const house = resolve(import.meta.dirname, "..");
const kills = Number(process.argv[2] ?? 20);
const port = Number(process.argv[3] ?? 7780);
const home = mkdtempSync(join(tmpdir(), "masklet-durability-"));
const api = `http://127.0.0.1:${port}/api`;
const PATIENCE_S = 180;
/** Long enough for a fresh engine to track some frames between two kills, on a busy machine too. */
const KILL_WITHIN_MS = 12_000;

let server: ChildProcess;
let video: Video;
const acknowledged = new Map<string, { readonly track: number; readonly frame: number }>();
let posted = 0;

async function ask<T>(method: string, path: string, body?: unknown): Promise<T> {
  const reply = await fetch(api + path, {
    method,
    ...(body !== undefined && {
      body: JSON.stringify(body),
      headers: { "content-type": "application/json" },
    }),
  });
  if (!reply.ok) throw new Error(`${method} ${path}: ${await reply.text()}`);
  return (await reply.json()) as T;
}

async function until<T>(what: string, look: () => Promise<T | null>): Promise<T> {
  const end = Date.now() + PATIENCE_S * 1000;
  while (Date.now() < end) {
    const found = await look().catch(() => null);
    if (found !== null) return found;
    await new Promise((done) => setTimeout(done, 200));
  }
  throw new Error(`${what} did not happen within ${PATIENCE_S} s.`);
}

async function start(): Promise<void> {
  server = spawn(
    process.execPath,
    [join(house, "apps/server/src/main.ts"), "--port", String(port), "--home", home],
    { stdio: ["ignore", "ignore", "inherit"] },
  );
  await until("The start", () => ask<Hello>("GET", "/hello"));
}

/** The engine process of our server, or null while it has none. */
function engineProcess(): number | null {
  for (const name of readdirSync("/proc").filter((entry) => /^\d+$/.test(entry))) {
    try {
      const parent = / \(.*\) \S (\d+)/.exec(` ${readFileSync(`/proc/${name}/stat`, "utf8")}`)?.[1];
      const line = readFileSync(`/proc/${name}/cmdline`, "utf8");
      if (Number(parent) === server.pid && line.includes("engine/process.ts")) return Number(name);
    } catch {
      // It ended while we looked.
    }
  }
  return null;
}

/** Edits by hand as fast as they are answered, each remembered when it is acknowledged. */
async function editUntil(stop: AbortSignal): Promise<void> {
  while (!stop.aborted) {
    const number = ++posted;
    const [id, track] = [`edit-${number}`, 100 + number];
    const frame = number % video.frames;
    const state = {
      presence: "visible",
      key: true,
      pinned: true,
      provenance: { by: "person", person: "bench" },
      shape: { box: [number % 50, 10, 40, 30] },
    };
    const transaction = {
      ...{ version: 1, id, title: id, origin: "person", author: null, run: null },
      steps: [
        { type: "putTrack", track, before: null, after: { name: id } },
        { type: "putState", track, frame, before: null, after: state },
      ],
    };
    const post = {
      client: "bench",
      revision: 0,
      digest: video.digest,
      transactions: [transaction],
    };
    const reply = await ask<{ accepted: unknown[] }>(
      "POST",
      `/videos/${video.id}/transactions`,
      post,
    ).catch(() => null);
    if (reply?.accepted.length === 1) acknowledged.set(id, { track, frame });
    await new Promise((done) => setTimeout(done, 20));
  }
}

async function track(): Promise<Job> {
  const { revision } = await ask<DocumentReply>("GET", `/videos/${video.id}/document`);
  return ask<Job>("POST", `/videos/${video.id}/track`, {
    ...{ objects: [1], direction: "forward", origin: 0, from: 0, to: video.frames - 1 },
    ...{ only: "all", revision, digest: video.digest },
  });
}

/** The job as it is; a question at a cut is answered, so that it goes on. */
async function jobNow(id: string): Promise<Job | null> {
  const job = (await ask<Job[]>("GET", "/jobs")).find((one) => one.id === id) ?? null;
  if (job?.state === "asking") await ask("POST", `/jobs/${id}/answer`, { answer: "go-on" });
  if (job?.state === "failed") throw new Error(`The job failed: ${job.message}`);
  return job;
}

/** Every acknowledged edit is in the document, and the tables are the log replayed. */
async function check(): Promise<void> {
  const { document, revision } = await ask<DocumentReply>("GET", `/videos/${video.id}/document`);
  const kept = documentFromJson(document);
  let replayed = newDocument(kept.video);
  for (let since = 0; since < revision; ) {
    const { entries } = await ask<LogReply>("GET", `/videos/${video.id}/log?since=${since}`);
    for (const { sequence, transaction } of entries) {
      if (sequence > revision) break;
      assert.equal(sequence, since + 1, "The log has a gap.");
      const outcome = apply(replayed, transactionFromJson(transaction));
      assert.ok(outcome.ok, `Entry ${sequence} does not apply.`);
      replayed = outcome.document;
      since = sequence;
    }
  }
  assert.deepEqual(documentToJson(kept), documentToJson(replayed), "The tables are not the log.");
  const tracks = new Map([...kept.tracks].map(([id, { states }]) => [id as number, states]));
  for (const [id, { track, frame }] of acknowledged) {
    const has = [...(tracks.get(track)?.keys() ?? [])].includes(frame as never);
    assert.ok(has, `The acknowledged ${id} is lost.`);
  }
}

async function main(): Promise<void> {
  await start();
  const hello = await until("The sample", async () => {
    const found = await ask<Hello>("GET", "/hello");
    return found.start === null ? null : found.start;
  });
  video = await until("The import", async () => {
    const found = await ask<Video>("GET", `/videos/${hello.video}`);
    return found.state === "ready" ? found : null;
  });
  await until("The model", async () =>
    (await ask<Models>("GET", "/models")).engine === "ready" ? true : null,
  );
  await drawObject();
  let job = await track();
  const killed = { server: 0, engine: 0 };
  let finished = 0;
  const started = performance.now();
  for (let kill = 1; kill <= kills; kill++) {
    const stop = new AbortController();
    const editing = editUntil(stop.signal);
    await new Promise((done) => setTimeout(done, Math.random() * KILL_WITHIN_MS));
    const engine = kill % 3 === 0 ? engineProcess() : null;
    if (engine === null) {
      const ended = new Promise((done) => server.once("exit", done));
      server.kill("SIGKILL");
      await ended;
      killed.server++;
    } else {
      process.kill(engine, "SIGKILL");
      killed.engine++;
    }
    stop.abort();
    await editing;
    if (engine === null) await start();
    await check();
    const now = await jobNow(job.id).catch(() => null);
    if (now?.state === "done") {
      finished++;
      job = await track();
    }
    console.log(
      `${kill}: ${engine === null ? "server" : "engine"}, ${acknowledged.size} edits kept, track ${now?.state} ${now?.done}/${now?.total}`,
    );
  }
  await until("The end of tracking", async () =>
    (await jobNow(job.id))?.state === "done" ? true : null,
  );
  finished++;
  await check();
  const { document } = await ask<DocumentReply>("GET", `/videos/${video.id}/document`);
  const states = [...documentFromJson(document).tracks].find(([id]) => (id as number) === 1)![1]
    .states;
  assert.equal(states.size, video.frames, "Tracking left frames out.");
  const seconds = Math.round((performance.now() - started) / 1000);
  console.log(
    `${killed.server} kills of the server, ${killed.engine} of the engine process in ${seconds} s: ` +
      `${acknowledged.size} of ${acknowledged.size} acknowledged edits kept (${posted} posted), ` +
      `tables equal to the log each time, ${finished} tracking jobs finished, ${states.size} frames.`,
  );
}

/** One object of the sample, as a box: a run starts from it. */
async function drawObject(): Promise<void> {
  const state = {
    presence: "visible",
    key: true,
    pinned: true,
    provenance: { by: "person", person: "bench" },
    shape: { box: [60, 190, 64, 64] },
  };
  await ask("POST", `/videos/${video.id}/transactions`, {
    ...{ client: "bench", revision: 0, digest: video.digest },
    transactions: [
      {
        ...{ version: 1, id: "start", title: "", origin: "person", author: null, run: null },
        steps: [
          { type: "putTrack", track: 1, before: null, after: { name: "Ball" } },
          { type: "putState", track: 1, frame: 0, before: null, after: state },
        ],
      },
    ],
  });
}

try {
  await main();
} finally {
  server!.kill("SIGKILL");
  rmSync(home, { recursive: true, force: true });
}
