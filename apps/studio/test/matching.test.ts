// The palette's matching, and the colours handed out.
import assert from "node:assert/strict";
import { test } from "node:test";
import { trackId, trackInfo } from "@masklet/annotation";
import { settings } from "../src/desk/settings.ts";
import { nearestWord, rankOf } from "../src/panels/matching.ts";
import { colourOf, outlineOf, PALETTE } from "../src/style/palette.ts";

test("a beginning ranks before a word's beginning, that before the inside, that before letters in order", () => {
  const ranks = ["swap objects", "objects swap", "unswapped", "s w a p", "other"].map((text) =>
    rankOf(text, "swap"),
  );
  assert.deepEqual(ranks, [4, 3, 2, 1, 0]);
});

test("a mistyped word offers the nearest known one, and a strange word none", () => {
  const names = ["Swap with another from here", "Split here", "Smooth the mask"];
  assert.equal(nearestWord("swop", names), "Swap");
  assert.equal(nearestWord("smoth", names), "Smooth");
  assert.equal(nearestWord("zzzz", names), null);
});

test("with the colour-blind setting eight colours go round, told apart by dashes", () => {
  const colours = (count: number) =>
    Array.from({ length: count }, (_, i) => colourOf(trackId(i + 1), trackInfo({ order: i })));
  assert.equal(new Set(colours(24)).size, PALETTE.length);
  assert.equal(outlineOf(trackId(9)), null);
  settings.setState({ colourBlind: true });
  try {
    assert.equal(new Set(colours(24)).size, 8);
    const looks = Array.from({ length: 24 }, (_, i) => {
      const id = trackId(i + 1);
      return `${colourOf(id, trackInfo({ order: i }))} ${outlineOf(id)}`;
    });
    assert.equal(new Set(looks).size, 24);
  } finally {
    settings.setState({ colourBlind: false });
  }
});

test("an object with a colour of its own keeps it", () => {
  assert.equal(colourOf(trackId(3), trackInfo({ order: 1, colour: "#123456" })), "#123456");
});
