// Resizing against numbers written by PyTorch and Pillow.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import {
  resizeBicubic,
  resizeBilinear,
  resizeBilinearSmooth,
  resizePillowBicubic,
  type Size,
} from "../src/index.ts";

interface TorchRow {
  readonly from: Size;
  readonly to: Size;
  readonly values: number[];
  readonly bilinear: number[];
  readonly smooth: number[];
  readonly bicubic: number[];
}

interface PillowRow {
  readonly from: Size;
  readonly to: Size;
  readonly rgb: number[];
  readonly bicubic: number[];
}

function fixture<Row>(name: string): readonly Row[] {
  const path = new URL(`fixtures/${name}.json`, import.meta.url);
  return (JSON.parse(readFileSync(path, "utf8")) as { rows: Row[] }).rows;
}

const filters = { bilinear: resizeBilinear, smooth: resizeBilinearSmooth, bicubic: resizeBicubic };

for (const [name, resize] of Object.entries(filters)) {
  test(`${name} resizing of floats gives torch's numbers`, () => {
    for (const row of fixture<TorchRow>("resize-torch")) {
      const result = resize(Float32Array.from(row.values), row);
      const expected = row[name as keyof typeof filters];
      assert.equal(result.length, expected.length);
      // A few units in the last place of values around 20: torch fuses products and sums, JavaScript cannot.
      for (let i = 0; i < result.length; i++) {
        assert.ok(Math.abs(result[i]! - expected[i]!) < 2e-5, `${i}: ${result[i]} ${expected[i]}`);
      }
    }
  });
}

test("Pillow's bicubic is equal to the byte, with and without an alpha channel", () => {
  for (const { from, to, rgb, bicubic } of fixture<PillowRow>("resize-pillow")) {
    const three = { size: from, channels: 3 as const, data: Uint8Array.from(rgb) };
    assert.deepEqual([...resizePillowBicubic(three, to).data], bicubic);
    const data = new Uint8ClampedArray((rgb.length / 3) * 4).fill(77);
    for (let i = 0; i < rgb.length; i++) data[Math.floor(i / 3) * 4 + (i % 3)] = rgb[i]!;
    const four = { size: from, channels: 4 as const, data };
    assert.deepEqual([...resizePillowBicubic(four, to).data], bicubic);
  }
});

test("values that are no whole number of planes are refused", () => {
  const sizes = { from: { width: 3, height: 2 }, to: { width: 4, height: 4 } };
  assert.throws(() => resizeBilinear(new Float32Array(7), sizes), /7 values/);
  const data = new Uint8Array(17);
  assert.throws(
    () => resizePillowBicubic({ size: sizes.from, channels: 3, data }, sizes.to),
    /18 bytes/,
  );
});
