// How the studio bears 200 tracks × 1,000 frames: opening, stepping, drawing the timeline. Prints figures, no verdict.
import { join } from "node:path";
import { startFake } from "../fake/server.ts";
import { openStudio } from "./browser.ts";

const dist = join(import.meta.dirname, "../../dist");
const fake = await startFake({
  port: 0,
  dist,
  sample: false,
  dense: { tracks: 200, frames: 1000 },
});
const start = performance.now();
const studio = await openStudio({ url: fake.url, shots: process.argv[2] ?? "/tmp/dense" });
await studio.until("view.shown !== null", 300_000);
console.log(`opened in ${Math.round(performance.now() - start)} ms`);
await studio.page.waitForTimeout(3000);
await studio.shot("dense");
const steps = (await studio.page.evaluate(`(async () => {
  const { desk } = globalThis.masklet;
  const frames = [];
  for (let k = 500; k < 520; k++) { desk.playback.go(k); for (let i = 0; i < 200 && desk.view.getState().shown !== k; i++) await new Promise(r => setTimeout(r, 20)); }
  let last = performance.now();
  for (let i = 0; i < 80; i++) {
    desk.playback.go(500 + (i % 19));
    await new Promise(r => requestAnimationFrame(() => setTimeout(r, 0)));
    const now = performance.now();
    frames.push(now - last);
    last = now;
  }
  return frames.slice(20).sort((a, b) => a - b);
})()`)) as number[];
const at = (share: number) => Math.round(steps[Math.floor((steps.length - 1) * share)]!);
console.log(`step: median ${at(0.5)} ms, 90 % within ${at(0.9)} ms`);
console.log("errors", studio.errors);
await studio.close();
await fake.close();
process.exit(0);
