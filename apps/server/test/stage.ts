// A stage for tests: the real server on a free port, a home of its own, a painted clip, an engine that is played.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import type { Job, Problem, ServerEvent, Video } from "@masklet/protocol";
import { createVideo } from "@masklet/video/node";
import { maskFromCounts, rleString } from "@masklet/vision";
import { type App, openApp } from "../src/app.ts";
import { type Engine, EngineAway, type TrackedFrame } from "../src/engine/client.ts";
import { type Home, openHome } from "../src/home.ts";

export const SIZE = { width: 64, height: 48 };
export const FRAMES = 24;
/** The painted clip changes its scene here. */
export const CUT = 12;

export interface Stage {
  readonly folder: string;
  readonly url: string;
  readonly engine: PlayedEngine;
  readonly home: Home;
  // Replies are looked at as they come: what they hold is what the tests are about.
  // biome-ignore-start lint/suspicious/noExplicitAny: see above
  /** Asks and returns status and body, whatever they are. */
  ask(method: string, path: string, body?: unknown): Promise<{ status: number; body: any }>;
  /** Asks and insists on success. */
  get(path: string): Promise<any>;
  post(path: string, body: unknown): Promise<any>;
  // biome-ignore-end lint/suspicious/noExplicitAny: see above
  /** Asks and insists on a refusal in one sentence. */
  refused(status: number, method: string, path: string, body?: unknown): Promise<Problem>;
  /** Closes the server and opens it again on the same home. */
  restart(): Promise<void>;
}

/** Opens a server; it is closed, and its home removed, after the tests of the file. */
export async function openStage(): Promise<Stage> {
  const folder = mkdtempSync(join(tmpdir(), "masklet-server-"));
  let engine = playedEngine();
  let home = openHome(join(folder, "home"));
  let app: App;
  let url = "";

  async function open(): Promise<void> {
    app = await openApp({
      home,
      hosts: ["localhost", "127.0.0.1"],
      pages: null,
      sample: false,
      folders: [join(folder, "clips"), home.path],
      engine,
      now: Date.now,
      log: () => {},
    });
    url = await app.server.listen({ port: 0, host: "127.0.0.1" });
  }
  async function close(): Promise<void> {
    await app.close();
    home.release();
  }
  await open();
  after(async () => {
    await close();
    rmSync(folder, { recursive: true });
  });

  const ask: Stage["ask"] = async (method, path, body) => {
    const reply = await fetch(url + path, {
      method,
      ...(body !== undefined && {
        body: JSON.stringify(body),
        headers: { "content-type": "application/json" },
      }),
    });
    const text = await reply.text();
    return { status: reply.status, body: text === "" ? null : JSON.parse(text) };
  };
  const insist = async (method: string, path: string, body?: unknown) => {
    const reply = await ask(method, path, body);
    assert.ok(reply.status < 300, `${method} ${path}: ${JSON.stringify(reply.body)}`);
    return reply.body;
  };
  return {
    folder,
    get url() {
      return url;
    },
    get engine() {
      return engine;
    },
    get home() {
      return home;
    },
    ask,
    get: (path) => insist("GET", path),
    post: (path, body) => insist("POST", path, body),
    refused: async (status, method, path, body) => {
      const reply = await ask(method, path, body);
      assert.equal(reply.status, status, `${method} ${path}: ${JSON.stringify(reply.body)}`);
      assertSentence(reply.body.message);
      return reply.body;
    },
    restart: async () => {
      const closed = close();
      // A pass that is held notices only at its next frame that it is to stop.
      engine.letGo();
      await closed;
      engine = playedEngine();
      home = openHome(join(folder, "home"));
      await open();
    },
  };
}

/** One sentence a user may read: no stack, no line breaks. */
export function assertSentence(text: unknown): void {
  assert.match(String(text), /^\S[^\n]*[.!?]$/);
  assert.doesNotMatch(String(text), /\bat \S+:\d+:\d+|undefined|\[object/);
}

/** Two scenes of flat colours, a pale square moving over them. */
export async function paintClip(path: string, frames = FRAMES): Promise<void> {
  const sink = await createVideo(path, {
    size: SIZE,
    timing: { kind: "constant", rate: { numerator: 12, denominator: 1 } },
  });
  for (let frame = 0; frame < frames; frame++) {
    const rgb = new Uint8Array(SIZE.width * SIZE.height * 3);
    for (let y = 0; y < SIZE.height; y++) {
      for (let x = 0; x < SIZE.width; x++) {
        const square = x >= frame && x < frame + 16 && y >= 8 && y < 24;
        const scene = frame < CUT ? [200, 30, 20] : [10, 60, 190];
        rgb.set(square ? [240, 240, 240] : scene, (y * SIZE.width + x) * 3);
      }
    }
    await sink.write(rgb);
  }
  await sink.finish();
}

/** A project with the painted clip, ready to label. */
export async function readyVideo(stage: Stage, path: string): Promise<Video> {
  const project = await stage.post("/api/projects", { name: "Birds" });
  const video = await stage.post(`/api/projects/${project.id}/videos`, { path });
  return untilVideo(stage, video.id);
}

/** Waits until a video is ready or has failed. */
export async function untilVideo(stage: Stage, id: string): Promise<Video> {
  return until(async () => {
    const video = (await stage.get(`/api/videos/${id}`)) as Video;
    return video.state === "ready" || video.state === "failed" ? video : null;
  });
}

export async function untilJob(
  stage: Stage,
  id: string,
  states: readonly Job["state"][] = ["done"],
): Promise<Job> {
  const ended: readonly Job["state"][] = ["done", "failed", "cancelled", "asking"];
  const job = await until(async () => {
    const found = ((await stage.get("/api/jobs")) as Job[]).find((one) => one.id === id);
    return found !== undefined && [...ended, ...states].includes(found.state) ? found : null;
  });
  assert.ok(states.includes(job.state), `The job is ${job.state}: ${job.message}`);
  return job;
}

export async function until<T>(look: () => Promise<T | null>, seconds = 60): Promise<T> {
  for (const end = Date.now() + seconds * 1000; Date.now() < end; ) {
    const found = await look();
    if (found !== null) return found;
    await new Promise((done) => setTimeout(done, 40));
  }
  throw new Error("It did not happen in time.");
}

/** A square mask of 16 × 16 pixels with its left edge at `x`, as it travels. */
export function square(x: number, y = 8) {
  const runs: number[] = [];
  let end = 0;
  for (let column = x; column < Math.min(x + 16, SIZE.width); column++) {
    const start = column * SIZE.height + y;
    runs.push(start - end, 16);
    end = start + 16;
  }
  runs.push(SIZE.width * SIZE.height - end);
  const mask = maskFromCounts(runs, SIZE);
  return { size: [SIZE.height, SIZE.width] as [number, number], counts: rleString(mask) };
}

let transactions = 0;

export function transaction(steps: readonly unknown[], id = `t-${++transactions}`) {
  return { version: 1, id, title: id, origin: "person", author: null, run: null, steps };
}

/** A state that a person drew. */
export function drawn(mask: unknown) {
  return {
    presence: "visible",
    key: true,
    pinned: true,
    provenance: { by: "person", person: "ann" },
    shape: { mask },
  };
}

export async function edit(stage: Stage, video: Video, steps: readonly unknown[], id?: string) {
  return stage.post(`/api/videos/${video.id}/transactions`, {
    client: "a",
    revision: 0,
    digest: video.digest,
    transactions: [transaction(steps, id)],
  });
}

/** An object drawn by hand on one frame. */
export async function drawObject(stage: Stage, video: Video, track: number, frame = 0) {
  return edit(stage, video, [
    { type: "putTrack", track, before: null, after: { name: `Object ${track}` } },
    { type: "putState", track, frame, before: null, after: drawn(square(frame)) },
  ]);
}

export interface PlayedEngine extends Engine {
  /** Frames that tracking may answer from now on; it waits at this one. */
  holdAt(frame: number): void;
  letGo(): void;
  /** Resolves when tracking waits at a frame. */
  reached(frame: number): Promise<void>;
  /** Ends the pass at work as a process that dies does. */
  die(): void;
}

/** Follows the painted square exactly; nothing of it is learned. */
function playedEngine(): PlayedEngine {
  let held: number | null = null;
  let waits: number | null = null;
  let wake = () => {};
  let dying = false;
  const answers = {
    segment: {
      candidates: [{ mask: square(0), score: 0.9 }],
      timing: { wait: 0, encode: 0, decode: 0 },
    },
    propose: [{ mask: square(0), score: 0.8 }],
  };
  async function* track(order: Parameters<Engine["track"]>[0]): AsyncGenerator<TrackedFrame> {
    const step = order.direction === "forward" ? 1 : -1;
    const objects = [...new Set(order.anchors.map(({ object }) => object))];
    for (let frame = order.first; frame !== order.last + step; frame += step) {
      while (held === frame && !dying) {
        waits = frame;
        await new Promise<void>((done) => {
          wake = done;
        });
      }
      waits = null;
      if (dying) {
        dying = false;
        throw new EngineAway("The model's process ended and is starting again.");
      }
      yield {
        frame,
        objects: objects.map((object) => ({ object, mask: square(frame), score: 0.9 })),
      };
    }
  }
  return {
    state: () => "ready",
    atWork: () => ({ name: "played", digest: null, device: "CPU" }),
    use: async (name) => ({ name, digest: null, device: "CPU" }),
    call: async (call) => ((answers as Record<string, unknown>)[call.call] ?? null) as never,
    track,
    close: async () => {},
    holdAt: (frame) => {
      held = frame;
    },
    letGo: () => {
      held = null;
      wake();
    },
    reached: async (frame) => {
      await until(async () => (waits === frame ? true : null));
    },
    die: () => {
      dying = true;
      wake();
    },
  };
}

export interface Listening {
  readonly events: { readonly id: string; readonly event: ServerEvent }[];
  stop(): void;
}

/** Reads the event stream into a list. */
export async function listen(stage: Stage, video: string, lastId?: string): Promise<Listening> {
  const control = new AbortController();
  const reply = await fetch(`${stage.url}/api/events?video=${video}`, {
    signal: control.signal,
    headers: lastId === undefined ? {} : { "last-event-id": lastId },
  });
  const events: Listening["events"] = [];
  const read = async () => {
    let text = "";
    for await (const piece of reply.body!.pipeThrough(new TextDecoderStream())) {
      text += piece;
      for (let end = text.indexOf("\n\n"); end >= 0; end = text.indexOf("\n\n")) {
        const found = /^id: (.*)\ndata: (.*)$/s.exec(text.slice(0, end));
        if (found !== null) events.push({ id: found[1]!, event: JSON.parse(found[2]!) });
        text = text.slice(end + 2);
      }
    }
  };
  read().catch(() => {});
  return { events, stop: () => control.abort() };
}
