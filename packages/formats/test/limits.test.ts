// Lengths and numbers from outside that are too large: refused with file and place, and never walked.
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type Label,
  LIMITS,
  labelId,
  newDocument,
  trackId,
  trackInfo,
  visible,
} from "@masklet/annotation";
import { FormatError } from "../src/error.ts";
import { memoryFiles } from "../src/files.ts";
import type { FormatName } from "../src/format.ts";
import { checkDataset, readDataset, writeDataset } from "../src/registry.ts";
import { LossReport } from "../src/report.ts";
import { sourceFromDocument } from "../src/source.ts";

type Contents = Record<string, string>;

/** A dataset of each format that says how many frames a video has, with one thing on frame 0. */
function withLength(length: number): Partial<Record<FormatName, Contents>> {
  const image = { id: 1, file_name: "a/0.jpg", width: 4, height: 3, video_id: 1, frame_index: 0 };
  const coco = {
    videos: [{ id: 1, name: "a", length }],
    images: [image],
    annotations: [{ id: 1, image_id: 1, category_id: 1, bbox: [0, 0, 1, 1], track_id: 1 }],
    categories: [{ id: 1, name: "dog" }],
  };
  const said = { name: "a", width: 4, height: 3, frame_count: length };
  const seqinfo = `[Sequence]\nname=a\nseqLength=${length}\nimWidth=4\nimHeight=3\n`;
  const key = { frame: 1, enabled: true, x: 0, y: 0, width: 10, height: 10, rotation: 0 };
  const region = {
    id: "1",
    type: "videorectangle",
    value: { framesCount: length, sequence: [key], labels: ["dog"] },
  };
  const size = "<original_size><width>4</width><height>3</height></original_size>";
  const labels = "<labels><label><name>dog</name></label></labels>";
  return {
    coco: { "x.json": JSON.stringify(coco) },
    "coco-polygons": { "x.json": JSON.stringify(coco) },
    mot: { "a/seqinfo.ini": seqinfo, "a/gt/gt.txt": "1,1,1,1,2,2,1,1,1\n" },
    "mots-txt": { "a/seqinfo.ini": seqinfo, "a/gt/gt.txt": "1 1001 1 3 4 039\n" },
    dive: {
      "x.json": JSON.stringify({
        version: 2,
        masklet: said,
        tracks: { 1: { id: 1, features: [{ frame: 0, bounds: [0, 0, 1, 1] }] } },
      }),
    },
    "label-studio": {
      "x.json": JSON.stringify([
        {
          id: 1,
          data: { video: "a" },
          meta: { masklet: said },
          annotations: [{ id: 1, result: [region] }],
        },
      ]),
    },
    datumaro: {
      "x.json": JSON.stringify({
        info: { masklet: said },
        categories: { label: { labels: [{ name: "dog" }] } },
        items: [{ id: "0", attr: { frame: 0 }, annotations: [] }],
      }),
    },
    "yolo-seg": {
      "data.yaml": `names: [dog]\nmasklet:\n  videos:\n    - {name: a, width: 4, height: 3, frames: ${length}}\n`,
      "labels/a/0.txt": "0 0 0 1 0 1 1\n",
    },
    "cvat-video": {
      "x.xml": `<annotations><meta><task><size>${length}</size>${labels}${size}</task></meta></annotations>`,
    },
    "cvat-images": {
      "x.xml": `<annotations><meta><task><size>${length}</size>${labels}${size}</task></meta></annotations>`,
    },
  };
}

for (const length of [LIMITS.frames + 1, 2 ** 32, 2 ** 53]) {
  test(`L1 a declared length of ${length} frames is refused with file and number`, async () => {
    for (const [name, contents] of Object.entries(withLength(length))) {
      await assert.rejects(
        checkDataset(name as FormatName, memoryFiles(contents)),
        (error) => {
          assert.ok(error instanceof FormatError, `${name}: ${String(error)}`);
          assert.match(error.message, /^\S+(?:\.json|\.ini|\.xml|\.yaml): [^\n]+[.]$/, name);
          assert.match(error.message, /10000000|whole number/, name);
          return true;
        },
        name,
      );
    }
  });
}

test("L2 the longest length without content costs next to nothing to check, and to convert", async () => {
  for (const [name, contents] of Object.entries(withLength(LIMITS.frames))) {
    const begun = performance.now();
    const { videos } = await checkDataset(name as FormatName, memoryFiles(contents));
    assert.equal(videos[0]!.frameCount, LIMITS.frames, name);
    const sources = [];
    for await (const one of readDataset(
      name as FormatName,
      memoryFiles(contents),
      new LossReport(),
    ))
      sources.push(sourceFromDocument(one));
    const archive = memoryFiles();
    await writeDataset("masklet", sources, archive, new LossReport());
    const again = await checkDataset("masklet", archive);
    assert.equal(again.videos[0]!.frameCount, LIMITS.frames, name);
    const taken = performance.now() - begun;
    assert.ok(taken < 1000, `${name}: ${taken} ms`);
  }
});

test("L3 a frame number beyond the limit is refused with file and place", async () => {
  const image = (id: number): string =>
    `<annotations><meta><task><labels><label><name>dog</name></label></labels></task></meta>\n<image id="${id}" name="a" width="4" height="3"/></annotations>`;
  await assert.rejects(
    checkDataset("cvat-images", memoryFiles({ "x.xml": image(2 ** 53) })),
    /^FormatError: x\.xml: line 2: frame 9007199254740992 is not possible/,
  );
  const coco = JSON.parse(withLength(1).coco!["x.json"]!);
  coco.images[0].frame_index = LIMITS.frames;
  await assert.rejects(
    checkDataset("coco", memoryFiles({ "x.json": JSON.stringify(coco) })),
    /^FormatError: x\.json: images\[0\]\.frame_index: 10000000 is outside 0 … 9999999\.$/,
  );
});

test("L4 pictures named by times are taken in their order, not as frames a billion apart", async () => {
  const coco = JSON.parse(withLength(2).coco!["x.json"]!);
  delete coco.videos;
  coco.images = [1618033988749, 1618033989749].map((time, i) => ({
    id: i + 1,
    file_name: `a/${time}.jpg`,
    width: 4,
    height: 3,
  }));
  const { videos } = await checkDataset("coco", memoryFiles({ "x.json": JSON.stringify(coco) }));
  assert.equal(videos[0]!.frameCount, 2);
});

test("L5 the largest numbers of labels come through a conversion, with the sidecar and without", async () => {
  const largest = Number.MAX_SAFE_INTEGER;
  const label = (name: string): Label => ({
    name,
    parent: null,
    colour: null,
    key: null,
    attributes: [],
  });
  for (const name of ["coco", "mots", "sa-v", "dive", "cvat-video"] as const) {
    const documents = ["a", "b"].map((video) => {
      const document = newDocument({
        name: video,
        size: { width: 4, height: 3 },
        frameCount: 1,
      });
      const state = visible(
        { kind: "box", x: 0, y: 0, width: 2, height: 2 },
        { by: "person", person: null },
      );
      return {
        ...document,
        labels: new Map([[labelId(largest), label(video)]]),
        tracks: new Map([
          [trackId(1), { info: trackInfo(), review: null, states: new Map([[0 as never, state]]) }],
        ]),
      };
    });
    const files = memoryFiles();
    await writeDataset(name, documents.map(sourceFromDocument), files, new LossReport());
    const back = await Array.fromAsync(readDataset(name, files, new LossReport()));
    for (const { video, labels } of back)
      assert.equal(labels.get(labelId(largest))?.name, video.name, name);
  }
});

test("L6 a value without end is shown by its beginning", async () => {
  const long = "x".repeat(5000);
  const cvat = (inside: string): string =>
    `<annotations><meta><task><size>1</size><original_size><width>4</width><height>3</height></original_size></task></meta>${inside}</annotations>`;
  const archived = {
    "masklet.json":
      '{"format":"masklet-archive","version":1,"videos":[{"file":"a.jsonl"},{"file":"b.jsonl"}]}',
    ...Object.fromEntries(
      ["a.jsonl", "b.jsonl"].map((file) => [
        file,
        `{"video":{"name":"${long}","width":2,"height":2,"frameCount":1},"labels":[],"tracks":[]}\n{"end":0}\n`,
      ]),
    ),
  };
  const attacks: [FormatName, Contents][] = [
    ["mot", { "a/seqinfo.ini": `seqLength=${long}\n`, "a/gt/gt.txt": "" }],
    ["cvat-video", { "x.xml": cvat(`<track id="0" label="${long}"/>`) }],
    ["masklet", archived],
    ["masklet", { "masklet.json": archived["masklet.json"].replace("a.jsonl", `../${long}`) }],
    ["coco", { "x.json": `{"${long}":1,"${long}":1}` }],
    ["yolo-seg", { "data.yaml": "names: [dog]", [`labels/${long}/0.txt`]: "" }],
    [
      "dive",
      {
        "x.json": `{"version":2,"masklet":{"name":"a","width":4,"height":3,"frame_count":1},"tracks":{"${long}":{"id":-1}}}`,
      },
    ],
  ];
  for (const [name, contents] of attacks) {
    await assert.rejects(checkDataset(name, memoryFiles(contents)), (error) => {
      assert.ok(error instanceof FormatError, `${name}: ${String(error)}`);
      assert.ok(error.message.length < 600, `${name}: ${error.message.length} characters`);
      assert.match(error.message, /…/, name);
      assert.match(error.message, /[.?]$/, name);
      return true;
    });
  }
});
