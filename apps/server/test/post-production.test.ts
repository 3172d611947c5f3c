// Exports for editors: cut-outs with the masks' own pixels, overlays of every frame; resumed, cancelled, swept.
import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { documentFromJson } from "@masklet/annotation";
import { openInput } from "@masklet/formats/node";
import type { ExportFile, LossReport, Video } from "@masklet/protocol";
import { openClip } from "@masklet/video/node";
import sharp from "sharp";
import type { Bench } from "../src/bench.ts";
import {
  drawn,
  edit,
  FRAMES,
  openStage,
  paintClip,
  readyVideo,
  SIZE,
  square,
  untilJob,
} from "./stage.ts";

const stage = await openStage();
const clip = join(stage.folder, "clips", "birds.mp4");
mkdirSync(join(stage.folder, "clips"));
await paintClip(clip);
const video: Video = await readyVideo(stage, clip);
const LAST = 4;
await edit(stage, video, [
  { type: "putTrack", track: 1, before: null, after: { name: "Swan" } },
  ...[0, 1, LAST].map((frame) => ({
    ...{ type: "putState", track: 1, frame, before: null },
    after: drawn(square(frame + 10)),
  })),
]);

function order(format: string, wanted: object = {}) {
  return {
    ...{ format, videos: [video.id], frames: false, step: 1, onlyAccepted: false },
    ...{ report: false, archive: false, ...wanted },
  };
}

async function exported(format: string, wanted: object = {}): Promise<ExportFile> {
  const { job } = await stage.post(`/api/projects/${video.project}/exports`, order(format, wanted));
  await untilJob(stage, job);
  const files = (await stage.get(`/api/projects/${video.project}/exports`)) as ExportFile[];
  return files.find((file) => file.job === job)!;
}

async function download({ id }: ExportFile, name: string): Promise<string> {
  const path = join(stage.folder, name);
  const reply = await fetch(`${stage.url}/api/exports/${id}/file`);
  writeFileSync(path, Buffer.from(await reply.arrayBuffer()));
  return path;
}

async function pictures(path: string): Promise<Map<string, Buffer>> {
  const input = await openInput(path);
  const found = new Map<string, Buffer>();
  for (const name of await input.list()) {
    const pieces: Uint8Array[] = [];
    for await (const piece of input.read(name)) pieces.push(piece);
    found.set(name, Buffer.concat(pieces));
  }
  await input.close();
  return found;
}

test("hard cut-outs of whole frames have the mask as alpha and the frame's own colours, without gaps", async () => {
  const file = await exported("cut-outs", { cutOut: { edge: "hard", crop: "frame" } });
  const all = await pictures(await download(file, "hard.zip"));
  const names = [...all.keys()].filter((name) => name.endsWith(".png"));
  assert.deepEqual(
    names,
    Array.from({ length: LAST + 1 }, (_, frame) => `birds.mp4/001-Swan/0000${frame}.png`),
  );
  const source = await openClip(clip);
  for (const [frame, name] of names.entries()) {
    const { data, info } = await sharp(all.get(name)!).raw().toBuffer({ resolveWithObject: true });
    assert.deepEqual([info.width, info.height, info.channels], [SIZE.width, SIZE.height, 4]);
    const { rgb } = await source.frame(frame);
    const seen = frame === 0 || frame === 1 || frame === LAST;
    for (let i = 0; i < SIZE.width * SIZE.height; i++) {
      const [x, y] = [i % SIZE.width, Math.floor(i / SIZE.width)];
      const inside = seen && x >= frame + 10 && x < frame + 26 && y >= 8 && y < 24;
      assert.equal(data[4 * i + 3], inside ? 255 : 0, `${name} at ${x}, ${y}`);
      if (inside) assert.equal(data[4 * i], rgb[3 * i]);
    }
  }
  await source.close();
  const list = JSON.parse(all.get("birds.mp4.json")!.toString());
  assert.deepEqual([list.objects[0].first, list.objects[0].last], [0, LAST]);
});

test("cut-outs cropped to the object have one size: the box around all its masks", async () => {
  const file = await exported("cut-outs", { cutOut: { edge: "soft", crop: "object" } });
  const all = await pictures(await download(file, "soft.zip"));
  const [{ box }] = JSON.parse(all.get("birds.mp4.json")!.toString()).objects;
  assert.deepEqual(box, { x: 8, y: 6, width: LAST + 20, height: 20 });
  for (const [name, bytes] of all) {
    if (!name.endsWith(".png")) continue;
    const { width, height } = await sharp(bytes).metadata();
    assert.deepEqual([width, height], [box.width, box.height]);
  }
});

test("an overlay of one video is an MP4 of all its frames, of several an archive of them", async () => {
  const one = await exported("overlay");
  assert.match(one.name, /birds-overlay\.mp4$/);
  const path = await download(one, "overlay.mp4");
  const painted = await openClip(path);
  assert.equal(painted.table.frames.length, FRAMES);
  const source = await openClip(clip);
  const [with1, without] = [await painted.frame(0), await source.frame(0)];
  const at = (16 * SIZE.width + 18) * 3;
  assert.ok(Math.abs(with1.rgb[at + 1]! - without.rgb[at + 1]!) > 40, "The mask is not painted.");
  assert.ok(Math.abs(with1.rgb[3]! - without.rgb[3]!) < 12, "The rest is not as it was.");
  await Promise.all([painted.close(), source.close()]);
  const other = (await stage.post(`/api/projects/${video.project}/videos`, {
    path: clip,
  })) as Video;
  await untilReady(other.id);
  const several = await exported("overlay", { videos: [video.id, other.id] });
  const all = await pictures(await download(several, "overlays.zip"));
  assert.deepEqual([...all.keys()], ["001-birds.mp4-overlay.mp4", "002-birds.mp4-overlay.mp4"]);
});

async function untilReady(id: string): Promise<void> {
  while ((await stage.get(`/api/videos/${id}`)).state !== "ready") {
    await new Promise((done) => setTimeout(done, 50));
  }
}

test("what a crash left among the exports is swept away, finished files stay", async () => {
  const before = readdirSync(stage.home.exports).sort();
  writeFileSync(join(stage.home.exports, ".x.zip.1234.part"), "half");
  mkdirSync(join(stage.home.exports, "gone.parts", "a"), { recursive: true });
  await stage.restart();
  assert.deepEqual(readdirSync(stage.home.exports).sort(), before);
});

test("the report counts what is kept, and says where what is lost is", async () => {
  const at = `/api/projects/${video.project}/loss`;
  const { rows } = (await stage.post(at, order("davis"))) as LossReport;
  const kept = rows.find(({ code }) => code === "kept-shapes");
  assert.deepEqual([kept?.verdict, kept?.numbers], ["kept", [3, 3]]);
  const lost = rows.find(({ code }) => code === "provenance-dropped");
  assert.deepEqual(lost?.numbers, [3]);
  assert.deepEqual(
    lost?.where,
    [0, 1, LAST].map((frame) => ({ video: video.id, object: 1, frame })),
  );
  const archive = (await stage.post(at, order("masklet"))) as LossReport;
  assert.ok(archive.rows.length > 0 && archive.rows.every(({ verdict }) => verdict === "kept"));
  const editors = (await stage.post(at, order("cut-outs"))) as LossReport;
  assert.deepEqual(
    editors.rows.map(({ verdict }) => verdict),
    ["kept", "lost"],
  );
});

test("an export that is taken up again makes no picture twice, and all anew where an edit came between", async () => {
  const { job } = await stage.post(`/api/projects/${video.project}/exports`, order("cut-outs"));
  await untilJob(stage, job);
  assert.ok(!existsSync(join(stage.home.exports, `${job}.parts`)));
  const { makeCutOuts } = await import("../src/jobs/cut-outs.ts");
  const path = join(stage.folder, "parts");
  const revision = { now: 1 };
  const bench = benchOf(revision);
  const making = {
    ...{ order: order("cut-outs"), path, signal: new AbortController().signal },
    progress: () => {},
  };
  await makeCutOuts(bench, making);
  const picture = join(path, "birds.mp4/001-Swan/00001.png");
  const first = readFileSync(picture);
  writeFileSync(picture, "kept");
  rmSync(join(path, "birds.mp4/001-Swan/00002.png"));
  await makeCutOuts(bench, making);
  assert.equal(readFileSync(picture, "utf8"), "kept");
  assert.ok(existsSync(join(path, "birds.mp4/001-Swan/00002.png")));
  revision.now = 2;
  await makeCutOuts(bench, making);
  assert.deepEqual(readFileSync(picture), first);
});

/** As much of the bench as cut-outs need, over the document as it is. */
function benchOf(revision: { now: number }) {
  const document = stage.get(`/api/videos/${video.id}/document`);
  return {
    home: stage.home,
    documents: {
      read: async () => ({
        document: documentFromJson((await document).document),
        revision: revision.now,
      }),
    },
    catalogue: { video: async () => video, source: async () => clip },
  } as unknown as Bench;
}
