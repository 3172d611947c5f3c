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
/** Their true sizes there, pixels; a mask of another size took too much or too little. */
const BALL_AREA = 7200;
const STAR_AREA = 5600;
/** Other places of an object to click, where the first gives no good mask. */
const AROUND = [
  [0, 0],
  [-16, -10],
  [16, 10],
  [0, 18],
  [-10, 16],
] as const;
/** The first frame of the sample's second shot. */
const FIRST_CUT = 84;

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

/** Pixels of an object's mask on a frame (that on screen, unless told); runs lie column by column, every second one is inside. */
const AREA = `(track, frame = view.shown) => {
  const state = session.document.tracks.get(track)?.states.get(frame);
  const counts = state?.shape?.mask?.counts ?? [];
  return counts.reduce((sum, count, run) => sum + (run % 2 === 1 ? count : 0), 0);
}`;

/** Clicks at one place after another until the mask has a size in bounds; the last try stays, and is told of. */
async function clickUntil(
  what: string,
  places: readonly (readonly [number, number])[],
  facts: { readonly track: number; readonly least: number; readonly most: number },
): Promise<void> {
  const { track, least, most } = facts;
  let area = 0;
  for (const [i, place] of places.entries()) {
    if (i > 0) {
      await page.keyboard.press("Control+z");
      await studio.until("session.waiting === 0");
    }
    const before = await studio.see<number>("session.history.done.length");
    await studio.click(...place);
    await studio.until(
      `view.asking === null && session.waiting === 0 && session.history.done.length > ${before}`,
    );
    area = await studio.see<number>(`(${AREA})(${track})`);
    if (area >= least && area <= most) return;
  }
  console.log(`LOOK AT ${what}: its mask has ${area} pixels, not ${least} to ${most}.`);
}

/** A frame before the ball passes behind the mug, where it is whole and the model least sure, and places inside its mask. */
function worthCorrecting(): Promise<{ frame: number; places: [number, number][] }> {
  return studio.see(`(() => {
    const { states } = session.document.tracks.get(1);
    const shown = [...states].filter(([frame, one]) =>
      frame > 8 && frame < ${FIRST_CUT / 2} && one.presence === "visible" && !one.key);
    const whole = shown.filter(([frame]) => {
      const area = (${AREA})(1, frame);
      return area > ${BALL_AREA * 0.7} && area < ${BALL_AREA * 1.5};
    });
    const [frame, { shape }] = (whole.length > 0 ? whole : shown).sort((a, b) => a[1].score - b[1].score)[0];
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
    const [mx, my] = [x / area, y / area];
    return { frame, places: [[0, 0], [-14, 0], [14, 0], [0, -14], [0, 14], [-20, -12], [20, 12]]
      .map(([dx, dy]) => [mx + dx, my + dy]) };
  })()`);
}

const around = ([x, y]: readonly [number, number]) =>
  AROUND.map(([dx, dy]) => [x + dx, y + dy] as const);

async function firstMinute(): Promise<void> {
  await studio.until("view.shown !== null", TRACKING_MS);
  await shot("first-run");
  const place = await studio.at(...BALL);
  await page.mouse.move(place.x, place.y);
  await studio.until("view.preview !== null");
  await shot("preview");
  await clickUntil("first-mask.png", around(BALL), {
    track: 1,
    least: BALL_AREA * 0.85,
    most: BALL_AREA * 1.2,
  });
  // Off the picture: over it the pointer would preview the next click.
  await page.mouse.move(place.x, 760);
  await shot("first-mask");
  await page.keyboard.press("Escape");
  await clickUntil("the star", around(STAR), {
    track: 2,
    least: STAR_AREA * 0.75,
    most: STAR_AREA * 1.4,
  });
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
  const { frame, places } = await worthCorrecting();
  await page.evaluate(
    `globalThis.masklet.desk.playback.go(${frame}); globalThis.masklet.desk.objects.select(1); globalThis.masklet.perform('view.fit')`,
  );
  await studio.until(`view.shown === ${frame}`);
  await clickUntil("corrected.png and compare.png", places, {
    track: 1,
    least: BALL_AREA * 0.7,
    most: BALL_AREA * 1.3,
  });
  // Off the picture, so that nothing is previewed.
  await page.mouse.move(700, 760);
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
