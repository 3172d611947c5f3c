// The evaluation commands print what the contract says.
import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { embeddedModels } from "@masklet/engine/node";
import { writePicture } from "@masklet/video/node";
import { writeIndexedPng } from "@masklet/vision";
import { masklet, temporaryFolder } from "./run-masklet.ts";

const size = { width: 32, height: 24 };

async function dataSet(t: TestContext): Promise<string> {
  const dir = temporaryFolder(t);
  mkdirSync(join(dir, "JPEGImages", "480p", "walk"), { recursive: true });
  const masks = join(dir, "Annotations", "480p", "walk");
  mkdirSync(masks, { recursive: true });
  for (let frame = 0; frame < 5; frame++) {
    const data = new Uint8Array(size.width * size.height).fill(1, 100, 300 + frame);
    writeFileSync(join(masks, `0000${frame}.png`), await writeIndexedPng({ size, data }));
  }
  return dir;
}

test("given masks are scored, as JSON and as curves", async (t) => {
  const dir = await dataSet(t);
  const plots = join(dir, "plots");
  const ran = await masklet([
    "eval",
    "davis",
    dir,
    "--predictions",
    dir,
    "--plots",
    plots,
    "--json",
  ]);
  assert.equal(ran.code, 0, ran.stderr);
  const report = JSON.parse(ran.stdout);
  assert.equal(report.protocol, "predictions");
  assert.deepEqual(report.mean, { J: 100, F: 100, JF: 100 });
  const { name, objects, frames, J, F, JF } = report.sequences[0];
  assert.deepEqual(
    { name, objects, frames, J, F, JF },
    { name: "walk", objects: 1, frames: 5, J: 100, F: 100, JF: 100 },
  );
  assert.deepEqual(readdirSync(plots), ["walk.svg"]);
  assert.match(readFileSync(join(plots, "walk.svg"), "utf8"), /^<svg .*<path d="M/s);
});

test("people get a table with a row for each sequence and the mean", async (t) => {
  const dir = await dataSet(t);
  const ran = await masklet(["eval", "davis", dir, "--predictions", dir]);
  assert.match(ran.stdout, /^sequence .*\nwalk +1 +5 +100\.0 +100\.0 +100\.0\nmean over objects/);
});

test("either a prompt or predictions must be named", async (t) => {
  const dir = await dataSet(t);
  for (const words of [[], ["--prompt", "mask", "--predictions", dir]]) {
    const ran = await masklet(["eval", "davis", dir, ...words]);
    assert.equal(ran.code, 2);
    assert.match(ran.stderr, /either --prompt .* or --predictions/);
  }
});

test("exact and fast precision are compared on a clip, as a table and as JSON", {
  skip: existsSync(embeddedModels) ? false : "there is no embedded model",
}, async (t) => {
  const clip = temporaryFolder(t);
  for (let frame = 0; frame < 3; frame++) {
    const rgb = new Uint8Array(96 * 64 * 3).fill(40);
    for (let y = 20; y < 44; y++) rgb.fill(230, 3 * (y * 96 + 20 + frame), 3 * (y * 96 + 44));
    await writePicture(join(clip, `${frame}.png`), { size: { width: 96, height: 64 }, rgb });
  }
  const words = ["eval", "precision", clip, "--point", "1,0,32,32", "--size", "96"];
  const ran = await masklet([...words, "--threads", "1", "--json"]);
  assert.equal(ran.code, 0, ran.stderr);
  const report = JSON.parse(ran.stdout);
  assert.equal(report.complete, true);
  assert.equal(report.frames.length, 3);
  const [own] = report.objects;
  assert.equal(own.frames, 3);
  assert.ok(own.JF <= 100 && own.worst.JF <= own.JF);
  assert.ok(report.exact.secondsPerFrame > 0 && report.fast.secondsPerFrame > 0);
  const table = await masklet([...words, "--threads", "1", "--frames", "1"]);
  assert.match(table.stdout, /^fast against exact +frames.*\nobject 1 +1 /);
  assert.match(table.stdout, /fast agrees with exact to \d+\.\d\d J&F of 100\.\n$/);
});
