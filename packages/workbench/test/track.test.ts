// Which frames are tracked, in which order, and what a folder holds afterwards.
import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { readIndexedPng } from "@masklet/vision";
import type { Prompt } from "../src/prompts.ts";
import { planTrack, type TrackOrder } from "../src/track.ts";
import { openTrackFolder, trackIntoFolder } from "../src/track-output.ts";
import { fakeClip } from "./fake-clip.ts";
import { fakeTracker, square } from "./fake-tracker.ts";

const size = { width: 40, height: 30 };
const frameCount = 10;
const masks = Array.from({ length: frameCount }, (_, frame) =>
  square(size, { x: frame, y: 5, side: 12 }),
);

const onFrame = (frame: number, object = 1): Prompt => ({
  object,
  frame,
  clicks: [{ x: frame + 2, y: 8, sign: "include" }],
  box: null,
  maskFile: null,
});

async function run(
  t: TestContext,
  prompts: readonly Prompt[],
  order: Partial<TrackOrder>,
  stopAfter = Number.POSITIVE_INFINITY,
) {
  const dir = mkdtempSync(join(tmpdir(), "masklet-track-"));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  const whole = { direction: "forward", from: null, count: null, ...order } as const;
  const plan = await planTrack(fakeClip(size, frameCount), prompts, whole);
  const tracker = fakeTracker({
    size,
    objects: new Map([
      [1, masks],
      [2, masks],
    ]),
  });
  const out = await openTrackFolder(join(dir, "out"));
  const interrupt = new AbortController();
  const result = await trackIntoFolder({
    plan,
    tracker,
    out,
    policy: "masklet",
    direction: whole.direction,
    signal: interrupt.signal,
    progress: (done) => {
      if (done === stopAfter) interrupt.abort();
    },
  });
  await out.commit("track.json");
  const pictures = readdirSync(join(out.path, "masks")).sort();
  const shown: number[] = [];
  for (const name of pictures) {
    const { data } = await readIndexedPng(readFileSync(join(out.path, "masks", name)));
    if (data.some((label) => label !== 0)) shown.push(Number.parseInt(name, 10));
  }
  const document = JSON.parse(readFileSync(join(out.path, "track.json"), "utf8"));
  return { result, pictures, shown, document, asked: tracker.asked, left: tracker.open };
}

const orders: readonly [string, number[], Partial<TrackOrder>, string[], number[]][] = [
  ["forward from the first prompt", [3], {}, ["track forward 3+7"], [3, 4, 5, 6, 7, 8, 9]],
  [
    "backward from the last prompt",
    [3, 5],
    { direction: "backward" },
    ["track backward 5+6"],
    [0, 1, 2, 3, 4, 5],
  ],
  [
    "both ways",
    [4],
    { direction: "both" },
    ["track forward 4+6", "track backward 4+5"],
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
  ],
  [
    "both ways from the first frame",
    [0],
    { direction: "both" },
    ["track forward 0+10"],
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
  ],
  ["some frames", [2], { count: 3 }, ["track forward 2+3"], [2, 3, 4]],
  ["from a later frame", [0], { from: 7 }, ["track forward 7+3"], [7, 8, 9]],
  [
    "some frames both ways",
    [5],
    { direction: "both", count: 2 },
    ["track forward 5+2", "track backward 5+2"],
    [4, 5, 6],
  ],
];
for (const [name, frames, order, asked, shown] of orders) {
  test(`tracking ${name}: every frame gets a picture, those tracked a mask`, async (t) => {
    const ran = await run(
      t,
      frames.map((frame) => onFrame(frame)),
      order,
    );
    assert.deepEqual(
      ran.asked.filter((line) => line.startsWith("track")),
      asked,
    );
    assert.equal(ran.pictures.length, frameCount);
    assert.deepEqual(ran.shown, shown);
    assert.deepEqual(
      ran.document.frames.map((row: { frame: number }) => row.frame),
      shown,
    );
    assert.equal(ran.document.complete, true);
    assert.equal(ran.left, 0, "the session is closed");
  });
}

test("an interrupt keeps what was finished and nothing else", async (t) => {
  const ran = await run(t, [onFrame(0)], {}, 4);
  assert.equal(ran.result.complete, false);
  assert.deepEqual(ran.result.tracked, [0, 1, 2, 3]);
  assert.equal(ran.pictures.length, 4);
  assert.equal(ran.document.complete, false);
  assert.equal(ran.left, 0);
});

test("where objects share pixels the stronger one has them in the picture, both have them in track.json", async (t) => {
  const ran = await run(t, [onFrame(0, 1), onFrame(0, 2)], {});
  const [one, two] = ran.document.frames[5].objects;
  assert.equal(one.area, 144);
  assert.equal(two.area, 144);
  assert.deepEqual(one.box, [5, 5, 17, 17]);
});
