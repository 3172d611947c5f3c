// Normalised pictures against the reference's two ways of making them.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { pictureTensor, type Size } from "../src/index.ts";

const fixture = JSON.parse(
  readFileSync(new URL("fixtures/picture-tensor.json", import.meta.url), "utf8"),
) as { size: Size; side: number; rgb: number[]; picture: number[]; video: number[] };

const normalisation = {
  mean: [0.485, 0.456, 0.406],
  deviation: [0.229, 0.224, 0.225],
} as const;

const picture = { size: fixture.size, channels: 3 as const, data: Uint8Array.from(fixture.rgb) };

for (const resampler of ["picture", "video"] as const) {
  test(`the ${resampler} predictor's tensor is the reference's`, () => {
    const result = pictureTensor(picture, { side: fixture.side, resampler, normalisation });
    const expected = fixture[resampler];
    assert.equal(result.length, 3 * fixture.side ** 2);
    for (let i = 0; i < result.length; i++) {
      assert.ok(Math.abs(result[i]! - expected[i]!) < 2e-6, `${i}: ${result[i]} ${expected[i]}`);
    }
  });
}

test("a picture whose bytes do not fit its size is refused", () => {
  const broken = { ...picture, data: picture.data.subarray(1) };
  const to = { side: 4, resampler: "picture", normalisation } as const;
  assert.throws(() => pictureTensor(broken, to), /13 × 9 with 3 channels has 351 bytes, not 350/);
});
