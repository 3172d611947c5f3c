// How the studio bears crowds: opening, stepping, scrolling and zooming the timeline. Prints figures, no verdict.
// `node apps/studio/test/e2e/dense.ts [TRACKS [FRAMES [EACH [SHOTS]]]]`: 200 tracks on all of 1,000 frames unless told
// otherwise; EACH is how many frames a track is on.
import { join } from "node:path";
import { startFake } from "../fake/server.ts";
import { openStudio } from "./browser.ts";

const [tracks = 200, frames = 1000, each = frames] = process.argv.slice(2, 5).map(Number);
const dist = process.env.STUDIO_DIST ?? join(import.meta.dirname, "../../dist");
const fake = await startFake({ port: 0, dist, sample: false, dense: { tracks, frames, each } });
const start = performance.now();
const studio = await openStudio({ url: fake.url, shots: process.argv[5] ?? "/tmp/dense" });
await studio.page.waitForFunction(
  "globalThis.masklet?.desk.view.getState().shown != null",
  undefined,
  {
    timeout: 300_000,
    polling: 20,
  },
);
console.log(
  `${tracks} tracks, ${frames} frames, each on ${each}: opened in ${Math.round(performance.now() - start)} ms`,
);
await studio.page.waitForTimeout(3000);

/** Does `deed(i)` once a frame; how long each frame took. */
const paced = async (name: string, count: number, deed: string) => {
  const took = (await studio.page.evaluate(`(async () => {
    const { desk } = globalThis.masklet;
    const lanes = document.querySelector(".tl");
    const took = [];
    const drawn = () => new Promise((r) => requestAnimationFrame(() => setTimeout(r, 0)));
    await drawn();
    let last = performance.now();
    for (let i = 0; i < ${count}; i++) {
      ${deed};
      await drawn();
      const now = performance.now();
      took.push(now - last);
      last = now;
    }
    return took.sort((a, b) => a - b);
  })()`)) as number[];
  const at = (share: number) => Math.round(took[Math.floor((took.length - 1) * share)]!);
  console.log(`${name}: median ${at(0.5)} ms, p95 ${at(0.95)} ms, most ${at(1)} ms, n ${count}`);
};
const ready = (from: number, count: number) =>
  studio.page.evaluate(`(async () => {
    const { desk } = globalThis.masklet;
    for (let k = ${from}; k < ${from + count}; k++) {
      desk.frames.want(k, 1);
      for (let i = 0; i < 200 && !desk.frames.peek(k); i++) await new Promise((r) => setTimeout(r, 10));
    }
  })()`);

const from = Math.floor(frames / 2);
await studio.page.evaluate(`globalThis.masklet.desk.playback.go(${from - 1})`);
await ready(from, 61);
await paced("stepping to frames not seen before", 30, `desk.playback.go(${from} + i)`);
await paced("stepping among frames seen", 60, `desk.playback.go(${from} + (i % 29))`);
await studio.page.evaluate("globalThis.masklet.desk.objects.select(7)");
await ready(from + 30, 31);
await paced("stepping with an object selected", 30, `desk.playback.go(${from} + 30 + i)`);
await studio.shot("dense");
const wheel = (facts: string) =>
  `lanes.dispatchEvent(new WheelEvent("wheel", { bubbles: true, cancelable: true, clientX: 700, clientY: lanes.getBoundingClientRect().top + 80, ${facts} }))`;
await paced("scrolling the lanes", 60, wheel("deltaY: i < 30 ? 60 : -60"));
await paced("zooming the timeline", 60, wheel("ctrlKey: true, deltaY: i < 30 ? -40 : 40"));
await paced(
  "moving over the lanes",
  60,
  `lanes.dispatchEvent(new PointerEvent("pointermove", { bubbles: true, clientX: 400 + 8 * i, clientY: lanes.getBoundingClientRect().top + 80 }))`,
);
await paced(
  "moving over the picture",
  60,
  `document.querySelector("[data-stage]").dispatchEvent(new PointerEvent("pointermove", { bubbles: true, clientX: 300 + 8 * i, clientY: 300 }))`,
);
console.log("errors", studio.errors);
await studio.close();
await fake.close();
process.exit(0);
