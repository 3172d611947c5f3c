// Frame identity: at frame k browser, server and engine have the same picture, for every clip of a folder and for made ones.
// `node scripts/launch.mjs bench/frames.ts [--folder FOLDER] [--only PATTERN] [--count 20]`: first, last and COUNT random frames of each.
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { openClip } from "@masklet/video/node";
import sharp from "sharp";
import { openStudio } from "../apps/studio/test/e2e/browser.ts";
import { madeClips } from "./made-clips.ts";

const house = resolve(import.meta.dirname, "..");
const { values } = parseArgs({
  options: {
    folder: { type: "string", default: resolve(house, "../shared/data/videos") },
    only: { type: "string", default: "." },
    count: { type: "string", default: "20" },
  },
});
const RANDOM_FRAMES = Number(values.count);
/** Mean difference of grey, of 255, that compression and conversion of colours leave at most. */
const APART_MAX = 4;
const home = mkdtempSync(join(tmpdir(), "masklet-frames-"));
const only = new RegExp(values.only);
const clips = [values.folder, await madeClips(join(home, "made"), only)].flatMap((folder) =>
  existsSync(folder)
    ? readdirSync(folder)
        .filter((name) => /\.(mp4|webm|mkv|mov|avi|ts)$/.test(name) && only.test(name))
        .map((name) => join(folder, name))
    : [],
);

const probe = createServer();
await new Promise<void>((done) => probe.listen(0, "127.0.0.1", done));
const { port } = probe.address() as AddressInfo;
await new Promise((done) => probe.close(done));
const server = spawn(
  process.execPath,
  [
    "--disable-warning=ExperimentalWarning",
    join(house, "apps/server/src/main.ts"),
    "--port",
    String(port),
    "--home",
    home,
  ],
  { stdio: ["ignore", "pipe", "ignore"] },
);
const url = `http://127.0.0.1:${port}`;
await new Promise<void>((done, fail) => {
  server.stdout?.once("data", () => done());
  server.once("exit", (code) => fail(new Error(`The server ended with ${code}.`)));
});

/** In the page: both pictures of a frame, small and grey, and how far apart they are; neighbours tell what "far" means. */
const COMPARE = `async (frames) => {
  const { desk } = globalThis.masklet;
  const side = 48;
  const small = (source) => {
    const canvas = new OffscreenCanvas(side, side);
    const context = canvas.getContext("2d", { willReadFrequently: true });
    context.imageSmoothingQuality = "high";
    context.drawImage(source, 0, 0, side, side);
    const { data } = context.getImageData(0, 0, side, side);
    return Float32Array.from({ length: side * side }, (_, i) => 0.3 * data[4 * i] + 0.6 * data[4 * i + 1] + 0.1 * data[4 * i + 2]);
  };
  const served = async (k) => small(await createImageBitmap(await (await fetch("/api/videos/" + desk.video.id + "/frames/" + k + "?format=png&digest=" + encodeURIComponent(desk.video.digest))).blob()));
  // Brightness and contrast may differ by the conversion of colours: what is left after fitting them is the picture.
  const apart = (a, b) => {
    const n = a.length;
    const mean = (v) => v.reduce((sum, x) => sum + x, 0) / n;
    const [ma, mb] = [mean(a), mean(b)];
    let [ab, aa] = [0, 1e-9];
    for (let i = 0; i < n; i++) { ab += (a[i] - ma) * (b[i] - mb); aa += (a[i] - ma) ** 2; }
    const gain = ab / aa;
    return a.reduce((sum, x, i) => sum + Math.abs(b[i] - mb - gain * (x - ma)), 0) / n;
  };
  const rows = [];
  for (const k of frames) {
    desk.playback.go(k);
    for (let i = 0; i < 600 && desk.view.getState().shown !== k; i++) await new Promise((r) => setTimeout(r, 20));
    const bitmap = desk.frames.peek(k);
    if (!bitmap) { rows.push({ k, same: 999, next: 0 }); continue; }
    const mine = small(bitmap);
    const other = k > 0 ? k - 1 : k + 1;
    rows.push({ k, same: apart(mine, await served(k)), next: apart(mine, await served(other)) });
  }
  return { decoder: desk.frames.decoder(), rows };
}`;

let failures = 0;
const studio = await openStudio({ url, shots: join(home, "shots") });
// With the server's pictures out of reach, what the page shows is its own decoder's; the comparison asks for PNG.
await studio.page.route(
  (address) => /\/frames\/\d+$/.test(address.pathname) && !address.searchParams.has("format"),
  (route) => route.abort(),
);
try {
  const projects = (await (await fetch(`${url}/api/projects`)).json()) as { id: string }[];
  const project = projects[0]!.id;
  for (const path of clips) {
    const clip = basename(path);
    await upload(project, path);
    const video = await playableVideo(project, clip);
    if (!video) continue;
    await studio.page.goto(`${url}/p/${project}/v/${video.id}`);
    await studio.until("desk.frames.decoder() === 'webcodecs'", 60_000).catch(() => {});
    const random = Array.from({ length: RANDOM_FRAMES }, () =>
      Math.floor(Math.random() * video.frames),
    );
    const frames = [0, video.frames - 1, ...random];
    const { decoder, rows } = (await studio.page.evaluate(
      `(${COMPARE})(${JSON.stringify(frames)})`,
    )) as {
      decoder: string;
      rows: { k: number; same: number; next: number }[];
    };
    // Another frame is told by the picture being nearer to its neighbour; still scenes differ by noise alone.
    const wrong = rows.filter(({ same, next }) => same > APART_MAX || same > next + 0.1);
    const different = await unlikeEngine(path, video, frames);
    if (wrong.length + different.length > 0 || decoder !== "webcodecs") failures++;
    const worst = Math.max(...rows.map((row) => row.same)).toFixed(2);
    const said = wrong.length > 0 ? ` ${JSON.stringify(wrong.slice(0, 4))}` : "";
    console.log(
      `${wrong.length + different.length === 0 ? "ok  " : "FAIL"}  ${clip}: ${video.frames} frames, ${video.media}, ${decoder}, browser apart at most ${worst}${said}, engine unlike on ${different.length}`,
    );
  }
} finally {
  await studio.close();
  server.kill("SIGTERM");
  await new Promise((done) => server.once("exit", done));
  rmSync(home, { recursive: true, force: true });
}
process.exit(failures === 0 ? 0 : 1);

interface ImportedVideo {
  readonly id: string;
  readonly name: string;
  readonly state: string;
  readonly frames: number;
  readonly digest: string;
  readonly media: string;
  readonly problem: string | null;
}

/** Sends a file as the studio does, in one piece. */
async function upload(project: string, path: string): Promise<void> {
  const bytes = readFileSync(path);
  const encoded = (text: string) => Buffer.from(text).toString("base64");
  const tus = { "tus-resumable": "1.0.0" };
  const created = await fetch(`${url}/api/uploads`, {
    method: "POST",
    headers: {
      ...{ ...tus, "upload-length": String(bytes.length) },
      "upload-metadata": `filename ${encoded(basename(path))},project ${encoded(project)},purpose ${encoded("video")}`,
    },
  });
  const to = new URL(created.headers.get("location")!, `${url}/api/uploads`);
  await fetch(to, {
    method: "PATCH",
    body: bytes,
    headers: {
      ...{ ...tus, "upload-offset": "0" },
      "content-type": "application/offset+octet-stream",
    },
  });
}

/** The imported clip when browsers can play it: by itself, or by its copy. */
async function playableVideo(project: string, name: string): Promise<ImportedVideo | null> {
  const PATIENCE_S = 400;
  const fail = (why: string | null) => {
    console.log(`FAIL  ${name}: ${why}`);
    failures++;
    return null;
  };
  for (let waited = 0; waited < 4 * PATIENCE_S; waited++) {
    const reply = await fetch(`${url}/api/projects/${project}/videos`);
    const videos = (await reply.json()) as ImportedVideo[];
    const found = videos.find((video) => video.name === name);
    if (found?.state === "ready" && found.media !== "frames") return found;
    if (found?.state === "failed") return fail(found.problem);
    await new Promise((done) => setTimeout(done, 250));
  }
  return fail(`not playable after ${PATIENCE_S} s`);
}

/** Frames that the engine's two ways of reading (clicks, tracking) give other bytes for than the server serves. */
async function unlikeEngine(
  path: string,
  { id, digest }: ImportedVideo,
  frames: readonly number[],
): Promise<number[]> {
  const clip = await openClip(path, { scans: join(home, "scans") });
  const different: number[] = [];
  try {
    if (clip.table.digest !== digest) return [...frames];
    const passed = clip.frames(frames)[Symbol.asyncIterator]();
    for (const k of frames) {
      const picture = await fetch(
        `${url}/api/videos/${id}/frames/${k}?format=png&digest=${digest}`,
      );
      const served = await sharp(Buffer.from(await picture.arrayBuffer()))
        .raw()
        .toBuffer();
      const clicked = await clip.frame(k);
      const tracked = (await passed.next()).value;
      const same = served.equals(clicked.rgb) && tracked?.index === k && served.equals(tracked.rgb);
      if (!same) different.push(k);
    }
    return different;
  } finally {
    await clip.close();
  }
}
