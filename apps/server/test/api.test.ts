// The way of one video through the server: upload, frames, edits, log, events, tracking, comparison.
import assert from "node:assert/strict";
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { test } from "node:test";
import type { Job, Video } from "@masklet/protocol";
import { AV_PIX_FMT_YUVJ420P } from "node-av/constants";
import sharp from "sharp";
import { writeNumberedVideo } from "../../../packages/video/test/numbered-video.ts";
import {
  CUT,
  drawn,
  drawObject,
  edit,
  FRAMES,
  listen,
  openStage,
  paintClip,
  readyVideo,
  SIZE,
  square,
  transaction,
  until,
  untilJob,
  untilVideo,
} from "./stage.ts";

const stage = await openStage();
const clip = join(stage.folder, "clips", "birds.mp4");
mkdirSync(join(stage.folder, "clips"));
await paintClip(clip);
let video: Video;

const tus = { "tus-resumable": "1.0.0" };
const encoded = (text: string) => Buffer.from(text).toString("base64");

test("a file uploaded in pieces, one of them broken off, becomes a video that is ready", async () => {
  const project = await stage.post("/api/projects", { name: "Birds" });
  const bytes = readFileSync(clip);
  const created = await fetch(`${stage.url}/api/uploads`, {
    method: "POST",
    headers: {
      ...tus,
      "upload-length": String(bytes.length),
      "upload-metadata": `filename ${encoded("birds.mp4")},project ${encoded(project.id)},purpose ${encoded("video")}`,
    },
  });
  assert.equal(created.status, 201);
  const location = new URL(created.headers.get("location")!, `${stage.url}/api/uploads`).href;
  const id = location.split("/").at(-1)!;
  assert.equal((await stage.get(`/api/videos/${id}`)).state, "uploading");

  const half = Math.floor(bytes.length / 2);
  const piece = (from: number, body: BodyInit) =>
    fetch(location, {
      method: "PATCH",
      headers: {
        ...tus,
        "upload-offset": String(from),
        "content-type": "application/offset+octet-stream",
      },
      body,
      duplex: "half",
    } as RequestInit);
  const broken = new ReadableStream({
    start: async (sink) => {
      sink.enqueue(new Uint8Array(bytes.subarray(0, half)));
      await new Promise((done) => setTimeout(done, 300));
      sink.error(new Error("The network went away."));
    },
  });
  await assert.rejects(piece(0, broken));
  const offset = await until(async () => {
    const head = await fetch(location, { method: "HEAD", headers: tus });
    return head.ok ? Number(head.headers.get("upload-offset")) : null;
  });
  assert.ok(offset <= half);
  const rest = await piece(offset, new Uint8Array(bytes.subarray(offset)));
  assert.equal(rest.status, 204);

  video = await untilVideo(stage, id);
  assert.equal(video.state, "ready", video.problem ?? "");
  assert.equal(video.name, "birds.mp4");
  assert.deepEqual([video.frames, video.width, video.height], [FRAMES, SIZE.width, SIZE.height]);
  assert.deepEqual(video.cuts, [CUT]);
  assert.equal(video.media, "original");
  const [listed] = await stage.get(`/api/projects/${project.id}/videos`);
  assert.deepEqual(listed, video);
  assert.equal(
    (await stage.get("/api/projects")).find((one: { id: string }) => one.id === project.id).videos,
    1,
  );
});

test("frames, frame table and media bytes are those of the clip", async () => {
  const at = `/api/videos/${video.id}`;
  for (const [frame, red] of [
    [0, 200],
    [CUT, 10],
  ] as const) {
    const reply = await fetch(
      `${stage.url}${at}/frames/${frame}?digest=${video.digest}&format=png`,
    );
    assert.equal(reply.status, 200);
    assert.match(reply.headers.get("cache-control")!, /immutable/);
    const { data, info } = await sharp(Buffer.from(await reply.arrayBuffer()))
      .raw()
      .toBuffer({ resolveWithObject: true });
    assert.deepEqual([info.width, info.height], [SIZE.width, SIZE.height]);
    assert.ok(Math.abs(data[(40 * SIZE.width + 50) * 3]! - red) < 12);
  }
  const small = await fetch(`${stage.url}${at}/frames/3?digest=${video.digest}&width=32`);
  assert.equal((await sharp(Buffer.from(await small.arrayBuffer())).metadata()).width, 32);
  const table = await stage.get(`${at}/table`);
  assert.equal(table.digest, video.digest);
  assert.equal(table.pts.length, FRAMES);
  const bytes = await fetch(`${stage.url}${at}/media?digest=${video.digest}`, {
    headers: { range: "bytes=4-11" },
  });
  assert.equal(bytes.status, 206);
  assert.deepEqual(Buffer.from(await bytes.arrayBuffer()), readFileSync(clip).subarray(4, 12));
});

test("edits are numbered, repeated ones acknowledged once, a stale one told who was faster", async () => {
  const renamed = (id: string, name: string) =>
    transaction(
      [{ type: "putTrack", track: 1, before: { name: "Object 1" }, after: { name } }],
      id,
    );
  const post = (transactions: unknown[]) =>
    stage.post(`/api/videos/${video.id}/transactions`, {
      client: "b",
      revision: 1,
      digest: video.digest,
      transactions,
    });
  assert.equal((await drawObject(stage, video, 1)).revision, 1);
  const first = await post([renamed("swan", "Swan")]);
  assert.deepEqual([first.revision, first.refused], [2, null]);
  assert.equal((await post([renamed("swan", "Swan")])).revision, 2);
  const late = await post([renamed("duck", "Duck")]);
  assert.equal(late.refused.code, "stale");
  assert.deepEqual(late.refused.by, { sequence: 2, author: "local" });
  const { revision, document } = await stage.get(`/api/videos/${video.id}/document`);
  assert.equal(revision, 2);
  assert.equal(document.tracks[0].name, "Swan");
});

test("the log is read in pages and from its end", async () => {
  const sequences = async (query: string) =>
    (await stage.get(`/api/videos/${video.id}/log?${query}`)).entries.map(
      ({ sequence }: { sequence: number }) => sequence,
    );
  assert.deepEqual(await sequences("since=0&limit=1"), [1]);
  assert.deepEqual(await sequences("since=1"), [2]);
  assert.deepEqual(await sequences("last=1"), [2]);
  await stage.refused(400, "GET", `/api/videos/${video.id}/log?since=x`);
});

test("an event stream resumes after the last event heard, and says reset where that is gone", async () => {
  const put = (frame: number) =>
    edit(stage, video, [
      { type: "putState", track: 1, frame, before: null, after: drawn(square(frame)) },
    ]);
  const one = await listen(stage, video.id);
  await put(2);
  await until(async () => (one.events.length > 0 ? true : null));
  one.stop();
  await put(3);
  const two = await listen(stage, video.id, one.events[0]!.id);
  await until(async () => (two.events.length > 0 ? true : null));
  const [missed] = two.events;
  assert.ok(missed?.event.type === "entry");
  assert.equal(missed.event.entry.sequence, 4);
  two.stop();
  const other = await listen(stage, video.id, "another-run:1");
  await until(async () => (other.events.length > 0 ? true : null));
  assert.deepEqual(other.events[0]!.event, { type: "reset" });
  other.stop();
  const elsewhere = await listen(stage, "another-video");
  await put(4);
  await new Promise((done) => setTimeout(done, 100));
  assert.deepEqual(elsewhere.events, []);
  elsewhere.stop();
});

test("a click gets candidates, and a preview that a newer question overtook is told so", async () => {
  const ask = (ticket: number, purpose: string) =>
    stage.ask("POST", `/api/videos/${video.id}/segment`, {
      ticket,
      client: "a",
      purpose,
      frame: 0,
      digest: video.digest,
      points: [{ x: 3, y: 10, sign: "include" }],
      box: null,
      mask: null,
    });
  const { body } = await ask(5, "click");
  assert.deepEqual([body.ticket, body.model, body.candidates.length], [5, "played", 1]);
  assert.equal((await ask(4, "preview")).status, 409);
});

test("activity is counted once however often it is sent, and shows in the video's row", async () => {
  const batch = {
    batch: "b1",
    client: "a",
    records: [
      { kind: "active", at: "2026-01-01T00:00:00.000Z", object: 1, frame: 0, seconds: 30, wait: 2 },
      {
        kind: "action",
        at: "2026-01-01T00:00:01.000Z",
        object: 1,
        frame: 0,
        action: "click.include",
      },
      {
        ...{ kind: "doubt", at: "2026-01-01T00:00:02.000Z", object: 1, frame: 2 },
        ...{ reason: "score", event: "looks-right" },
      },
      { kind: "doubts", at: "2026-01-01T00:00:03.000Z", open: 4 },
      { kind: "doubts", at: "2026-01-01T00:00:04.000Z", open: 3 },
    ],
  };
  await stage.post(`/api/videos/${video.id}/activity`, batch);
  await stage.post(`/api/videos/${video.id}/activity`, batch);
  const sums = await stage.post(`/api/videos/${video.id}/activity`, { ...batch, batch: "b2" });
  assert.deepEqual([sums.activeSeconds, sums.waitSeconds, sums.clicks], [60, 4, 2]);
  assert.deepEqual(sums.perObject, [{ object: 1, seconds: 60, clicks: 2, framesEdited: 1 }]);
  assert.deepEqual(sums.looked, [{ object: 1, frame: 2, at: "2026-01-01T00:00:02.000Z" }]);
  const { progress } = await stage.get(`/api/videos/${video.id}`);
  assert.equal(progress.activeSeconds, 60);
  assert.deepEqual([progress.objects, progress.framesHuman], [1, 4]);
  assert.equal(progress.doubts, 3, "the newest number of open doubts stands");
});

test("seconds of activity are those of a day at most, and what older servers let in counts as nothing", async () => {
  const record = { kind: "active", at: "2026-01-01T00:00:00.000Z", object: 1, frame: 0 };
  const activity = `/api/videos/${video.id}/activity`;
  for (const [index, [seconds, wait]] of [
    [1e308, 0],
    [0, 1e308],
    [-5, 0],
    [0, -5],
    [86_401, 0],
  ].entries()) {
    const records = [{ ...record, seconds, wait }];
    const batch = { batch: `bad-${index}`, client: "a", records };
    assert.equal((await stage.ask("POST", activity, batch)).status, 400);
  }
  const database = new DatabaseSync(join(stage.home.path, "masklet.sqlite"));
  database
    .prepare(
      "INSERT INTO activity_sums (video, object, day, seconds, wait, clicks) VALUES (?, ?, ?, ?, ?, ?)",
    )
    .run(video.id, 1, "2025-01-01", Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, 0);
  const sums = await stage.get(activity);
  assert.deepEqual([sums.activeSeconds, sums.waitSeconds], [60, 4]);
  const { progress } = await stage.get(`/api/videos/${video.id}`);
  assert.equal(progress.activeSeconds, 60);
  database.prepare("DELETE FROM activity_sums WHERE day = '2025-01-01'").run();
  database.close();
});

async function track(video: Video, wanted: object) {
  const { revision } = await stage.get(`/api/videos/${video.id}/document`);
  return stage.post(`/api/videos/${video.id}/track`, {
    objects: [1],
    direction: "forward",
    origin: 0,
    from: 0,
    to: FRAMES - 1,
    only: "all",
    revision,
    digest: video.digest,
    ...wanted,
  }) as Promise<Job>;
}

test("tracking is refused for a page that lacks an edit of the object, or has one that the server lacks", async () => {
  const mine = await readyVideo(stage, clip);
  await drawObject(stage, mine, 1);
  const { revision } = await drawObject(stage, mine, 2);
  const asked = (wanted: object) => ({
    ...{ objects: [1], direction: "forward", origin: 0, from: 0, to: 3, only: "all" },
    ...{ digest: mine.digest, ...wanted },
  });
  const at = `/api/videos/${mine.id}/track`;
  const older = await stage.refused(409, "POST", at, asked({ revision: 0 }));
  assert.equal(older.code, "stale");
  await stage.refused(409, "POST", at, asked({ revision: revision + 1 }));
  await stage.refused(409, "POST", at, asked({ revision: revision - 1, objects: [1, 2] }));
  assert.deepEqual(await stage.get(`/api/videos/${mine.id}/runs`), []);
  // What was changed since concerns another object.
  const job = await stage.post(at, asked({ revision: revision - 1 }));
  await untilJob(stage, job.id);
  // What runs wrote since is no reason either: the page shows them as they come.
  await untilJob(stage, (await stage.post(at, asked({ revision }))).id);
});

test("a run whose job a crash took is not at work for ever", async () => {
  const mine = await readyVideo(stage, clip);
  await drawObject(stage, mine, 1);
  const { id, subject } = await track(mine, { to: 3 });
  await untilJob(stage, id);
  const database = new DatabaseSync(stage.home.database);
  database.exec(`update runs set value = replace(value, '"kept"', '"running"')`);
  database.close();
  await stage.restart();
  const [run] = await stage.get(`/api/videos/${mine.id}/runs`);
  assert.deepEqual([run.id, run.state], [subject, "kept"]);
});

async function framesOf(video: Video, object: number): Promise<number[]> {
  const { document } = await stage.get(`/api/videos/${video.id}/document`);
  const found = document.tracks.find(({ id }: { id: number }) => id === object);
  return found.states.map(({ frame }: { frame: number }) => frame);
}

const upTo = (last: number) => Array.from({ length: last + 1 }, (_, frame) => frame);

test("a run asks at the cut, ends there when told to, is compared and taken back as one", async () => {
  const mine = await readyVideo(stage, clip);
  await drawObject(stage, mine, 1);
  const { id, subject: run } = await track(mine, {});
  const asking = await untilJob(stage, id, ["asking"]);
  assert.deepEqual(asking.question, { kind: "cut", frame: CUT, object: 1 });
  assert.equal(asking.lanes[0]!.state, "at-cut");
  assert.deepEqual(await framesOf(mine, 1), upTo(CUT - 1));
  await stage.refused(409, "POST", `/api/videos/${mine.id}/runs/${run}/take-back`, { keep: null });

  await stage.post(`/api/jobs/${id}/answer`, { answer: "end" });
  const { lanes } = await untilJob(stage, id);
  assert.deepEqual([lanes[0]!.state, lanes[0]!.at], ["at-cut", CUT]);
  await stage.refused(400, "POST", `/api/jobs/${id}/answer`, { answer: "end" });

  const comparison = await stage.get(`/api/videos/${mine.id}/runs/${run}/comparison`);
  assert.equal(comparison.frames.length, CUT - 1);
  assert.equal(comparison.pinned, 1);
  const { progress } = await stage.get(`/api/videos/${mine.id}`);
  assert.deepEqual([progress.framesHuman, progress.framesModel], [1, CUT - 1]);
  await stage.post(`/api/videos/${mine.id}/runs/${run}/take-back`, { keep: { from: 1, to: 3 } });
  assert.deepEqual(await framesOf(mine, 1), upTo(3));
  assert.equal((await stage.get(`/api/videos/${mine.id}/runs`))[0].state, "part-kept");
});

test("a run goes over the cut when told to, and both ways from the middle", async () => {
  const mine = await readyVideo(stage, clip);
  await drawObject(stage, mine, 1, 5);
  const { id } = await track(mine, { direction: "both", origin: 5 });
  await untilJob(stage, id, ["asking"]);
  await stage.post(`/api/jobs/${id}/answer`, { answer: "go-on" });
  const { lanes } = await untilJob(stage, id);
  assert.equal(lanes[0]!.state, "done");
  assert.deepEqual(lanes[0]!.reached, { from: 0, to: FRAMES - 1 });
  assert.deepEqual(await framesOf(mine, 1), upTo(FRAMES - 1));
});

test("a cancelled run keeps the frames it has, and one cancelled while it asks is no longer at work", async () => {
  const mine = await readyVideo(stage, clip);
  await drawObject(stage, mine, 1);
  stage.engine.holdAt(7);
  const { id, subject: run } = await track(mine, {});
  await stage.engine.reached(7);
  const cancelling = stage.post(`/api/jobs/${id}/cancel`, undefined);
  await new Promise((done) => setTimeout(done, 100));
  stage.engine.letGo();
  assert.equal((await cancelling).state, "cancelled");
  const kept = await framesOf(mine, 1);
  assert.ok(kept.length >= 7 && kept.length < CUT, `kept ${kept.length}`);
  const runs = await stage.get(`/api/videos/${mine.id}/runs`);
  assert.deepEqual([runs[0].id, runs[0].state], [run, "kept"]);

  const asks = await track(mine, {});
  await untilJob(stage, asks.id, ["asking"]);
  assert.equal((await stage.post(`/api/jobs/${asks.id}/cancel`, undefined)).state, "cancelled");
  assert.equal((await stage.get(`/api/videos/${mine.id}/runs`))[0].state, "kept");
});

test("a pass whose engine dies goes on with the next start, and a job cut off by a restart is finished", async () => {
  const mine = await readyVideo(stage, clip);
  await drawObject(stage, mine, 1);
  await drawObject(stage, mine, 2);
  stage.engine.holdAt(4);
  const { id } = await track(mine, { objects: [1, 2], to: CUT - 1 });
  await stage.engine.reached(4);
  stage.engine.die();
  await until(async () => ((await framesOf(mine, 1)).length >= 4 ? true : null));
  await stage.restart();
  stage.engine.letGo();
  await untilJob(stage, id);
  assert.deepEqual(await framesOf(mine, 1), upTo(CUT - 1));
  assert.deepEqual(await framesOf(mine, 2), upTo(CUT - 1));
});

test("two imports at once both become ready, and a video that no browser plays gets a copy with its frames", async () => {
  const project = await stage.post("/api/projects", { name: "Two" });
  const turned = join(stage.folder, "clips", "turned.avi");
  await writeNumberedVideo(turned, {
    container: "avi",
    encoder: "mjpeg",
    pixelFormat: AV_PIX_FMT_YUVJ420P,
  });
  const [one, other] = (await Promise.all(
    [clip, turned].map((path) => stage.post(`/api/projects/${project.id}/videos`, { path })),
  )) as [Video, Video];
  assert.equal((await untilVideo(stage, one.id)).media, "original");
  const ready = await untilVideo(stage, other.id);
  assert.equal(ready.prepared, 1);
  const copied = await until(async () => {
    const now = (await stage.get(`/api/videos/${other.id}`)) as Video;
    return now.media === "proxy" ? now : null;
  });
  assert.equal(copied.digest, ready.digest);
  const bytes = await fetch(`${stage.url}/api/videos/${other.id}/media?digest=${copied.digest}`);
  assert.equal(bytes.headers.get("content-type"), "video/mp4");
  await bytes.arrayBuffer();
  assert.equal((await stage.ask("POST", `/api/videos/${other.id}/proxy`)).status, 204);
  const copy = join(stage.home.media, `${other.id}-proxy.mp4`);
  assert.ok(existsSync(copy));
  await stage.ask("DELETE", `/api/videos/${other.id}`);
  assert.ok(!existsSync(copy) && existsSync(turned));
});

test("an import that failed is tried again once the file is mended, and refused once it is gone", async () => {
  const path = join(stage.folder, "clips", "late.mp4");
  writeFileSync(path, "not yet a video");
  const { project } = video;
  const added = await stage.post(`/api/projects/${project}/videos`, { path });
  assert.equal((await untilVideo(stage, added.id)).state, "failed");
  copyFileSync(clip, path);
  const again = await stage.post(`/api/videos/${added.id}/prepare`, null);
  assert.deepEqual([again.state, again.problem], ["preparing", null]);
  assert.equal((await untilVideo(stage, added.id)).frames, FRAMES);
  writeFileSync(path, "broken");
  const other = await stage.post(`/api/projects/${project}/videos`, { path });
  assert.equal((await untilVideo(stage, other.id)).state, "failed");
  rmSync(path);
  const problem = await stage.refused(422, "POST", `/api/videos/${other.id}/prepare`);
  assert.match(problem.message, /late\.mp4 is no longer at/);
});

test("deleting a video takes its rows, its jobs and our copy of the file, never the user's own", async () => {
  const mine = await readyVideo(stage, clip);
  await stage.ask("DELETE", `/api/videos/${mine.id}`);
  await stage.refused(404, "GET", `/api/videos/${mine.id}`);
  assert.ok(readFileSync(clip).length > 0);
});

test("models are listed with what is at work, and the document of routes is published", async () => {
  const { models, active, engine } = await stage.get("/api/models");
  assert.equal(active, "played");
  assert.equal(engine, "ready");
  assert.ok(models.some(({ state }: { state: string }) => state === "embedded"));
  const { openapi, paths } = await stage.get("/api/openapi.json");
  assert.match(openapi, /^3\.1/);
  assert.ok(paths["/api/videos/{video}/transactions"].post);
});
