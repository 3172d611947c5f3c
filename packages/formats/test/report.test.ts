// The loss report as text and JSON, and the pages that explain the formats.
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { FORMAT_NAMES } from "../src/format.ts";
import { LOSSES, LossReport } from "../src/report.ts";

test("P1 a loss is a sentence with count, places and whether the sidecar keeps it", () => {
  const report = new LossReport();
  assert.equal(report.toText(), "Nothing is lost.\n");
  report.sidecar = true;
  report.add("scores-dropped", { video: "clip", place: "frame 1 of object 2" });
  report.add("scores-dropped", { video: "clip", place: "frame 2 of object 2" }, 3);
  report.add("holes-filled", { video: "clip" }, 0);
  assert.equal(
    report.toText(),
    "clip: 4 scores are not written (frame 1 of object 2; frame 2 of object 2; …); kept in the sidecar.\n",
  );
  assert.deepEqual(JSON.parse(JSON.stringify(report)), {
    version: 1,
    losses: [
      {
        code: "scores-dropped",
        video: "clip",
        count: 4,
        examples: ["frame 1 of object 2", "frame 2 of object 2"],
        keptAside: true,
      },
    ],
  });
});

test("P2 the same loss of many videos is one line", () => {
  const report = new LossReport();
  for (const video of ["a", "b", "c", "d", "e"]) report.add("holes-filled", { video }, 2);
  assert.equal(report.toText(), "5 videos: 10 holes of polygons are filled (a; b; c; …).\n");
});

test("P5 what is counted of a video's facts is facts, not videos", () => {
  const report = new LossReport();
  report.add("video-facts-dropped", { video: "clip", place: "rate" });
  report.add("video-facts-dropped", { video: "clip", place: "digest" });
  assert.equal(report.toText(), "clip: 2 facts of the video are not written (rate; digest).\n");
});

test("P3 every loss has a sentence that begins in lower case and has no full stop", () => {
  for (const sentence of Object.values(LOSSES)) assert.match(sentence, /^["a-z].*[^.]$/);
});

test("P4 every format has a page that says what it holds, what gets lost and how frames count", () => {
  const folder = join(import.meta.dirname, "../../../docs/reference/formats");
  for (const name of FORMAT_NAMES) {
    const path = join(folder, `${name}.md`);
    assert.ok(existsSync(path), path);
    const page = readFileSync(path, "utf8");
    for (const section of [
      "Files",
      "What it holds",
      "What gets lost",
      "Frame numbers",
      "Definition",
    ]) {
      assert.ok(page.includes(`\n## ${section}\n`), `${name}: ${section}`);
    }
  }
});
