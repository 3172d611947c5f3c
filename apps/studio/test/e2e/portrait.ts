// Takes the picture of the README: the sample clip on a real server, two objects clicked and tracked to the cut.
// `node apps/studio/test/e2e/portrait.ts URL FOLDER`, with a server on a fresh home at URL.
import { openStudio } from "./browser.ts";

const [url, shots] = process.argv.slice(2);
if (url === undefined || shots === undefined)
  throw new Error("Give the server's URL and a folder.");
const TRACKING_MS = 240_000;

const studio = await openStudio({ url, shots, size: { width: 1366, height: 768 } });
try {
  await studio.until("view.shown !== null", 60_000);
  for (const [count, x, y] of [
    [1, 92, 226],
    [2, 532, 128],
  ] as const) {
    await studio.click(x, y);
    await studio.until(`session.document.tracks.size === ${count}`, 30_000);
    await studio.page.keyboard.press("Escape");
  }
  await studio.page.keyboard.press("t");
  await studio.until("view.card?.kind === 'cut'", TRACKING_MS);
  await studio.page.keyboard.press("Escape");
  await studio.page.keyboard.press("w");
  await studio.page.waitForTimeout(1500);
  await studio.shot("studio");
} catch (error) {
  await studio.shot("failed");
  throw error;
} finally {
  await studio.close();
}
