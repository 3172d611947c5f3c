// The document store: commits survive, refusals change nothing, a reopened database holds the same document.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, test } from "node:test";
import {
  documentToJson,
  newDocument,
  type Transaction,
  trackId,
  trackInfo,
  visible,
} from "@masklet/annotation";
import { frameIndex, fullMask } from "@masklet/vision";
import { openDatabase } from "../src/store/database.ts";
import { createDocuments } from "../src/store/documents.ts";
import type { Entry } from "../src/store/log.ts";

const folder = mkdtempSync(join(tmpdir(), "masklet-documents-"));
after(() => rmSync(folder, { recursive: true }));
let files = 0;

const size = { width: 8, height: 6 };
const facts = newDocument({ name: "clip", size, frameCount: 100, digest: "d" }).video;

async function open(path = join(folder, `${files++}.sqlite`)) {
  const database = await openDatabase(path, dirname(path));
  const now = new Date().toISOString();
  await database
    .insertInto("projects")
    .values({
      id: "p",
      name: "p",
      guidelines: "",
      labels: "[]",
      sample: 0,
      created_at: now,
      touched_at: now,
    })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  await database
    .insertInto("videos")
    .values({
      id: "v",
      project: "p",
      name: "clip",
      state: "ready",
      prepared: 1,
      problem: null,
      bytes: 0,
      ...size,
      frames: 100,
      digest: "d",
      rate: null,
      seconds: 4,
      codec: "h264",
      cuts: "[]",
      media: "frames",
      source: "",
      metadata: "{}",
      created_at: now,
      touched_at: now,
    })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  const heard: Entry[] = [];
  let clock = 1000;
  const documents = createDocuments(database, {
    now: () => clock++,
    announce: (_video, entry) => heard.push(entry),
  });
  await documents.begin("v", facts);
  return { path, database, documents, heard };
}

const shape = { kind: "mask", mask: fullMask(size) } as const;
const state = visible(shape, { by: "person", person: "ann" });

function transaction(id: string, steps: Transaction["steps"]): Transaction {
  return { id, title: id, origin: "person", author: "ann", run: null, steps };
}

const makeTrack = transaction("make", [
  { type: "putTrack", track: trackId(1), before: null, after: trackInfo({ name: "Zebra" }) },
  { type: "putState", track: trackId(1), frame: frameIndex(3), before: null, after: state },
]);

test("a committed transaction is in the document, in the log and after reopening the database", async () => {
  const first = await open();
  const { revision, accepted, refused } = await first.documents.commit("v", [makeTrack], {
    client: "a",
  });
  assert.equal(refused, null);
  assert.equal(revision, 1);
  assert.deepEqual(
    accepted.map(({ sequence }) => sequence),
    [1],
  );
  const before = documentToJson((await first.documents.read("v")).document);
  await first.database.destroy();

  const second = await open(first.path);
  const read = await second.documents.read("v");
  assert.equal(read.revision, 1);
  assert.deepEqual(documentToJson(read.document), before);
  assert.equal(read.document.tracks.get(trackId(1))?.states.size, 1);
  assert.deepEqual(
    (await second.documents.entries("v", 0, 10)).map(({ client }) => client),
    ["a"],
  );
});

test("a repeated transaction is acknowledged once more and applied once", async () => {
  const { documents, heard } = await open();
  await documents.commit("v", [makeTrack], { client: "a" });
  const again = await documents.commit("v", [makeTrack], { client: "a" });
  assert.deepEqual(
    again.accepted.map(({ sequence }) => sequence),
    [1],
  );
  assert.equal(again.revision, 1);
  assert.equal(heard.length, 1);
});

test("a stale transaction is refused, names who was faster, and ends the post; those before it stand", async () => {
  const { documents } = await open();
  await documents.commit("v", [makeTrack], { client: "a" });
  const rename = (id: string, name: string) =>
    transaction(id, [
      {
        type: "putTrack",
        track: trackId(1),
        before: trackInfo({ name: "Zebra" }),
        after: trackInfo({ name }),
      },
    ]);
  const result = await documents.commit(
    "v",
    [rename("one", "Okapi"), rename("two", "Quagga"), makeTrack],
    {
      client: "b",
    },
  );
  assert.deepEqual(
    result.accepted.map(({ transaction }) => transaction.id),
    ["one"],
  );
  assert.equal(result.refused?.transaction, "two");
  assert.equal(result.refused?.refusal.code, "stale");
  assert.equal(result.refused?.by?.transaction.id, "one");
  const { document, revision } = await documents.read("v");
  assert.equal(revision, 2);
  assert.equal(document.tracks.get(trackId(1))?.info.name, "Okapi");
});

test("putting and deleting in one transaction leaves the tables as the document is", async () => {
  const { documents, path, database } = await open();
  await documents.commit("v", [makeTrack], { client: null });
  const [frame, track] = [frameIndex(9), trackId(1)];
  await documents.commit(
    "v",
    [
      transaction("flicker", [
        { type: "putState", track, frame, before: null, after: state },
        { type: "putState", track, frame, before: state, after: null },
        { type: "putState", track, frame: frameIndex(3), before: state, after: null },
        { type: "putState", track, frame: frameIndex(4), before: null, after: state },
      ]),
    ],
    { client: null },
  );
  const before = documentToJson((await documents.read("v")).document);
  await database.destroy();
  const reopened = await open(path);
  const { document } = await reopened.documents.read("v");
  assert.deepEqual(documentToJson(document), before);
  assert.deepEqual([...(document.tracks.get(track)?.states.keys() ?? [])], [4]);
});

test("commits of many at once are taken one after another", async () => {
  const { documents } = await open();
  await documents.commit("v", [makeTrack], { client: null });
  const put = (frame: number) =>
    documents.commit(
      "v",
      [
        transaction(`f${frame}`, [
          {
            type: "putState",
            track: trackId(1),
            frame: frameIndex(frame),
            before: null,
            after: state,
          },
        ]),
      ],
      { client: null },
    );
  const results = await Promise.all(Array.from({ length: 30 }, (_, index) => put(index + 10)));
  assert.ok(results.every(({ refused }) => refused === null));
  const { document, revision } = await documents.read("v");
  assert.equal(revision, 31);
  assert.equal(document.tracks.get(trackId(1))?.states.size, 31);
});

test("a review given where a later step renames the track is in the tables as in the document", async () => {
  const { documents, path, database } = await open();
  const [track, info] = [trackId(1), trackInfo({ name: "Zebra" })];
  const review = { verdict: "satisfactory", reason: null, reviewer: "bob", notes: [] } as const;
  await documents.commit(
    "v",
    [
      transaction("reviewed", [
        { type: "putTrack", track, before: null, after: info },
        { type: "putReview", track, before: null, after: review },
        { type: "putTrack", track, before: info, after: trackInfo({ name: "Quagga" }) },
      ]),
    ],
    { client: null },
  );
  const before = documentToJson((await documents.read("v")).document);
  await database.destroy();
  const reopened = await open(path);
  assert.deepEqual(documentToJson((await reopened.documents.read("v")).document), before);
});

test("counts beside a document follow every commit", async () => {
  const { documents, database } = await open();
  const counts = async () => {
    const row = await database.selectFrom("documents").select("counts").executeTakeFirstOrThrow();
    return JSON.parse(row.counts) as unknown;
  };
  await documents.commit("v", [makeTrack], { client: null });
  assert.deepEqual(await counts(), {
    objects: 1,
    framesHuman: 1,
    framesModel: 0,
    framesAccepted: 0,
  });
  const [track, frame] = [trackId(1), frameIndex(3)];
  const model = { by: "model", run: "r", model: "m", version: null, policy: "masklet" } as const;
  const byModel = visible(shape, { ...model, prompted: [frame] }, { score: 1 });
  const review = { verdict: "satisfactory", reason: null, reviewer: "bob", notes: [] } as const;
  await documents.commit(
    "v",
    [
      transaction("model", [
        { type: "putState", track, frame: frameIndex(4), before: null, after: byModel },
        { type: "putReview", track, before: null, after: review },
      ]),
    ],
    { client: null },
  );
  assert.deepEqual(await counts(), {
    objects: 1,
    framesHuman: 1,
    framesModel: 1,
    framesAccepted: 2,
  });
  await documents.commit(
    "v",
    [transaction("less", [{ type: "putState", track, frame, before: state, after: null }])],
    { client: null },
  );
  assert.deepEqual(await counts(), {
    objects: 1,
    framesHuman: 0,
    framesModel: 1,
    framesAccepted: 1,
  });
});
