// The whole way in a real Chromium on the real server: import, click, track, correct, boxes, undo, reload, export.
// `node apps/studio/test/e2e/journey.ts [shots]` — exit 0 when every step held. Needs Chromium; builds nothing.
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { documentFromJson, stateAt } from "@masklet/annotation";
import { area, frameIndex, iou, type Mask, maskFromRleString, rleString } from "@masklet/vision";
import { openStudio, type Studio } from "./browser.ts";
import { startServer } from "./real-server.ts";
import { entriesOf } from "./zip.ts";

const house = resolve(import.meta.dirname, "../../../..");
const shots = process.argv[2] ?? join(house, "screenshots");
const clip = resolve(house, "../shared/data/videos/bottles_conveyor_h264.mp4");
const home = mkdtempSync(join(tmpdir(), "masklet-journey-"));
const timings: Record<string, number> = {};

async function timed<T>(name: string, deed: () => Promise<T>): Promise<T> {
  const start = performance.now();
  const result = await deed();
  timings[name] = Math.round(performance.now() - start);
  console.log(`${name}: ${timings[name]} ms`);
  return result;
}

/** The document as the API gives it. */
async function documentOf(url: string, video: string) {
  const reply = (await (await fetch(`${url}/api/videos/${video}/document`)).json()) as {
    document: unknown;
  };
  return documentFromJson(reply.document);
}

function maskAt(
  document: Awaited<ReturnType<typeof documentOf>>,
  track: number,
  frame: number,
): Mask {
  const states = document.tracks.get(track as never)?.states;
  const state = states && stateAt(states, frameIndex(frame));
  assert.ok(state?.presence === "visible", `track ${track} is visible on ${frame}`);
  assert.ok(state.shape.kind === "mask", `track ${track} has a mask on ${frame}`);
  return state.shape.mask;
}

/** Waits until no tracking job is left, going on over cuts. */
async function trackedThrough(studio: Studio): Promise<void> {
  for (;;) {
    await studio.until("view.jobs.length === 0 || view.card?.kind === 'cut'", 600_000);
    if ((await studio.see<number>("view.jobs.length")) === 0) return;
    await studio.page.keyboard.press("Enter");
    await studio.until("view.card?.kind !== 'cut'");
  }
}

async function importClip(studio: Studio, url: string): Promise<string> {
  const { page } = studio;
  const project = await studio.see<string>("desk.project.id");
  await page.goto(`${url}/p/${project}`);
  const before = new Set(
    ((await (await fetch(`${url}/api/projects/${project}/videos`)).json()) as { id: string }[]).map(
      ({ id }) => id,
    ),
  );
  await page.locator("input[type=file]").setInputFiles(clip);
  await page.getByText("bottles_conveyor_h264").first().waitFor();
  for (;;) {
    const videos = (await (await fetch(`${url}/api/projects/${project}/videos`)).json()) as {
      id: string;
      state: string;
      problem: string | null;
    }[];
    const added = videos.find((video) => !before.has(video.id));
    assert.notEqual(added?.state, "failed", added?.problem ?? "");
    if (added?.state === "ready") {
      await studio.shot("02-imported");
      return `${url}/p/${project}/v/${added.id}`;
    }
    await page.waitForTimeout(200);
  }
}

async function downloadOf(studio: Studio, format: RegExp): Promise<Map<string, Buffer>> {
  const { page } = studio;
  await page.getByRole("button", { name: "Export", exact: true }).click();
  await page.getByRole("button", { name: format }).first().click();
  await page.locator(".export-report [aria-busy]").waitFor({ state: "detached" });
  await studio.shot(`10-export-${format.source.replace(/\W+/g, "")}`);
  const [download] = await Promise.all([
    page.waitForEvent("download", { timeout: 120_000 }),
    page.getByRole("button", { name: /^Download/ }).click(),
  ]);
  await page.locator(".export-dialog").waitFor({ state: "detached" });
  return entriesOf(readFileSync((await download.path())!));
}

const server = await startServer(home);
let studio: Studio | null = null;
try {
  studio = await timed("open to picture", async () => {
    const opened = await openStudio({ url: server.url, shots });
    await opened.until("view.shown !== null", 300_000);
    return opened;
  });
  await studio.shot("01-first-run");
  const { page } = studio;
  if (existsSync(clip)) {
    await page.goto(await timed("import", () => importClip(studio!, server.url)));
    await studio.until("view.shown !== null");
  } else console.log("The shared clips are absent: the sample is used.");
  const video = await studio.see<string>("desk.video.id");
  const [width, height] = await studio.see<[number, number]>("[desk.size.width, desk.size.height]");
  const last = await studio.see<number>("desk.video.frames - 1");
  const end = Math.min(last, 12);

  // Two objects: one by clicks, one by a box.
  await timed("first click to mask", async () => {
    await studio!.click(width * 0.5, height * 0.55);
    await studio!.until("session.document.tracks.size === 1 && view.asking === null");
  });
  await timed("second click to mask", async () => {
    const before = await studio!.see<number>("session.revision");
    await studio!.click(width * 0.5, height * 0.45);
    await studio!.until(
      `session.revision > ${before} && view.asking === null && session.waiting === 0`,
    );
  });
  await page.keyboard.press("n");
  await studio.drag([width * 0.18, height * 0.3], [width * 0.34, height * 0.75]);
  await studio.until("session.document.tracks.size === 2 && view.asking === null");
  await studio.shot("03-two-objects");

  // Track both ways from the middle of a short range; both objects.
  await page.evaluate(`globalThis.masklet.desk.view.setState({ range: { from: 0, to: ${end} } })`);
  await page.keyboard.press("Escape");
  await timed("track", async () => {
    await page.keyboard.press("t");
    await studio!.until("view.jobs.length > 0");
    await trackedThrough(studio!);
  });
  await studio.shot("04-tracked");
  const tracked = await documentOf(server.url, video);
  assert.equal(tracked.tracks.size, 2);
  for (const { states } of tracked.tracks.values())
    assert.ok(states.size > end * 0.8, `a track has ${states.size} states of ${end + 1}`);

  // Correct the first object on a later frame by hand and by the model, then re-track.
  const corrected = Math.round(end * 0.6);
  await page.evaluate(
    `globalThis.masklet.desk.objects.select(1); globalThis.masklet.desk.playback.go(${corrected})`,
  );
  await studio.until(`view.shown === ${corrected}`);
  await page.keyboard.press("b");
  await studio.drag([width * 0.55, height * 0.4], [width * 0.62, height * 0.5]);
  await studio.until("session.waiting === 0");
  const pinned = maskAt(await documentOf(server.url, video), 1, corrected);
  await studio.shot("05-corrected");
  await page.keyboard.press("s");
  await timed("re-track", async () => {
    await page.keyboard.press("t");
    await studio!.until("view.jobs.length > 0");
    await trackedThrough(studio!);
  });
  const again = await documentOf(server.url, video);
  assert.equal(
    rleString(maskAt(again, 1, corrected)),
    rleString(pinned),
    "the corrected frame is untouched",
  );
  await studio.shot("06-retracked");

  // A box track with three key frames; the in-betweens follow.
  await page.keyboard.press("Escape");
  await page.keyboard.press("Escape");
  await page.evaluate("globalThis.masklet.desk.objects.select(null)");
  await page.keyboard.press("g");
  for (const [frame, shift] of [
    [0, 0],
    [4, 0.1],
    [8, 0.05],
  ] as const) {
    await page.evaluate(`globalThis.masklet.desk.playback.go(${frame})`);
    await studio.until(`view.shown === ${frame}`);
    // The press lies outside of the box as it stands, so that a new one is drawn.
    await studio.drag(
      [width * (0.7 + shift), height * 0.05],
      [width * (0.8 + shift), height * 0.2],
    );
    await page.waitForTimeout(150);
  }
  await studio.until("session.waiting === 0");
  const boxed = (await documentOf(server.url, video)).tracks.get(3 as never);
  assert.ok(boxed, "the box track is there");
  assert.ok(
    [...boxed.states.values()].filter((state) => state.key).length >= 3,
    "three key frames",
  );
  const between = stateAt(boxed.states, frameIndex(2));
  assert.equal(between?.provenance.by, "interpolated");
  await page.evaluate("globalThis.masklet.desk.playback.go(2)");
  await studio.until("view.shown === 2");
  await studio.shot("07-boxes");

  // Undo and redo; a reload keeps both the work and the undo.
  const revision = await studio.see<number>("session.document.tracks.get(3).states.size");
  await page.keyboard.press("Control+z");
  await studio.until(`session.document.tracks.get(3).states.size === ${revision - 1}`);
  await page.keyboard.press("Control+Shift+z");
  await studio.until(
    `session.document.tracks.get(3).states.size === ${revision} && session.waiting === 0`,
  );
  await page.reload();
  await studio.until("view.shown !== null && session.document.tracks.size === 3");
  await page.keyboard.press("Control+z");
  await studio.until(`session.document.tracks.get(3).states.size === ${revision - 1}`);
  await page.keyboard.press("Control+Shift+z");
  await studio.until("session.waiting === 0");
  await studio.shot("08-reloaded");

  // Export three formats; their masks are the API's.
  const document = await documentOf(server.url, video);
  const davis = await downloadOf(studio, /^DAVIS/);
  assert.ok(
    [...davis.keys()].some((name) => name.endsWith(".png")),
    "DAVIS holds pictures",
  );
  for (const format of [/^YouTube-VIS/, /^COCO \(RLE\)/]) {
    const files = await downloadOf(studio, format);
    compareRle(files, document);
  }
  assert.deepEqual(studio.errors, [], "nothing went wrong in the page");
  console.log("The journey held.");
} finally {
  await studio?.close();
  await server.stop();
  rmSync(home, { recursive: true, force: true });
}

/** Every mask of track 1 in the document stands in the file, pixel for pixel. */
function compareRle(
  files: Map<string, Buffer>,
  document: Awaited<ReturnType<typeof documentOf>>,
): void {
  const json = [...files].filter(
    ([name]) => name.endsWith(".json") && !name.includes("report") && !name.startsWith("masklet/"),
  );
  const found: Mask[] = [];
  const walk = (value: unknown): void => {
    if (Array.isArray(value)) for (const one of value) walk(one);
    else if (value && typeof value === "object") {
      const { counts, size } = value as { counts?: unknown; size?: [number, number] };
      if (Array.isArray(size) && typeof counts === "string")
        found.push(maskFromRleString(counts, { height: size[0], width: size[1] }));
      else for (const one of Object.values(value)) walk(one);
    }
  };
  for (const [, bytes] of json) walk(JSON.parse(bytes.toString("utf8")));
  const states = document.tracks.get(1 as never)!.states;
  let compared = 0;
  for (const state of states.values()) {
    if (state.presence !== "visible" || state.shape.kind !== "mask") continue;
    const { mask } = state.shape;
    assert.ok(
      found.some((one) => area(one) === area(mask) && iou(one, mask) === 1),
      "a mask is missing in the export",
    );
    compared++;
  }
  assert.ok(compared > 3, `${compared} masks compared`);
}
