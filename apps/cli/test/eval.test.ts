// The evaluation commands print what the contract says.
import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
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
