// Datasets of several videos, many objects, other people's conventions, checks against a video.
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  absent,
  type Document,
  labelId,
  newDocument,
  type State,
  trackId,
  trackInfo,
  visible,
} from "@masklet/annotation";
import { type FrameIndex, fullMask, maskFromCounts } from "@masklet/vision";
import { FormatError } from "../src/error.ts";
import { memoryFiles } from "../src/files.ts";
import { FORMAT_NAMES } from "../src/format.ts";
import { checkDataset, formatOf, readDataset, writeDataset } from "../src/registry.ts";
import { LossReport } from "../src/report.ts";
import { sourceFromDocument } from "../src/source.ts";
import { trip } from "./roundtrip.ts";

const SIZE = { width: 6, height: 4 };
const person = { by: "person", person: "irina" } as const;
const at = (frame: number): FrameIndex => frame as FrameIndex;

function pixel(index: number): State {
  return visible({ kind: "mask", mask: maskFromCounts([index, 1, 23 - index], SIZE) }, person);
}

/** A video with one labelled object for each list of frames. */
function video(name: string, label: string, ...tracks: readonly (readonly number[])[]): Document {
  const document = newDocument({ name, size: SIZE, frameCount: 5 });
  return {
    ...document,
    labels: new Map([
      [labelId(1), { name: label, parent: null, colour: null, key: null, attributes: [] }],
    ]),
    tracks: new Map(
      tracks.map((frames, i) => [
        trackId(i + 1),
        {
          info: trackInfo({ label: labelId(1) }),
          review: null,
          states: new Map(frames.map((frame) => [at(frame), pixel((i + frame) % 24)])),
        },
      ]),
    ),
  };
}

for (const name of FORMAT_NAMES) {
  test(`${name}: several videos with labels of their own come back each with its own`, async () => {
    const { back } = await trip(name, [
      video("one", "dog", [0, 1]),
      video("two", "cat", [2]),
      video("three", "dog", [0]),
    ]);
    assert.deepEqual(back.map((document) => document.video.name).sort(), ["one", "three", "two"]);
    if (formatOf(name).holds.label === "none") return;
    for (const document of back) {
      const [track] = [...document.tracks.values()];
      const label = document.labels.get(track!.info.label!)!.name;
      assert.equal(label, document.video.name === "two" ? "cat" : "dog");
    }
  });
}

test("D1 a thousand objects keep their numbers, or are renumbered and said so", async () => {
  const crowd = video("crowd", "ant", ...Array.from({ length: 1000 }, (_, i) => [i % 5]));
  for (const name of [
    "masklet",
    "coco",
    "youtube-vis",
    "mots-txt",
    "datumaro",
    "cvat-video",
  ] as const) {
    const { back, report } = await trip(name, [crowd]);
    const renumbered =
      report.losses.find(({ code }) => code === "identities-renumbered")?.count ?? 0;
    assert.equal(renumbered, name === "mots-txt" ? 1 : 0, name);
    // MOTS has one layer: with 24 pixels most ants lie under others.
    if (name !== "mots-txt") assert.equal(back[0]!.tracks.size, 1000, name);
  }
  await assert.rejects(
    trip("davis", [crowd]),
    (error: unknown) => error instanceof FormatError && /254/.test(error.message),
  );
});

test("D2 overlaps are flattened by drawing order, and the pixels counted", async () => {
  const document = video("v", "dog", [0], [0]);
  const whole = { kind: "mask", mask: fullMask(SIZE) } as const;
  const states = (track: number) =>
    document.tracks.get(trackId(track))!.states as Map<FrameIndex, State>;
  states(1).set(at(0), visible(whole, person));
  const { back, report } = await trip("davis", [document]);
  const loss = report.losses.find(({ code }) => code === "overlaps-flattened");
  assert.deepEqual([loss?.count, loss?.examples], [1, ["frame 0, object 1: 1 pixels"]]);
  assert.match(report.toText(), /v: 1 pixels of objects lie under another object/);
  const mask = back[0]!.tracks.get(trackId(1))!.states.get(at(0));
  assert.ok(
    mask?.presence === "visible" && mask.shape.kind === "mask" && mask.shape.mask.counts[0] === 0,
  );
});

test("D3 a check tells what there is, and refuses a dataset of another video", async () => {
  const files = memoryFiles();
  await writeDataset(
    "coco",
    [sourceFromDocument(video("one", "dog", [0, 1], [3]))],
    files,
    new LossReport(),
  );
  const { videos } = await checkDataset("coco", files);
  assert.deepEqual(videos, [
    { name: "one", size: SIZE, frameCount: 5, annotatedFrames: 5, objects: 2, states: 3 },
  ]);
  const facts = { size: SIZE, frameCount: 5, digest: "abc", rate: 25 };
  await checkDataset("coco", files, { video: facts });
  await assert.rejects(
    checkDataset("coco", files, { video: { ...facts, frameCount: 4 } }),
    /reach to frame 4, the video ends at 3/,
  );
  await assert.rejects(
    checkDataset("coco", files, { video: { ...facts, size: { width: 4, height: 6 } } }),
    /6 × 4, the video is 4 × 6/,
  );
});

test("D4 the digest of the frame table is kept by the archive and compared", async () => {
  const document = {
    ...video("one", "dog", [0]),
    video: { ...video("one", "dog").video, digest: "abc" },
  };
  const files = memoryFiles();
  await writeDataset("masklet", [sourceFromDocument(document)], files, new LossReport());
  const facts = { size: SIZE, frameCount: 5, rate: null };
  await checkDataset("masklet", files, { video: { ...facts, digest: "abc" } });
  await assert.rejects(
    checkDataset("masklet", files, { video: { ...facts, digest: "xyz" } }),
    /digests/,
  );
});

test("D5 writing stops when told to, with the code that says so", async () => {
  const stop = new AbortController();
  stop.abort();
  const written = writeDataset(
    "coco",
    [sourceFromDocument(video("one", "dog", [0]))],
    memoryFiles(),
    new LossReport(),
    { signal: stop.signal },
  );
  await assert.rejects(
    written,
    (error: unknown) => error instanceof FormatError && error.code === "cancelled",
  );
});

test("D6 frames are found by the rule of each format", async () => {
  const frames = async (
    name: (typeof FORMAT_NAMES)[number],
    contents: Record<string, string>,
    options = {},
  ): Promise<number[]> => {
    const [document] = await Array.fromAsync(
      readDataset(name, memoryFiles(contents), new LossReport(), options),
    );
    return [...document!.tracks.values()].flatMap(({ states }) =>
      [...states].filter(([, { presence }]) => presence === "visible").map(([frame]) => frame),
    );
  };
  const line = "5 1001 1 4 6 01g0";
  assert.deepEqual(
    await frames("mots-txt", { "instances_txt/0001.txt": line }),
    [5],
    "KITTI MOTS counts from 0",
  );
  assert.deepEqual(
    await frames("mots-txt", { "instances_txt/0001.txt": line }, { firstFrame: 1 }),
    [4],
    "unless told otherwise",
  );
  const info = "[Sequence]\nname=s\nseqLength=9\nimWidth=6\nimHeight=4\n";
  assert.deepEqual(
    await frames("mots-txt", { "s/gt/gt.txt": line, "s/seqinfo.ini": info }),
    [4],
    "MOTSChallenge from 1",
  );
  assert.deepEqual(
    await frames("mot", { "s/gt/gt.txt": "5,1,1,1,2,2,1,1,1", "s/seqinfo.ini": info }),
    [4],
  );
  const vis = {
    videos: [{ id: 1, width: 6, height: 4, length: 2, file_names: ["v/00005.jpg", "v/00010.jpg"] }],
    categories: [{ id: 1, name: "dog" }],
    annotations: [
      {
        id: 1,
        video_id: 1,
        category_id: 1,
        segmentations: [null, { size: [4, 6], counts: "01g0" }],
      },
    ],
  };
  assert.deepEqual(
    await frames("youtube-vis", { "x.json": JSON.stringify(vis) }),
    [10],
    "the stem, never the index",
  );
});

test("D7 the sidecar lets changed files win over what it remembers", async () => {
  const document = video("one", "dog", [0, 1], [2]);
  const states = document.tracks.get(trackId(1))!.states as Map<FrameIndex, State>;
  states.set(at(3), absent(person));
  const files = memoryFiles();
  await writeDataset("coco", [sourceFromDocument(document)], files, new LossReport());
  const contents = Object.fromEntries(
    [...files.contents].map(([name, bytes]) => [name, new TextDecoder().decode(bytes)]),
  );
  const edited = JSON.parse(contents["annotations.json"]!) as {
    annotations: { track_id: number; segmentation: unknown }[];
  };
  edited.annotations[0]!.segmentation = { size: [4, 6], counts: [10, 2, 12] };
  edited.annotations = edited.annotations.filter(({ track_id }) => track_id !== 2);
  contents["annotations.json"] = JSON.stringify(edited);
  const [back] = await Array.fromAsync(
    readDataset("coco", memoryFiles(contents), new LossReport()),
  );
  assert.deepEqual([...back!.tracks.keys()], [1], "an object that was deleted stays deleted");
  const first = back!.tracks.get(trackId(1))!.states.get(at(0));
  assert.ok(
    first?.presence === "visible" &&
      first.shape.kind === "mask" &&
      first.shape.mask.counts[1] === 2,
    "a mask that was changed stays changed",
  );
  assert.deepEqual(first.provenance, person, "and what only the sidecar knows is kept");
  assert.equal(back!.tracks.get(trackId(1))!.states.get(at(3))?.presence, "absent");
});

test("sequences are named without the extension of the video, and the sidecar keeps the whole name", async () => {
  const names = ["clip.mp4", "clip.MOV", "v1.5", ".mp4"];
  const { files, report, back } = await trip(
    "davis",
    names.map((name) => video(name, "dog", [0, 1])),
    { sidecar: true },
  );
  const list = new TextDecoder().decode(files.contents.get("ImageSets/2017/val.txt"));
  assert.equal(list, "clip\nclip (2)\nv1.5\nmp4\n");
  assert.deepEqual(back.map((document) => document.video.name).sort(), [...names].sort());
  assert.match(report.toText(), /clip\.mp4: 1 names are changed/);
});

for (const name of ["davis", "sa-v-png", "youtube-vos", "mots"] as const) {
  test(`${name}: a video without frames to write is reported, and one of empty frames comes back`, async () => {
    const frameless = {
      ...video("none", "dog", []),
      video: { ...video("none", "dog").video, frameCount: 0 },
    };
    const { report, back } = await trip(name, [frameless, video("background", "dog", [])]);
    assert.deepEqual(
      report.losses.filter(({ code }) => code === "empty-videos-dropped").map((loss) => loss.video),
      ["none"],
    );
    assert.deepEqual(
      back.map((document) => [document.video.name, document.video.frameCount]),
      [["background", 5]],
    );
  });
}
