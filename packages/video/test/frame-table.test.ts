// Frame tables: timestamps that rise, digests that name them, orders of frames.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { FrameIndex } from "@masklet/vision";
import fc from "fast-check";
import { frameNumbers } from "../src/clip.ts";
import { averageRate, type DigestInput, digestText, sha256 } from "../src/frame-table.ts";
import { strictTicks } from "../src/node/timestamps.ts";

const INPUT: DigestInput = {
  codec: "h264",
  size: { width: 640, height: 360 },
  orientation: { rotation: 90, mirrored: false },
  timeBase: { numerator: 2, denominator: 180_000 },
  frameCount: 3,
  packets: [
    { pts: 7200, dts: 0, bytes: 900 },
    { pts: 14_400, dts: 3600, bytes: 200 },
    { pts: 10_800, dts: 7200, bytes: 30 },
  ],
  firstPacket: "ab".repeat(32),
};

test("The digest's text is canonical: reduced time base, times from the earliest packet", () => {
  assert.equal(
    digestText(INPUT),
    [
      "masklet frame table 1",
      "codec h264",
      "size 640x360",
      "rotation 90",
      "time base 1/90000",
      "frames 3",
      `first ${"ab".repeat(32)}`,
      "0 900",
      "7200 200",
      "3600 30",
      "",
    ].join("\n"),
  );
});

test("Moving the whole video in time keeps the digest; any other change gives another", () => {
  const shifted = INPUT.packets.map((packet) => ({ ...packet, pts: (packet.pts ?? 0) + 12_345 }));
  assert.equal(digestText({ ...INPUT, packets: shifted }), digestText(INPUT));
  const others: DigestInput[] = [
    { ...INPUT, codec: "hevc" },
    { ...INPUT, frameCount: 2 },
    { ...INPUT, orientation: { rotation: 90, mirrored: true } },
    { ...INPUT, firstPacket: "cd".repeat(32) },
    { ...INPUT, packets: INPUT.packets.slice(0, 2) },
    { ...INPUT, packets: INPUT.packets.toReversed() },
  ];
  const texts = new Set([INPUT, ...others].map(digestText));
  assert.equal(texts.size, others.length + 1);
});

test("SHA-256 is that of FIPS 180-4's example", async () => {
  const expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
  assert.equal(await sha256("abc"), expected);
});

test("Timestamps strictly rise, and those that rose before are kept", () => {
  const stamps = fc.array(fc.option(fc.integer({ min: -1000, max: 1000 })), { maxLength: 40 });
  fc.assert(
    fc.property(stamps, fc.integer({ min: 1, max: 50 }), (given, step) => {
      const { ticks } = strictTicks(given, step);
      assert.equal(ticks.length, given.length);
      for (let i = 1; i < ticks.length; i++) assert.ok((ticks[i] ?? 0) > (ticks[i - 1] ?? 0));
      const rising = given.every(
        (stamp, i) => stamp !== null && (i === 0 || stamp > (given[i - 1] ?? 0)),
      );
      if (rising) assert.deepEqual(ticks, given);
    }),
  );
  assert.deepEqual(strictTicks([null, null, 10, 14, 14, null], 4), {
    ticks: [2, 6, 10, 14, 18, 22],
    backward: 1,
  });
});

test("The average rate counts the gaps between frames", () => {
  const frames = [0, 1001, 2002].map((ticks, index) => ({
    index: index as FrameIndex,
    ticks,
    seconds: ticks / 30_000,
    key: index === 0,
  }));
  const table = {
    digest: "",
    container: "mp4",
    codec: "h264",
    pixelFormat: "yuv420p",
    size: { width: 2, height: 2 },
    orientation: { rotation: 0, mirrored: false },
    timeBase: { numerator: 1, denominator: 30_000 },
    frames,
  } as const;
  assert.equal(averageRate(table), 30_000 / 1001);
  assert.equal(averageRate({ ...table, frames: frames.slice(0, 1) }), null);
});

test("Orders run forward, backward or as listed, and refuse frames that are not there", () => {
  const clip = { name: "a.mp4", frameCount: 5 };
  assert.deepEqual([...frameNumbers({ direction: "forward" }, clip)], [0, 1, 2, 3, 4]);
  assert.deepEqual([...frameNumbers({ direction: "backward" }, clip)], [4, 3, 2, 1, 0]);
  assert.deepEqual([...frameNumbers({ direction: "forward", from: 3, count: 9 }, clip)], [3, 4]);
  assert.deepEqual([...frameNumbers({ direction: "backward", from: 3, count: 2 }, clip)], [3, 2]);
  assert.deepEqual([...frameNumbers([4, 0, 4], clip)], [4, 0, 4]);
  for (const wrong of [5, -1, 1.5, Number.NaN]) {
    assert.throws(() => [...frameNumbers([wrong], clip)], {
      name: "VideoError",
      code: "out-of-range",
      message: `a.mp4 has frames 0 to 4; there is no frame ${wrong}.`,
    });
  }
});
