// What counts as equal to the reference, and what does not.
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  compareDecision,
  compareTensor,
  holds,
  newFindings,
  sampleLike,
  toleranceOf,
} from "../src/golden/findings.ts";

const tensor = (shape: number[], values: number[]) => ({ shape, data: Float32Array.from(values) });

function compare(name: string, ours: number[], theirs: number[], noise = {}) {
  const findings = newFindings("flow");
  compareTensor(
    findings,
    `flow/${name}`,
    { ours: tensor([ours.length], ours), reference: tensor([theirs.length], theirs) },
    noise,
  );
  return findings;
}

test("a tensor may stray by two thousandths, or by ten times its recorded noise", () => {
  assert.equal(holds(compare("obj_ptr", [1.0019], [1])), true);
  assert.equal(holds(compare("obj_ptr", [1.0021], [1])), false);
  const noise = { obj_ptr_sub2: { max_abs_change: 1e-3 } };
  assert.equal(toleranceOf(noise, "obj_ptr"), 1e-2);
  assert.equal(holds(compare("obj_ptr", [1.0021], [1], noise)), true);
  assert.equal(holds(compare("obj_ptr", [Number.NaN], [1])), false);
});

test("memories in bfloat16 may differ by one rounding step, other tensors may not", () => {
  assert.equal(holds(compare("maskmem_features_bf16", [4.03125], [4])), true);
  assert.equal(holds(compare("maskmem_features_bf16", [4.0625], [4])), false);
  assert.equal(holds(compare("maskmem_features_f32", [4.03125], [4])), false);
});

test("a mask's pixel may flip only where the reference is not sure", () => {
  assert.equal(compare("low_res", [-0.0005], [0.0005]).masksUnequal, 0);
  assert.equal(compare("low_res", [-0.1], [0.1]).masksUnequal, 1);
  assert.equal(compare("obj_ptr", [-0.1], [0.1]).masksUnequal, 0, "pointers are no masks");
});

test("a choice nearer than the noise may fall either way", () => {
  const findings = newFindings("flow");
  const [ours, closeCalls, reference] = [
    [5, -10],
    [-10, 5],
    [-10, 5],
  ].map((values) => tensor([2], values));
  compareTensor(
    findings,
    "flow/video_logits",
    { ours: ours!, closeCalls: closeCalls!, reference: reference! },
    {},
  );
  assert.equal(holds(findings), true);
});

test("every N-th row and column of ours is compared, whatever the axes", () => {
  const whole = tensor(
    [2, 4, 4],
    Array.from({ length: 32 }, (_, i) => i),
  );
  assert.deepEqual([...sampleLike(whole, [2, 2, 2], 2)!], [0, 2, 8, 10, 16, 18, 24, 26]);
  assert.deepEqual(
    [
      ...sampleLike(
        tensor(
          [5, 1, 2],
          Array.from({ length: 10 }, (_, i) => i),
        ),
        [2, 1, 2],
        4,
      )!,
    ],
    [0, 1, 8, 9],
  );
  assert.equal(sampleLike(whole, [2, 4], 2), null);
  assert.equal(sampleLike(whole, [3, 4, 4], 2), null);
});

test("decisions must be equal, and a complaint says what differed", () => {
  const findings = newFindings("flow");
  compareDecision(findings, "memories", { ours: [[0, 6]], theirs: [[0, 6]] });
  compareDecision(findings, "mask", { ours: 2, theirs: 3, isClose: true });
  assert.equal(holds(findings), true);
  compareDecision(findings, "pointers", { ours: [1], theirs: [1, 2] });
  assert.equal(holds(findings), false);
  assert.deepEqual(findings.complaints, ["pointers: [1] instead of [1,2]"]);
});
