// One picture of object numbers out of many masks.
import assert from "node:assert/strict";
import { test } from "node:test";
import { labelFrame } from "../src/label-frame.ts";
import { drawn } from "./fake-tracker.ts";

const size = { width: 4, height: 2 };

test("where masks overlap the higher logit wins, pixel by pixel", () => {
  const labels = labelFrame(
    [
      {
        object: 3,
        mask: drawn("###.", "...."),
        logits: () => Float32Array.of(1, 5, 1, 0, 0, 0, 0, 0),
      },
      {
        object: 7,
        mask: drawn(".###", "...#"),
        logits: () => Float32Array.of(0, 2, 2, 2, 0, 0, 0, 2),
      },
    ],
    size,
  );
  assert.deepEqual([...labels.data], [3, 3, 7, 7, 0, 0, 0, 7]);
});

test("logits are asked for only where masks overlap", () => {
  const never = () => assert.fail("The masks do not overlap.");
  const labels = labelFrame(
    [
      { object: 1, mask: drawn("##..", "...."), logits: never },
      { object: 2, mask: drawn("..##", "...."), logits: never },
    ],
    size,
  );
  assert.deepEqual([...labels.data], [1, 1, 2, 2, 0, 0, 0, 0]);
});

test("among three contenders the strongest wins whatever the order", () => {
  const with_ = (object: number, logit: number) => ({
    object,
    mask: drawn("####", "####"),
    logits: () => new Float32Array(8).fill(logit),
  });
  for (const order of [
    [1, 9, 4],
    [9, 1, 4],
    [4, 9, 1],
  ]) {
    const labels = labelFrame(
      order.map((logit, at) => with_(at + 1, logit)),
      size,
    );
    assert.ok(labels.data.every((label) => label === order.indexOf(9) + 1));
  }
});
