// The runtime reports nothing about its use: where it does, it keeps a session and a log in TMPDIR.
import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { releasedModels } from "../src/configuration/released.ts";
import { sam2Plan } from "../src/networks/sam2.ts";
import { openGraphs } from "../src/node/graphs.ts";
import { randomParameters } from "./random-network.ts";

test("running a graph leaves nothing in the folder for temporary files", async (t) => {
  const temporary = mkdtempSync(join(tmpdir(), "masklet-telemetry-"));
  const folder = mkdtempSync(join(tmpdir(), "masklet-graphs-"));
  t.after(() => {
    for (const path of [temporary, folder]) rmSync(path, { recursive: true, force: true });
  });
  process.env.TMPDIR = temporary;
  const released = releasedModels[0]!.configuration;
  const configuration = {
    ...released,
    imageSize: 64,
    trunk: { ...released.trunk, width: 16, stages: [1, 1, 1, 1], globalBlocks: [2] },
    width: 32,
    memoryEncoder: { ...released.memoryEncoder, width: 16 },
    memoryAttention: { layers: 1, feedForward: 32, ropeTheta: 10000 },
  } as const;
  const plan = sam2Plan(configuration, randomParameters(configuration));
  const graphs = openGraphs({ plan, cache: { folder, fingerprint: "random" } });
  const picture = { shape: [1, 3, 64, 64], data: new Float32Array(3 * 64 * 64) };
  await graphs.run("encode", { picture });
  await graphs.close();
  assert.deepEqual(readdirSync(temporary), []);
});
