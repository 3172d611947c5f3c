// Takes the pictures of docs/guide and of the README: `node apps/studio/test/e2e/guide.ts [FOLDER]`.
// The real server on a fresh home, its sample clip and the embedded model: run it again when the model's weights change.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { openStudio } from "./browser.ts";
import { startServer } from "./real-server.ts";

const shots = process.argv[2] ?? resolve(import.meta.dirname, "../../../../docs/guide/pictures");
const TRACKING_MS = 600_000;
const SETTLED_MS = 600;
/** Where the sample's objects are on frame 0. */
const BALL = [92, 226] as const;
const STAR = [532, 128] as const;
/** A frame of the first shot to correct. */
const CORRECTED = 52;

const home = mkdtempSync(join(tmpdir(), "masklet-guide-"));
const server = await startServer(home);
const studio = await openStudio({ url: server.url, shots, size: { width: 1366, height: 768 } });
const { page } = studio;

async function shot(name: string): Promise<void> {
  await page.waitForTimeout(SETTLED_MS);
  await studio.shot(name);
}

/** Goes on over every cut until nothing runs. */
async function goOnToTheEnd(): Promise<void> {
  for (;;) {
    await studio.until("view.jobs.length === 0 || view.card?.kind === 'cut'", TRACKING_MS);
    if ((await studio.see<number>("view.jobs.length")) === 0) return;
    await page.keyboard.press("Enter");
    await studio.until("view.card?.kind !== 'cut'");
  }
}

/** A frame near `wanted` that shows the first object, and the middle of its mask there; runs lie column by column. */
function seenNear(wanted: number): Promise<{ frame: number; middle: [number, number] }> {
  return studio.see(`(() => {
    const { states } = session.document.tracks.get(1);
    const shown = [...states].filter(([, one]) => one.presence === "visible" && !one.key);
    const [frame, { shape }] = shown.sort((a, b) => Math.abs(a[0] - ${wanted}) - Math.abs(b[0] - ${wanted}))[0];
    const { counts, size } = shape.mask;
    let [x, y, area, at] = [0, 0, 0, 0];
    counts.forEach((count, run) => {
      for (let i = at; run % 2 === 1 && i < at + count; i++) {
        x += Math.floor(i / size.height);
        y += i % size.height;
        area++;
      }
      at += count;
    });
    return { frame, middle: [x / area, y / area] };
  })()`);
}

async function firstMinute(): Promise<void> {
  await studio.until("view.shown !== null", TRACKING_MS);
  await shot("first-run");
  const place = await studio.at(...BALL);
  await page.mouse.move(place.x, place.y);
  await studio.until("view.preview !== null");
  await shot("preview");
  await studio.click(...BALL);
  await studio.until("session.document.tracks.size === 1 && view.asking === null");
  // Off the picture: over it the pointer would preview the next click.
  await page.mouse.move(place.x, 760);
  await shot("first-mask");
  await page.keyboard.press("Escape");
  await studio.click(...STAR);
  await studio.until("session.document.tracks.size === 2 && view.asking === null");
  await page.keyboard.press("Escape");
  await page.keyboard.press("t");
  await studio.until("view.jobs.some((job) => job.done > 40)", TRACKING_MS);
  await shot("tracking");
  await studio.until("view.card?.kind === 'cut'", TRACKING_MS);
  await shot("tracking-cut");
  await goOnToTheEnd();
  await shot("tracked");
}

async function correcting(): Promise<void> {
  await studio.until("view.doubts.length > 0", 30_000);
  await page.evaluate(
    "globalThis.masklet.desk.doubting.open(globalThis.masklet.desk.view.getState().doubts[0])",
  );
  await shot("doubt");
  await shot("studio");
  const { frame, middle } = await seenNear(CORRECTED);
  await page.evaluate(
    `globalThis.masklet.desk.playback.go(${frame}); globalThis.masklet.desk.objects.select(1); globalThis.masklet.perform('view.fit')`,
  );
  await studio.until(`view.shown === ${frame}`);
  await studio.click(...middle);
  await studio.until("view.asking === null && session.waiting === 0");
  await shot("corrected");
  await page.keyboard.press("t");
  await studio.until("view.jobs.length > 0", TRACKING_MS);
  await goOnToTheEnd();
  await studio.until("view.runs.length > 1", TRACKING_MS);
  await page.evaluate(
    "globalThis.masklet.desk.tracking.compare(globalThis.masklet.desk.view.getState().runs[0].id)",
  );
  await studio.until("view.comparison !== null");
  await shot("compare");
  await page.keyboard.press("Enter");
}

async function dialogs(): Promise<void> {
  await page.keyboard.press("Shift+Slash");
  await shot("keys");
  await page.keyboard.press("Escape");
  await page.keyboard.press("Control+k");
  await page.keyboard.type("split");
  await shot("palette");
  await page.keyboard.press("Escape");
  await page.evaluate("globalThis.masklet.perform('export')");
  await page.locator(".export-report [aria-busy]").waitFor({ state: "detached" });
  await shot("export");
  await page.keyboard.press("Escape");
}

async function pages(): Promise<void> {
  const project = new URL(page.url()).pathname.split("/").slice(0, 3).join("/");
  for (const [name, path] of [
    ["project", project],
    ["models", "/models"],
  ] as const) {
    await page.goto(server.url + path);
    await page.locator("h1").first().waitFor();
    await page.waitForTimeout(SETTLED_MS);
    await shot(name);
  }
}

try {
  await firstMinute();
  await correcting();
  await dialogs();
  await pages();
  if (studio.errors.length > 0) throw new Error(studio.errors.join("\n"));
  console.log(`Screenshots are in ${shots}.`);
} catch (error) {
  await studio.shot("failed");
  throw error;
} finally {
  await studio.close();
  await server.stop();
  rmSync(home, { recursive: true, force: true });
}
