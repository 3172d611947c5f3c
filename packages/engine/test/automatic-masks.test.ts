// Masks of everything in a picture against the official generator, recorded with a stand-in for the network.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import type { Picture } from "@masklet/vision";
import { automaticMasks } from "../src/automatic-masks.ts";
import { compareSearch, optionsOf, type RecordedSearch } from "./automatic-recorded.ts";
import { finder } from "./finder.ts";

const recorded = JSON.parse(
  readFileSync(new URL("fixtures/automatic-masks.json", import.meta.url), "utf8"),
) as RecordedSearch & { readonly width: number; readonly height: number };

/** Discs and bars over a slope, with dots; the same as `formula_picture` in bench/reference/record_automatic.py. */
function formulaPicture(width: number, height: number): Picture {
  const data = new Uint8Array(width * height * 3);
  for (let at = 0; at < width * height; at++) {
    const [x, y] = [at % width, Math.floor(at / width)];
    let colour = [60 + Math.floor(x / 4), 90 + Math.floor(y / 3), 120 + Math.floor((x + y) / 8)];
    if ((x - 40) ** 2 + (y - 40) ** 2 < 500) colour = [220, 60, 40];
    if ((x - 150) ** 2 + (y - 60) ** 2 < 900) colour = [240, 230, 90];
    if (Math.abs(x - 100) < 40 && Math.abs(y - 120) < 9) colour = [20, 30, 200];
    if (Math.abs(x - 30) < 7 && Math.abs(y - 100) < 26) colour = [30, 200, 60];
    if (Math.abs(x - 150) < 12 && Math.abs(y - 62) < 10) colour = [60, 20, 30];
    if ((x * 7 + y * 13) % 61 < 2) colour = [255, 255, 255];
    data.set(colour, at * 3);
  }
  return { size: { width, height }, channels: 3, data };
}

for (const search of recorded.cases) {
  test(`the search finds what the official generator finds, in its order: ${search.name}`, async () => {
    const picture = formulaPicture(recorded.width, recorded.height);
    const masks = await automaticMasks(finder(recorded.side), picture, optionsOf(search));
    const { ours, theirs, displaced, worstIou, worstStability } = compareSearch(
      masks,
      search,
      picture.size,
    );
    assert.equal(ours, theirs);
    assert.equal(displaced, 0);
    assert.ok(worstIou > 0.999, `IoU ${worstIou}`);
    assert.ok(worstStability < 2e-3, `stability differs by ${worstStability}`);
  });
}
