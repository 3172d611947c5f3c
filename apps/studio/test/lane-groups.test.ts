// Groups of lanes: their order, what folding leaves, how many objects are in view.
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  absent,
  type Document,
  labelId,
  newDocument,
  type State,
  type TrackId,
  trackId,
  trackInfo,
  visible,
} from "@masklet/annotation";
import { type FrameIndex, frameIndex } from "@masklet/vision";
import { groupsOf, inViewOf } from "../src/edit/lane-groups.ts";
import { GROUP_LANE, type LaneView, rowsOf } from "../src/timeline/geometry.ts";

const FRAMES = 20;
const person = { by: "person", person: "p" } as const;
const box = { kind: "box", x: 0, y: 0, width: 4, height: 4 } as const;

/** Objects 1 … 4 with labels 2, none, 1, 2; object n is in view on frames n … n + 4. */
function crowd(): Document {
  const empty = newDocument({
    video: { name: "v", digest: "d", frameCount: FRAMES, size: { width: 8, height: 8 } },
  } as never);
  const labels = new Map(
    ["one", "two"].map((name, i) => [
      labelId(i + 1),
      { name, parent: null, colour: null, key: null, attributes: [] },
    ]),
  );
  const tracks = new Map(
    [2, null, 1, 2].map((label, i) => {
      const states = new Map<FrameIndex, State>();
      for (let frame = i + 1; frame < i + 6; frame++)
        states.set(frameIndex(frame), visible(box, person));
      states.set(frameIndex(i + 6), absent(person));
      const info = trackInfo({ order: i + 1, label: label === null ? null : labelId(label) });
      return [trackId(i + 1), { info, review: null, states }] as const;
    }),
  );
  return {
    ...empty,
    video: { ...empty.video, frameCount: FRAMES },
    labels,
    tracks,
  } as Document;
}

const view: LaneView = {
  selected: null,
  filter: "",
  laneOrder: "number",
  doubts: [],
  frame: frameIndex(0),
  comparison: null,
  laneGroups: true,
  foldedGroups: new Set(),
};
const heights = { lane: 26, open: 56 };
const told = (rows: ReturnType<typeof rowsOf>) =>
  rows.map((row) => (row.kind === "group" ? (row.group.name ?? "-") : Number(row.track)));

test("groups stand in the order of the labels, objects without a label last", () => {
  const document = crowd();
  const order = [4, 3, 2, 1].map((id) => id as TrackId);
  assert.deepEqual(
    groupsOf(document, order).map(({ name, tracks }) => [name, ...tracks]),
    [
      ["one", 3],
      ["two", 4, 1],
      [null, 2],
    ],
  );
});

test("rows of groups follow one another without a gap, each under its own line", () => {
  const rows = rowsOf(crowd(), view, heights);
  assert.deepEqual(told(rows), ["one", 3, "two", 1, 4, "-", 2]);
  let y = 0;
  for (const row of rows) {
    assert.equal(row.y, y);
    y += row.height;
  }
  assert.equal(y, 3 * GROUP_LANE + 4 * 26);
});

test("a folded group keeps the lane of the selected object and no other", () => {
  const foldedGroups = new Set([labelId(2), null]);
  const rows = rowsOf(crowd(), { ...view, foldedGroups, selected: trackId(4) }, heights);
  assert.deepEqual(told(rows), ["one", 3, "two", 4, "-"]);
});

test("the line of a group counts the objects in view; absence does not count", () => {
  const states = [...crowd().tracks.values()].map((track) => track.states);
  const { counts, most } = inViewOf(states, FRAMES);
  for (let frame = 0; frame < FRAMES; frame++) {
    const wanted = states.filter((own) => own.get(frameIndex(frame))?.presence === "visible");
    assert.equal(counts[frame], wanted.length, `frame ${frame}`);
  }
  assert.equal(most, 4);
});
