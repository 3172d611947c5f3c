// A whole labelling without a mouse, in a real Chromium on the real server with its sample clip and embedded model.
// `node apps/studio/test/e2e/keyboard.ts [shots]` — exit 0 when every step held.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { documentFromJson, stateAt } from "@masklet/annotation";
import { area, frameIndex, rleString } from "@masklet/vision";
import { openStudio } from "./browser.ts";
import { startServer } from "./real-server.ts";
import { entriesOf } from "./zip.ts";

const shots = process.argv[2] ?? resolve(import.meta.dirname, "../../../../screenshots/keyboard");
const home = mkdtempSync(join(tmpdir(), "masklet-keyboard-"));
const TRACKING_MS = 600_000;
/** The ball of the sample on frame 0, and the frames tracked: up to the one before the cut, which ends in doubt. */
const BALL = { x: 92, y: 226 };
const LAST = 83;
const CORRECTED = 40;

const server = await startServer(home);
const studio = await openStudio({ url: server.url, shots });
const { page } = studio;
const { keyboard } = page;

/** Presses keys one after another: `Control+ArrowLeft*4` presses four times. */
async function press(...keys: readonly string[]): Promise<void> {
  for (const key of keys) {
    const [chord, times = "1"] = key.split("*");
    for (let i = 0; i < Number(times); i++) await keyboard.press(chord!);
  }
}

/** Presses a key until what has the focus bears this name. */
async function focusOn(name: RegExp, key = "Tab"): Promise<void> {
  for (let i = 0; i < 80; i++) {
    const here = await page.evaluate(() => {
      const one = document.activeElement;
      return one?.getAttribute("aria-label") || one?.textContent || "";
    });
    if (name.test(here)) return;
    await keyboard.press(key);
  }
  throw new Error(`The keyboard does not reach ${name}.`);
}

/** Brings the cross to a pixel of the picture, from wherever it is. */
async function crossTo({ x, y }: { x: number; y: number }): Promise<void> {
  await keyboard.press("ArrowRight");
  for (const [axis, wanted, less, more] of [
    ["x", x, "ArrowLeft", "ArrowRight"],
    ["y", y, "ArrowUp", "ArrowDown"],
  ] as const) {
    let left = Math.round(wanted - (await studio.see<number>(`view.keyCursor.${axis}`)));
    for (const [by, modifier] of [
      [50, "Control+"],
      [10, ""],
      [1, "Shift+"],
    ] as const) {
      const times = Math.trunc(left / by);
      if (times !== 0) await press(`${modifier}${times < 0 ? less : more}*${Math.abs(times)}`);
      left -= times * by;
    }
  }
}

async function goTo(frame: number): Promise<void> {
  await press("j");
  await keyboard.type(String(frame));
  await press("Enter");
  await studio.until(`view.shown === ${frame}`);
}

async function trackedThrough(): Promise<void> {
  await studio.until("view.jobs.length > 0");
  for (;;) {
    await studio.until("view.jobs.length === 0 || view.card?.kind === 'cut'", TRACKING_MS);
    if ((await studio.see<number>("view.jobs.length")) === 0) return;
    await press("Enter");
    await studio.until("view.card?.kind !== 'cut'");
  }
}

const settled = () => studio.until("view.asking === null && session.waiting === 0");

async function trackOf(video: string, id: number) {
  const reply = (await (await fetch(`${server.url}/api/videos/${video}/document`)).json()) as {
    document: unknown;
  };
  const track = documentFromJson(reply.document).tracks.get(id as never);
  assert.ok(track, `object ${id} is on the server`);
  return track;
}

function maskOn(track: Awaited<ReturnType<typeof trackOf>>, frame: number) {
  const state = stateAt(track.states, frameIndex(frame));
  assert.ok(state?.presence === "visible" && state.shape.kind === "mask", `a mask on ${frame}`);
  return { mask: state.shape.mask, state };
}

try {
  // Whatever would move or press a mouse ends the proof.
  for (const deed of ["click", "move", "down", "up", "wheel"] as const)
    page.mouse[deed] = () => Promise.reject(new Error("A mouse was used."));

  // A video is chosen from the project's list.
  await studio.until("view.shown !== null", TRACKING_MS);
  const project = await studio.see<string>("desk.project.id");
  const name = await studio.see<string>("desk.video.name");
  const video = await studio.see<string>("desk.video.id");
  await page.goto(`${server.url}/p/${project}`);
  await page.getByText(name).first().waitFor();
  await focusOn(new RegExp(`^${name}$`));
  await press("Enter");
  await studio.until("view.shown !== null");
  console.log("A video is open.");

  // A new object by the cross; its name.
  await crossTo(BALL);
  await studio.shot("01-cross");
  await press("Enter");
  await studio.until("session.document.tracks.size === 1");
  await settled();
  const first = area(maskOn(await trackOf(video, 1), 0).mask);
  assert.ok(first > 2000 && first < 20_000, `the ball is ${first} pixels`);
  await press("F2");
  await keyboard.type("Ball");
  await press("Enter");
  await studio.until("session.document.tracks.get(1).info.name === 'Ball'");
  // A second point, taken in hand, moved and removed.
  await press("ArrowRight", "ArrowRight", "Enter");
  await settled();
  assert.equal(maskOn(await trackOf(video, 1), 0).state.prompts?.points.length, 2);
  await press("ArrowLeft", "ArrowRight", "Alt+ArrowUp");
  await settled();
  await press("ArrowRight", "ArrowLeft", "Delete");
  await settled();
  assert.equal(maskOn(await trackOf(video, 1), 0).state.prompts?.points.length, 1);
  await studio.shot("02-object");
  console.log("An object is clicked, named, and its prompts are edited.");

  // Tracking within a range that ends before the cut.
  await press("BracketLeft");
  await goTo(LAST);
  await press("BracketRight", "Home", "t");
  await trackedThrough();
  await studio.shot("03-tracked");

  // To the doubt, and the correction there.
  await studio.until("view.doubts.length > 0", 30_000);
  await press("w");
  await studio.until("view.card?.kind === 'doubt'");
  await studio.shot("04-doubt");
  await press("y");
  await goTo(CORRECTED);
  await press("b", "Period*4", "ArrowUp", "Enter");
  await settled();
  const corrected = maskOn(await trackOf(video, 1), CORRECTED);
  assert.equal(corrected.state.provenance.by, "person", "the brush worked");
  await press("s", "t");
  await trackedThrough();
  assert.equal(
    rleString(maskOn(await trackOf(video, 1), CORRECTED).mask),
    rleString(corrected.mask),
    "the corrected frame is untouched",
  );
  console.log("Tracked, doubted, corrected, tracked again.");

  // Key frames: on, walked to, off.
  await goTo(20);
  await press("k");
  await settled();
  assert.ok((await trackOf(video, 1)).states.get(frameIndex(20))?.key, "frame 20 is a key frame");
  await press("Home", "r");
  await studio.until("view.shown === 20");
  await press("Control+z");
  await settled();
  assert.ok(!(await trackOf(video, 1)).states.get(frameIndex(20))?.key, "and no longer");

  // A box with three key frames, and a polygon.
  await press("Home", "n", "g");
  for (const [frame, shift] of [
    [0, 0],
    [6, 40],
    [12, 20],
  ] as const) {
    await goTo(frame);
    await crossTo({ x: 300 + shift, y: 60 });
    await press("Enter", "Control+ArrowRight", "Control+ArrowDown");
    if (frame === 0) await studio.shot("05-box");
    await press("Enter");
    await settled();
  }
  const box = await trackOf(video, 2);
  assert.equal([...box.states.values()].filter((state) => state.key).length, 3);
  assert.equal(stateAt(box.states, frameIndex(3))?.provenance.by, "interpolated");
  await press("Home", "n", "p");
  await crossTo({ x: 420, y: 240 });
  await press("Enter", "Control+ArrowRight", "Enter", "Control+ArrowDown", "Enter", "Enter");
  await settled();
  const polygon = area(maskOn(await trackOf(video, 3), 0).mask);
  assert.ok(polygon > 900 && polygon < 1600, `the triangle is ${polygon} pixels`);
  await studio.shot("06-polygon");
  console.log("Key frames, boxes and polygons.");

  // Going round the regions reaches the lanes; the arrows walk the objects there.
  await focusOn(/^Object 3|Ball|Object 2/, "F6");
  await press("ArrowUp");
  await studio.until("view.selected === 2");
  await studio.shot("07-lanes");
  await focusOn(/^Picture/, "F6");

  // Export, from the list of formats to the file.
  await press("Shift+e");
  await page.locator(".export-formats [aria-pressed=true]").waitFor();
  await focusOn(/^COCO \(RLE\)/, "ArrowDown");
  await page.locator(".export-report [aria-busy]").waitFor({ state: "detached" });
  await studio.shot("08-export");
  await focusOn(/^Download/);
  const [download] = await Promise.all([
    page.waitForEvent("download", { timeout: 120_000 }),
    press("Enter"),
  ]);
  const files = entriesOf(readFileSync((await download.path())!));
  assert.ok(
    [...files.keys()].some((file) => file.endsWith(".json")),
    "the file holds the labels",
  );
  assert.deepEqual(studio.errors, [], "nothing went wrong in the page");
  console.log("Labelled from the list of videos to the export without a mouse.");
} catch (error) {
  await studio.shot("failed");
  throw error;
} finally {
  await studio.close();
  await server.stop();
  rmSync(home, { recursive: true, force: true });
}
