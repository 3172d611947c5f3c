// Features travel to the runtime once, and no more of them stay there than are wanted.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Tensor } from "../src/network.ts";
import { KeptTensors } from "../src/node/kept-tensors.ts";

const tensor = (): Tensor => ({ shape: [2], data: new Float32Array(2) });

test("features travel with the first run and are named in later ones; other tensors travel each time", () => {
  const kept = new KeptTensors();
  const [coarse, points] = [tensor(), tensor()];
  kept.note({ coarse });
  const first = kept.pack({ coarse, points }).inputs;
  assert.deepEqual(first, { coarse: { ...coarse, keepAs: 1 }, points });
  assert.deepEqual(kept.pack({ coarse, points }).inputs, { coarse: { kept: 1 }, points });
});

test("what was longest unused is forgotten, and travels again when it is asked for", () => {
  const kept = new KeptTensors();
  const pictures = Array.from({ length: 7 }, tensor);
  for (const coarse of pictures) kept.note({ coarse });
  const [first, second, ...rest] = pictures as [Tensor, Tensor, ...Tensor[]];
  kept.pack({ coarse: first });
  kept.pack({ coarse: second });
  kept.pack({ coarse: first });
  const forgotten = rest.flatMap((coarse) => kept.pack({ coarse }).forget);
  assert.deepEqual(forgotten, [2]);
  assert.deepEqual(kept.pack({ coarse: first }).inputs, { coarse: { kept: 1 } });
  assert.ok("keepAs" in kept.pack({ coarse: second }).inputs.coarse!);
});
