// The reference's recorded flows against this engine: a few here, all of them by `masklet models verify`.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { test } from "node:test";
import { readFlows } from "../src/golden/flows.ts";
import { verifyFolder } from "../src/node/verify.ts";
import { readPng } from "./png.ts";

const golden = new URL("../../../../shared/golden/", import.meta.url).pathname;
const skip = existsSync(golden) ? false : "the reference tensors (../shared/golden) are not here";

for (const [only, rows] of [
  ["image", 10],
  ["v06", 1],
  ["v10", 1],
  ["v12", 1],
  ["sam20_v09", 1],
] as const) {
  test(`flows ${only} equal the reference's: tensors, banks and decisions`, { skip }, async () => {
    let seen = 0;
    for await (const report of verifyFolder(golden, {
      only,
      threads: 1,
      readPicture: async (path) => readPng(path),
    })) {
      assert.equal(report.holds, true, `${report.flow}: ${report.complaints.join("; ")}`);
      assert(report.tensors > 0);
      seen++;
    }
    assert.equal(seen, rows);
  });
}

test("a folder without flows, and flows of an unknown form, are refused", async () => {
  const first = (folder: string) =>
    verifyFolder(folder, { readPicture: async (path) => readPng(path) }).next();
  await assert.rejects(first("/nowhere"), {
    code: "reference-unreadable",
    message: /cannot be read/,
  });
  await assert.rejects(first(import.meta.dirname), {
    code: "reference-unreadable",
    message: /holds no/,
  });
});

test("flows of the right form with a part of a wrong kind are refused by its place", () => {
  const right = { format: 1, checkpoint: "a", config: "b", tensors_file: "c", clips: {} };
  const flow = { name: "v", noise: {}, num_frames: 2, steps: [{ tensor_prefix: "v/" }] };
  const picture = { picture: "p.png", noise: {}, flows: [{ args: {}, returns: {} }] };
  readFlows({ ...right, image: picture, video: [flow] }, "x");
  const refused = (parts: object, message: RegExp) =>
    assert.throws(() => readFlows({ ...right, ...parts }, "x.flows.json"), {
      code: "reference-unreadable",
      message,
    });
  refused({ video: 5 }, /^Flows x\.flows\.json: video must be a list\.$/);
  refused({ video: [flow, { ...flow, steps: 5 }] }, /video\[1\]\.steps must be a list/);
  refused(
    { video: [{ ...flow, steps: [{}] }] },
    /video\[0\]\.steps\[0\] must have a tensor_prefix/,
  );
  refused({ video: [{ ...flow, num_frames: "2" }] }, /num_frames must be a whole number/);
  refused({ image: { ...picture, flows: [{}] } }, /image\.flows\[0\] must have args/);
  refused({ image: { ...picture, picture: 3 } }, /image\.picture must be a path/);
  refused({ old: { config: "d", video: {} } }, /old\.video must be a list/);
});
