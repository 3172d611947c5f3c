// What the server refuses: bad media, paths, numbers, bodies, strangers. Each in one sentence, with nothing half-done.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { join } from "node:path";
import { test } from "node:test";
import { openHome } from "../src/home.ts";
import { badVideos } from "./bad-videos.ts";
import {
  assertSentence,
  drawn,
  edit,
  FRAMES,
  openStage,
  paintClip,
  readyVideo,
  square,
  untilVideo,
} from "./stage.ts";

const stage = await openStage();
const folder = join(stage.folder, "clips");
mkdirSync(folder);
const clip = join(folder, "birds.mp4");
await paintClip(clip);
const video = await readyVideo(stage, clip);
const videos = `/api/projects/${video.project}/videos`;

test("what is no video fails with a sentence, and can be deleted", async () => {
  for (const [name, bytes] of Object.entries(badVideos(readFileSync(clip)))) {
    writeFileSync(join(folder, name), bytes);
    const { id } = await stage.post(videos, { path: join(folder, name) });
    const { state, problem } = await untilVideo(stage, id);
    assert.equal(state, "failed", name);
    assertSentence(problem);
    await stage.refused(422, "GET", `/api/videos/${id}/document`);
    assert.equal((await stage.ask("DELETE", `/api/videos/${id}`)).status, 204);
  }
});

test("paths outside the allowed folders are refused, whichever way they lead there", async () => {
  const secret = join(stage.folder, "secret.mp4");
  writeFileSync(secret, readFileSync(clip));
  symlinkSync(secret, join(folder, "link.mp4"));
  for (const path of [
    secret,
    join(folder, "..", "secret.mp4"),
    join(folder, "link.mp4"),
    "/etc/passwd",
  ]) {
    await stage.refused(403, "POST", videos, { path });
    const source = { path };
    await stage.refused(403, "POST", `/api/videos/${video.id}/import`, { format: "coco", source });
  }
  await stage.refused(404, "POST", videos, { path: join(folder, "absent.mp4") });
});

test("pipes and devices are refused before anything opens them", async () => {
  const pipe = join(folder, "pipe.json");
  execFileSync("mkfifo", [pipe]);
  symlinkSync("pipe.json", join(folder, "pipe.mp4"));
  for (let again = 0; again < 5; again++) {
    const source = { path: pipe };
    const body = { format: "coco", source };
    const { code } = await stage.refused(422, "POST", `/api/videos/${video.id}/import`, body);
    assert.equal(code, "bad-import");
  }
  const { code } = await stage.refused(422, "POST", videos, { path: join(folder, "pipe.mp4") });
  assert.equal(code, "bad-media");
  assert.equal((await stage.get(videos)).length, 1);
});

test("frames that are not there and digests of other videos are refused", async () => {
  const at = `/api/videos/${video.id}`;
  const { digest } = video;
  await stage.refused(409, "GET", `${at}/frames/0?digest=other`);
  await stage.refused(409, "GET", `${at}/media?digest=other`);
  await stage.refused(400, "GET", `${at}/frames/${FRAMES}?digest=${digest}`);
  await stage.refused(400, "GET", `${at}/frames/-1?digest=${digest}`);
  await stage.refused(400, "GET", `${at}/frames/0?digest=${digest}&width=0`);
  await stage.refused(404, "GET", `/api/videos/none/frames/0?digest=${digest}`);
  const post = { client: "a", revision: 0, transactions: [{}] };
  await stage.refused(409, "POST", `${at}/transactions`, { ...post, digest: "other" });
  await stage.refused(400, "POST", `${at}/transactions`, { ...post, digest });
  const out = await edit(stage, video, [
    { type: "putTrack", track: 1, before: null, after: { name: "Swan" } },
    { type: "putState", track: 1, frame: FRAMES, before: null, after: drawn(square(0)) },
  ]);
  assertSentence(out.refused.message);
  assert.deepEqual(out.accepted, []);
  const track = {
    objects: [1],
    direction: "forward",
    origin: 0,
    from: 0,
    only: "all",
    revision: 0,
    digest,
  };
  await stage.refused(400, "POST", `${at}/track`, { ...track, to: FRAMES });
  await stage.refused(400, "POST", `${at}/track`, { ...track, to: 3 });
});

test("bodies that are malformed, of another shape or too large are refused", async () => {
  const post = (body: string) =>
    fetch(`${stage.url}/api/projects`, {
      method: "POST",
      body,
      headers: { "content-type": "application/json" },
    });
  const LARGE = 33 * 1024 * 1024;
  for (const [body, status] of [
    ['{"name": "Bir', 400],
    ['{"name": 7}', 400],
    ['{"name": ""}', 400],
    ["null", 400],
    [`{"name": "${"x".repeat(LARGE)}"}`, 413],
  ] as const) {
    const reply = await post(body).catch(() => null);
    // A server may close the connection on a body that it will not read.
    if (reply === null) continue;
    assert.equal(reply.status, status, body.slice(0, 40));
    assertSentence(((await reply.json()) as { message: string }).message);
  }
  assert.equal((await stage.get("/api/projects")).length, 1);
});

test("guidelines have a limit, and what is longer leaves those before it", async () => {
  const project = `/api/projects/${video.project}`;
  const most = "x".repeat(100_000);
  assert.equal((await stage.ask("PATCH", project, { guidelines: most })).status, 200);
  await stage.refused(400, "PATCH", project, { guidelines: `${most}x` });
  assert.equal((await stage.get(project)).guidelines, most);
});

test("an upload for no project, and one that claims too much, are refused", async () => {
  const create = (headers: Record<string, string>) =>
    fetch(`${stage.url}/api/uploads`, {
      method: "POST",
      headers: { "tus-resumable": "1.0.0", ...headers },
    });
  const stranger = await create({ "upload-length": "10", "upload-metadata": "filename eA==" });
  assert.equal(stranger.status, 404);
  assertSentence(((await stranger.json()) as { message: string }).message);
  const endless = await create({ "upload-length": String(2 ** 50) });
  assert.equal(endless.status, 413);
});

test("an upload's name is that of a file, in characters that can be seen", async () => {
  const before = (await stage.get(videos)).length;
  const create = (filename: string) => {
    const facts = { filename, project: video.project, purpose: "video" };
    const metadata = Object.entries(facts)
      .map(([name, value]) => `${name} ${Buffer.from(value).toString("base64")}`)
      .join(",");
    return fetch(`${stage.url}/api/uploads`, {
      method: "POST",
      headers: { "tus-resumable": "1.0.0", "upload-length": "9", "upload-metadata": metadata },
    });
  };
  for (const name of [
    ...["../birds.mp4", "a/b.mp4", "a\\b.mp4", "..", "/"],
    ...["a\0.mp4", "a\nb.mp4", "\u0007.mp4", " ", "\u200b", "x".repeat(300)],
  ]) {
    const reply = await create(name);
    assert.equal(reply.status, 400, JSON.stringify(name));
    const { code, message } = (await reply.json()) as { code: string; message: string };
    assert.equal(code, "bad-request");
    assertSentence(message);
    assert.ok(message.length < 300);
  }
  assert.equal((await stage.get(videos)).length, before);
  assert.equal((await create("Schwäne 🦢 (1).mp4")).status, 201);
});

test("what is wrong with an uploaded file is told by the name its sender gave it, and labels do not stay behind", async () => {
  const list = Buffer.from("This is a shopping list.\n".repeat(50));
  const id = await uploaded(list, { filename: "list.mp4", purpose: "video" });
  const { problem } = await untilVideo(stage, id);
  assert.match(problem ?? "", /^list\.mp4 /);
  assert.doesNotMatch(problem ?? "", /whole|media/);
  for (const format of ["coco", "masklet", "davis"]) {
    const upload = await uploaded(list, { filename: "list.txt", purpose: "import" });
    const body = { format, source: { upload } };
    const { message } = await stage.refused(422, "POST", `/api/videos/${video.id}/import`, body);
    assert.match(message, /list\.txt/);
    assert.doesNotMatch(message, /whole|uploads|ENO/);
  }
  assert.deepEqual(
    readdirSync(stage.home.uploads).filter((name) => name.includes("whole")),
    [],
  );
});

async function uploaded(
  bytes: Buffer,
  facts: { readonly filename: string; readonly purpose: string },
): Promise<string> {
  const tus = { "tus-resumable": "1.0.0" };
  const base64 = (text: string) => Buffer.from(text).toString("base64");
  const metadata = Object.entries({ ...facts, project: video.project })
    .map(([name, value]) => `${name} ${base64(value)}`)
    .join(",");
  const created = await fetch(`${stage.url}/api/uploads`, {
    method: "POST",
    headers: { ...tus, "upload-length": String(bytes.length), "upload-metadata": metadata },
  });
  const place = new URL(created.headers.get("location")!, `${stage.url}/api/uploads`);
  await fetch(place, {
    method: "PATCH",
    body: new Uint8Array(bytes),
    headers: {
      ...{ ...tus, "upload-offset": "0" },
      "content-type": "application/offset+octet-stream",
    },
  });
  return place.pathname.split("/").at(-1)!;
}

test("other origins, other sites and other names of this machine are not answered", async () => {
  const asked = (headers: Record<string, string>) =>
    new Promise<number>((done, failed) => {
      request(`${stage.url}/api/projects`, { headers }, (reply) => {
        reply.resume();
        done(reply.statusCode!);
      })
        .on("error", failed)
        .end();
    });
  const host = new URL(stage.url).host;
  assert.equal(await asked({ host }), 200);
  assert.equal(await asked({ host, origin: stage.url }), 200);
  assert.equal(await asked({ host, origin: "https://elsewhere.example" }), 403);
  assert.equal(await asked({ host, origin: "null" }), 403);
  assert.equal(await asked({ host: "elsewhere.example" }), 403);
  assert.equal(
    await asked({ host, "sec-fetch-site": "cross-site", "sec-fetch-mode": "cors" }),
    403,
  );
});

test("a second server on the same home is turned away in a sentence", () => {
  assert.throws(
    () => openHome(stage.home.path),
    (error: Error) => {
      assertSentence(error.message);
      return /Another masklet server/.test(error.message);
    },
  );
});

test("addresses that cannot be read, names that cannot be seen and masks of nothing are refused in our form", async () => {
  for (const address of ["%ff", "x".repeat(300)]) {
    const { code } = await stage.refused(400, "GET", `/api/videos/${address}`);
    assert.equal(code, "bad-request");
  }
  const { message } = await stage.refused(404, "GET", `/api/${"x/".repeat(2500)}`);
  assert.ok(message.length < 200);
  for (const name of ["  ", "\u200b\u2060", "a\nb"]) {
    await stage.refused(400, "POST", "/api/projects", { name });
    await stage.refused(400, "PATCH", `/api/projects/${video.project}`, { name });
  }
  const click = { ticket: 1, client: "m", purpose: "click", frame: 0, digest: video.digest };
  const points = [{ x: 1, y: 1, sign: "include" }];
  const [height, width] = square(0).size;
  for (const mask of [
    { size: [height, width], counts: "\u0001~" },
    { size: [height, width + 1], counts: square(0).counts },
  ]) {
    const body = { ...click, points, box: null, mask };
    const refused = await stage.refused(400, "POST", `/api/videos/${video.id}/segment`, body);
    assert.equal(refused.code, "bad-request");
  }
});

test("ranges outside a file are answered with its length, an end longer than it with all of it", async () => {
  const size = readFileSync(clip).length;
  const media = (range: string) =>
    fetch(`${stage.url}/api/videos/${video.id}/media?digest=${video.digest}`, {
      headers: { range },
    });
  for (const range of [`bytes=${size}-`, "bytes=99999999-", "bytes=-0"]) {
    const reply = await media(range);
    assert.equal(reply.status, 416, range);
    assert.equal(reply.headers.get("content-range"), `bytes */${size}`);
    assertSentence(((await reply.json()) as { message: string }).message);
  }
  const whole = await media("bytes=-99999999");
  assert.equal((await whole.arrayBuffer()).byteLength, size);
});

test("an unknown address is answered in the same form", async () => {
  const { code } = await stage.refused(404, "GET", "/api/nothing/here");
  assert.equal(code, "not-found");
});
