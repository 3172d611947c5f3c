// The session against the fake server: optimistic edits, the server away, somebody faster, undo after a reload.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { type Step, type Transaction, trackId, trackInfo, visible } from "@masklet/annotation";
import { frameIndex } from "@masklet/vision";
import { openSession } from "../src/desk/session.ts";
import { maskFromStroke } from "../src/edit/brush.ts";
import { call } from "../src/link/call.ts";
import type { Outbox } from "../src/link/outbox.ts";
import { type FakeServer, startFake } from "./fake/server.ts";

const realFetch = globalThis.fetch;
let fake: FakeServer;

before(async () => {
  fake = await startFake({ port: 0, dist: "/nowhere" });
  globalThis.fetch = (path, init) => realFetch(new URL(String(path), fake.url), init);
});
after(async () => {
  globalThis.fetch = realFetch;
  await fake.close();
});

function memory(): Outbox & { readonly kept: Map<string, Transaction> } {
  const kept = new Map<string, Transaction>();
  return {
    kept,
    load: async () => [...kept.values()],
    add: async (_, transaction) => void kept.set(transaction.id, transaction),
    async remove(ids) {
      for (const id of ids) kept.delete(id);
    },
  };
}

const open = async (client: string, outbox: Outbox) =>
  openSession(await call("GET /api/videos/:video", { at: { video: "clip" } }), {
    user: "me",
    client,
    outbox,
  });

let next = 1;
function newTrack(name: string): { id: number; steps: Step[] } {
  const id = next++;
  return {
    id,
    steps: [{ type: "putTrack", track: trackId(id), before: null, after: trackInfo({ name }) }],
  };
}

test("an edit is seen at once and is on the server after it settles", async () => {
  const outbox = memory();
  const session = await open("a", outbox);
  const made = newTrack("White");
  assert.equal(session.commit({ title: "new", steps: made.steps }), true);
  assert.ok(session.state.getState().document.tracks.has(trackId(made.id)));
  assert.equal(await session.settled(), true);
  assert.ok(fake.versioned().document.tracks.has(trackId(made.id)));
  assert.equal(outbox.kept.size, 0);
  session.close();
});

test("edits made while the server is away are kept, survive a reload and arrive later", async () => {
  const outbox = memory();
  const session = await open("b", outbox);
  fake.setAway(true);
  const made = newTrack("Kept");
  session.commit({ title: "new", steps: made.steps });
  await new Promise((done) => setTimeout(done, 150));
  assert.equal(session.state.getState().link, "away");
  assert.equal(outbox.kept.size, 1);
  session.close();
  fake.setAway(false);
  const again = await open("b", outbox);
  assert.ok(again.state.getState().document.tracks.has(trackId(made.id)));
  assert.equal(await again.settled(), true);
  assert.ok(fake.versioned().document.tracks.has(trackId(made.id)));
  again.close();
});

test("two windows do not overwrite each other: the slower one is told and may keep its own", async () => {
  const first = await open("c", memory());
  const second = await open("d", memory());
  const made = newTrack("Both");
  first.commit({ title: "new", steps: made.steps });
  await first.settled();
  await second.catchUp();
  const rename = (session: typeof first, name: string) => {
    const before = session.state.getState().document.tracks.get(trackId(made.id))!.info;
    return session.commit({
      title: `to ${name}`,
      steps: [{ type: "putTrack", track: trackId(made.id), before, after: { ...before, name } }],
    });
  };
  rename(first, "One");
  await first.settled();
  rename(second, "Two");
  await new Promise((done) => setTimeout(done, 200));
  const { conflicts, document } = second.state.getState();
  assert.equal(conflicts.length, 1);
  assert.equal(document.tracks.get(trackId(made.id))?.info.name, "One", "theirs is shown");
  second.keepMine();
  assert.equal(await second.settled(), true);
  assert.equal(fake.versioned().document.tracks.get(trackId(made.id))?.info.name, "Two");
  assert.equal(second.state.getState().conflicts.length, 0);
  first.close();
  second.close();
});

test("undo and redo go through the server and undo survives a reload", async () => {
  const session = await open("e", memory());
  const made = newTrack("Undone");
  session.commit({ title: "new", steps: made.steps });
  const other = newTrack("Stays");
  session.commit({ title: "new", steps: other.steps });
  assert.equal(session.undo()?.title, "new");
  assert.equal(session.state.getState().document.tracks.has(trackId(other.id)), false);
  session.redo();
  session.undo();
  await session.settled();
  session.close();
  const again = await open("e", memory());
  assert.equal(again.state.getState().history.undone.length, 1, "what was undone can be redone");
  again.undo();
  await again.settled();
  assert.equal(fake.versioned().document.tracks.has(trackId(made.id)), false);
  again.redo();
  again.redo();
  await again.settled();
  assert.ok(fake.versioned().document.tracks.has(trackId(other.id)));
  again.close();
});

test("a run of the engine is one step of undo, and what a person did meanwhile stays", async () => {
  const session = await open("h", memory());
  const made = newTrack("Tracked");
  session.commit({ title: "new", steps: made.steps });
  await session.settled();
  const size = { width: 640, height: 360 };
  const mask = maskFromStroke([{ x: 50, y: 50 }], 20, size);
  const provenance = {
    by: "model",
    model: "m",
    version: null,
    policy: null,
    run: "r9",
    prompted: [],
  } as const;
  for (const frame of [1, 2, 3]) {
    const after = visible({ kind: "mask", mask }, provenance, { score: 0.9 });
    const step: Step = {
      type: "putState",
      track: trackId(made.id),
      frame: frameIndex(frame),
      before: null,
      after,
    };
    fake.edit({
      id: `r9.${frame}`,
      title: "Track",
      origin: "engine",
      author: "me",
      run: "r9",
      steps: [step],
    });
  }
  await session.catchUp();
  const states = () => session.state.getState().document.tracks.get(trackId(made.id))?.states.size;
  assert.equal(states(), 3);
  assert.equal(session.undo()?.run, "r9");
  assert.equal(states(), 0);
  await session.settled();
  assert.equal(fake.versioned().document.tracks.get(trackId(made.id))?.states.size, 0);
  session.redo();
  assert.equal(states(), 3);
  await session.settled();
  session.close();
});

test("an acknowledgement that was lost is no second edit", async () => {
  const outbox = memory();
  const session = await open("g", outbox);
  const made = newTrack("Once");
  session.commit({ title: "new", steps: made.steps });
  await session.settled();
  session.close();
  const revision = fake.versioned().revision;
  const [transaction] = session.state.getState().history.done.slice(-1);
  outbox.kept.set(transaction!.id, transaction!);
  const again = await open("g", outbox);
  await again.settled();
  assert.equal(fake.versioned().revision, revision);
  assert.ok(again.state.getState().document.tracks.has(trackId(made.id)));
  again.close();
});
