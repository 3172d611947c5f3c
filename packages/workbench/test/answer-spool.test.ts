// Answers on disk: what is read is what was appended, and the file goes with the spool.
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { test } from "node:test";
import { emptyMask } from "@masklet/vision";
import { openAnswerSpool } from "../src/answer-spool.ts";
import { square } from "./fake-tracker.ts";

const size = { width: 40, height: 30 };
const answer = (frame: number) => ({
  frame,
  objects: [1, 7].map((object) => ({
    object,
    mask: frame === 3 ? emptyMask(size) : square(size, { x: frame + object, y: 2, side: 9 }),
    predictedIou: frame === 3 ? null : 0.1 + 0.2,
    objectScore: 4,
    provenance: "model" as const,
    logits: () => new Float32Array(0),
  })),
});

test("frames are read back as they were kept, in any order, and unknown ones are empty", async () => {
  const spool = await openAnswerSpool(size);
  try {
    for (const frame of [5, 3, 4]) await spool.append(answer(frame));
    assert.deepEqual(spool.frames(), [3, 4, 5]);
    for (const frame of [4, 3, 5]) {
      const kept = answer(frame).objects.map(({ object, mask, predictedIou, provenance }) => ({
        object,
        predictedIou,
        provenance,
        mask,
      }));
      assert.deepEqual(await spool.read(frame), kept);
    }
    assert.deepEqual(await spool.read(6), []);
  } finally {
    await spool.close();
  }
});

test("nothing stays behind, and a folder that cannot be written is named", async (t) => {
  const before = process.env.TMPDIR;
  t.after(() => {
    if (before === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = before;
  });
  const held = () => readdirSync(tmpdir()).filter((name) => name.startsWith("masklet-answers-"));
  const earlier = held();
  const spool = await openAnswerSpool(size);
  assert.equal(held().length, earlier.length + 1);
  await spool.close();
  assert.deepEqual(held(), earlier);
  process.env.TMPDIR = "/nowhere";
  await assert.rejects(openAnswerSpool(size), { code: "output", message: /\/nowhere.*TMPDIR/ });
});
