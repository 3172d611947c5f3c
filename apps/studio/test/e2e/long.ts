// A long clip in the browser: opening, stepping, scrubbing, and whether the tab's memory stays flat.
// `node apps/studio/test/e2e/long.ts CLIP [STEPS [PLAYED_SECONDS [HOME]]]`: prints figures, no verdict. HOME stays, and a
// clip of that name that it has already is not imported again.
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { openStudio } from "./browser.ts";
import { importedVideo, startServer, type WireVideo } from "./real-server.ts";

const clip = process.argv[2] ?? "";
const STEPS = Number(process.argv[3] ?? 2000);
const PLAYED_SECONDS = Number(process.argv[4] ?? 60);
const kept = process.argv[5];
const home = kept ?? mkdtempSync(join(tmpdir(), "masklet-long-"));
const MEGA = 1024 * 1024;

function tell(name: string, values: readonly number[]): void {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number) => Math.round(sorted[Math.floor((sorted.length - 1) * share)] ?? 0);
  console.log(
    `${name}: median ${at(0.5)} ms, p95 ${at(0.95)} ms, most ${at(1)} ms, n ${sorted.length}`,
  );
}

interface Running {
  readonly pid: number;
  readonly parent: number;
  readonly megabytes: number;
  readonly line: string;
}

/** What runs on this machine. */
function processes(): readonly Running[] {
  const rows = execFileSync("ps", ["-eo", "pid,ppid,rss,args"], { encoding: "utf8" }).split("\n");
  return rows.flatMap((row) => {
    const found = /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(.*)$/.exec(row);
    if (!found) return [];
    const [pid, parent, kilobytes] = found.slice(1, 4).map(Number) as [number, number, number];
    return [{ pid, parent, megabytes: Math.round(kilobytes / 1024), line: found[4]! }];
  });
}

/** Resident megabytes of the browser's largest page process, of the server, and of the processes it started. */
function resident(server: number): string {
  const all = processes();
  const pages = all.filter(({ line }) => line.includes("--type=renderer"));
  const page = Math.max(0, ...pages.map(({ megabytes }) => megabytes));
  const own = all.find(({ pid }) => pid === server)?.megabytes ?? 0;
  const helpers = all.filter(({ parent }) => parent === server).map(({ megabytes }) => megabytes);
  return `page process ${page} MB, server ${own} MB, its processes ${helpers.join(" + ")} MB`;
}

const server = await startServer(home);
const studio = await openStudio({ url: server.url, shots: join(home, "shots") });
try {
  const { page } = studio;
  const ask = async (path: string) =>
    (await (await fetch(`${server.url}/api${path}`)).json()) as never;
  const [{ id: project }] = (await ask("/projects")) as [{ id: string }];
  const imported = (await ask(`/projects/${project}/videos`)) as WireVideo[];
  const begun = performance.now();
  let video = imported.find(({ name, state }) => name === basename(clip) && state === "ready");
  if (!video) {
    await page.goto(`${server.url}/p/${project}`);
    video = await importedVideo(server.url, project, () =>
      page.locator("input[type=file]").setInputFiles(clip),
    );
    const seconds = Math.round((performance.now() - begun) / 1000);
    console.log(`import of ${video.frames} frames: ${seconds} s`);
  }
  const opened = performance.now();
  await page.goto(`${server.url}/p/${project}/v/${video.id}`);
  await page.waitForFunction("globalThis.masklet?.desk.view.getState().shown != null", undefined, {
    polling: 20,
  });
  console.log(`opened in ${Math.round(performance.now() - opened)} ms`);
  await studio.until("desk.frames.decoder() === 'webcodecs'", 60_000).catch(() => {});
  console.log(`decoder: ${await studio.see("desk.frames.decoder()")}`);

  /** Goes to frames one after another; how long each took until its picture was drawn. */
  const go = async (frames: readonly number[]) =>
    (await page.evaluate(`(async () => {
      const { desk } = globalThis.masklet;
      const took = [];
      for (const frame of ${JSON.stringify(frames)}) {
        const start = performance.now();
        desk.playback.go(frame);
        while (desk.view.getState().shown !== frame) await new Promise((r) => setTimeout(r, 2));
        await new Promise((r) => requestAnimationFrame(() => setTimeout(r, 0)));
        took.push(performance.now() - start);
      }
      return took;
    })()`)) as number[];
  const cdp = await page.context().newCDPSession(page);
  await cdp.send("Performance.enable");
  const memory = async (when: string) => {
    await cdp.send("HeapProfiler.collectGarbage");
    const { metrics } = await cdp.send("Performance.getMetrics");
    const of = (name: string) => metrics.find((one) => one.name === name)?.value ?? 0;
    console.log(
      `memory ${when}: heap ${(of("JSHeapUsedSize") / MEGA).toFixed(1)} MB, ` +
        `${resident(server.process.pid!)}, ` +
        `nodes ${of("Nodes")}, listeners ${of("JSEventListeners")}`,
    );
  };

  const middle = Math.floor(video.frames / 2);
  await go([middle]);
  await page.waitForTimeout(500);
  const run = (from: number, count: number) => Array.from({ length: count }, (_, i) => from + i);
  tell("stepping", await go(run(middle + 1, 60)));
  tell(
    "scrubbing to scattered frames",
    await go(run(0, 40).map((i) => Math.floor(((i * 0.618) % 1) * (video.frames - 1)))),
  );
  const scrub = (await page.evaluate(`(async () => {
    const { desk } = globalThis.masklet;
    const drawn = () => new Promise((r) => requestAnimationFrame(() => setTimeout(r, 0)));
    const gaps = [];
    let [seen, last] = [desk.view.getState().shown, performance.now()];
    for (let i = 0; i < 400; i++) {
      desk.playback.go(Math.round(${video.frames - 1} * (0.5 - 0.5 * Math.cos(i / 40))));
      await drawn();
      const { shown } = desk.view.getState();
      if (shown === seen) continue;
      gaps.push(performance.now() - last);
      [seen, last] = [shown, performance.now()];
    }
    return gaps;
  })()`)) as number[];
  tell("dragging over the whole clip, from one new picture to the next", scrub);
  await memory("before");
  const half = Math.floor(STEPS / 2);
  await go(run(100, half));
  await memory(`after ${half} steps`);
  tell("the other half of the steps", await go(run(100 + half, STEPS - half)));
  await memory(`after ${STEPS} steps`);
  await page.evaluate(`globalThis.masklet.desk.playback.go(0);
    globalThis.masklet.desk.playback.setSpeed(4); globalThis.masklet.desk.playback.toggle()`);
  await page.waitForTimeout((PLAYED_SECONDS * 1000) / 2);
  await memory(`halfway through playing`);
  await page.waitForTimeout((PLAYED_SECONDS * 1000) / 2);
  const at = await studio.see<number>("view.frame");
  await memory(`after ${PLAYED_SECONDS} s of playing at four times the speed, ${at} frames`);
  if (studio.errors.length > 0) console.log("errors in the page:", studio.errors);
} finally {
  await studio.close();
  await server.stop();
  if (!kept) rmSync(home, { recursive: true, force: true });
}
