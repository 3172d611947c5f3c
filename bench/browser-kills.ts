// Kills the browser at random moments while a hand edits and an object is tracked, and checks that nothing kept is lost.
// `node scripts/launch.mjs bench/browser-kills.ts [KILLS]`: every other time the server is killed first, so that the last
// edits lie in the browser's own queue alone.
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  documentFromJson,
  type Step,
  trackId,
  trackInfo,
  transactionToJson,
  visible,
} from "@masklet/annotation";
import type { DocumentReply, Hello, Job, Models, Video } from "@masklet/protocol";
import type { FrameIndex } from "@masklet/vision";
import { type Browser, chromium, type Page } from "playwright-core";
import { chromiumPath } from "../apps/studio/test/e2e/browser.ts";
import { freePort, type RealServer, startServer } from "../apps/studio/test/e2e/real-server.ts";

const kills = Number(process.argv[2] ?? 20);
const home = mkdtempSync(join(tmpdir(), "masklet-browser-kills-"));
const profile = mkdtempSync(join(tmpdir(), "masklet-profile-"));
const PATIENCE_MS = 180_000;
const KILL_WITHIN_MS = 4_000;
const PAUSE_MS = 15;

interface OpenBrowser {
  readonly process: ChildProcess;
  readonly browser: Browser;
  readonly page: Page;
}

const alive = new Set<OpenBrowser>();

/** A browser of our own on a profile that outlives it: its process group is ours to kill. */
async function openBrowser(address: string, onKept: (id: string) => void): Promise<OpenBrowser> {
  const path = chromiumPath();
  if (path === null) throw new Error("No Chromium here: install it, or set MASKLET_CHROMIUM.");
  const child = spawn(
    path,
    [
      ...["--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run"],
      ...[`--user-data-dir=${profile}`, "--remote-debugging-port=0", "about:blank"],
    ],
    { detached: true, stdio: ["ignore", "ignore", "pipe"] },
  );
  const endpoint = await new Promise<string>((done, fail) => {
    let said = "";
    child.stderr?.on("data", (piece: Buffer) => {
      said += piece.toString();
      const found = /ws:\/\/\S+/.exec(said);
      if (found) done(found[0]);
    });
    child.once("exit", () => fail(new Error(`The browser ended: ${said}`)));
  });
  const browser = await chromium.connectOverCDP(endpoint);
  const page = browser.contexts()[0]!.pages()[0]!;
  const open = { process: child, browser, page };
  alive.add(open);
  page.on("console", (message) => {
    const kept = /^kept (\S+)$/.exec(message.text())?.[1];
    if (kept) onKept(kept);
  });
  await page.goto(address);
  await page.waitForFunction(
    "globalThis.masklet?.desk?.session.state.getState().waiting === 0",
    undefined,
    { timeout: PATIENCE_MS, polling: 100 },
  );
  return open;
}

/** Ends every process of the browser at once, with no chance to tidy up. */
async function killBrowser(open: OpenBrowser): Promise<void> {
  const { process: child, browser } = open;
  alive.delete(open);
  const ended = new Promise((done) => child.once("exit", done));
  process.kill(-child.pid!, "SIGKILL");
  await ended;
  await browser.close().catch(() => {});
}

/**
 * In the page: edits as fast as they go. An edit counts as kept once the browser's database has it: what reads there
 * after the edit was made comes after the writing of it.
 */
const EDIT = `async ({ first, info, state, frames }) => {
  const { desk } = globalThis.masklet;
  const database = await new Promise((done, fail) => {
    const opening = indexedDB.open("masklet", 1);
    opening.onsuccess = () => done(opening.result);
    opening.onerror = fail;
  });
  const written = (id) => new Promise((done, fail) => {
    const reading = database.transaction("outbox").objectStore("outbox").get(id);
    reading.onsuccess = done;
    reading.onerror = fail;
  });
  for (let number = first; ; number++) {
    const [id, track] = ["edit-" + number, 100 + number];
    const steps = [
      { type: "putTrack", track, before: null, after: { ...info, name: id } },
      { type: "putState", track, frame: number % frames, before: null, after: state },
    ];
    console.log((desk.session.commit({ title: id, id, steps }) ? "made " : "refused ") + id);
    await written(id);
    console.log("kept " + id);
    await new Promise((r) => setTimeout(r, ${PAUSE_MS}));
  }
}`;

let server: RealServer;
const api = async <T>(method: string, path: string, body?: unknown): Promise<T> => {
  const reply = await fetch(`${server.url}/api${path}`, {
    method,
    ...(body !== undefined && {
      body: JSON.stringify(body),
      headers: { "content-type": "application/json" },
    }),
  });
  if (!reply.ok) throw new Error(`${method} ${path}: ${await reply.text()}`);
  return (await reply.json()) as T;
};

const pause = (milliseconds: number) => new Promise((done) => setTimeout(done, milliseconds));

async function until<T>(what: string, look: () => Promise<T | null>): Promise<T> {
  const end = Date.now() + PATIENCE_MS;
  while (Date.now() < end) {
    const found = await look().catch(() => null);
    if (found !== null) return found;
    await pause(200);
  }
  throw new Error(`${what} did not happen within ${PATIENCE_MS / 1000} s.`);
}

async function killServer(): Promise<void> {
  const ended = new Promise((done) => server.process.once("exit", done));
  server.process.kill("SIGKILL");
  await ended;
}

async function main(): Promise<void> {
  const port = await freePort();
  server = await startServer(home, port);
  const { project, video } = await until("The sample", async () => {
    const { start } = await api<Hello>("GET", "/hello");
    if (start === null) return null;
    const found = await api<Video>("GET", `/videos/${start.video}`);
    return found.state === "ready" ? { project: start.project, video: found } : null;
  });
  const address = `${server.url}/p/${project}/v/${video.id}`;
  await until("The model", async () =>
    (await api<Models>("GET", "/models")).engine === "ready" ? true : null,
  );
  const document = () => api<DocumentReply>("GET", `/videos/${video.id}/document`);
  await api("POST", `/videos/${video.id}/transactions`, firstObject(video));
  const track = async () =>
    api<Job>("POST", `/videos/${video.id}/track`, {
      ...{ objects: [1], direction: "forward", origin: 0, from: 0, to: video.frames - 1 },
      ...{ only: "all", revision: (await document()).revision, digest: video.digest },
    });
  /** The job as it is; a question at a cut is answered, so that it goes on. */
  const jobNow = async (id: string) => {
    const job = (await api<Job[]>("GET", "/jobs")).find((one) => one.id === id);
    if (job?.state === "asking") await api("POST", `/jobs/${id}/answer`, { answer: "go-on" });
    if (job?.state === "failed") throw new Error(`The job failed: ${job.message}`);
    return job;
  };

  const kept = new Set<string>();
  const keep = (id: string) => void kept.add(id);
  let job = await track();
  let [finished, away] = [0, 0];
  const started = performance.now();
  const order = { info: trackInfo(), state: byHand, frames: video.frames };
  let open = await openBrowser(address, keep);
  for (let kill = 1; kill <= kills; kill++) {
    // Only the edits' numbers go on: what a page never told us was never kept.
    void open.page
      .evaluate(`(${EDIT})(${JSON.stringify({ first: kill * 10_000, ...order })})`)
      .catch(() => {});
    const alone = kill % 2 === 0;
    if (alone) {
      await pause(Math.random() * KILL_WITHIN_MS);
      await killServer();
      away++;
    }
    await pause(Math.random() * KILL_WITHIN_MS);
    await killBrowser(open);
    if (alone) server = await startServer(home, port);
    open = await openBrowser(address, keep);
    const seen = (await open.page.evaluate(
      "[...globalThis.masklet.desk.session.state.getState().document.tracks.values()].map(({ info }) => info.name)",
    )) as string[];
    const { tracks } = documentFromJson((await document()).document);
    const served = new Set([...tracks.values()].map(({ info }) => info.name));
    for (const id of kept) {
      assert.ok(served.has(id), `The server has lost ${id}.`);
      assert.ok(seen.includes(id), `The page has lost ${id}.`);
    }
    const now = await jobNow(job.id);
    if (now?.state === "done") {
      finished++;
      job = await track();
    }
    console.log(
      `${kill}: ${alone ? "server, then browser" : "browser"}, ${kept.size} edits kept, ${served.size} tracks, tracking ${now?.state} ${now?.done}/${now?.total}`,
    );
  }
  await until("The end of tracking", async () =>
    (await jobNow(job.id))?.state === "done" ? true : null,
  );
  await killBrowser(open);
  const tracked = documentFromJson((await document()).document).tracks.get(trackId(1));
  assert.equal(tracked?.states.size, video.frames, "Tracking left frames out.");
  const seconds = Math.round((performance.now() - started) / 1000);
  console.log(
    `${kills} kills of the browser in ${seconds} s, ${away} of them with the server killed before: ${kept.size} of ` +
      `${kept.size} kept edits are in the server and on screen, ${finished + 1} tracking jobs finished, ${tracked.states.size} frames.`,
  );
}

const byHand = visible(
  { kind: "box", x: 60, y: 190, width: 64, height: 64 },
  { by: "person", person: "bench" },
);

/** One object of the sample, as a box: a run starts from it. */
function firstObject(video: Video) {
  const steps: Step[] = [
    { type: "putTrack", track: trackId(1), before: null, after: trackInfo({ name: "Ball" }) },
    { type: "putState", track: trackId(1), frame: 0 as FrameIndex, before: null, after: byHand },
  ];
  const start = { id: "start", title: "", origin: "person", author: null, run: null } as const;
  return {
    ...{ client: "bench", revision: 0, digest: video.digest },
    transactions: [transactionToJson({ ...start, steps })],
  };
}

try {
  await main();
} finally {
  for (const one of alive) await killBrowser(one);
  server!.process.kill("SIGKILL");
  rmSync(home, { recursive: true, force: true });
  rmSync(profile, { recursive: true, force: true });
}
