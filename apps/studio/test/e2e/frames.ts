// Frame identity: the picture the browser shows at frame k is the one the server serves, for every clip of a folder.
// `node apps/studio/test/e2e/frames.ts [FOLDER [COUNT]]`: first, last and COUNT (20) random frames of each, by content.
import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { openStudio } from "./browser.ts";

const house = resolve(import.meta.dirname, "../../../..");
const folder = process.argv[2] ?? resolve(house, "../shared/data/videos");
const clips = readdirSync(folder).filter((name) => /\.(mp4|webm|mkv|mov|avi|ts)$/.test(name));
const home = mkdtempSync(join(tmpdir(), "masklet-frames-"));
const RANDOM_FRAMES = Number(process.argv[3] ?? 20);

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
  const served = async (k) => small(await createImageBitmap(await (await fetch("/api/videos/" + desk.video.id + "/frames/" + k + "?digest=" + encodeURIComponent(desk.video.digest))).blob()));
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
try {
  await studio.until("view.shown !== null");
  const project = await studio.see<string>("desk.project.id");
  for (const clip of clips) {
    await studio.page.goto(`${url}/p/${project}`);
    await studio.page.locator("input[type=file]").setInputFiles(join(folder, clip));
    const video = await readyVideo(project, clip);
    if (!video) continue;
    await studio.page.goto(`${url}/p/${project}/v/${video.id}`);
    await studio.until("view.shown !== null");
    // The browser's decoder takes over a moment later, or not at all.
    await studio.until("desk.frames.decoder() === 'webcodecs'", 15_000).catch(() => {});
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
    const wrong = rows.filter(({ same, next }) => same > 4 || same > next + 0.1);
    failures += wrong.length;
    const worst = Math.max(...rows.map((row) => row.same)).toFixed(2);
    console.log(
      `${wrong.length === 0 ? "ok  " : "FAIL"}  ${clip}: ${video.frames} frames, ${decoder}, apart at most ${worst}${wrong.length > 0 ? ` ${JSON.stringify(wrong.slice(0, 4))}` : ""}`,
    );
  }
} finally {
  await studio.close();
  server.kill("SIGTERM");
  await new Promise((done) => server.once("exit", done));
  rmSync(home, { recursive: true, force: true });
}
process.exit(failures === 0 ? 0 : 1);

async function readyVideo(
  project: string,
  name: string,
): Promise<{ id: string; frames: number } | null> {
  for (let tries = 0; tries < 600; tries++) {
    const videos = (await (await fetch(`${url}/api/projects/${project}/videos`)).json()) as {
      id: string;
      name: string;
      state: string;
      frames: number;
      problem: string | null;
    }[];
    const found = videos.find((video) => video.name.startsWith(name.replace(/\.\w+$/, "")));
    if (found?.state === "ready") return found;
    if (found?.state === "failed") {
      console.log(`FAIL  ${name}: ${found.problem}`);
      failures++;
      return null;
    }
    await new Promise((done) => setTimeout(done, 250));
  }
  console.log(`FAIL  ${name}: not ready after 150 s`);
  failures++;
  return null;
}
