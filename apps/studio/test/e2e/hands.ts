// How the stage feels under the hand: events of the pointer to the next painted frame, previews, strokes and their undo.
// `node apps/studio/test/e2e/hands.ts CLIP`: prints figures, no verdict.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openStudio } from "./browser.ts";
import { importedVideo, startServer } from "./real-server.ts";

const clip = process.argv[2] ?? "";
const home = mkdtempSync(join(tmpdir(), "masklet-hands-"));

/** In the page: how long each event of the pointer kept the page busy until the next frame was drawn. */
const LISTEN = `(() => {
  globalThis.events = [];
  addEventListener("pointermove", (event) => {
    const start = performance.now();
    requestAnimationFrame(() => setTimeout(() =>
      globalThis.events.push({ late: start - event.timeStamp, busy: performance.now() - start }), 0));
  }, { capture: true });
  globalThis.work = [];
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) globalThis.work.push(entry.duration);
  }).observe({ type: "longtask" });
})()`;

function tell(name: string, values: readonly number[]): void {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number) => (sorted[Math.floor((sorted.length - 1) * share)] ?? 0).toFixed(1);
  console.log(
    `${name}: median ${at(0.5)} ms, p95 ${at(0.95)} ms, most ${at(1)} ms, n ${sorted.length}`,
  );
}

const server = await startServer(home);
const studio = await openStudio({ url: server.url, shots: join(home, "shots") });
try {
  await studio.until("view.shown !== null", 300_000);
  const { page } = studio;
  const project = await studio.see<string>("desk.project.id");
  await page.goto(`${server.url}/p/${project}`);
  const video = await importedVideo(server.url, project, () =>
    page.locator("input[type=file]").setInputFiles(clip),
  );
  await page.goto(`${server.url}/p/${project}/v/${video.id}`);
  await studio.until("view.shown !== null && view.encoded.has(0)", 60_000);
  await page.evaluate(LISTEN);
  const [width, height] = await studio.see<[number, number]>("[desk.size.width, desk.size.height]");
  console.log(`${width} × ${height}`);
  const taken = async () =>
    (await page.evaluate("globalThis.events.splice(0)")) as { late: number; busy: number }[];
  const longTasks = async () => (await page.evaluate("globalThis.work.splice(0)")) as number[];

  const walk = async (steps: number, turn = 1) => {
    for (let i = 0; i < steps; i++) {
      const angle = (i / steps) * Math.PI * 2 * turn;
      const place = await studio.at(
        width * (0.5 + 0.25 * Math.cos(angle)),
        height * (0.5 + 0.25 * Math.sin(angle)),
      );
      await page.mouse.move(place.x, place.y);
    }
  };

  await walk(80);
  tell(
    "moving over the picture, an event to the next frame",
    (await taken()).map(({ busy }) => busy),
  );

  const previews: number[] = [];
  for (let i = 0; i < 12; i++) {
    const place = await studio.at(width * (0.3 + 0.035 * i), height * 0.5);
    await page.mouse.move(place.x, place.y);
    previews.push(
      (await page.evaluate(`new Promise((done) => {
        const start = performance.now();
        const stop = globalThis.masklet.desk.view.subscribe((now) => {
          if (!now.preview) return;
          stop();
          requestAnimationFrame(() => setTimeout(() => done(performance.now() - start), 0));
        });
        setTimeout(() => { stop(); done(-1); }, 3000);
      })`)) as number,
    );
  }
  tell(
    "pointer at rest to the preview (60 ms of rest included)",
    previews.filter((one) => one > 0),
  );
  await taken();
  await longTasks();

  await page.keyboard.press("b");
  await page.evaluate("globalThis.masklet.desk.view.setState({ brush: 60 })");
  const start = await studio.at(width * 0.75, height * 0.5);
  await page.mouse.move(start.x, start.y);
  await page.mouse.down();
  await walk(200, 2);
  tell(
    "brush of 60 px, an event to the next frame",
    (await taken()).map(({ busy }) => busy),
  );
  const strokes: number[] = [];
  const ended = (deed: string) =>
    page.evaluate(`new Promise((done) => {
      const start = performance.now();
      ${deed};
      requestAnimationFrame(() => setTimeout(() => done(performance.now() - start), 0));
    })`) as Promise<number>;
  await page.mouse.up();
  await studio.until("session.document.tracks.size === 1 && session.waiting === 0");
  console.log(
    "long tasks at the stroke's end:",
    (await longTasks()).map(Math.round).join(" ") || "none",
  );
  await taken();
  for (let i = 0; i < 6; i++) {
    strokes.push(await ended("globalThis.masklet.desk.undo()"));
    await page.waitForTimeout(250);
    strokes.push(await ended("globalThis.masklet.desk.redo()"));
    await page.waitForTimeout(250);
  }
  tell("undo and redo of the stroke to the next frame", strokes);

  await page.keyboard.press("Escape");
  await page.keyboard.press("p");
  await page.evaluate(`(() => {
    const points = Array.from({ length: 500 }, (_, i) => {
      const angle = (i / 500) * Math.PI * 2, r = ${height} * (0.3 + 0.05 * Math.sin(angle * 23));
      return { x: ${width} / 2 + r * Math.cos(angle), y: ${height} / 2 + r * Math.sin(angle) };
    });
    globalThis.masklet.desk.view.setState({ drawing: { kind: "polygon", points, to: null, cuts: false } });
  })()`);
  await taken();
  await walk(60);
  tell(
    "polygon of 500 points, an event to the next frame",
    (await taken()).map(({ busy }) => busy),
  );
  await longTasks();
  console.log(
    `closing it: ${Math.round(await ended("globalThis.masklet.desk.drawing.finishPolygon()"))} ms`,
  );
  if (process.argv[3]) await page.screenshot({ path: process.argv[3] });
  if (studio.errors.length > 0) console.log("errors in the page:", studio.errors);
} finally {
  await studio.close();
  await server.stop();
  rmSync(home, { recursive: true, force: true });
}
