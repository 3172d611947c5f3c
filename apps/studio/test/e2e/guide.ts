// Takes the screenshots of docs/guide: `node apps/studio/test/e2e/guide.ts [FOLDER]`, on the fake server's synthetic clip.
import { join, resolve } from "node:path";
import { startFake } from "../fake/server.ts";
import { openStudio, type Studio } from "./browser.ts";

const shots = process.argv[2] ?? resolve(import.meta.dirname, "../../../../docs/guide/pictures");
const dist = join(import.meta.dirname, "../../dist");
const size = { width: 1366, height: 768 };

async function withStudio(
  sample: boolean,
  walk: (studio: Studio, url: string) => Promise<void>,
): Promise<void> {
  const fake = await startFake({ port: 0, dist, sample, clickMs: 20, frameMs: 2 });
  const studio = await openStudio({ url: fake.url, shots, size });
  try {
    await studio.until("view.shown !== null");
    await walk(studio, fake.url);
    if (studio.errors.length > 0) throw new Error(studio.errors.join("\n"));
  } finally {
    await studio.close();
    await fake.close();
  }
}

async function trackThrough(studio: Studio): Promise<void> {
  await studio.page.keyboard.press("t");
  await studio.until("view.card?.kind === 'cut'");
  await studio.page.waitForTimeout(400);
}

/** Tracks and goes on over every cut until nothing runs. */
async function trackToTheEnd(studio: Studio): Promise<void> {
  await studio.page.keyboard.press("t");
  await studio.until("view.jobs.length > 0");
  for (;;) {
    await studio.until("view.jobs.length === 0 || view.card?.kind === 'cut'");
    if ((await studio.see<number>("view.jobs.length")) === 0) return;
    await studio.page.keyboard.press("Enter");
    await studio.until("view.card?.kind !== 'cut'");
  }
}

await withStudio(true, async (studio) => {
  await studio.page.waitForTimeout(500);
  await studio.shot("first-run");
  const place = await studio.at(125, 180);
  await studio.page.mouse.move(place.x, place.y);
  await studio.until("view.preview !== null");
  await studio.shot("preview");
  await studio.click(125, 180);
  await studio.until("session.document.tracks.size === 1 && view.asking === null");
  await studio.page.mouse.move(place.x + 300, place.y + 220);
  await studio.page.waitForTimeout(400);
  await studio.shot("first-mask");
  await trackThrough(studio);
  await studio.shot("tracking-cut");
  await studio.page.keyboard.press("Enter");
  await studio.until("view.jobs.length === 0 && view.doubts.length > 0");
  await studio.page.waitForTimeout(400);
  await studio.shot("tracked");
});

await withStudio(false, async (studio, url) => {
  const { page } = studio;
  await studio.click(125, 180);
  await studio.until("session.document.tracks.size === 1 && view.asking === null");
  await studio.click(520, 250, { keys: ["Shift"] });
  await studio.until("session.document.tracks.size === 2 && view.asking === null");
  await page.keyboard.press("Escape");
  await trackToTheEnd(studio);
  await studio.until("view.doubts.length > 0");
  await page.evaluate(
    "globalThis.masklet.desk.doubting.open(globalThis.masklet.desk.view.getState().doubts[0])",
  );
  await page.waitForTimeout(700);
  await studio.shot("doubt");
  await page.evaluate(
    "globalThis.masklet.desk.playback.go(100); globalThis.masklet.desk.objects.select(1); globalThis.masklet.perform('view.fit')",
  );
  await studio.until("view.shown === 100");
  await studio.click(285, 175);
  await studio.until("view.asking === null && session.waiting === 0");
  await page.waitForTimeout(400);
  await studio.shot("corrected");
  await trackToTheEnd(studio);
  await page.evaluate(
    "globalThis.masklet.desk.tracking.compare(globalThis.masklet.desk.view.getState().runs[0].id)",
  );
  await studio.until("view.comparison !== null");
  await page.evaluate("globalThis.masklet.desk.playback.go(147)");
  await page.waitForTimeout(400);
  await studio.shot("compare");
  await page.keyboard.press("Enter");
  await page.keyboard.press("Shift+Slash");
  await page.waitForTimeout(400);
  await studio.shot("keys");
  await page.keyboard.press("Escape");
  await page.keyboard.press("Control+k");
  await page.keyboard.type("split");
  await page.waitForTimeout(300);
  await studio.shot("palette");
  await page.keyboard.press("Escape");
  await page.evaluate("globalThis.masklet.perform('export')");
  await page.locator(".export-report [aria-busy]").waitFor({ state: "detached" });
  await page.waitForTimeout(700);
  await studio.shot("export");
  await page.goto(`${url}/p/sample`);
  await page.waitForTimeout(800);
  await studio.shot("project");
});
console.log(`Screenshots are in ${shots}.`);
process.exit(0);
