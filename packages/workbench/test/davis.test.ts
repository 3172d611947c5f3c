// The evaluation of a data set on disk: layouts, scores, the report's form.
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { writeGreyPng, writeIndexedPng } from "@masklet/vision";
import { type DavisJob, evaluateDavis } from "../src/evaluate/davis.ts";
import { findSequences, readTruth } from "../src/evaluate/davis-folder.ts";
import { keptIn } from "../src/evaluate/kept.ts";
import { blankFrames, fakeTracker, square } from "./fake-tracker.ts";

const size = { width: 32, height: 24 };
const frameCount = 8;

/** Label maps of one object that moves right, in `value`. */
function maps(value: number): Uint8Array[] {
  return Array.from({ length: frameCount }, (_, frame) => {
    const data = new Uint8Array(size.width * size.height);
    for (let y = 6; y < 16; y++)
      data.fill(value, y * size.width + frame, y * size.width + frame + 10);
    return data;
  });
}

async function dataSet(
  t: TestContext,
  told: { readonly value: number; readonly below?: string; readonly grey?: boolean },
) {
  const dir = mkdtempSync(join(tmpdir(), "masklet-davis-"));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  const below = told.below ?? "480p";
  const masks = join(dir, "Annotations", below, "walk");
  mkdirSync(masks, { recursive: true });
  mkdirSync(join(dir, "JPEGImages", below, "walk"), { recursive: true });
  for (const [frame, data] of maps(told.value).entries()) {
    const png = await (told.grey === true ? writeGreyPng : writeIndexedPng)({ size, data });
    writeFileSync(join(masks, `${String(frame).padStart(5, "0")}.png`), png);
  }
  return { dir, masks };
}

function job(dir: string, source: DavisJob["source"]): DavisJob {
  return {
    dir,
    only: null,
    source,
    signal: new AbortController().signal,
    now: () => 0,
    progress: () => {},
    sequenceDone: () => {},
  };
}

test("both layouts are found, with and without a resolution", async (t) => {
  for (const below of ["480p", ""]) {
    const { dir } = await dataSet(t, { value: 1, below });
    const [walk, ...rest] = await findSequences(dir, null);
    assert.equal(walk?.name, "walk");
    assert.equal(rest.length, 0);
    assert.deepEqual([...(await readTruth(walk!)).objects.keys()], [1]);
  }
});

test("255 alone is the object of DAVIS 2016; beside objects it is void", async (t) => {
  const { dir, masks } = await dataSet(t, { value: 255, grey: true });
  const [walk] = await findSequences(dir, null);
  assert.deepEqual([...(await readTruth(walk!)).objects.keys()], [1]);
  const mixed = new Uint8Array(size.width * size.height).fill(255, 0, 40).fill(2, 300, 320);
  writeFileSync(join(masks, "00003.png"), await writeIndexedPng({ size, data: mixed }));
  assert.deepEqual([...(await readTruth(walk!)).objects.keys()], [2]);
});

test("the truth scores 100 against itself, nothing scores 0", async (t) => {
  const { dir } = await dataSet(t, { value: 1 });
  const perfect = await evaluateDavis(job(dir, { kind: "predictions", dir }));
  assert.deepEqual(perfect.mean, { J: 100, F: 100, JF: 100 });
  assert.equal(perfect.fps, null);
  const empty = join(dir, "empty", "walk");
  mkdirSync(empty, { recursive: true });
  const none = await writeIndexedPng({ size, data: new Uint8Array(size.width * size.height) });
  for (let frame = 0; frame < frameCount; frame++) {
    writeFileSync(join(empty, `${String(frame).padStart(5, "0")}.png`), none);
  }
  const lost = await evaluateDavis(job(dir, { kind: "predictions", dir: join(dir, "empty") }));
  assert.deepEqual(lost.mean, { J: 0, F: 0, JF: 0 });
});

test("a tracked sequence is reported as the contract says, its first and last frame not scored", async (t) => {
  const { dir } = await dataSet(t, { value: 1 });
  const [walk] = await findSequences(dir, null);
  const truth = await readTruth(walk!);
  // Wrong on the last frame only, which is not scored.
  const tracker = fakeTracker({
    size,
    objects: truth.objects,
    track: (object, frame) =>
      frame === frameCount - 1
        ? square(size, { x: 20, y: 14, side: 2 })
        : truth.objects.get(object)![frame]!,
  });
  const source = {
    kind: "model",
    tracker,
    policy: "masklet",
    protocol: "click",
    openFrames: async () => ({ ...blankFrames(size, frameCount), cuts: [] }),
  } as const;
  const report = await evaluateDavis(job(dir, source));
  assert.equal(report.protocol, "click");
  assert.equal(report.model, "fake");
  assert.equal(report.size, 256);
  const [sequence] = report.sequences;
  assert.equal(sequence?.objects, 1);
  assert.equal(sequence?.frames, frameCount);
  assert.deepEqual([sequence?.J, sequence?.F, sequence?.JF], [100, 100, 100]);
  assert.deepEqual(
    sequence?.curve.map((value) => value === null),
    [true, ...Array(6).fill(false), true],
  );
});

test("a sequence with another number of pictures than masks is refused by name", async (t) => {
  const { dir } = await dataSet(t, { value: 1 });
  const source = {
    kind: "model",
    tracker: fakeTracker({ size, objects: new Map() }),
    policy: "masklet",
    protocol: "mask",
    openFrames: async () => ({ ...blankFrames(size, 5), cuts: [] }),
  } as const;
  await assert.rejects(evaluateDavis(job(dir, source)), {
    code: "input",
    message: /5 pictures, but .* 8 masks/,
  });
});

test("a sequence that is not there is a usage error that names the others", async (t) => {
  const { dir } = await dataSet(t, { value: 1 });
  await assert.rejects(findSequences(dir, ["run"]), {
    code: "prompt",
    message: /no sequence "run".*walk/,
  });
});

test("a sequence that was kept is not tracked again, and the report is the same", async (t) => {
  const { dir } = await dataSet(t, { value: 1 });
  const [walk] = await findSequences(dir, null);
  const truth = await readTruth(walk!);
  let opened = 0;
  const source = {
    kind: "model",
    tracker: fakeTracker({
      size,
      objects: truth.objects,
      track: (object, frame) => truth.objects.get(object)![frame]!,
    }),
    policy: "masklet",
    protocol: "offline",
    openFrames: async () => {
      opened += 1;
      return { ...blankFrames(size, frameCount), cuts: [] };
    },
  } as const;
  const run = async () =>
    evaluateDavis({ ...job(dir, source), kept: await keptIn(join(dir, "kept"), { weights: "a" }) });
  const first = await run();
  assert.deepEqual(await run(), first);
  assert.equal(opened, 1);
});
