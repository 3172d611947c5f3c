// Export and import over HTTP: every format goes out and comes back, and nothing malformed comes in by half.
import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { FormatInfo } from "@masklet/protocol";
import { drawObject, openStage, paintClip, readyVideo, untilJob } from "./stage.ts";

const stage = await openStage();
const folder = join(stage.folder, "clips");
mkdirSync(folder);
await paintClip(join(folder, "birds.mp4"));
const video = await readyVideo(stage, join(folder, "birds.mp4"));
await drawObject(stage, video, 1, 0);
await drawObject(stage, video, 2, 3);
const formats = ((await stage.get("/api/formats")) as FormatInfo[]).filter(
  ({ canImport }) => canImport,
);

/** Formats that keep pixels as they are. */
const EXACT = new Set([
  "masklet",
  "coco",
  "youtube-vis",
  "davis",
  "mots",
  "mots-txt",
  "sa-v",
  "burst",
]);

const order = (format: string) => ({
  format,
  videos: [video.id],
  frames: false,
  step: 1,
  onlyAccepted: false,
  report: true,
  archive: false,
});

async function documentNow() {
  return (await stage.get(`/api/videos/${video.id}/document`)) as {
    revision: number;
    document: { tracks: { id: number; states: { frame: number; shape?: unknown }[] }[] };
  };
}

test("every format is announced with its losses, exported, downloaded and read back", async () => {
  assert.ok(formats.length >= 19);
  for (const { id: format } of formats) {
    const loss = await stage.post(`/api/projects/${video.project}/loss`, order(format));
    assert.ok(loss.bytes > 0, format);
    for (const row of loss.rows) assert.match(row.sentence, /^\S.*\.$/, format);
    const { job } = await stage.post(`/api/projects/${video.project}/exports`, order(format));
    await untilJob(stage, job);
    const file = await fetch(`${stage.url}/api/exports/${job}/file`);
    assert.equal(file.status, 200, format);
    assert.match(file.headers.get("content-disposition")!, /Birds-.*\.zip/);
    const path = join(folder, `${format}.zip`);
    writeFileSync(path, new Uint8Array(await file.arrayBuffer()));

    const before = await documentNow();
    const read = await stage.post(`/api/videos/${video.id}/import`, { format, source: { path } });
    assert.equal(read.objects, 2, format);
    assert.ok(read.masks >= 2, format);
    const after = await documentNow();
    assert.equal(after.revision, before.revision + 1, format);
    const added = after.document.tracks.slice(2);
    if (EXACT.has(format)) {
      const shapes = (tracks: typeof added) => tracks.map(({ states }) => states[0]!.shape);
      assert.deepEqual(shapes(added), shapes(before.document.tracks), format);
    }
    // Gone again, so that the next format exports two objects and no more.
    await takeAway(
      format,
      added.map(({ id }) => id),
    );
  }
});

async function takeAway(format: string, tracks: readonly number[]): Promise<void> {
  const { document } = await documentNow();
  const steps = document.tracks
    .filter(({ id }) => tracks.includes(id))
    .flatMap(({ id, states, ...info }) => [
      ...states.map(({ frame, ...before }) => ({
        type: "putState",
        track: id,
        frame,
        before,
        after: null,
      })),
      { type: "putTrack", track: id, before: info, after: null },
    ]);
  const reply = await stage.post(`/api/videos/${video.id}/transactions`, {
    client: "a",
    revision: 0,
    digest: video.digest,
    transactions: [
      {
        version: 1,
        id: `away-${format}`,
        title: "",
        origin: "person",
        author: null,
        run: null,
        steps,
      },
    ],
  });
  assert.equal(reply.refused, null);
}

test("frames go beside the labels under a name that stays inside the archive", async () => {
  await stage.ask("PATCH", `/api/videos/${video.id}`, { name: "../../birds" });
  const { job } = await stage.post(`/api/projects/${video.project}/exports`, {
    ...order("coco"),
    frames: true,
    step: 8,
    archive: true,
  });
  await untilJob(stage, job);
  const file = await fetch(`${stage.url}/api/exports/${job}/file`);
  const text = Buffer.from(await file.arrayBuffer()).toString("latin1");
  assert.match(text, /frames\/birds\/00016\.jpg/);
  assert.match(text, /masklet-archive\.zip/);
  assert.match(text, /loss-report\.md/);
  assert.match(text, /loss-report\.jsonl/);
  assert.doesNotMatch(text, /\.\.\//);
  await stage.ask("DELETE", `/api/exports/${job}`);
  await stage.refused(404, "GET", `/api/exports/${job}/file`);
});

test("a malformed import says so in one sentence and changes nothing, whatever the format", async () => {
  writeFileSync(join(folder, "cut-short.json"), '{"images": [');
  writeFileSync(join(folder, "noise.zip"), Buffer.from("PK\x03\x04 and then nothing of the kind"));
  writeFileSync(join(folder, "noise.txt"), "1 2 three\n");
  const before = await documentNow();
  for (const { id: format } of formats) {
    for (const name of ["cut-short.json", "noise.zip", "noise.txt"]) {
      const source = { path: join(folder, name) };
      await stage.refused(422, "POST", `/api/videos/${video.id}/import`, { format, source });
    }
  }
  assert.deepEqual(await documentNow(), before);
});
