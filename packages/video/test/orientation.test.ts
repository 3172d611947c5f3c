// Display matrices and turned pictures.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Orientation } from "../src/frame-table.ts";
import { displayedSize, orientationOf, turnUpright } from "../src/orientation.ts";

/** Letters as grey pixels: "ab/cd" is two rows of two. */
function picture(rows: string): { size: { width: number; height: number }; rgb: Uint8Array } {
  const lines = rows.split("/");
  const codes = [...lines.join("")].flatMap((letter) => Array(3).fill(letter.charCodeAt(0)));
  return {
    size: { width: lines[0]?.length ?? 0, height: lines.length },
    rgb: Uint8Array.from(codes),
  };
}

function shown(rows: string, orientation: Orientation): string {
  const { size, rgb } = picture(rows);
  const turned = turnUpright(rgb, size, orientation);
  const { width } = displayedSize(size, orientation);
  const letters = Array.from(
    turned.filter((_, i) => i % 3 === 0),
    (c) => String.fromCharCode(c),
  );
  return letters.join("").replace(new RegExp(`(.{${width}})(?=.)`, "g"), "$1/");
}

test("A picture is mirrored first and then turned clockwise", () => {
  const expected: Record<string, string> = {
    "0": "abc/def",
    "90": "da/eb/fc",
    "180": "fed/cba",
    "270": "cf/be/ad",
    "0 mirrored": "cba/fed",
    "90 mirrored": "fc/eb/da",
    "180 mirrored": "def/abc",
    "270 mirrored": "ad/be/cf",
  };
  for (const [name, rows] of Object.entries(expected)) {
    const rotation = Number(name.split(" ")[0]) as Orientation["rotation"];
    assert.equal(shown("abc/def", { rotation, mirrored: name.endsWith("mirrored") }), rows, name);
  }
});

test("A display matrix sends each stored pixel where turning the picture puts it", () => {
  const units = [
    [1, 0, 0, 1],
    [0, 1, -1, 0],
    [-1, 0, 0, -1],
    [0, -1, 1, 0],
    [-1, 0, 0, 1],
    [0, 1, 1, 0],
    [1, 0, 0, -1],
    [0, -1, -1, 0],
  ] as const;
  fc.assert(
    fc.property(
      fc.constantFrom(...units),
      fc.integer({ min: 1, max: 5 }),
      fc.integer({ min: 1, max: 5 }),
      ([a, b, c, d], width, height) => {
        const size = { width, height };
        const { orientation, exact } = orientationOf(
          [a, b, 0, c, d, 0, 0, 0, 1].map((v) => v * 65536),
        );
        assert.ok(exact);
        const rgb = Uint8Array.from({ length: width * height * 3 }, (_, i) => Math.floor(i / 3));
        const turned = turnUpright(rgb, size, orientation);
        const to = displayedSize(size, orientation);
        for (let q = 0; q < height; q++) {
          for (let p = 0; p < width; p++) {
            // The matrix turns about the origin; the picture is then moved back into the first quadrant.
            const x = a * p + c * q + (a + c < 0 ? to.width - 1 : 0);
            const y = b * p + d * q + (b + d < 0 ? to.height - 1 : 0);
            assert.equal(turned[(y * to.width + x) * 3], q * width + p);
          }
        }
      },
    ),
  );
});

test("An odd angle becomes the nearest quarter turn and is told", () => {
  const degrees = 75;
  const [cos, sin] = [Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180)];
  const { orientation, exact } = orientationOf([cos, sin, 0, -sin, cos, 0, 0, 0, 1]);
  assert.deepEqual(orientation, { rotation: 90, mirrored: false });
  assert.equal(exact, false);
});
