// Broken input: one sentence that names file, place and cause; never another kind of error.
import assert from "node:assert/strict";
import { test } from "node:test";
import { LIMITS } from "@masklet/annotation";
import { FormatError } from "../src/error.ts";
import { type InputFiles, memoryFiles } from "../src/files.ts";
import type { FormatName } from "../src/format.ts";
import { readDataset } from "../src/registry.ts";
import { LossReport } from "../src/report.ts";

async function failure(name: FormatName, files: InputFiles): Promise<FormatError> {
  try {
    for await (const _ of readDataset(name, files, new LossReport())) void _;
  } catch (error) {
    assert.ok(error instanceof FormatError, String(error));
    assert.match(error.message, /^[^\n]+[.?]$/, "one sentence");
    return error;
  }
  throw new Error("it was read without complaint");
}

async function refuses(
  name: FormatName,
  contents: Record<string, string | Uint8Array>,
  code: string,
  wanted: RegExp,
): Promise<void> {
  const error = await failure(name, memoryFiles(contents));
  assert.deepEqual([error.code, wanted.test(error.message)], [code, true], error.message);
}

/** A COCO file of one 4 × 3 image with one annotation, changed by `change`. */
function cocoWith(
  change: (dataset: {
    images: Record<string, unknown>[];
    annotations: Record<string, unknown>[];
    categories: Record<string, unknown>[];
  }) => void,
): Record<string, string> {
  const dataset = {
    images: [{ id: 1, file_name: "a/0.jpg", width: 4, height: 3 }],
    annotations: [
      {
        id: 1,
        image_id: 1,
        category_id: 1,
        bbox: [0, 0, 1, 1],
        segmentation: { size: [3, 4], counts: [0, 1, 11] },
      } as Record<string, unknown>,
    ],
    categories: [{ id: 1, name: "dog" }],
  };
  change(dataset);
  return { "x.json": JSON.stringify(dataset) };
}

test("M1 a file that was cut short is named with the byte where it ends", async () => {
  const whole = cocoWith(() => {})["x.json"]!;
  await refuses(
    "coco",
    { "x.json": whole.slice(0, 150) },
    "malformed",
    /^x\.json: .*byte \d+: the file ends in the middle/,
  );
  await refuses(
    "cvat-video",
    { "x.xml": "<annotations><meta><task>" },
    "malformed",
    /^x\.xml: line 1: it is not XML/,
  );
  await refuses(
    "masklet",
    {
      "masklet.json": '{"format":"masklet-archive","version":1,"videos":[{"file":"v.jsonl"}]}',
      "v.jsonl":
        '{"video":{"name":"v","width":2,"height":2,"frameCount":1},"labels":[],"tracks":[]}\n',
    },
    "malformed",
    /cut short/,
  );
});

test("M2 wrong run lengths say which annotation and what is wrong", async () => {
  await refuses(
    "coco",
    cocoWith((d) => (d.annotations[0]!.segmentation = { size: [3, 4], counts: [0, 1, 12] })),
    "malformed",
    /annotations\[0\].*sum/,
  );
  await refuses(
    "coco",
    cocoWith((d) => (d.annotations[0]!.segmentation = { size: [3, 4], counts: [0, -1, 13] })),
    "malformed",
    /annotations\[0\].segmentation.counts\[1\].*-1/,
  );
  await refuses(
    "coco",
    cocoWith((d) => (d.annotations[0]!.segmentation = { size: [3, 4], counts: "01" })),
    "malformed",
    /annotations\[0\]/,
  );
  await refuses(
    "cvat-images",
    cvatImage('<mask label="dog" rle="0, 5" left="0" top="0" width="2" height="2"/>'),
    "malformed",
    /x\.xml: line 2: the runs of the mask do not fill its box/,
  );
});

function cvatImage(shape: string): Record<string, string> {
  const meta = "<meta><task><labels><label><name>dog</name></label></labels></task></meta>";
  return {
    "x.xml": `<annotations>${meta}\n<image id="0" name="a" width="4" height="3">${shape}</image></annotations>`,
  };
}

test("M3 sizes are positive and bounded", async () => {
  for (const side of [0, -4, 1.5, LIMITS.side + 1]) {
    await refuses(
      "coco",
      cocoWith((d) => (d.images[0]!.width = side)),
      "malformed",
      /width|size/,
    );
  }
  await refuses(
    "coco",
    cocoWith((d) => (d.annotations[0]!.segmentation = { size: [30, 40], counts: "PV2" })),
    "malformed",
    /40 × 30 in a video of 4 × 3|sum/,
  );
  await refuses(
    "mots-txt",
    { "a.txt": "0 1001 1 -5 4 01" },
    "malformed",
    /a\.txt: line 1: a size of 4 × -5/,
  );
});

test("M4 what must be unique is", async () => {
  await refuses(
    "coco",
    cocoWith((d) => d.images.push({ ...d.images[0]! })),
    "malformed",
    /image 1 is there twice/,
  );
  await refuses(
    "coco",
    cocoWith((d) => d.annotations.push({ ...d.annotations[0]! })),
    "malformed",
    /annotation 1 is there twice/,
  );
  await refuses(
    "coco",
    cocoWith(
      (d) => (d.annotations = [1, 2].map((id) => ({ ...d.annotations[0]!, id, track_id: 7 }))),
    ),
    "malformed",
    /object 7 is on frame 0 twice/,
  );
  await refuses("coco", { "x.json": '{"images":[],"images":[]}' }, "malformed", /images.* twice/);
});

test("M5 a reference to nothing is refused", async () => {
  await refuses(
    "coco",
    cocoWith((d) => (d.annotations[0]!.image_id = 9)),
    "malformed",
    /there is no image 9/,
  );
  await refuses(
    "coco",
    cocoWith((d) => (d.annotations[0]!.category_id = 9)),
    "malformed",
    /label 9, which is not there/,
  );
});

test("M6 an entity bomb is a syntax error, whatever it would unfold to", async () => {
  const entities = Array.from(
    { length: 9 },
    (_, i) => `<!ENTITY e${i + 1} "${`&e${i};`.repeat(10)}">`,
  ).join("");
  const bomb = `<?xml version="1.0"?><!DOCTYPE a [<!ENTITY e0 "lol">${entities}]><annotations><meta><task><name>&e9;</name></task></meta></annotations>`;
  await refuses(
    "cvat-video",
    { "x.xml": bomb },
    "malformed",
    /x\.xml: line 1: it is not XML \(.*entity/i,
  );
});

test("M7 names that leave the dataset are refused", async () => {
  await refuses(
    "masklet",
    { "masklet.json": '{"format":"masklet-archive","version":1,"videos":[{"file":"../secret"}]}' },
    "unsafe-path",
    /"\.\.\/secret" points outside/,
  );
});

test("M8 versions of the future are refused with the way out", async () => {
  await refuses(
    "masklet",
    { "masklet.json": '{"format":"masklet-archive","version":99,"videos":[]}' },
    "malformed",
    /version 99 is newer than 1; update masklet/,
  );
  await refuses("dive", { "x.json": '{"version":3,"tracks":{}}' }, "unsupported", /version 3/);
});

test("M9 an empty place says what was looked for", async () => {
  await refuses("davis", {}, "missing", /Annotations\/480p/);
  await refuses(
    "davis",
    { "Annotations/480p/dog/00000.png": new Uint8Array(40) },
    "malformed",
    /00000\.png/,
  );
});

test("M10 one wrong field at the end of a huge file is found in bounded memory", async () => {
  const megabytes = 32;
  // Annotations without a shape are passed over, so that only the reading itself takes room.
  const item = JSON.stringify({ id: 1, image_id: 1, category_id: 1, caption: "x".repeat(1000) });
  const piece = new TextEncoder().encode(`${item},`.repeat(1000));
  const files: InputFiles = {
    name: "huge",
    list: async () => ["x.json"],
    async *read() {
      yield new TextEncoder().encode('{"annotations":[');
      for (let i = 0; i < megabytes; i++) yield piece;
      yield new TextEncoder().encode(
        '{"id":1,"image_id":1,"category_id":1,"bbox":[0,0,"wide",1]}]}',
      );
    },
  };
  const before = process.memoryUsage().rss;
  const error = await failure("coco", files);
  assert.match(
    error.message,
    /^x\.json: annotations\[32000\]\.bbox\[2\]: expected a number, got "wide"\.$/,
  );
  assert.ok(process.memoryUsage().rss - before < 150 * 2 ** 20);
});
