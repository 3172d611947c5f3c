// Tracking from the command line, end to end, with the embedded network at a small size.
import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { embeddedModels } from "@masklet/engine/node";
import { writePicture } from "@masklet/video/node";
import { masksFromLabels, readIndexedPng } from "@masklet/vision";
import { masklet, temporaryFolder } from "./run-masklet.ts";

const size = { width: 96, height: 64 };
const frameCount = 6;
const small = ["--size", "96", "--threads", "1"];
const noModel = existsSync(embeddedModels) ? false : "there is no embedded model";

/** A bright square that moves over a dark floor. */
async function writeClip(folder: string): Promise<string> {
  const clip = join(folder, "clip");
  mkdirSync(clip);
  for (let frame = 0; frame < frameCount; frame++) {
    const rgb = new Uint8Array(size.width * size.height * 3).fill(40);
    for (let y = 20; y < 44; y++) {
      const from = 3 * (y * size.width + 20 + 4 * frame);
      rgb.fill(230, from, from + 3 * 24);
    }
    await writePicture(join(clip, `${frame}.png`), { size, rgb });
  }
  return clip;
}

async function track(t: TestContext, ...words: string[]) {
  const folder = temporaryFolder(t);
  const clip = await writeClip(folder);
  const out = join(folder, "out");
  const ran = await masklet(["track", clip, "--out", out, ...small, ...words]);
  assert.equal(ran.code, 0, ran.stderr);
  return { folder, out, ran };
}

async function labels(out: string, frame: number) {
  const file = join(out, "masks", `${String(frame).padStart(5, "0")}.png`);
  return readIndexedPng(readFileSync(file));
}

test("one click gives a mask picture for each frame, and says in track.json what it knows", {
  skip: noModel,
}, async (t) => {
  const { out, ran } = await track(t, "--point", "3,1,36,32", "--json", "--frames", "3");
  assert.deepEqual(readdirSync(out).sort(), ["masks", "track.json"]);
  assert.equal(readdirSync(join(out, "masks")).length, frameCount);
  const first = await labels(out, 1);
  assert.deepEqual(first.size, size);
  assert.deepEqual([...masksFromLabels(first).keys()], [3]);
  for (const frame of [0, 4, 5])
    assert.ok((await labels(out, frame)).data.every((label) => label === 0));
  const document = JSON.parse(readFileSync(join(out, "track.json"), "utf8"));
  assert.equal(document.video.frames, frameCount);
  assert.match(document.video.digest, /^[0-9a-f]{64}$/);
  assert.equal(document.policy, "masklet");
  assert.deepEqual(document.prompts, [{ object: 3, frame: 1, points: [[36, 32, 1]] }]);
  assert.deepEqual(
    document.frames.map((row: { frame: number }) => row.frame),
    [1, 2, 3],
  );
  const [object] = document.frames[0].objects;
  assert.equal(object.object, 3);
  assert.equal(object.provenance, "human");
  assert.equal(object.area, first.data.filter((label) => label === 3).length);
  assert.equal(document.frames[1].objects[0].provenance, "model");
  const said = JSON.parse(ran.stdout);
  assert.equal(said.tracked, 3);
  assert.equal(said.complete, true);
});

test("both directions reach both ends, with two objects", { skip: noModel }, async (t) => {
  const { out } = await track(
    t,
    "--box",
    "1,3,32,20,55,43",
    "--point",
    "2,3,80,10",
    "--direction",
    "both",
  );
  const document = JSON.parse(readFileSync(join(out, "track.json"), "utf8"));
  assert.deepEqual(
    document.frames.map((row: { frame: number }) => row.frame),
    [0, 1, 2, 3, 4, 5],
  );
  for (const row of document.frames) assert.equal(row.objects.length, 2);
});

test("masks go out as a dataset, read back by masklet check", { skip: noModel }, async (t) => {
  const { out, folder } = await track(t, "--point", "1,0,32,32", "--format", "coco");
  assert.ok(readdirSync(out).some((name) => name.endsWith(".json")));
  const checked = await masklet([
    "check",
    out,
    "--format",
    "coco",
    "--video",
    join(folder, "clip"),
    "--json",
  ]);
  assert.equal(checked.code, 0, checked.stderr);
  assert.equal(JSON.parse(checked.stdout).videos[0].objects, 1);
});

test("an interrupt keeps the finished frames and says so", { skip: noModel }, async (t) => {
  const folder = temporaryFolder(t);
  const clip = await writeClip(folder);
  const out = join(folder, "out");
  const interrupt = new AbortController();
  const masks = join(out, "masks");
  const watch = setInterval(() => {
    if (
      existsSync(out) &&
      readdirSync(out, { recursive: true }).some((name) => `${name}`.endsWith("00001.png"))
    ) {
      interrupt.abort();
    }
  }, 1);
  const ran = await masklet(["track", clip, "--out", out, ...small, "--point", "1,0,32,32"], {
    signal: interrupt.signal,
  });
  clearInterval(watch);
  const kept = readdirSync(masks).length;
  assert.ok(kept >= 2 && kept < frameCount, `${kept} frames`);
  assert.equal(ran.code, 130);
  assert.match(ran.stderr, new RegExp(`${kept} finished frames are kept`));
  const document = JSON.parse(readFileSync(join(out, "track.json"), "utf8"));
  assert.equal(document.complete, false);
  assert.equal(document.frames.length, kept);
  assert.deepEqual(readdirSync(out).sort(), ["masks", "track.json"]);
});

test("an interrupt before the first frame leaves nothing", { skip: noModel }, async (t) => {
  const folder = temporaryFolder(t);
  const clip = await writeClip(folder);
  const ran = await masklet(
    ["track", clip, "--out", join(folder, "out"), ...small, "--point", "1,0,32,32"],
    {
      signal: AbortSignal.abort(),
    },
  );
  assert.equal(ran.code, 130);
  assert.equal(ran.stderr.trimEnd().split("\n").length, 1);
  assert.deepEqual(readdirSync(folder), ["clip"]);
});

test("a picture is segmented into one file", { skip: noModel }, async (t) => {
  const folder = temporaryFolder(t);
  const clip = await writeClip(folder);
  const out = join(folder, "mask.png");
  const ran = await masklet([
    "segment",
    join(clip, "0.png"),
    "--point",
    "32,32",
    "--out",
    out,
    ...small,
    "--json",
  ]);
  assert.equal(ran.code, 0, ran.stderr);
  const [object] = JSON.parse(ran.stdout).objects;
  const picture = await readIndexedPng(readFileSync(out));
  assert.equal(picture.data.filter((label) => label === 1).length, object.area);
  const plain = join(folder, "plain.png");
  const rgb = new Uint8Array(64 * 64 * 3).fill(90);
  await writePicture(plain, { size: { width: 64, height: 64 }, rgb });
  const all = await masklet(["segment", plain, "--auto", "--out", out, ...small]);
  assert.equal(all.code, 0, all.stderr);
  assert.match(all.stdout, /^(1 object|(?!1 )\d+ objects) in /);
});
