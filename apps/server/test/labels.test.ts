// Labels of a project: none reaches a document that cannot be read again, and an unreadable entry is told by its name.
import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { test } from "node:test";
import { edit, openStage, paintClip, readyVideo, transaction, untilVideo } from "./stage.ts";

const stage = await openStage();
const clips = join(stage.folder, "clips");
mkdirSync(clips);
await paintClip(join(clips, "birds.mp4"));
const video = await readyVideo(stage, join(clips, "birds.mp4"));
const project = `/api/projects/${video.project}`;
const at = `/api/videos/${video.id}`;

async function patch(labels: unknown) {
  const { status, body } = await stage.ask("PATCH", project, { labels });
  assert.equal(status, 200, JSON.stringify(body));
  return body.labels;
}

test("labels that cannot be read again are refused with their place, and nothing is written", async () => {
  for (const [labels, place] of [
    [[{ id: 1, label: {} }], /^labels\[0\]\.label\.name: /],
    [[{ id: 1, label: { name: 7 } }], /^labels\[0\]\.label\.name: /],
    [[{ id: 1, label: { name: "x".repeat(201) } }], /labels\[0\]\.label\.name: .*200/],
    [[{ id: 2 ** 60, label: { name: "Swan" } }], /^labels\[0\]: /],
    [
      [
        { id: 1, label: { name: "Swan" } },
        { id: 1, label: { name: "Goose" } },
      ],
      /labels\[1\]: .*1 is there twice/,
    ],
  ] as const) {
    const { code, message } = await stage.refused(400, "PATCH", project, { labels });
    assert.equal(code, "bad-request");
    assert.match(message, place);
  }
  const nested = `{"labels":[{"id":1,"label":{"name":"Swan","attributes":${"[".repeat(100_000)}${"]".repeat(100_000)}}}]}`;
  const reply = await fetch(stage.url + project, {
    method: "PATCH",
    body: nested,
    headers: { "content-type": "application/json" },
  });
  assert.equal(reply.status, 400);
  assert.deepEqual((await stage.get(project)).labels, []);
  assert.equal((await stage.get(`${at}/document`)).revision, 0);
});

test("a label's name is bounded in transactions too", async () => {
  const after = { name: "x".repeat(201) };
  const { message } = await stage.refused(400, "POST", `${at}/transactions`, {
    ...{ client: "a", revision: 0, digest: video.digest },
    transactions: [transaction([{ type: "putLabel", label: 1, before: null, after }])],
  });
  assert.match(message, /^Transaction 0: steps\[0\]\.after\.name: .*200/);
});

test("labels with their usual facts left out survive a restart and come back whole", async () => {
  const [kept] = await patch([{ id: 1, label: { name: "Swan" } }]);
  const swan = { name: "Swan", parent: null, colour: null, key: null, attributes: [] };
  assert.deepEqual(kept, { id: 1, label: swan });
  await stage.restart();
  assert.deepEqual((await stage.get(`${at}/document`)).document.labels, [{ id: 1, name: "Swan" }]);
  await patch([]);
  assert.deepEqual((await stage.get(`${at}/document`)).document.labels, []);
});

test("an entry that cannot be read is told with its video; other videos stay as they are", async () => {
  await paintClip(join(clips, "geese.mp4"));
  const added = await stage.post(`${project}/videos`, { path: join(clips, "geese.mp4") });
  const other = await untilVideo(stage, added.id);
  await edit(stage, video, [
    { type: "putLabel", label: 7, before: null, after: { name: "Heron" } },
  ]);
  const { revision } = await stage.get(`${at}/document`);
  const database = new DatabaseSync(join(stage.home.path, "masklet.sqlite"));
  database.prepare("UPDATE labels SET value = '{}' WHERE video = ?").run(video.id);
  database
    .prepare("UPDATE log SET value = replace(value, '\"Heron\"', '7') WHERE video = ?")
    .run(video.id);
  database.close();
  await stage.restart();
  const told = new RegExp(`^Entry ${revision} in the log of birds\\.mp4 .*${video.id}`);
  const labels = [{ id: 1, label: { name: "Goose" } }];
  for (const [method, path, body] of [
    ["GET", `${at}/document`, undefined],
    ["GET", `${at}/log`, undefined],
    ["PATCH", project, { labels }],
  ] as const) {
    assert.match((await stage.refused(500, method, path, body)).message, told);
  }
  assert.deepEqual((await stage.get(project)).labels, []);
  assert.equal((await stage.get(`/api/videos/${other.id}/document`)).revision, 0);
  assert.equal((await stage.get(`${project}/videos`)).length, 2);
  assert.equal((await stage.ask("DELETE", at)).status, 204);
  await patch(labels);
});
